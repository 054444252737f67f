"""A household holds, moves and takes back its weeks, before the deadline and within what there is room for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from deliveries.changing import cancellations, cases, changes
from deliveries.changing.cases import DayCancelled, DayFull, DeadlinePassed, NoHoldsLeft, NothingDue, WrongDay
from deliveries.due import rosters
from deliveries.models import Change
from farms.models import PickupDay, SeasonSite
from people.models import Letter
from tests import factories
from tests.factories import NOW


def day_of(cast, week: int, site=None) -> PickupDay:
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=site or cast.market)


def due(cast, week: int, site=None) -> int:
    return len(rosters.expected([day_of(cast, week, site)]).rows)


def standing(cast) -> list[tuple[str, int, int | None]]:
    rows = Change.objects.standing().order_by("day__date", "pk")
    return [(row.kind, row.day.week.number, row.to_day.week.number if row.to_day else None) for row in rows]


def hold(cast, week: int, *, at=NOW, household=None) -> None:
    changes.hold(household=household or cast.sams, day=day_of(cast, week), by=cast.sam, at=at)


def move(cast, week: int, to_week: int, *, site=None, at=NOW, household=None) -> None:
    to_day = day_of(cast, to_week, site)
    changes.move(household=household or cast.sams, day=day_of(cast, week), to_day=to_day, by=cast.sam, at=at)


def undo(cast, week: int, *, at=NOW) -> None:
    changes.undo(household=cast.sams, day=day_of(cast, week), by=cast.sam, at=at)


@pytest.fixture
def share(cast):
    return factories.make_share(cast.sams, cast.full, site=cast.market)


def test_a_held_week_is_a_week_without_a_pickup_and_undoing_brings_it_back(cast, share):
    hold(cast, 3)
    assert (standing(cast), due(cast, 3)) == ([("hold", 3, None)], 0)
    undo(cast, 3)
    assert (standing(cast), due(cast, 3)) == ([], 1)
    kept = Change.objects.get()
    assert (kept.made_by, kept.undone_at, kept.undone_by) == (cast.sam, NOW, cast.sam)


def test_a_moved_week_is_collected_there_earlier_or_later_or_at_another_site(cast, share):
    move(cast, 3, 2)
    move(cast, 5, 9)
    move(cast, 7, 7, site=cast.school)
    assert [due(cast, week) for week in (2, 3, 5, 7, 9)] == [2, 0, 0, 0, 2]
    assert due(cast, 7, cast.school) == 1
    assert [day_of(cast, week).moved_in for week in (2, 9)] == [1, 1]
    assert day_of(cast, 7, cast.school).moved_in == 1


def test_the_whole_household_s_turn_goes_together_and_add_ons_take_no_room(cast, share):
    factories.make_share(cast.sams, cast.half, site=cast.market)
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    move(cast, 3, 4)
    assert (standing(cast), due(cast, 4)) == ([("move", 3, 4)] * 3, 5)
    assert day_of(cast, 4).moved_in == 2


def test_a_share_bought_after_the_hold_is_held_when_holding_again(cast, share):
    hold(cast, 3)
    factories.make_share(cast.sams, cast.half, site=cast.market)
    assert due(cast, 3) == 1
    hold(cast, 3)
    assert (standing(cast), due(cast, 3)) == ([("hold", 3, None)] * 2, 0)


def test_doing_it_twice_is_doing_it_once(cast, share):
    for _ in range(2):
        hold(cast, 3)
        move(cast, 5, 6)
    assert (Change.objects.count(), Letter.objects.count(), day_of(cast, 6).moved_in) == (2, 2, 1)
    for _ in range(2):
        undo(cast, 3)
        undo(cast, 5)
    assert (Change.objects.count(), Letter.objects.count(), day_of(cast, 6).moved_in) == (2, 4, 0)


def test_a_hold_becomes_a_move_and_a_move_goes_further(cast, share):
    hold(cast, 3)
    move(cast, 3, 5)
    assert (standing(cast), day_of(cast, 5).moved_in) == ([("move", 3, 5)], 1)
    move(cast, 3, 6)
    assert (standing(cast), day_of(cast, 5).moved_in, day_of(cast, 6).moved_in) == ([("move", 3, 6)], 0, 1)
    hold(cast, 3)
    assert (standing(cast), day_of(cast, 6).moved_in) == ([("hold", 3, None)], 0)
    assert Change.objects.count() == 4


def test_what_was_moved_may_be_moved_on_after_its_own_deadline_but_not_brought_back(cast, share):
    move(cast, 3, 10)
    later = day_of(cast, 3).deadline_at + timedelta(days=1)
    with pytest.raises(DeadlinePassed):
        undo(cast, 3, at=later)
    move(cast, 3, 11, at=later)
    assert standing(cast) == [("move", 3, 11)]
    with pytest.raises(DeadlinePassed):
        move(cast, 3, 12, at=day_of(cast, 11).deadline_at)


ZONES = {
    "Europe/Paris": datetime(2027, 6, 6, 21, 59, tzinfo=UTC),
    "America/New_York": datetime(2027, 6, 7, 3, 59, tzinfo=UTC),
    "Africa/Casablanca": datetime(2027, 6, 6, 22, 59, tzinfo=UTC),
}


@pytest.mark.parametrize("zone", ZONES)
def test_the_deadline_is_two_days_before_at_23_59_local_to_the_second(db, zone):
    farm = factories.make_farm(timezone=zone)
    season = factories.make_season(farm)
    household = factories.make_household(farm)
    factories.make_share(household, factories.make_share_type(season))
    day, target = PickupDay.objects.filter(week__season=season)[:2]
    assert day.deadline_at == ZONES[zone]
    who = {"household": household, "by": None}
    for seconds in (0, 1):
        late = day.deadline_at + timedelta(seconds=seconds)
        for act in (
            lambda at: changes.hold(day=day, at=at, **who),
            lambda at: changes.move(day=day, to_day=target, at=at, **who),
            lambda at: changes.move(day=target, to_day=day, at=at, **who),
        ):
            with pytest.raises(DeadlinePassed):
                act(late)
    in_time = day.deadline_at - timedelta(seconds=1)
    changes.hold(day=day, at=in_time, **who)
    for seconds in (0, 1):
        with pytest.raises(DeadlinePassed):
            changes.undo(day=day, at=day.deadline_at + timedelta(seconds=seconds), **who)
    changes.undo(day=day, at=in_time, **who)
    assert not Change.objects.standing().exists()


def test_a_day_that_is_drawn_up_is_closed_whatever_the_clock_says(cast, share):
    rosters.draw_up(day=day_of(cast, 3), at=NOW)
    with pytest.raises(DeadlinePassed):
        hold(cast, 3)
    with pytest.raises(DeadlinePassed):
        move(cast, 4, 3)


def test_as_many_weeks_may_be_held_as_the_season_allows_counted_by_week(cast, share):
    factories.make_share(cast.sams, cast.half, site=cast.school)
    for week in (3, 4, 5):
        hold(cast, week)
    changes.hold(household=cast.sams, day=day_of(cast, 5, cast.school), by=cast.sam, at=NOW)
    with pytest.raises(NoHoldsLeft, match="You hold 3 of 3 weeks already"):
        hold(cast, 6)
    undo(cast, 4)
    hold(cast, 6)
    assert [row[1] for row in standing(cast)] == [3, 5, 5, 6]


def test_a_held_week_that_the_farm_calls_off_is_no_hold_any_more(cast, share):
    cast.season.holds_allowed = 1
    cast.season.save()
    hold(cast, 3)
    cancellations.cancel_day(day=day_of(cast, 3), because="Flood", by=cast.fern, at=NOW)
    hold(cast, 4)
    assert [row[1] for row in standing(cast)] == [3, 4]


def test_a_held_week_that_the_season_skips_is_no_hold_any_more(cast, share):
    cast.season.holds_allowed = 1
    cast.season.save()
    hold(cast, 3)
    cast.season.weeks.filter(number=3).update(skipped=True)
    hold(cast, 4)
    assert [row[1] for row in standing(cast)] == [3, 4]


def test_a_household_without_a_turn_there_changes_nothing(cast, share):
    others = factories.make_household(cast.farm)
    biweekly = factories.make_household(cast.farm)
    factories.make_share(biweekly, cast.half, site=cast.market, turn="A")
    factories.make_share(others, cast.full, site=cast.market, paid=False)
    for household, week in ((others, 3), (biweekly, 2)):
        with pytest.raises(NothingDue):
            hold(cast, week, household=household)
        with pytest.raises(NothingDue):
            move(cast, week, 5, household=household)
    assert not Change.objects.exists()


def test_a_week_moves_only_to_a_pickup_of_its_own_season_that_takes_place(cast, share, olga):
    elsewhere = PickupDay.objects.exclude(week__season=cast.season).order_by("pk")[3]
    for wrong in (elsewhere, day_of(cast, 3)):
        with pytest.raises(WrongDay):
            changes.move(household=cast.sams, day=day_of(cast, 3), to_day=wrong, by=cast.sam, at=NOW)
    cancellations.cancel_day(day=day_of(cast, 4), because="", by=None, at=NOW)
    cast.season.weeks.filter(number=5).update(skipped=True)
    for week in (4, 5):
        with pytest.raises(DayCancelled):
            move(cast, 3, week)
    assert [(day.week.number, day.site.name) for day, _room in changes.days_with_room(season=cast.season, at=NOW)][
        :6
    ] == [(n, site) for n in (1, 2, 3) for site in ("Tuesday Market", "School gate")]
    numbers = {(day.week.number, day.site_id) for day, _room in changes.days_with_room(season=cast.season, at=NOW)}
    assert not {(4, cast.market.pk), (5, cast.market.pk), (5, cast.school.pk)} & numbers


def test_a_day_takes_in_only_what_the_site_has_room_for(cast, share):
    place = SeasonSite.objects.get(season=cast.season, site=cast.school)
    place.capacity, place.taken_a, place.taken_b = 3, 2, 3
    place.save()
    move(cast, 3, 3, site=cast.school)
    for week in (5, 6):
        household = factories.make_household(cast.farm)
        factories.make_share(household, cast.full, site=cast.market)
        if week == 6:
            with pytest.raises(DayFull, match="School gate has no room left on Fri 16 July"):
                move(cast, 6, 6, site=cast.school, household=household)
        with pytest.raises(DayFull):
            move(cast, 5, 3, site=cast.school, household=household)
    days = changes.days_with_room(season=cast.season, at=NOW)
    rooms = {day.week.number: room for day, room in days if day.site_id == cast.school.pk}
    assert [rooms[week] for week in (1, 2, 3, 4)] == [1, 0, 0, 0]


def test_a_held_place_waits_for_its_household(cast, share):
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(capacity=1)
    hold(cast, 3)
    other = factories.make_household(cast.farm)
    factories.make_share(other, cast.full, site=cast.school)
    with pytest.raises(DayFull):
        changes.move(household=other, day=day_of(cast, 3, cast.school), to_day=day_of(cast, 3), by=None, at=NOW)
    undo(cast, 3)
    assert due(cast, 3) == 1


def test_what_the_farm_called_off_may_be_collected_on_another_day_even_after_the_deadline(cast, share):
    move(cast, 2, 3)
    day = day_of(cast, 3)
    rosters.draw_up(day=day, at=day.deadline_at)
    later = day.deadline_at + timedelta(hours=1)
    cancellations.cancel_day(day=day, because="Storm", by=cast.fern, at=later)
    move(cast, 3, 5, at=later)
    move(cast, 2, 6, at=later)
    assert (standing(cast), due(cast, 5), due(cast, 6)) == ([("move", 2, 6), ("move", 3, 5)], 2, 2)
    for week in (5, 6):
        assert rosters.draw_up(day=day_of(cast, week), at=later) == 2


def test_a_week_that_the_farm_called_off_is_not_held_nor_brought_back(cast, share):
    hold(cast, 5)
    for week in (4, 5):
        cancellations.cancel_day(day=day_of(cast, week), because="", by=None, at=NOW)
    with pytest.raises(DayCancelled):
        hold(cast, 4)
    with pytest.raises(DayCancelled):
        undo(cast, 5)


def test_everybody_in_the_household_is_told_in_their_language(cast, share):
    kim = factories.make_user("kim@example.org", language="ar")
    cast.sams.memberships.create(user=kim, since=NOW)
    hold(cast, 3)
    letters = {letter.to_email: letter for letter in Letter.objects.all()}
    assert {to: (letter.kind, letter.language, letter.may_stop) for to, letter in letters.items()} == {
        "sam@example.org": ("change", "en", False),
        "kim@example.org": ("change", "ar", False),
    }
    sams = letters["sam@example.org"]
    assert sams.subject == "Week 3 is on hold: no pickup on Tue 22 June"
    assert "You can undo this until Sun 20 June, 23:59" in sams.text
    assert "/my/week/2027-06-22/?farm=cedar-bend-farm" in sams.text
    assert "<bdi" not in sams.text


def test_the_letter_about_a_move_says_where_and_how_to_get_in(cast, share):
    cast.school.private_note = "Door code 4711"
    cast.school.save()
    move(cast, 3, 4, site=cast.school)
    letter = Letter.objects.get()
    assert letter.subject == "Week 3 moves to Fri 2 July"
    for words in ("Fri 2 July, 17:00–19:30", "School gate, 1 School Road", "Door code 4711"):
        assert words in letter.text
    undo(cast, 3)
    assert Letter.objects.latest("pk").subject == "Undone: week 3 is yours again on Tue 22 June"


def test_a_change_that_is_refused_leaves_nothing_behind(cast, share):
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=0)
    hold(cast, 3)
    with pytest.raises(DayFull):
        move(cast, 3, 4, site=cast.school)
    assert (standing(cast), Letter.objects.count()) == ([("hold", 3, None)], 1)


def test_a_change_takes_as_many_queries_for_three_shares_as_for_one(cast):
    def queries(shares: int, week: int) -> tuple[int, int, int]:
        for _ in range(shares):
            factories.make_share(cast.sams, cast.full, site=cast.market)
        seen = []
        for act in (lambda: hold(cast, week), lambda: move(cast, week, week + 1), lambda: undo(cast, week)):
            with CaptureQueriesContext(connection) as captured:
                act()
            seen.append(len(captured))
        return tuple(seen)

    assert queries(1, 3) == queries(2, 5)


MOVERS, ROOM = 12, 3


def at_once(acts) -> list[object]:
    """Every act in a thread of its own, begun together; what each returned or raised."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n: int) -> None:
        gate.wait()
        try:
            results[n] = acts[n]()
        except Exception as failure:
            results[n] = failure
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def movers(cast):
    """Households at the market, and room for a few of them at the school gate."""
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=ROOM)
    households = [factories.make_household(cast.farm) for _ in range(MOVERS)]
    for household in households:
        factories.make_share(household, cast.full, site=cast.market)
    return households


@pytest.mark.django_db(transaction=True)
def test_the_last_room_of_a_day_is_given_only_once(cast, movers):
    results = at_once([lambda h=h: move(cast, 3, 3, site=cast.school, household=h) for h in movers])
    assert sorted(type(result).__name__ for result in results) == ["DayFull"] * (MOVERS - ROOM) + ["NoneType"] * ROOM
    assert (due(cast, 3, cast.school), day_of(cast, 3, cast.school).moved_in) == (ROOM, ROOM)


@pytest.mark.django_db(transaction=True)
def test_looking_for_room_before_moving_instead_of_the_guard_overfills_the_day(cast, movers, monkeypatch):
    """The twin: everybody looks, then everybody writes."""
    room = cases.room
    monkeypatch.setattr(cases, "room", lambda day: 10**6)
    everyone_has_looked = threading.Barrier(MOVERS)

    def look_then_move(household):
        day = day_of(cast, 3, cast.school)
        free = room(PickupDay.objects.select_related("week").get(pk=day.pk)) - day.moved_in
        everyone_has_looked.wait()
        if free < 1:
            raise DayFull
        move(cast, 3, 3, site=cast.school, household=household)

    at_once([lambda h=h: look_then_move(h) for h in movers])
    assert due(cast, 3, cast.school) == MOVERS


@pytest.mark.django_db(transaction=True)
def test_holds_pressed_at_once_are_not_more_than_the_season_allows(cast, share):
    results = at_once([lambda week=week: hold(cast, week) for week in range(3, 11)])
    assert sorted(type(result).__name__ for result in results) == ["NoHoldsLeft"] * 5 + ["NoneType"] * 3
    assert len(standing(cast)) == 3


@pytest.mark.django_db(transaction=True)
def test_holds_pressed_at_once_are_too_many_when_the_household_s_row_is_not_kept(cast, share, monkeypatch):
    """The twin: each counts before any of them writes."""
    everyone_has_counted = threading.Barrier(5)
    count = changes._spend_hold

    def hold_without_guard(week: int) -> None:
        count(cases.Case(cast.sams, day_of(cast, week), [], {}))
        everyone_has_counted.wait()
        hold(cast, week)

    monkeypatch.setattr(changes, "_spend_hold", lambda case: None)
    at_once([lambda week=week: hold_without_guard(week) for week in range(3, 8)])
    assert len(standing(cast)) == 5


@pytest.mark.django_db(transaction=True)
def test_a_roster_drawn_up_while_households_change_loses_nobody(cast, movers):
    day = day_of(cast, 3)
    in_time = day.deadline_at - timedelta(seconds=1)
    acts = [lambda h=h: hold(cast, 3, household=h, at=in_time) for h in movers]
    results = at_once([*acts, lambda: rosters.draw_up(day=day, at=day.deadline_at)])
    held = sum(result is None for result in results[:-1])
    assert {type(result) for result in results[:-1]} <= {type(None), DeadlinePassed}
    assert results[-1] == due(cast, 3) == MOVERS - held == MOVERS - len(standing(cast))


@pytest.mark.django_db(transaction=True)
def test_a_hold_taken_back_while_the_roster_is_drawn_up_is_on_it_or_refused(cast, movers):
    day = day_of(cast, 3)
    for household in movers:
        hold(cast, 3, household=household)
    in_time = day.deadline_at - timedelta(seconds=1)
    acts = [lambda h=h: changes.undo(household=h, day=day, by=None, at=in_time) for h in movers]
    results = at_once([*acts, lambda: rosters.draw_up(day=day, at=day.deadline_at)])
    assert {type(result) for result in results[:-1]} <= {type(None), DeadlinePassed}
    assert results[-1] == due(cast, 3) == sum(result is None for result in results[:-1])


@pytest.mark.django_db(transaction=True)
def test_a_day_called_off_while_households_move_there_tells_all_who_came(cast, movers):
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=100)
    day = day_of(cast, 3, cast.school)
    acts = [lambda h=h: move(cast, 3, 3, site=cast.school, household=h) for h in movers]
    for household in movers:
        household.memberships.create(user=factories.make_user(), since=NOW)
    results = at_once([*acts, lambda: cancellations.cancel_day(day=day, because="Ice", by=None, at=NOW)])
    assert {type(result) for result in results[:-1]} <= {type(None), DayCancelled}
    assert results[-1] == len(standing(cast)) == Letter.objects.filter(kind="cancelled").count()
