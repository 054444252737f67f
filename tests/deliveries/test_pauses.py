"""A household goes away: weeks until a date are held while holds last, then given away; all can be taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from deliveries.changing import pauses
from deliveries.changing.cases import NothingDue
from deliveries.models import Change
from people.models import Letter
from tests.deliveries.test_changes import day_of, hold, move, standing
from tests.deliveries.test_holds_and_gifts import food_bank, share  # noqa: F401  (fixtures)
from tests.deliveries.test_my import words
from tests.factories import NOW


def pause(cast, until: date, *, at=NOW):
    return pauses.pause(household=cast.sams, season=cast.season, until=until, by=cast.sam, at=at)


def test_the_weeks_until_a_date_are_held_and_those_beyond_the_holds_given_away(cast, share, food_bank):  # noqa: F811
    pause(cast, date(2027, 7, 13))  # the pickup of week 6 is on that day
    held, given = [("hold", week, None) for week in (1, 2, 3)], [("gift", week, None) for week in (4, 5)]
    assert standing(cast) == held + given
    letter = Letter.objects.get()
    assert letter.subject == "You pause until Tue 13 July"
    assert "Given away, because no hold is left for them:" in letter.text


def test_without_a_place_for_gifts_the_weeks_beyond_the_holds_stay_and_are_named(cast, share):  # noqa: F811
    hold(cast, 8)
    away = pause(cast, date(2027, 7, 6))
    assert [turn.day.week.number for turn in away.held] == [1, 2]
    assert [turn.day.week.number for turn in away.kept] == [3, 4]
    assert len(standing(cast)) == 3


def test_what_is_held_moved_away_or_closed_stays_as_it_is(cast, share, food_bank):  # noqa: F811
    hold(cast, 2)
    move(cast, 3, 10)
    pause(cast, date(2027, 7, 6), at=day_of(cast, 1).deadline_at)
    assert standing(cast) == [("hold", 2, None), ("move", 3, 10), ("hold", 4, None)]


def test_a_pause_before_which_nothing_can_be_changed_is_refused(cast, share):  # noqa: F811
    with pytest.raises(NothingDue):
        pause(cast, date(2027, 6, 8))
    assert not Change.objects.exists()


def test_a_pause_is_taken_back_as_far_as_its_deadlines_allow(cast, share, food_bank):  # noqa: F811
    pause(cast, date(2027, 7, 6))
    at = day_of(cast, 1).deadline_at
    assert pauses.end_pause(household=cast.sams, season=cast.season, made_at=NOW, by=cast.sam, at=at) == 3
    assert standing(cast) == [("hold", 1, None)]
    assert pauses.end_pause(household=cast.sams, season=cast.season, made_at=NOW, by=cast.sam, at=at) == 0
    letter = Letter.objects.latest("pk")
    assert (Letter.objects.count(), letter.subject) == (2, "Undone: you collect again from Tue 15 June")
    assert "  - Week 2, Tue 15 June\n  - Week 3, Tue 22 June\n  - Week 4, Tue 29 June\n\nEach week can" in letter.text


def test_taking_a_pause_back_leaves_what_was_held_by_itself(cast, share):  # noqa: F811
    hold(cast, 5, at=NOW - timedelta(hours=1))
    pause(cast, date(2027, 6, 22))
    assert pauses.end_pause(household=cast.sams, season=cast.season, made_at=NOW, by=cast.sam, at=NOW) == 2
    assert standing(cast) == [("hold", 5, None)]


def test_the_season_page_shows_a_pause_before_it_is_made_and_takes_it_back(cast, share, as_sam, food_bank):  # noqa: F811
    seen = words(as_sam.get("/my/season/?until=2027-07-06"))
    assert "On hold: Tue 8 June, Tue 15 June, Tue 22 June" in seen
    assert "Given away, because no hold is left for them: Tue 29 June" in seen
    assert "Pause until Tue 6 July" in seen
    assert not Change.objects.exists()
    assert "A week can be changed until 23:59, 2 days before its pickup." in seen
    made = as_sam.post("/my/season/?until=2027-07-06", {"action": "pause", "until": "2027-07-06"})
    assert (made.status_code, made["Location"]) == (302, "/my/season/")
    page = as_sam.get("/my/season/")
    assert "You pause until Tue 6 July. On hold: 3, given away: 1." in words(page)
    assert "You pause: 4 weeks from Tue 8 June on." in words(page)
    as_sam.post("/my/season/", {"action": "end_pause", "made_at": NOW.isoformat()})
    assert standing(cast) == []


@pytest.mark.parametrize("until", ["", "tomorrow", "2027-02-30", "0001-01-01", "9999-12-31", "\x00", "2027-06-08'--"])
def test_a_date_that_is_none_is_refused_beside_the_field(cast, share, as_sam, until):  # noqa: F811
    page = as_sam.post("/my/season/", {"action": "pause", "until": until})
    assert (page.status_code, "Error:" in words(page)) == (200, True)
    assert not Change.objects.exists()


@pytest.mark.parametrize("made_at", ["", "abc", "2027-06-01T10:00:00", "9999-99-99T00:00:00Z", "\x00" * 50])
def test_a_forged_pause_is_not_found(cast, share, as_sam, made_at):  # noqa: F811
    assert as_sam.post("/my/season/", {"action": "end_pause", "made_at": made_at}).status_code == 404


def test_a_household_says_that_it_is_glad_of_gifts_where_the_farm_gives_to_households(cast, share, as_sam, food_bank):  # noqa: F811
    assert "Shares that others give away" not in words(as_sam.get("/my/season/"))
    cast.season.gifts_first_to_households = True
    cast.season.save()
    assert "Shares that others give away" in words(as_sam.get("/my/season/"))
    for sent, glad in (({"glad": "on"}, True), ({}, False)):
        assert as_sam.post("/my/season/", {"action": "takes_gifts", **sent}).status_code == 302
        cast.sams.refresh_from_db()
        assert cast.sams.takes_gifts is glad
