"""A household collects elsewhere from a week on, for good: laid over the plan, within the room there is, with undo."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from deliveries.changing import changes, plan_changes
from deliveries.changing.cases import DayFull, DeadlinePassed, NothingDue, WrongDay
from deliveries.due import rosters
from deliveries.due.turns import turns_of
from deliveries.models import PlanChange
from farms.models import SeasonSite
from farms.seasons import lay_out_season
from people.models import Letter
from shares.money.credits import credit_of
from tests import factories
from tests.deliveries.test_changes import at_once, day_of, due, hold, move, standing
from tests.deliveries.test_my import words
from tests.factories import NOW


def week_of(cast, number: int):
    return cast.season.weeks.get(number=number)


def go(cast, number: int, *, site=None, old=None, at=NOW, household=None):
    return plan_changes.change_site(
        household=household or cast.sams, week=week_of(cast, number), old=old or cast.market,
        site=site or cast.school, by=cast.sam, at=at,
    )  # fmt: skip


def back(cast, number: int, *, at=NOW) -> int:
    return plan_changes.undo(household=cast.sams, week=week_of(cast, number), by=cast.sam, at=at)


def taken(cast, site) -> tuple[int, int]:
    place = SeasonSite.objects.get(season=cast.season, site=site)
    return place.taken_a, place.taken_b


def seen(cast, *weeks: int) -> list[tuple[int, int]]:
    return [(due(cast, week), due(cast, week, cast.school)) for week in weeks]


@pytest.fixture
def share(cast):
    return factories.make_share(cast.sams, cast.full, site=cast.market)


def test_from_that_week_on_it_is_collected_there_and_before_it_where_it_was(cast, share):
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    go(cast, 4)
    assert seen(cast, 1, 3, 4, 5, 25) == [(2, 0), (2, 0), (0, 1), (0, 2), (0, 2)]
    turns = {turn.day.week.number: turn.place.site for turn in turns_of(cast.sams, seasons=[cast.season])}
    assert (turns[3], turns[4]) == (cast.market, cast.school)
    assert rosters.draw_up(day=day_of(cast, 5, cast.school), at=NOW) == 2


def test_the_new_place_is_taken_at_once_and_the_old_one_given_back_after_the_deadline(cast, share):
    go(cast, 4)
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((1, 1), (1, 1))
    assert plan_changes.release_left_places(day_of(cast, 4).deadline_at - timedelta(seconds=1)) == 0
    for freed in (1, 0):
        assert plan_changes.release_left_places(day_of(cast, 4).deadline_at) == freed
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((0, 0), (1, 1))


def test_eggs_take_no_place_and_give_none_back(cast, share):
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.market)
    go(cast, 3)
    plan_changes.release_left_places(day_of(cast, 4).deadline_at)
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((1, 1), (1, 1))


def test_it_is_undone_until_the_deadline_and_twice_is_once(cast, share):
    go(cast, 4)
    share.refresh_from_db()
    assert share.site == cast.school
    assert (back(cast, 4), back(cast, 4)) == (1, 0)
    gone, home = Letter.objects.order_by("pk").values_list("subject", flat=True)
    assert gone == "From week 4 on you collect at School gate"
    assert home == "Undone: from week 4 on you collect at Tuesday Market again"
    share.refresh_from_db()
    assert share.site == cast.market
    assert seen(cast, 4, 25) == [(1, 0), (1, 0)]
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((1, 1), (0, 0))
    go(cast, 4)
    with pytest.raises(DeadlinePassed):
        back(cast, 4, at=day_of(cast, 4).deadline_at)
    assert seen(cast, 4) == [(0, 1)]


def test_a_place_given_back_at_the_deadline_is_not_taken_back_by_who_clicked_a_second_before(cast, share):
    go(cast, 4)
    deadline = day_of(cast, 4).deadline_at
    assert plan_changes.release_left_places(deadline) == 1
    with pytest.raises(DeadlinePassed):
        back(cast, 4, at=deadline - timedelta(seconds=1))
    assert (seen(cast, 4), taken(cast, cast.market), taken(cast, cast.school)) == ([(0, 1)], (0, 0), (1, 1))


def test_it_may_go_on_to_a_third_place_or_change_its_mind_within_the_same_week(cast, share):
    go(cast, 4)
    go(cast, 8, site=cast.market, old=cast.school)
    share.refresh_from_db()
    assert share.site == cast.market
    assert seen(cast, 3, 4, 7, 8) == [(1, 0), (0, 1), (0, 1), (1, 0)]
    assert taken(cast, cast.market) == (2, 2)  # the old place still waits for an undo
    plan_changes.release_left_places(day_of(cast, 8, cast.school).deadline_at)
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((1, 1), (0, 0))


def test_the_last_word_counts_for_all_weeks_that_follow(cast, share):
    go(cast, 8)
    go(cast, 4)
    assert seen(cast, 3, 4, 8, 25) == [(1, 0), (0, 1), (0, 1), (0, 1)]
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((1, 1), (1, 1))
    plan_changes.release_left_places(day_of(cast, 8).deadline_at)
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((0, 0), (1, 1))


def test_taking_back_the_first_of_two_leaves_the_weeks_before_where_they_were(cast, share):
    go(cast, 4)
    go(cast, 8, site=cast.market, old=cast.school)
    go(cast, 12)
    assert back(cast, 4) == 1
    assert seen(cast, 1, 4, 8, 12) == [(1, 0), (1, 0), (1, 0), (0, 1)]
    assert back(cast, 12) == 1
    plan_changes.release_left_places(day_of(cast, 12).deadline_at)
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((1, 1), (0, 0))


def test_home_again_is_possible_however_full_it_is(cast, share):
    go(cast, 4)
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(capacity=1)
    go(cast, 4, site=cast.market, old=cast.school)
    assert seen(cast, 4, 25) == [(1, 0), (1, 0)]
    assert (taken(cast, cast.market), taken(cast, cast.school)) == ((1, 1), (0, 0))


def test_weeks_held_moved_or_given_away_stay_so_wherever_it_is_collected(cast, share):
    hold(cast, 5)
    move(cast, 6, 9)
    go(cast, 4)
    assert standing(cast) == [("hold", 5, None), ("move", 6, 9)]
    assert seen(cast, 5, 6, 9) == [(0, 0), (0, 0), (1, 1)]
    changes.undo(household=cast.sams, day=day_of(cast, 5, cast.school), by=None, at=NOW)
    assert seen(cast, 5) == [(0, 1)]


def test_laying_the_season_out_anew_changes_nothing_of_it(cast, share):
    hold(cast, 5)
    go(cast, 4)
    cast.season.deadline_days = 4
    cast.season.save()
    lay_out_season(season=cast.season, at=NOW)
    assert seen(cast, 3, 4, 5, 6) == [(1, 0), (0, 1), (0, 0), (0, 1)]


def test_a_full_place_or_a_crowded_day_takes_nobody_in(cast, share):
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=1)
    mover = factories.make_household(cast.farm)
    factories.make_share(mover, cast.full, site=cast.market)
    move(cast, 7, 7, site=cast.school, household=mover)
    with pytest.raises(DayFull, match="School gate has no room left in week 7"):
        go(cast, 4)
    go(cast, 8)
    with pytest.raises(DayFull, match="School gate has no room left"):
        go(cast, 8, household=mover)
    assert (taken(cast, cast.school), PlanChange.objects.count()) == ((1, 1), 1)


def test_only_an_open_week_another_place_of_the_season_and_a_share_of_one_s_own(cast, share, olga):
    with pytest.raises(DeadlinePassed):
        go(cast, 4, at=day_of(cast, 4).deadline_at)
    for wrong in (cast.market, olga.staffed.get().farm.sites.get()):
        with pytest.raises(WrongDay):
            go(cast, 4, site=wrong)
    with pytest.raises(NothingDue):
        go(cast, 4, household=factories.make_household(cast.farm))
    assert not PlanChange.objects.exists()


def test_the_week_page_changes_the_place_in_three_taps_and_takes_it_back(cast, share, as_sam):
    week = "/my/week/2027-06-29/"
    sent = {"day": day_of(cast, 4).pk, "action": "site"}
    assert "Choose a place." in words(as_sam.post(week, sent))
    for forged in ("0", "abc", "\x00", str(10**30)):
        assert as_sam.post(week, sent | {"site": forged}).status_code == 200
    assert not PlanChange.objects.exists()
    answer = as_sam.post(week, sent | {"site": cast.school.pk})
    assert "From week 4 on you collect at School gate." in words(as_sam.get("/my/"))
    assert answer.status_code == 302
    there = words(as_sam.get("/my/week/2027-07-02/"))
    assert "From week 4 on you collect at School gate." in there
    as_sam.post("/my/week/2027-07-02/", {"day": day_of(cast, 4, cast.school).pk, "action": "undo_site"})
    assert seen(cast, 4) == [(1, 0)]


@pytest.fixture
def movers(cast):
    """Twenty households at the market, and one place left at the school gate."""
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=1)
    households = [factories.make_household(cast.farm) for _ in range(20)]
    for household in households:
        factories.make_share(household, cast.full, site=cast.market)
    return households


@pytest.mark.django_db(transaction=True)
def test_the_last_place_of_a_site_is_given_to_one_of_twenty(cast, movers):
    results = at_once([lambda h=h: len(go(cast, 4, household=h)) for h in movers])
    assert sorted(map(str, (r if r == 1 else type(r).__name__ for r in results))) == ["1"] + ["DayFull"] * 19
    assert (taken(cast, cast.school), due(cast, 4, cast.school)) == ((1, 1), 1)


@pytest.mark.django_db(transaction=True)
def test_the_last_room_of_another_day_is_given_to_one_of_twenty(cast, movers):
    results = at_once([lambda h=h: move(cast, 3, 3, site=cast.school, household=h) for h in movers])
    assert sorted(type(result).__name__ for result in results) == ["DayFull"] * 19 + ["NoneType"]
    assert (due(cast, 3, cast.school), day_of(cast, 3, cast.school).moved_in) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_looking_for_a_place_first_instead_of_the_guard_lets_all_twenty_in(cast, movers, monkeypatch):
    """The twin: everybody looks whether there is room, then everybody writes."""
    everyone_has_looked = threading.Barrier(20)

    monkeypatch.setattr(plan_changes, "_take", lambda *wanted: None)

    def look_then_go(household):
        place = SeasonSite.objects.get(season=cast.season, site=cast.school)
        if max(place.taken_a, place.taken_b) >= place.capacity:
            raise DayFull
        everyone_has_looked.wait()
        return go(cast, 4, household=household)

    at_once([lambda h=h: look_then_go(h) for h in movers])
    assert due(cast, 4, cast.school) == 20


def test_a_held_week_becomes_credit_where_it_would_be_collected_by_then(cast, share):
    cast.season.hold_becomes = "credit"
    cast.season.save()
    hold(cast, 5)
    go(cast, 4)
    rosters.draw_up(day=day_of(cast, 5), at=day_of(cast, 5).deadline_at)
    assert credit_of(cast.sams) == 0  # it may still be taken back: the other site's deadline is later
    rosters.draw_up(day=day_of(cast, 5, cast.school), at=day_of(cast, 5, cast.school).deadline_at)
    assert credit_of(cast.sams) == 2600


def test_a_place_that_cannot_be_given_back_keeps_no_other_from_going_free(cast, share, olga):
    go(cast, 4)
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(taken_a=0)  # one less, the database refuses
    farm = olga.staffed.get().farm
    season = farm.seasons.get()
    theirs = factories.make_household(farm, user=olga)
    own = factories.make_share(theirs, season.share_types.get())
    elsewhere = factories.make_site(farm, "Elsewhere")
    SeasonSite.objects.create(season=season, site=elsewhere, capacity=9, taken_a=1, taken_b=1)
    PlanChange.objects.create(
        share=own, from_week=4, site=elsewhere, left_site=season.sites.exclude(pk=elsewhere.pk).get(), made_at=NOW
    )
    assert plan_changes.release_left_places(day_of(cast, 4).deadline_at) == 1
    assert [row.share for row in PlanChange.objects.exclude(released_at=None)] == [own]
