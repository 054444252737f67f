"""The swap table: what one has for what one would rather have, until the evening before, all the way round or not."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from deliveries import divisions
from deliveries.changing import cancellations, changes, late
from deliveries.checking_in.host_links import live_link
from deliveries.due import rosters
from deliveries.models import Crop, Exclusion, SwapOffer
from deliveries.swap_table import swaps
from deliveries.swap_table.swaps import CannotSwap
from farms.models import PickupDay
from people.models import Letter
from tests import factories
from tests.deliveries.harvesting import make_harvest
from tests.deliveries.lists.reading import text_of
from tests.deliveries.test_changes import at_once, day_of
from tests.deliveries.test_my import buttons, press, words

WEEK_1 = "/my/week/2027-06-08/"
CLOSES = datetime(2027, 6, 7, 18, 0, tzinfo=UTC)  # the evening before, 20:00 at the farm
AT = datetime(2027, 6, 7, 9, 0, tzinfo=UTC)  # after the deadline, before the table closes


def publish(harvest) -> None:
    """Divided and in force, without its lists being printed: that takes seconds."""
    case, divided = divisions.preview(harvest)
    run = harvest.allocations.create(number=1, asked_at=AT, seed=1, finished_at=AT, inputs=case.inputs)
    for row, cell in enumerate(case.cells):
        facts = {"count": cell.count, "target": divided.targets[row], "value": divided.values[row]}
        box = run.boxes.create(day=cell.day, share_type=cell.share_type, **facts)
        for line, steps in zip(case.lines, divided.portions[row], strict=True):
            box.portions.create(crop=line.crop, steps=steps)
    harvest.current = run
    harvest.save(update_fields=["current"])


@pytest.fixture
def table(cast, clock):
    """Sam at the market and the others at the market with half shares: all have carrots, chard and leek. It is the
    morning before."""
    households = [cast.sams, *(factories.make_household(cast.farm, f"House {n}") for n in range(3))]
    for household in households:
        factories.make_share(household, cast.full, site=cast.market)
    publish(make_harvest(cast, {"Carrots": "4 kg", "Chard": "4 bunch", "Leek": "4 piece"}))
    day = day_of(cast, 1)
    rosters.draw_up(day=day, at=day.deadline_at)
    clock(AT)
    return households


def crop(name: str) -> int:
    return Crop.objects.get(name=name).pk


def put(cast, household, gives: str, *wanted: str, less: int = 10, at=AT, share=None) -> SwapOffer:
    share = share or household.shares.get().pk
    return swaps.offer(
        household=household, share=share, day=day_of(cast, 1), gives=crop(gives),
        wanted=[crop(name) for name in wanted], less=less, by=cast.sam, at=at,
    )  # fmt: skip


def told(cast) -> list[tuple[str, str, str]]:
    return [(one.name, one.gives.name, one.takes.name) for one in swaps.agreed(day_of(cast, 1))]


def test_two_who_want_each_other_s_are_matched_and_the_site_has_a_list(cast, table):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots", "Leek")
    put(cast, table[2], "Chard", "Carrots")
    assert told(cast) == []
    assert (swaps.run_rounds(AT), swaps.run_rounds(AT)) == (2, 0)
    assert told(cast) == [("Castillo–Reyes", "Carrots", "Chard"), ("House 0", "Chard", "Carrots")]
    first = swaps.agreed(day_of(cast, 1))[0]
    assert (first.number, first.takes_from, first.share_type) == (cast.sams.number, table[1].number, "Full share")
    assert first.gives.amount.replace("\u00a0", " ") == "1 kg"


def test_the_farm_prints_who_swaps_what_and_so_does_the_check_in_page(cast, table, as_fern, client):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Leek", less=100)
    put(cast, table[2], "Leek", "Carrots")
    put(cast, table[3], "Leek", "Chard")
    address = f"/f/cedar-bend-farm/desk/lists/2027-06-08/{cast.market.pk}/swaps.pdf"
    assert "None." in text_of(as_fern.get(address).content)
    assert swaps.run_rounds(AT) == 3
    text = text_of(as_fern.get(address).content)
    assert "Swap list · Tuesday Market" in text
    numbers = [household.number for household in table]
    rows = re.findall(r"^(\d+) (.*?) ((?:Carrots|Chard|Leek).*) ((?:Carrots|Chard|Leek).*) (\d+)$", text, re.MULTILINE)
    assert rows == [
        (str(numbers[0]), "Castillo–Reyes", "Carrots 1 kg", "Chard 1 bunch", str(numbers[1])),
        (str(numbers[1]), "House 0", "Chard 1 bunch", "Leek 1", str(numbers[2])),
        (str(numbers[2]), "House 1", "Leek 1", "Carrots 1 kg", str(numbers[0])),
    ]
    page = client.get(f"/c/{live_link(day=day_of(cast, 1), at=AT).token}/")
    assert [(str(one.number), one.name) for one in page.context["swaps"]] == [row[:2] for row in rows]
    swaps.withdraw(household=cast.sams, number=SwapOffer.objects.get(gives__name="Carrots").pk, at=AT)
    assert "None." in text_of(as_fern.get(address).content)


def test_a_household_is_told_what_to_leave_and_take_and_never_whose(cast, table):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots")
    swaps.run_rounds(AT)
    letter = Letter.objects.get(kind="swap")
    assert letter.subject == "Swapped for Tue 8 June: Carrots for Chard"
    assert "At the pickup leave Carrots 1" in letter.text
    assert "House 0" not in letter.text + letter.html


def test_three_go_round(cast, table):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Leek", less=100)
    put(cast, table[2], "Leek", "Carrots")
    assert swaps.run_rounds(AT) == 3


def test_nobody_gives_up_value_unasked(cast, table):
    run = day_of(cast, 1).boxes.get().allocation
    for line in run.inputs["crops"]:
        line["price"] = 100 if line["name"] == "Leek" else 300
    run.save()
    put(cast, table[0], "Carrots", "Leek")
    put(cast, table[1], "Leek", "Carrots")
    assert swaps.run_rounds(AT) == 0
    put(cast, table[2], "Carrots", "Leek", less=100)
    assert swaps.run_rounds(AT) == 2
    assert told(cast) == [("House 0", "Leek", "Carrots"), ("House 1", "Carrots", "Leek")]


def test_only_what_one_has_for_what_there_is_and_never_what_one_must_not_eat(cast, table):
    other = make_other_crop(cast)
    share = table[1].shares.get().pk
    for household, gives, wanted in ((0, "Pumpkin", "Chard"), (0, "Carrots", "Pumpkin"), (0, "Carrots", "Carrots")):
        with pytest.raises(CannotSwap):
            put(cast, table[household], gives, wanted)
    with pytest.raises(CannotSwap):
        put(cast, table[0], "Carrots", "Chard", share=share)  # another household's box
    with pytest.raises(CannotSwap):
        put(cast, table[0], "Carrots")
    Exclusion.objects.create(household=cast.sams, crop_id=crop("Chard"), consented_at=AT)
    with pytest.raises(CannotSwap, match="must not eat"):
        put(cast, table[0], "Carrots", "Chard")
    put(cast, table[0], "Carrots", "Leek")
    with pytest.raises(CannotSwap, match="offer that already"):
        put(cast, table[0], "Carrots", "Leek")
    assert (SwapOffer.objects.count(), other.name) == (1, "Pumpkin")


def make_other_crop(cast) -> Crop:
    return Crop.objects.create(farm=cast.farm, name="Pumpkin", unit="piece", step=1, price=300)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Africa/Casablanca"])
def test_the_table_closes_at_eight_in_the_evening_before_to_the_second(cast, table, zone):
    cast.farm.timezone = zone
    cast.farm.save()
    closes = swaps.closes_at(swaps.days_with_season().get(pk=day_of(cast, 1).pk))
    hours = {"Europe/Paris": 18, "America/New_York": 24, "Africa/Casablanca": 19}[zone]
    assert closes == datetime(2027, 6, 7, tzinfo=UTC) + timedelta(hours=hours)
    row = put(cast, table[0], "Carrots", "Chard", at=closes - timedelta(seconds=1))
    for late_by in (0, 1):
        with pytest.raises(CannotSwap):
            put(cast, table[1], "Chard", "Carrots", at=closes + timedelta(seconds=late_by))
        with pytest.raises(CannotSwap):
            swaps.withdraw(household=cast.sams, number=row.pk, at=closes + timedelta(seconds=late_by))


def test_offers_made_in_time_are_still_matched_when_the_worker_slept(cast, table):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots")
    assert swaps.run_rounds(day_of(cast, 1).starts_at) == 0
    assert swaps.run_rounds(CLOSES + timedelta(hours=3)) == 2


def test_a_farm_without_a_swap_table_and_a_harvest_not_divided_have_none(cast, table):
    with pytest.raises(CannotSwap):
        swaps.offer(
            household=cast.sams, share=table[0].shares.get().pk, day=day_of(cast, 2), gives=crop("Carrots"),
            wanted=[crop("Chard")], less=10, by=None, at=AT,
        )  # fmt: skip
    cast.season.swaps_close = None
    cast.season.save()
    with pytest.raises(CannotSwap):
        put(cast, table[0], "Carrots", "Chard")


def test_taking_back_what_was_agreed_opens_the_others_again_and_tells_them(cast, table):
    mine = put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots")
    table[1].memberships.create(user=cast.oz, since=AT)
    swaps.run_rounds(AT)
    assert swaps.withdraw(household=table[1], number=mine.pk, at=AT) is False  # not theirs to take back
    assert swaps.withdraw(household=cast.sams, number=mine.pk, at=AT) is True
    assert swaps.withdraw(household=cast.sams, number=mine.pk, at=AT) is False
    assert told(cast) == []
    assert Letter.objects.get(kind="swap_off").to_email == cast.oz.email
    put(cast, table[2], "Carrots", "Chard")
    assert swaps.run_rounds(AT) == 2


def test_a_swap_falls_when_an_item_is_gone_and_the_other_side_offers_again(cast, table):
    cast.season.gifts_to = factories.make_household(cast.farm, "Food bank", is_place=True)
    cast.season.save()
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots")
    put(cast, table[2], "Carrots", "Chard")
    swaps.run_rounds(AT)
    late.give_late(household=cast.sams, day=day_of(cast, 1), by=cast.sam, at=AT)
    assert swaps.run_rounds(AT) == 2
    assert told(cast) == [("House 0", "Chard", "Carrots"), ("House 1", "Carrots", "Chard")]


def test_a_swap_falls_when_what_comes_must_not_be_eaten_by_now_or_is_worth_less_by_now(cast, table):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots", less=100)
    assert swaps.run_rounds(AT) == 2
    row = Exclusion.objects.create(household=cast.sams, crop_id=crop("Chard"), consented_at=AT)
    assert (swaps.run_rounds(AT), told(cast)) == (0, [])
    row.delete()
    assert swaps.run_rounds(AT) == 2
    run = day_of(cast, 1).boxes.get().allocation  # corrected: carrots are dearer
    for line in run.inputs["crops"]:
        line["price"] = 900 if line["name"] == "Carrots" else 300
    run.save()
    assert (swaps.run_rounds(AT), told(cast)) == (0, [])
    assert Letter.objects.get(kind="swap_off").to_email == cast.sam.email


def test_what_is_held_or_moved_away_is_not_swapped(cast, clock):
    for household in (cast.sams, other := factories.make_household(cast.farm)):
        factories.make_share(household, cast.full, site=cast.market)
    publish(make_harvest(cast, {"Carrots": "4 kg", "Chard": "4 bunch"}))
    put(cast, cast.sams, "Carrots", "Chard")
    put(cast, other, "Chard", "Carrots")
    changes.hold(household=other, day=day_of(cast, 1), by=None, at=factories.NOW)
    assert swaps.run_rounds(AT) == 0


def test_one_failing_day_stops_no_other(cast, table, monkeypatch):
    put(cast, table[0], "Carrots", "Chard")
    monkeypatch.setattr(swaps, "match", lambda offers: 1 / 0)
    assert swaps.run_rounds(AT) == 0
    assert SwapOffer.objects.get().takes is None


@pytest.mark.django_db(transaction=True)
def test_offers_withdrawals_and_two_rounds_at_once_agree_in_whole_rings_only(cast, table):
    rows = [put(cast, table[0], "Carrots", "Chard"), put(cast, table[1], "Chard", "Carrots")]
    at_once(
        [
            lambda: swaps.run_rounds(AT),
            lambda: swaps.withdraw(household=cast.sams, number=rows[0].pk, at=AT),
            lambda: put(cast, table[2], "Carrots", "Chard").pk,
            lambda: swaps.run_rounds(AT),
        ]
    )
    swaps.run_rounds(AT)
    assert told(cast) == [("House 0", "Chard", "Carrots"), ("House 1", "Carrots", "Chard")]


def test_the_table_of_a_pickup_that_was_called_off_is_closed(cast, table):
    row = put(cast, table[0], "Carrots", "Chard")
    cancellations.cancel_day(day=day_of(cast, 1), because="Ice", by=None, at=AT)
    with pytest.raises(CannotSwap, match="closed"):
        put(cast, table[1], "Chard", "Carrots")
    with pytest.raises(CannotSwap, match="closed"):
        swaps.withdraw(household=cast.sams, number=row.pk, at=AT)


def test_the_week_page_puts_an_item_on_the_table_and_takes_it_back(cast, table, as_sam):
    day, share = day_of(cast, 1), table[0].shares.get().pk
    page = as_sam.get(WEEK_1)
    assert "Offers are matched until Mon 7 June, 20:00" in words(page)
    assert buttons(page)[-1] != "unswap"
    sent = {"gives": f"{share}:{crop('Carrots')}", "wanted": [crop("Chard"), crop("Leek")], "less": 10}
    assert press(as_sam, "swap", day, page=WEEK_1, **sent).status_code == 302
    assert "Offered Carrots for Chard, Leek" in words(as_sam.get(WEEK_1))
    put(cast, table[1], "Chard", "Carrots")
    swaps.run_rounds(AT)
    assert "Agreed Leave Carrots, take Chard." in words(as_sam.get(WEEK_1))
    press(as_sam, "unswap", day, page=WEEK_1, offer=SwapOffer.objects.earliest("pk").pk)
    assert told(cast) == []


def test_after_it_closed_the_page_shows_what_was_agreed_and_offers_no_more(cast, table, as_sam, clock):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots")
    swaps.run_rounds(AT)
    clock(CLOSES)
    page = as_sam.get(WEEK_1)
    assert "The table is closed: what was not agreed, you keep." in words(page)
    assert not {"swap", "unswap"} & set(buttons(page))
    press(as_sam, "swap", day_of(cast, 1), page=WEEK_1, gives="1:1", wanted=["1"], less="10")
    press(as_sam, "unswap", day_of(cast, 1), page=WEEK_1, offer=SwapOffer.objects.earliest("pk").pk)
    assert len(told(cast)) == 2


def test_a_forged_offer_is_refused_beside_the_field(cast, table, as_sam):
    right = {"gives": f"{table[0].shares.get().pk}:{crop('Carrots')}", "wanted": [crop("Chard")], "less": "10"}
    wrong = {
        "gives": ["", "abc", "1", "0:0", "1:1:1", "-1:2", "9" * 30 + ":1", "\x00:1", "٣:٤"],
        "wanted": [[], ["abc"], ["0"], ["9" * 30], ["\x00"]],
        "less": ["", "-1", "101", "1e5", "NaN"],
    }
    for name, values in wrong.items():
        for value in values:
            page = press(as_sam, "swap", day_of(cast, 1), page=WEEK_1, **right | {name: value})
            assert (page.status_code, "Error:" in words(page)) == (200, True), f"{name} {value!r}"
    assert not SwapOffer.objects.exists()


def test_the_host_sees_what_is_swapped_on_the_check_in_page(cast, table, client):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots")
    swaps.run_rounds(AT)
    page = words(client.get(f"/c/{live_link(day=day_of(cast, 1), at=AT).token}/")).replace("\u00a0", " ")
    assert f"{cast.sams.number} Castillo–Reyes Carrots 1 kg Chard 1 bunch {table[1].number}" in page


def test_the_list_takes_as_many_queries_for_thirty_households_as_for_two(cast, table, django_assert_max_num_queries):
    put(cast, table[0], "Carrots", "Chard")
    put(cast, table[1], "Chard", "Carrots")
    swaps.run_rounds(AT)
    with django_assert_max_num_queries(9):
        assert len(swaps.agreed(PickupDay.objects.get(pk=day_of(cast, 1).pk))) == 2
