"""Who is due where, before and after the deadline."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.due import rosters
from deliveries.models import Change, Pickup
from farms.models import PickupDay
from people.printing.typed import initial
from tests import factories


def day_of(cast, week: int, site=None) -> PickupDay:
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=site or cast.market)


def due(cast, week: int, site=None) -> list[tuple[int, int]]:
    day = day_of(cast, week, site)
    return [(row.share, row.turn_of) for row in rosters.expected([day]).rows]


def change(share, day: PickupDay, to_day: PickupDay | None = None) -> Change:
    return Change.objects.create(
        share=share, day=day, to_day=to_day, kind="move" if to_day else "hold", made_at=factories.NOW
    )


def test_a_weekly_share_is_due_every_week_at_its_own_site(cast):
    share = factories.make_share(cast.sams, cast.full, site=cast.market)
    assert [len(due(cast, week)) for week in range(1, 26)] == [1] * 25
    assert due(cast, 1, cast.school) == []
    assert due(cast, 7) == [(share.pk, day_of(cast, 7).pk)]


def test_a_biweekly_share_is_due_in_its_own_turn_and_a_skipped_week_swaps_nothing(cast):
    factories.make_share(cast.sams, cast.half, site=cast.market, turn="A")
    factories.make_share(cast.sams, cast.half, site=cast.market, turn="B")
    cast.season.weeks.filter(number=2).update(skipped=True)
    assert [len(due(cast, week)) for week in (1, 2, 3, 4)] == [1, 0, 1, 1]
    a_weeks = [week for week in range(1, 26) if due(cast, week) and due(cast, week)[0][0] == due(cast, 1)[0][0]]
    assert a_weeks == list(range(1, 26, 2))


def test_a_share_is_due_from_its_first_week_to_its_last_within_its_type_s_weeks(cast):
    fruit = factories.make_share_type(cast.season, "Fruit", first_week=5, weeks=4)
    factories.make_share(cast.sams, fruit, site=cast.market, first_week=1)
    factories.make_share(cast.sams, cast.full, site=cast.market, first_week=3, last_week=10)
    assert [len(due(cast, week)) for week in range(1, 13)] == [0, 0, 1, 1, 2, 2, 2, 2, 1, 1, 0, 0]


def test_unpaid_and_cancelled_shares_are_not_due(cast):
    factories.make_share(cast.sams, cast.full, site=cast.market, paid=False)
    factories.make_share(cast.sams, cast.full, site=cast.market, cancelled_at=factories.NOW, last_week=0)
    assert due(cast, 1) == []


def test_a_held_turn_is_nobody_s_and_comes_back_when_the_hold_is_undone(cast):
    share = factories.make_share(cast.sams, cast.full, site=cast.market)
    hold = change(share, day_of(cast, 3))
    assert [len(due(cast, week)) for week in (2, 3, 4)] == [1, 0, 1]
    hold.undone_at = factories.NOW
    hold.save()
    assert len(due(cast, 3)) == 1


def test_a_moved_turn_is_due_where_it_went_beside_that_day_s_own(cast):
    share = factories.make_share(cast.sams, cast.half, site=cast.market, turn="A")
    change(share, day_of(cast, 3), day_of(cast, 4))
    change(share, day_of(cast, 5), day_of(cast, 7))
    assert due(cast, 3) == []
    assert due(cast, 4) == [(share.pk, day_of(cast, 3).pk)]
    assert due(cast, 7) == [(share.pk, day_of(cast, 5).pk), (share.pk, day_of(cast, 7).pk)]


def test_a_turn_moved_to_another_site_is_due_there(cast):
    share = factories.make_share(cast.sams, cast.full, site=cast.market)
    change(share, day_of(cast, 3), day_of(cast, 3, cast.school))
    assert due(cast, 3) == []
    assert due(cast, 3, cast.school) == [(share.pk, day_of(cast, 3).pk)]


def test_a_change_of_a_turn_the_share_never_had_brings_nobody(cast):
    share = factories.make_share(cast.sams, cast.half, site=cast.market, turn="A")
    change(share, day_of(cast, 2), day_of(cast, 3))
    assert due(cast, 3) == [(share.pk, day_of(cast, 3).pk)]


def test_a_cancelled_day_has_nobody(cast):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    PickupDay.objects.filter(pk=day_of(cast, 3).pk).update(cancelled_at=factories.NOW)
    assert due(cast, 3) == []


def test_counts_say_how_many_of_each_type(cast):
    for household in (cast.sams, factories.make_household(cast.farm, "Abel")):
        factories.make_share(household, cast.full, site=cast.market)
    factories.make_share(cast.sams, cast.eggs, site=cast.school, turn="A")
    days = [day_of(cast, 1), day_of(cast, 1, cast.school)]
    roster = rosters.expected(days)
    assert roster.counts == {cast.full.pk: 2, cast.eggs.pk: 1}
    assert roster.counts_by_day == {(days[0].pk, cast.full.pk): 2, (days[1].pk, cast.eggs.pk): 1}
    assert [row.name for row in roster.on(days[0])] == ["Abel", "Castillo–Reyes"]


def test_one_household_s_roster_holds_only_its_own(cast):
    share = factories.make_share(cast.sams, cast.full, site=cast.market)
    factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.market)
    days = list(PickupDay.objects.filter(week__season=cast.season))
    rosters.draw_up(day=days[0], at=factories.NOW)
    roster = rosters.expected(days, household=cast.sams)
    assert {row.share for row in roster.rows} == {share.pk}
    assert len(roster.rows) == 25


def test_what_is_drawn_up_is_what_was_expected_and_stays_so(cast):
    share = factories.make_share(cast.sams, cast.full, site=cast.market)
    change(share, day_of(cast, 2), day_of(cast, 3))
    day = day_of(cast, 3)
    before = rosters.expected([day])
    assert rosters.draw_up(day=day, at=factories.NOW) == 2
    factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.market)
    after = rosters.expected([day_of(cast, 3)])
    assert [(r.share, r.turn_of) for r in after.rows] == [(r.share, r.turn_of) for r in before.rows]
    assert [r.pickup for r in after.rows] == list(Pickup.objects.order_by("turn_of__date").values_list("pk", flat=True))


def test_a_day_is_drawn_up_once_however_often_the_sweep_comes(cast):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    at = day_of(cast, 1).deadline_at
    assert rosters.draw_up_rosters(at - timedelta(seconds=1)) == 0
    assert rosters.draw_up_rosters(at) == 1
    assert rosters.draw_up_rosters(at) == 0
    assert rosters.draw_up(day=day_of(cast, 1), at=at) == 0
    assert Pickup.objects.count() == 1


def test_a_turn_that_was_already_drawn_up_is_not_drawn_up_again(cast):
    share = factories.make_share(cast.sams, cast.full, site=cast.market)
    day = day_of(cast, 1)
    Pickup.objects.create(share=share, household=cast.sams, day=day, turn_of=day)
    assert rosters.draw_up(day=day, at=factories.NOW) == 1
    assert Pickup.objects.count() == 1


def test_one_day_that_cannot_be_drawn_up_stops_no_other(cast, monkeypatch):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    factories.make_share(cast.sams, cast.full, site=cast.school)
    poisoned = day_of(cast, 1)
    write = rosters._write_pickups

    def fail(rows):
        if rows and rows[0].day == poisoned.pk:
            raise RuntimeError("poison")
        write(rows)

    monkeypatch.setattr(rosters, "_write_pickups", fail)
    assert rosters.draw_up_rosters(day_of(cast, 1, cast.school).deadline_at) == 1
    assert set(Pickup.objects.values_list("day__site__name", flat=True)) == {"School gate"}
    assert day_of(cast, 1).drawn_up_at is None


@pytest.mark.parametrize("drawn", [False, True])
def test_a_roster_takes_as_many_queries_for_300_shares_as_for_one(cast, drawn):
    cast.full.places = 400
    cast.full.save()

    def queries(shares: int, week: int) -> int:
        for _ in range(shares):
            factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.market)
        days = [day_of(cast, week), day_of(cast, week, cast.school)]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            if drawn:
                rosters.draw_up(day=days[0], at=factories.NOW)
            roster = rosters.expected(days)
        assert len(roster.rows) == queries.total + shares
        queries.total += shares
        return len(seen)

    queries.total = 0
    assert {queries(1, 1), queries(2, 2), queries(297, 3)} == {14 if drawn else 4}


@pytest.mark.parametrize("drawn", [False, True])
def test_names_stand_from_a_to_z_as_a_reader_looks_them_up_whatever_their_script_marks_or_signs(cast, drawn):
    names = [
        "Åse Ødegård",
        "Brown",
        "🥕 Carrot Crew",
        "Łukasz",
        "O’Brien, Mei",
        "Olsen",
        "Şahin",
        "Zapata",
        "Αγγέλου",
        "李小龍",
    ]
    for name in reversed(names):
        factories.make_share(factories.make_household(cast.farm, name), cast.full, site=cast.market)
    if drawn:
        rosters.draw_up(day=day_of(cast, 1), at=factories.NOW)
    assert [row.name for row in rosters.expected([day_of(cast, 1)]).rows] == names
    assert [initial(name) for name in names] == ["A", "B", "C", "L", "O", "O", "S", "Z", "Α", "李"]
