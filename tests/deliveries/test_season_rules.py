"""A season's rules are tried on the real roster and then put into force; A and B weeks are evened out by the farmer."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest

from deliveries.changing import changes, plan_changes, season_rules, turn_balance
from deliveries.due import rosters
from deliveries.models import Change
from farms.models import Household
from farms.planning import ChangedMeanwhile
from people.models import Letter, User
from shares.in_parts.offers import copy_season
from shares.models import Share
from tests import factories
from tests.deliveries.test_changes import at_once, day_of, due, hold, move
from tests.deliveries.test_my import words
from tests.factories import NOW


def rules(cast, **other) -> dict:
    return {name: getattr(cast.season, name) for name in season_rules.RULES} | other


def put(cast, *, gifts_to: str = "", at=NOW, version=None, **other) -> int:
    cast.season.refresh_from_db()
    version = cast.season.version if version is None else version
    return season_rules.change(
        season=cast.season, version=version, rules=rules(cast, **other), gifts_to=gifts_to, by=cast.fern, at=at
    )


@pytest.fixture
def share(cast):
    return factories.make_share(cast.sams, cast.full, site=cast.market)


def would(outlook) -> dict[tuple[int, str], tuple[int, int]]:
    return {
        (told.day.week.number, told.day.site.name): (told.due, told.would)
        for told in outlook.days
        if told.due != told.would
    }


def test_fewer_holds_show_who_would_have_been_due(cast, share):
    for week in (3, 5, 4):
        hold(cast, week, at=NOW + timedelta(minutes=week if week != 4 else 9))
    seen = season_rules.outlook(cast.season, rules(cast, holds_allowed=2), at=NOW)
    assert [row.day.week.number for row in seen.over_quota] == [4]
    assert would(seen) == {(4, "Tuesday Market"): (0, 1)}
    assert (seen.moved_deadlines, seen.households) == (0, 0)
    assert due(cast, 4) == 0  # nothing was changed by looking


def test_an_earlier_deadline_shows_what_would_have_been_too_late_and_whom_it_concerns(cast, share):
    at = day_of(cast, 1).deadline_at - timedelta(hours=1)
    hold(cast, 1, at=at)
    move(cast, 2, 3, at=at)
    factories.make_share(factories.make_household(cast.farm), cast.half, site=cast.school)
    seen = season_rules.outlook(cast.season, rules(cast, deadline_days=4), at=at)
    assert would(seen) == {(1, "Tuesday Market"): (0, 1)}
    assert [row.day.week.number for row in seen.too_late] == [1]
    assert (seen.households, seen.moved_deadlines, seen.closes_now) == (2, 50, 1)


def test_a_day_that_is_closed_keeps_its_deadline_whatever_is_tried(cast, share):
    closed = day_of(cast, 1)
    seen = season_rules.outlook(cast.season, rules(cast, deadline_days=4), at=closed.deadline_at)
    assert (closed in [told.day for told in seen.otherwise], seen.closes_now) == (False, 0)


def test_the_place_that_gets_gifts_is_nobody_whose_deadline_moves(cast, share):
    put(cast, gifts_to="Food bank")
    changes.give(household=cast.sams, day=day_of(cast, 3), by=cast.sam, at=NOW)
    seen = season_rules.outlook(cast.season, rules(cast, deadline_days=4), at=NOW)
    assert (seen.households, put(cast, gifts_to="Food bank", deadline_days=4)) == (1, 1)


def test_rules_in_force_move_open_deadlines_only_and_tell_the_households(cast, share):
    rosters.draw_up(day=day_of(cast, 1), at=day_of(cast, 1).deadline_at)
    at, before = day_of(cast, 1).deadline_at, day_of(cast, 2).deadline_at
    assert put(cast, at=at, deadline_days=4, deadline_time=time(12)) == 1
    assert day_of(cast, 1).deadline_at == at
    assert before - day_of(cast, 2).deadline_at == timedelta(days=2, hours=11, minutes=59)
    letter = Letter.objects.get()
    assert letter.subject == "Another deadline for changes in Summer 2027"
    assert "until 12:00, 4 days before its pickup" in letter.text
    assert put(cast, at=at, deadline_days=4, deadline_time=time(12)) == 0
    assert Letter.objects.count() == 1


def test_what_was_changed_before_stays_under_new_rules(cast, share):
    for week in (3, 4, 5):
        hold(cast, week)
    put(cast, holds_allowed=1, deadline_days=0)
    assert [due(cast, week) for week in (3, 4, 5)] == [0, 0, 0]
    assert Change.objects.standing().count() == 3


def test_two_tabs_notice_each_other(cast, share):
    put(cast, holds_allowed=1)
    with pytest.raises(ChangedMeanwhile):
        put(cast, version=0, holds_allowed=5)
    cast.season.refresh_from_db()
    assert cast.season.holds_allowed == 1


def test_a_place_for_gifts_is_a_household_without_people_known_by_its_name(cast, share):
    for _ in range(2):
        put(cast, gifts_to="Food bank", hold_becomes="gift")
    place = Household.objects.get(name="Food bank")
    cast.season.refresh_from_db()
    assert (place.is_place, place.people.count(), cast.season.gifts_to) == (True, 0, place)
    copied = copy_season(season=cast.season, name="Next", first_day=cast.season.first_day, skipped=[], at=NOW)
    assert (copied.gifts_to, copied.hold_becomes) == (place, "gift")


def test_a_place_is_the_farm_s_own_and_no_family_of_that_name(cast, share, olga):
    neighbours = factories.make_household(olga.staffed.get().farm, "Food bank", is_place=True)
    family = factories.make_household(cast.farm, "Food bank")
    put(cast, gifts_to="Food bank")
    cast.season.refresh_from_db()
    place = cast.season.gifts_to
    assert (place.farm, place.is_place, place in (neighbours, family)) == (cast.farm, True, False)


PATH = "/f/cedar-bend-farm/desk/seasons/{}/rules/"


def sent(cast, **other) -> dict:
    facts = {
        "version": cast.season.version, "deadline_days": "2", "deadline_time": "23:59", "holds_allowed": "3",
        "hold_becomes": "makeup", "gifts_to": "", "percent_a": "50", "swaps_close": "20:00", "do": "try",
    }  # fmt: skip
    return facts | other


def test_the_page_shows_first_and_saves_only_what_was_seen(cast, share, as_fern):
    path = PATH.format(cast.season.pk)
    page = as_fern.post(path, sent(cast, deadline_days="4"))
    assert "This affects 1 household. 50 deadlines move; they get a letter." in words(page)
    seen = re.search(r'name="seen" value="([^"]*)"', page.content.decode()).group(1)
    unseen = as_fern.post(path, sent(cast, deadline_days="9", do="save", seen=seen))
    assert unseen.status_code == 200
    cast.season.refresh_from_db()
    assert cast.season.deadline_days == 2
    assert as_fern.post(path, sent(cast, deadline_days="4", do="save", seen=seen)).status_code == 302
    assert "The rules are in force. 1 household is told." in words(as_fern.get(path))
    cast.season.refresh_from_db()
    assert cast.season.deadline_days == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"deadline_days": "15"}, {"deadline_days": "-1"}, {"deadline_time": "25:00"}, {"holds_allowed": "53"},
        {"holds_allowed": "NaN"}, {"hold_becomes": "gift"}, {"hold_becomes": "party"}, {"percent_a": "101"},
        {"percent_a": "1e5"}, {"gifts_first_to_households": "on"}, {"gifts_to": "\u200b"}, {"swaps_close": "noon"},
        {"version": "x"}, {"gifts_to": "a\x00b"},
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_beside_its_field(cast, share, as_fern, wrong):
    page = as_fern.post(PATH.format(cast.season.pk), sent(cast, do="save", **wrong))
    assert page.status_code == 422
    cast.season.refresh_from_db()
    assert cast.season.version == 0


def test_shares_already_given_away_keep_their_place(cast, share, as_fern):
    from tests.deliveries.test_holds_and_gifts import give

    put(cast, gifts_to="Food bank")
    cast.season.refresh_from_db()
    give(cast, 3)
    page = as_fern.post(PATH.format(cast.season.pk), sent(cast))
    assert "Shares are given away already for weeks to come: they need a place." in words(page)


# A and B


@pytest.fixture
def biweekly(cast):
    return factories.make_share_type(cast.season, "Every other week", rhythm="biweekly")


def some(cast, kind, turn: str, count: int, *, any_turn: bool = True) -> list[Share]:
    facts = {"site": cast.market, "turn": turn, "any_turn": any_turn}
    return [
        factories.make_share(factories.make_household(cast.farm), kind, pickups=13 if turn == "A" else 12, **facts)
        for _ in range(count)
    ]


def counts(cast) -> tuple[int, int]:
    return tuple(Share.objects.filter(turn=turn).count() for turn in "AB")


def test_the_latest_without_a_preference_go_over_until_it_is_even(cast, biweekly):
    first = some(cast, biweekly, "A", 5)
    some(cast, biweekly, "A", 2, any_turn=False)
    side = turn_balance.sides_of(cast.season, percent_a=50, at=NOW)[0]
    assert (side.in_a, side.in_b, side.then_a, side.then_b) == (7, 0, 4, 3)
    assert [share.pk for share in side.goes] == [share.pk for share in reversed(first[2:])]
    assert turn_balance.balance(season=cast.season, by=cast.fern, at=NOW) == 3
    assert counts(cast) == (4, 3)
    assert (due(cast, 1), due(cast, 2)) == (4, 3)
    moved = Share.objects.filter(turn="B").first()
    assert (moved.first_week, moved.last_week, moved.pickups) == (2, 24, 12)
    assert turn_balance.balance(season=cast.season, by=cast.fern, at=NOW) == 0


def test_whoever_chose_stays_and_nobody_who_has_begun_loses_a_pickup(cast, biweekly):
    some(cast, biweekly, "A", 4, any_turn=False)
    assert turn_balance.balance(season=cast.season, by=None, at=NOW) == 0
    running = some(cast, biweekly, "A", 4)
    week_2 = day_of(cast, 2).deadline_at  # 12 pickups left in A, 11 in B
    assert turn_balance.balance(season=cast.season, by=None, at=week_2) == 0
    week_1 = day_of(cast, 1).deadline_at  # 12 left in each
    assert turn_balance.balance(season=cast.season, by=None, at=week_1) == 4
    assert {Share.objects.get(pk=share.pk).pickups for share in running} == {13}
    assert (due(cast, 1), due(cast, 2), due(cast, 3)) == (8, 4, 4)


def test_whoever_is_about_to_collect_elsewhere_goes_over_when_that_is_done(cast, biweekly):
    for share in some(cast, biweekly, "A", 2):
        told = {"household": share.household, "week": day_of(cast, 3).week, "by": None, "at": NOW}
        plan_changes.change_site(old=cast.market, site=cast.school, **told)
    assert turn_balance.balance(season=cast.season, by=None, at=NOW) == 0
    settled = day_of(cast, 3, cast.school).deadline_at
    assert plan_changes.release_left_places(settled) == 2
    assert turn_balance.balance(season=cast.season, by=None, at=settled) == 1


def test_the_part_the_farm_wants_and_a_letter_to_those_who_go_over(cast, biweekly, as_fern):
    cast.season.percent_a = 40
    cast.season.save()
    household = some(cast, biweekly, "A", 10)[-1].household
    household.memberships.create(user=cast.oz, since=NOW)
    page = as_fern.get(PATH.format(cast.season.pk))
    assert "Tuesday Market Every other week 10 0 4 / 6" in words(page)
    as_fern.post(PATH.format(cast.season.pk), {"do": "balance"})
    assert counts(cast) == (4, 6)
    assert Letter.objects.get().subject == "From week 1 on you collect in B weeks"


def test_in_arabic_weeks_bear_arabic_letters(cast, biweekly, as_fern):
    household = some(cast, biweekly, "A", 4)[-1].household
    household.memberships.create(user=cast.oz, since=NOW)
    User.objects.update(language="ar")
    as_fern.cookies["django_language"] = "ar"
    page = as_fern.post(PATH.format(cast.season.pk), sent(cast) | {"do": "try"}).content.decode()
    cells = re.findall(r"<(?:th|td)[^>]*>([^<]*)</(?:th|td)>", page)
    assert [cell for cell in cells if re.search(r"\b[AB]\b", cell)] == []
    assert {"1 أ", "2 ب", "أسابيع أ", "أسابيع ب"} <= set(cells)
    as_fern.post(PATH.format(cast.season.pk), {"do": "balance"})
    letter = Letter.objects.get(kind="new_turn")
    assert re.findall(r"\b[AB]\b", letter.subject + letter.text) == []
    assert "أسابيع ب" in letter.subject


def test_who_is_about_to_be_collected_elsewhere_does_not_go_over(cast, biweekly):
    household = some(cast, biweekly, "A", 4)[-1].household
    facts = {"old": cast.market, "site": cast.school, "by": None, "at": NOW}
    plan_changes.change_site(household=household, week=cast.season.weeks.get(number=9), **facts)
    sides = turn_balance.sides_of(cast.season, percent_a=50, at=NOW)
    assert household.pk not in {share.household_id for side in sides for share in side.goes}


@pytest.mark.django_db(transaction=True)
def test_pressed_at_once_they_go_over_once(cast, biweekly):
    some(cast, biweekly, "A", 6)
    gone = at_once([lambda: turn_balance.balance(season=cast.season, by=None, at=NOW) for _ in range(4)])
    place = cast.season.season_sites.get(site=cast.market)
    assert (sorted(gone), counts(cast), (place.taken_a, place.taken_b)) == ([0, 0, 0, 3], (3, 3), (6, 3))


def test_the_preview_of_another_part_shows_who_would_be_due(cast, biweekly):
    some(cast, biweekly, "A", 4)
    seen = season_rules.outlook(cast.season, rules(cast, percent_a=50), at=NOW)
    told = would(seen)
    assert (told[1, "Tuesday Market"], told[2, "Tuesday Market"], seen.go_over) == ((4, 2), (0, 2), 2)
