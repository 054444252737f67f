"""A harvest is divided as a whole, fairly over the weeks, and never half put in force."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from deliveries import divisions
from deliveries.allocation import allocate
from deliveries.checking_in.host_links import address_of
from deliveries.dividing import corrections
from deliveries.dividing.gathering import problem_of
from deliveries.models import Allocation, Box, HostLink, Portion, PrintedList
from deliveries.printing import prints
from tests import factories
from tests.deliveries.harvesting import FRIDAY, TUESDAY, crop_lists, make_harvest, publish, with_shares


def given(harvest) -> dict[str, int]:
    """Steps handed out of each crop, every share counted."""
    portions = Portion.objects.filter(box__allocation=harvest.current).select_related("box", "crop")
    found: dict[str, int] = {}
    for portion in portions:
        found[portion.crop.name] = found.get(portion.crop.name, 0) + portion.steps * portion.box.count
    return found


def test_portions_and_leftover_are_the_harvest_for_every_crop(cast):
    with_shares(cast, full=7, half=3)
    with_shares(cast, full=2, half=5, site=cast.school)
    harvest = publish(make_harvest(cast, both=True))
    left = {leftover.crop.name: leftover.steps for leftover in harvest.current.leftovers.select_related("crop")}
    assert {name: steps + left.get(name, 0) for name, steps in given(harvest).items()} == {
        "Carrots": 1608, "Chard": 9, "Lettuce": 4,
    }  # fmt: skip


def test_the_preview_is_what_is_published(cast):
    with_shares(cast)
    harvest = make_harvest(cast)
    _case, seen = divisions.preview(harvest)
    publish(harvest)
    stored = divisions.in_force(harvest)
    assert (stored.portions, stored.leftover, stored.targets, stored.values) == (
        seen.portions, seen.leftover, seen.targets, seen.values,
    )  # fmt: skip


@pytest.mark.parametrize("packing", ["uniform", "choice"])
def test_looking_again_divides_nothing_anew_until_something_changes(cast, as_fern, monkeypatch, packing):
    cast.season.mode = packing
    cast.season.save()
    with_shares(cast)
    harvest = make_harvest(cast)
    divided = []
    monkeypatch.setattr(
        corrections, "allocate", lambda problem, *, mode: divided.append(1) or allocate(problem, mode=mode)
    )

    def looked() -> int:
        divided.clear()
        as_fern.get(f"/f/cedar-bend-farm/desk/harvest/{TUESDAY}/")
        return len(divided)

    assert (looked(), looked()) == (1, 0)
    make_harvest(cast, {"Carrots": "70 kg"})
    assert (looked(), looked()) == (1, 0)
    harvest.lines.filter(crop__name="Chard").update(most=1)
    assert (looked(), looked()) == (1, 0)
    with_shares(cast, full=1, half=0)
    assert (looked(), looked()) == (1, 0)


def test_a_full_share_gets_twice_what_a_half_share_gets(cast):
    with_shares(cast, full=10, half=10)
    harvest = publish(make_harvest(cast, {"Potatoes": "60 kg"}))
    boxes = {box.share_type_id: box for box in harvest.current.boxes.all()}
    assert {box.portions.get().steps for box in boxes.values() if box.share_type_id == cast.full.pk} == {80}
    assert {box.portions.get().steps for box in boxes.values() if box.share_type_id == cast.half.pk} == {40}
    assert [boxes[kind.pk].value for kind in (cast.full, cast.half)] == [1200, 600]


def test_worth_is_counted_finer_than_a_cent(cast):
    """50 g at 3.50 a kilo are 17.5 cents: 60 kg for 10 equal shares are worth 21.00 each, not 21.60."""
    with_shares(cast, full=10, half=0)
    harvest = make_harvest(cast, {"Potatoes": "60 kg"})
    harvest.lines.update(price=350)
    publish(harvest)
    assert harvest.current.boxes.get().value == 2100


def test_add_ons_are_due_but_get_no_part_of_the_harvest(cast):
    with_shares(cast, full=2, half=0)
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    harvest = publish(make_harvest(cast, {"Potatoes": "6 kg"}))
    assert [box.share_type_id for box in harvest.current.boxes.all()] == [cast.full.pk]


def test_a_crop_that_is_scarce_goes_round_over_the_weeks(cast):
    """4 lettuces a week for 4 shares at the market and 4 at the school gate: both have been served after two weeks."""
    with_shares(cast, full=4, half=0)
    with_shares(cast, full=4, half=0, site=cast.school)
    served = []
    for week in range(4):
        date = TUESDAY + timedelta(weeks=week)
        harvest = publish(make_harvest(cast, {"Lettuce": "4 head", "Potatoes": "40 kg"}, date=date, both=True))
        lettuce = Portion.objects.filter(box__allocation=harvest.current, crop__name="Lettuce", steps=1)
        served.append([portion.box.day.site.name for portion in lettuce.select_related("box__day__site")])
    assert sorted(served[:2]) == [["School gate"], ["Tuesday Market"]]
    assert sorted(served[2:]) == [["School gate"], ["Tuesday Market"]]


def test_what_a_share_lacked_in_value_is_made_up_for_later(cast):
    with_shares(cast, full=3, half=0)
    with_shares(cast, full=3, half=0, site=cast.school)
    dear = make_harvest(cast, {"Melon": "3 piece", "Potatoes": "6 kg"}, both=True)
    dear.lines.filter(crop__name="Melon").update(price=2000)
    first = publish(dear)
    worth = {box.day.site.name: box.value for box in first.current.boxes.select_related("day__site")}
    behind = min(worth, key=worth.get)
    harvest = make_harvest(cast, {"Potatoes": "30 kg"}, date=TUESDAY + timedelta(weeks=1), both=True)
    case, divided = divisions.preview(harvest)
    target = dict(zip([cell.day.site.name for cell in case.cells], divided.targets, strict=True))
    assert target[behind] > min(target.values())


def test_a_later_week_does_not_change_an_earlier_one_s_memory(cast):
    with_shares(cast, full=3, half=0)
    with_shares(cast, full=3, half=0, site=cast.school)
    first = publish(make_harvest(cast, {"Potatoes": "6 kg"}, both=True))
    publish(make_harvest(cast, {"Melon": "3 piece"}, date=TUESDAY + timedelta(weeks=1), both=True))
    later = make_harvest(cast, {"Potatoes": "6 kg"}, date=TUESDAY + timedelta(weeks=2), both=True)
    assert sorted(cell.owed for cell in divisions.gather(later).cells) == [-7500, 7500]
    assert [cell.owed for cell in divisions.gather(first).cells] == [0, 0]


def test_turns_are_forgotten_when_a_crop_is_counted_otherwise(cast):
    with_shares(cast, full=3, half=0)
    with_shares(cast, full=3, half=0, site=cast.school)
    publish(make_harvest(cast, {"Melon": "3 piece"}, both=True))
    harvest = make_harvest(cast, {"Melon": "3 piece"}, date=TUESDAY + timedelta(weeks=1), both=True)
    assert set(divisions.gather(harvest).turns.values()) == {500, -500}
    harvest.lines.update(unit="kg", step="0.5")
    assert divisions.gather(harvest).turns == {}


def test_the_inputs_that_were_kept_give_the_same_portions_again(cast):
    with_shares(cast)
    harvest = publish(make_harvest(cast))
    run = harvest.current
    again = allocate(problem_of(run.inputs), mode="uniform")
    assert again.record == run.record
    assert again.portions.tolist() == divisions.in_force(harvest).portions


def test_a_correction_is_a_new_run_and_the_old_one_is_kept(cast):
    with_shares(cast)
    harvest = publish(make_harvest(cast))
    first = harvest.current
    make_harvest(cast, {"Carrots": "40 kg"})
    publish(harvest)
    assert [run.number for run in harvest.allocations.all()] == [1, 2]
    assert harvest.current.number == 2
    assert first.boxes.count() == 2


def test_nothing_written_down_is_nothing_to_divide(cast):
    with pytest.raises(divisions.NothingToDivide):
        divisions.ask_for_division(harvest=make_harvest(cast, {"Carrots": "0 kg"}), by=None, at=factories.NOW)
    assert Allocation.objects.count() == 0


def test_when_nobody_is_due_everything_is_left_over(cast):
    harvest = publish(make_harvest(cast, {"Carrots": "5 kg"}))
    assert [leftover.steps for leftover in harvest.current.leftovers.all()] == [100]
    assert harvest.current.printed.count() == 6


def test_the_second_to_publish_is_told(cast):
    harvest = make_harvest(cast)
    divisions.ask_for_division(harvest=harvest, by=cast.fern, at=factories.NOW)
    with pytest.raises(divisions.DivisionUnderWay):
        divisions.ask_for_division(harvest=harvest, by=cast.fern, at=factories.NOW)
    assert Allocation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_make_one_run(cast):
    harvest = make_harvest(cast)
    start, told = threading.Barrier(8), []

    def press() -> None:
        start.wait()
        try:
            divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
        except divisions.DivisionUnderWay:
            told.append(1)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Allocation.objects.count(), len(told)) == (1, 7)


def test_a_run_that_is_leased_is_left_alone_until_its_lease_ends(cast):
    with_shares(cast)
    run = divisions.ask_for_division(harvest=make_harvest(cast), by=None, at=factories.NOW)
    Allocation.objects.filter(pk=run.pk).update(leased_until=factories.NOW + divisions.LEASE)
    assert divisions.divide_harvests(factories.NOW + timedelta(seconds=59)) == 0
    assert divisions.divide_harvests(factories.NOW + divisions.LEASE) == 1


def test_a_run_that_another_worker_finished_changes_nothing(cast):
    with_shares(cast)
    harvest = make_harvest(cast)
    run = divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
    assert divisions.divide(run=run, at=factories.NOW)
    assert not divisions.divide(run=run, at=factories.NOW)
    assert Box.objects.count() == 2


@pytest.mark.parametrize("step", ["print_lists", "compose"])
def test_a_failure_leaves_the_lists_before_in_force_and_says_why(cast, monkeypatch, step):
    with_shares(cast)
    harvest = publish(make_harvest(cast))
    before = harvest.current
    monkeypatch.setattr(prints, step, _poison)
    run = divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
    assert divisions.divide_harvests(factories.NOW) == 0
    harvest.refresh_from_db()
    run.refresh_from_db()
    assert harvest.current == before
    assert run.failed_at == factories.NOW
    assert run.failed_because == "Something went wrong while dividing. Publish again; if it fails again, write to us."
    assert Box.objects.filter(allocation=run).count() == 0


def _poison(*args, **kwargs):
    raise RuntimeError("poison")


def test_a_failure_in_the_midst_of_storing_stores_nothing(cast, monkeypatch):
    with_shares(cast)
    harvest = publish(make_harvest(cast))
    before = harvest.current
    monkeypatch.setattr(divisions, "PrintedList", None)
    divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
    assert divisions.divide_harvests(factories.NOW) == 0
    harvest.refresh_from_db()
    assert harvest.current == before
    assert Box.objects.exclude(allocation=before).count() == 0


def test_one_farm_s_failure_stops_no_other_s(cast, olga, monkeypatch):
    with_shares(cast)
    harvest = make_harvest(cast)
    fridays = make_harvest(cast, {"Carrots": "5 kg"}, date=FRIDAY)
    run = divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
    divisions.ask_for_division(harvest=fridays, by=None, at=factories.NOW)
    divide = divisions.divide
    monkeypatch.setattr(
        divisions, "divide", lambda *, run, at: divide(run=run, at=at) if run.harvest == fridays else _poison()
    )
    assert divisions.divide_harvests(factories.NOW) == 1
    run.refresh_from_db()
    fridays.refresh_from_db()
    assert run.failed_at == factories.NOW
    assert fridays.current.number == 1


def test_every_list_is_printed_one_sheet_for_each_site(cast):
    with_shares(cast)
    harvest = publish(make_harvest(cast, both=True))
    kinds = [
        (one.kind, one.day.site.name if one.day else "") for one in harvest.current.printed.select_related("day__site")
    ]
    assert sorted(kinds) == [
        ("all", ""),
        ("harvest", ""),
        ("labels", ""),
        ("packing", ""),
        ("site", "School gate"),
        ("site", "Tuesday Market"),
        ("truck", ""),
    ]
    assert {bytes(one.pdf)[:5] for one in PrintedList.objects.all()} == {b"%PDF-"}


def test_each_site_s_sheet_bears_the_link_of_its_check_in(cast):
    with_shares(cast)
    harvest = publish(make_harvest(cast, both=True))
    case, divided = divisions.preview(harvest)
    sheets = crop_lists(case, divided, number=1, at=factories.NOW)[2:]
    links = {link.day_id: link for link in HostLink.objects.all()}
    assert [sheet.link for sheet in sheets] == [address_of(links[day.pk]) for day in case.days]
    publish(harvest)
    assert HostLink.objects.count() == 2


def test_dividing_takes_as_many_queries_for_300_shares_as_for_two(cast):
    cast.full.places = 400
    cast.full.save()

    def queries(shares: int, week: int) -> int:
        with_shares(cast, full=shares, half=0)
        harvest = make_harvest(cast, date=TUESDAY + timedelta(weeks=week))
        run = divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
        with CaptureQueriesContext(connection) as seen:
            assert divisions.divide(run=run, at=factories.NOW)
        return sum('SET "parts"' not in one["sql"] for one in seen.captured_queries)  # one a part tells how far it is

    queries(1, 0)  # the first week remembers nothing yet
    assert len({queries(1, 1), queries(1, 2), queries(297, 3)}) == 1
