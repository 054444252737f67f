"""Who has a week on hold is told before nothing can be chosen for it any more."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from deliveries.changing import changes
from deliveries.changing.held_weeks import write_hold_letters
from farms.models import PickupDay
from people.models import Letter
from tests import factories
from tests.factories import NOW

WEEKS = timedelta(days=14)


@pytest.fixture
def share(cast):
    return factories.make_share(cast.sams, cast.full, site=cast.market)


def day_of(cast, week):
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=cast.market)


def hold(cast, *weeks, at=NOW):
    for week in weeks:
        changes.hold(household=cast.sams, day=day_of(cast, week), by=cast.sam, at=at)


def last_deadline(cast):
    return PickupDay.objects.filter(week__season=cast.season).order_by("-deadline_at")[0].deadline_at


def told():
    return list(Letter.objects.filter(kind="hold_lapses").values_list("to_email", flat=True))


def test_two_weeks_before_the_last_chance_passes_a_household_hears_once_which_weeks_wait(cast, share, capsys):
    hold(cast, 3, 5)
    assert write_hold_letters(at=last_deadline(cast) - WEEKS - timedelta(seconds=1)) == 0
    for _run in range(2):
        call_command("sweep", "write_hold_letters", at=(last_deadline(cast) - WEEKS).isoformat())
    letter = Letter.objects.get(kind="hold_lapses")
    assert (letter.subject, letter.may_stop) == ("Your 2 weeks on hold: choose other days by Wed 24 November", True)
    assert "- Week 3, Tue 22 June\n- Week 5, Tue 6 July" in letter.text
    assert (
        "The last pickup it can go to is on Fri 26 November at School gate. Until Wed 24 November, 23:59."
        in letter.text
    )


def test_who_has_chosen_another_day_or_holds_without_one_hears_nothing(cast, share):
    hold(cast, 3)
    changes.move(household=cast.sams, day=day_of(cast, 3), to_day=day_of(cast, 4), by=cast.sam, at=NOW)
    cast.season.hold_becomes = "nothing"
    cast.season.save()
    hold(cast, 5)
    assert write_hold_letters(at=last_deadline(cast) - WEEKS) == 0


@pytest.mark.parametrize(("later", "letters"), [(timedelta(hours=1), []), (timedelta(days=1), ["sam@example.org"])])
def test_who_held_a_week_this_day_was_told_then(cast, share, later, letters):
    at = last_deadline(cast) - timedelta(days=10)
    hold(cast, 25, at=at)
    write_hold_letters(at=at + later)
    assert told() == letters


def test_when_nothing_can_be_chosen_any_more_nobody_is_told(cast, share):
    hold(cast, 3)
    assert write_hold_letters(at=last_deadline(cast)) == 0


def test_it_waits_for_a_day_without_an_automatic_letter(cast, share):
    hold(cast, 3)
    at = last_deadline(cast) - WEEKS
    facts = {"kind": "day_before", "to_email": "sam@example.org", "subject": "", "text": "", "message_id": "<1@x>"}
    Letter.objects.create(**facts, occasion="day:1", language="en", written_at=at, due_at=at)
    assert write_hold_letters(at=at + timedelta(hours=19)) == 0
    assert write_hold_letters(at=at + timedelta(hours=21)) == 1
