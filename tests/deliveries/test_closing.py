"""A pickup's end: what nobody collected is kept, given away or the host's; a day is closed once; paper is entered."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from deliveries.checking_in import checkins, gifts, host_links, unclaimed
from deliveries.models import CheckIn, Closing, Gift, HostLink, Unclaimed
from farms.models import Household
from people.models import Letter, StoppedLetter
from shares.models import Share
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, entry, link_to, outcomes, send, tap
from tests.deliveries.harvesting import make_harvest, publish
from tests.deliveries.test_changes import at_once

DESK = "/f/cedar-bend-farm/desk/"


@pytest.fixture
def day(cast, clock) -> Any:
    """Two households at the market; the harvest is divided; the last half hour has begun."""
    factories.make_share(cast.sams, cast.full, site=cast.market)
    factories.make_share(factories.make_household(cast.farm, "Lind", phone="+33 6 11"), cast.half, site=cast.market)
    Household.objects.filter(pk=cast.sams.pk).update(phone="+33 6 22 (home)")
    day = drawn_up(day_of(cast))
    publish(make_harvest(cast, {"Carrots": "9 kg", "Chard": "6 bunch"}, date=day.date), at=factories.NOW)
    clock(day.ends_at - timedelta(minutes=30))
    return day


@pytest.fixture
def link(day) -> HostLink:
    return link_to(day)


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def close(client: Client, link: HostLink, **said: Any):
    return client.post(f"/c/{link.token}/closing/", {"everybody": "host"} | said)


def test_phone_numbers_stand_there_in_the_last_half_hour_and_only_of_who_has_not_come(cast, client, day, link, clock):
    tap(client, link, cast.sams)
    page = shown(client, f"/c/{link.token}/closing/")
    assert "+33 6 11" in page
    assert 'href="tel:%2B33%206%2011"' in page
    assert "+33 6 22" not in page
    clock(day.ends_at - timedelta(minutes=30, seconds=1))
    page = shown(client, f"/c/{link.token}/closing/")
    assert "+33 6" not in page
    assert "their phone numbers stand here" in page


def test_a_day_nobody_closed_shows_no_phone_number_a_day_later_and_takes_ticks_all_the_same(
    cast, client, as_fern, day, link, clock
):
    late = entry(cast.sams, at=day.starts_at + timedelta(minutes=3))
    for later, stands in ((timedelta(hours=23), True), (timedelta(hours=24), False), (timedelta(days=13), False)):
        clock(day.ends_at + later)
        for who, address in ((client, f"/c/{link.token}/closing/"), (as_fern, _desk_closing(day))):
            page = shown(who, address)
            assert ("+33 6" in page, "Phone numbers stood here" in page) == (stands, not stands)
    assert outcomes(send(client, link, late)) == ["kept"]
    assert len(checkins.collected([day])) == 1


def _desk_closing(day: Any) -> str:
    return f"{DESK}pickups/{day.date}/{day.site_id}/closing/"


def test_one_is_kept_one_is_given_away_and_both_are_told(cast, client, day, link):
    lind = Household.objects.get(name="Lind")
    factories.HouseholdPerson.objects.create(household=lind, user=cast.oz, since=factories.NOW)
    until = "2027-06-09T12:00"
    said = {"everybody": "gift", "place": "The soup kitchen", f"n{lind.number}": "keep", "keep_until": until}
    answer = close(client, link, note="The key is under the pot", **said)
    assert (answer.status_code, answer["Location"]) == (302, f"/c/{link.token}/")
    fates = {row.pickup.household.name: (row.fate, row.keep_until) for row in Unclaimed.objects.all()}
    assert fates["Castillo–Reyes"] == ("gift", None)
    assert (fates["Lind"][0], f"{fates['Lind'][1]:%Y-%m-%d %H:%M}") == ("keep", "2027-06-09 10:00")  # noon in Paris
    letters = {letter.to_email: letter for letter in Letter.objects.filter(kind="unclaimed")}
    assert letters["sam@example.org"].subject == "Your share of Tue 8 June was not collected"
    assert "It was given to The soup kitchen: somebody eats it." in letters["sam@example.org"].text
    assert letters["oz@example.org"].subject == "Your share of Tue 8 June is kept for you"
    assert "It is kept for you until Wed 9 June, 12:00." in letters["oz@example.org"].text
    assert {letter.may_stop for letter in letters.values()} == {True}


def test_the_household_sees_on_its_week_what_became_of_what_it_did_not_collect(cast, client, as_sam, day, link, clock):
    close(client, link, everybody="keep", keep_until="2027-06-09T12:00")
    clock(day.ends_at + timedelta(hours=1))
    week = f"/my/week/{day.date}/"
    assert 'It is kept for you until Wed 9 June, <bdi dir="ltr">12:00</bdi>.' in shown(as_sam, week)
    Unclaimed.objects.update(fate="host", keep_until=None)
    assert "The host took it" in shown(as_sam, week)
    Closing.objects.update(reopened_at=day.ends_at)
    assert "The host took it" not in shown(as_sam, week)


def test_a_household_that_stopped_those_letters_gets_none(cast, client, link):
    StoppedLetter.objects.create(email="sam@example.org", kind="unclaimed", stopped_at=factories.NOW)
    close(client, link)
    assert Letter.objects.filter(kind="unclaimed").count() == 0


def test_a_half_collected_household_leaves_only_the_rest(cast, client, clock):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    day = drawn_up(day_of(cast))
    clock(day.ends_at)
    link = link_to(day)
    full, eggs = cast.sams.pickups.order_by("pk")
    tap(client, link, cast.sams, pickup=full.pk)
    close(client, link)
    assert [row.pickup for row in Unclaimed.objects.all()] == [eggs]


def test_a_closed_day_shows_no_names_by_its_link_and_takes_late_ticks_all_the_same(cast, client, day, link):
    late = entry(cast.sams, at=day.starts_at + timedelta(minutes=3))
    close(client, link, note="Two crates stay")
    page = shown(client, f"/c/{link.token}/")
    assert "Castillo–Reyes" not in page
    assert "Two crates stay" in page
    assert "Castillo–Reyes" not in shown(client, f"/c/{link.token}/paper/")
    answer = send(client, link, late)
    assert (outcomes(answer), answer.json()["closed"]) == (["kept"], True)
    assert len(checkins.collected([day])) == 1


def test_a_day_is_closed_once_and_the_second_is_told(cast, client, link):
    assert [close(client, link).status_code for _ in range(2)] == [302, 422]
    assert (Closing.objects.count(), Unclaimed.objects.count()) == (1, 2)
    assert "Somebody else closed this pickup already." in close(client, link).content.decode()


@pytest.mark.django_db(transaction=True)
def test_closed_by_three_at_once_it_is_closed_once_and_each_share_given_once(cast, day):
    fates = dict.fromkeys(Household.objects.values_list("pk", flat=True), unclaimed.Fate("gift", place="Food bank"))
    told = {"day": day, "fates": fates, "note": "", "link": None, "by": cast.fern, "at": day.ends_at}
    results = at_once([lambda: unclaimed.close(**told)] * 3)
    assert sorted(type(one).__name__ for one in results) == ["CannotClose", "CannotClose", "Closing"]
    assert (Unclaimed.objects.count(), list(Gift.objects.values_list("shares", flat=True))) == (2, [2])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"everybody": ""}, "This field is required."),
        ({"everybody": "eaten"}, "Select a valid choice."),
        ({"everybody": "gift", "place": ""}, "Write down who gets it."),
        ({"everybody": "gift", "place": "\u200b\u202e"}, "There is nothing to see in that."),
        ({"everybody": "keep"}, "Choose until when."),
        ({"everybody": "keep", "keep_until": "2099-01-01T00:00"}, "Select a valid choice."),
        ({"everybody": "host", "note": "x" * 1001}, "at most 1000 characters"),
        ({"everybody": "host", "note": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_read_is_told_beside_the_field_and_nothing_is_closed(cast, client, link, said, words):
    answer = close(client, link, **said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (Closing.objects.count(), Letter.objects.filter(kind="unclaimed").count()) == (0, 0)


def test_a_pickup_that_has_not_begun_or_was_called_off_is_not_closed(cast, client, day, link, clock):
    clock(day.starts_at - timedelta(seconds=1))
    page = shown(client, f"/c/{link.token}/closing/")
    assert "The pickup can be closed once it has begun: Tue 8 June" in page
    assert 'name="everybody"' not in page
    assert "The pickup has not begun." in close(client, link).content.decode()
    clock(day.starts_at)
    type(day).objects.filter(pk=day.pk).update(cancelled_at=day.starts_at)
    assert "This pickup was called off." in close(client, link).content.decode()
    assert Closing.objects.count() == 0


def test_the_farm_closes_opens_again_and_sees_what_was_said(cast, as_fern, day):
    there = f"{DESK}pickups/2027-06-08/{cast.market.pk}/closing/"
    assert as_fern.post(there, {"everybody": "gift", "place": "مطبخ الحي", "note": "All well"}).status_code == 302
    page = shown(as_fern, f"{DESK}pickups/2027-06-08/")
    for words in ('Closed on Tue 8 June at <bdi dir="ltr">19:00</bdi>.', "All well", "مطبخ الحي", "Given away:"):
        assert words in page
    assert gifts.given(cast.season).shares == 2
    as_fern.post(there, {"wanted": "reopen"})
    assert "Closed on" not in shown(as_fern, f"{DESK}pickups/2027-06-08/")
    assert gifts.given(cast.season).shares == 0
    Household.objects.filter(name="Lind").update(name="Castillo–Reyes")  # two of one name are two
    lind = Household.objects.exclude(pk=cast.sams.pk).get(name="Castillo–Reyes")
    said = {"everybody": "keep", "keep_until": "2027-06-09T12:00"}
    assert as_fern.post(there, said).status_code == 302
    assert Closing.objects.count() == 2
    kept = ", ".join(f"{number} Castillo–Reyes" for number in (cast.sams.number, lind.number))
    assert f"Kept until Wed 9 June, 12:00: {kept}<" in shown(as_fern, f"{DESK}pickups/2027-06-08/")


def test_a_gift_is_weighed_and_valued_as_the_boxes_were_and_given_a_receipt(cast, as_fern, client, day, link):
    close(client, link, everybody="gift", place="The soup kitchen")
    gift = Gift.objects.get()
    # Full and half share everything 2 : 1; both were given: 9 kg of carrots at €2.80 and 6 bunches of chard.
    amounts = {line["name"]: line["amount"] for line in gift.lines}
    assert (float(amounts["Carrots"]), float(amounts["Chard"])) == (9.0, 6.0)
    assert (gift.shares, gift.grams) == (2, 9000)
    told = gifts.given(cast.season)
    assert (told.value, told.grams, told.places) == (gift.value, 9000, {"The soup kitchen": gift.value})
    assert gift.value == sum(line["value"] for line in gift.lines) > 0
    page = shown(as_fern, f"{DESK}gifts/")
    assert "The soup kitchen" in page
    assert "9 kg" in page
    receipt = as_fern.get(f"{DESK}gifts/{gift.pk}.pdf")
    assert (receipt["Content-Type"], receipt.content[:5]) == ("application/pdf", b"%PDF-")
    table = as_fern.get(f"{DESK}gifts/?format=csv").content.decode()
    assert "The soup kitchen" in table
    after = cast.season.first_day + timedelta(weeks=52)
    following = factories.make_season(cast.farm, [cast.market], first_day=after, name="Summer 2028")
    assert "The soup kitchen" in shown(as_fern, f"{DESK}gifts/")  # the next one is on sale, this one runs
    assert "Nothing given away yet" in shown(as_fern, f"{DESK}gifts/?season={following.pk}")


def test_eggs_that_nobody_collected_stand_on_the_receipt_with_what_they_cost(cast, client, clock):
    eggs = [factories.make_share(cast.sams, cast.eggs, site=cast.market) for _ in range(2)]
    day = drawn_up(day_of(cast))
    clock(day.ends_at)
    close(client, link_to(day), everybody="gift", place="The soup kitchen")
    gift = Gift.objects.get()
    one = round(eggs[0].cost / eggs[0].pickups)
    assert gift.lines == [{"name": "Eggs", "unit": "", "amount": "2", "value": 2 * one}]
    assert (gift.shares, gift.value > 0) == (2, True)


@pytest.mark.parametrize(
    ("amount", "unit", "grams"), [("1.5", "kg", 1500), ("10", "lb", 4536), ("10", "oz", 283), ("3", "bunch", 0)]
)
def test_only_what_is_weighed_has_a_weight_in_whatever_unit(amount, unit, grams):
    assert gifts.weight(Decimal(amount), unit) == grams


def test_what_is_divided_anew_changes_no_gift(cast, client, day, link):
    close(client, link, everybody="gift", place="Neighbours")
    before = gifts.given(cast.season).value
    Share.objects.update(price=1)
    from deliveries.models import Portion

    Portion.objects.update(steps=1)
    assert gifts.given(cast.season).value == before


def test_paper_ticks_are_entered_in_the_paper_s_order_once(cast, client, day, link):
    there = f"/c/{link.token}/paper/"
    page = shown(client, there)
    numbers = [int(found) for found in re.findall(r'name="came" value="(\d+)"', page)]
    assert numbers == [one.number for one in Household.objects.filter(pickups__day=day).order_by("name")]
    form = {"uuid": str(uuid.uuid4()), "came": [str(cast.sams.number)]}
    for _time in range(2):
        assert client.post(there, form).status_code == 302
    assert CheckIn.objects.count() == 1
    assert f'value="{cast.sams.number}" checked' in shown(client, there)


@pytest.mark.parametrize("came", [["x"], ["99999999"], ["-1"], ["1\x00"], ["9" * 400]])
def test_a_forged_paper_tick_is_refused(cast, client, link, came):
    answer = client.post(f"/c/{link.token}/paper/", {"uuid": str(uuid.uuid4()), "came": came})
    assert answer.status_code == 422
    assert CheckIn.objects.count() == 0


def test_the_farm_enters_paper_ticks_after_the_day_was_closed(cast, as_fern, client, day, link):
    close(client, link)
    there = f"{DESK}pickups/2027-06-08/{cast.market.pk}/paper/"
    as_fern.post(there, {"uuid": str(uuid.uuid4()), "came": [str(cast.sams.number)]})
    assert CheckIn.objects.get().by == cast.fern
    assert host_links.link_for_token(link.token, at=day.ends_at) == link
    assert unclaimed.standing_closing(day) is not None
