"""The farm calls a pickup off: who is due is told, and nobody's share is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community import shifts
from community.models import Shift
from deliveries.changing import cancellations, changes
from deliveries.changing.cancellations import Affected, PickupOver, cancel_day
from deliveries.due import rosters
from deliveries.models import Pickup
from farms.models import PickupDay, PickupSite
from people import stopped
from people.models import Letter
from tests import factories
from tests.factories import NOW


def day_of(cast, week: int, site=None) -> PickupDay:
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=site or cast.market)


def cancel(cast, week: int, *, at=NOW, because="The bridge is closed.") -> int:
    return cancel_day(day=day_of(cast, week), because=because, by=cast.fern, at=at)


@pytest.fixture
def due(cast):
    """Three households due in week 3 at the market: Sam's, one that moved there, and one with two people; and two
    that are not: one held it, one moved away."""
    factories.make_share(cast.sams, cast.full, site=cast.market)
    factories.make_share(cast.sams, cast.half, site=cast.market)
    come, two, held, gone = (
        factories.make_household(cast.farm, user=factories.make_user(f"{name}@x.example"))
        for name in ("come", "two", "held", "gone")
    )
    two.memberships.create(user=factories.make_user("too@x.example"), since=NOW)
    factories.make_share(come, cast.full, site=cast.school)
    for household in (two, held, gone):
        factories.make_share(household, cast.full, site=cast.market)
    changes.move(household=come, day=day_of(cast, 5, cast.school), to_day=day_of(cast, 3), by=None, at=NOW)
    changes.hold(household=held, day=day_of(cast, 3), by=None, at=NOW)
    changes.move(household=gone, day=day_of(cast, 3), to_day=day_of(cast, 4), by=None, at=NOW)
    Letter.objects.all().delete()
    return {"sam@example.org", "come@x.example", "two@x.example", "too@x.example"}


def test_before_it_is_done_the_farmer_sees_whom_it_concerns(cast, due):
    assert cancellations.affected(day_of(cast, 3)) == Affected(shares=4, households=3, people=4, boxes=4)


@pytest.mark.parametrize("drawn_up", [False, True])
def test_everybody_due_is_told_once_and_nobody_else(cast, due, drawn_up):
    at = NOW
    if drawn_up:
        at = day_of(cast, 3).deadline_at
        rosters.draw_up(day=day_of(cast, 3), at=at)
    assert [cancel(cast, 3, at=at), cancel(cast, 3, at=at)] == [4, 0]
    letters = Letter.objects.all()
    assert {letter.to_email for letter in letters} == due
    assert {(letter.kind, letter.may_stop) for letter in letters} == {("cancelled", False)}


def test_its_shifts_are_called_off_with_it_and_who_looks_after_the_site_is_told(cast, due):
    PickupSite.objects.filter(pk=cast.market.pk).update(host_email="cafe@example.org")
    cast.farm.staff.create(user=factories.make_user("val@example.org"), role="host", site=cast.market, since=NOW)
    cast.farm.staff.create(user=factories.make_user("else@example.org"), role="host", site=cast.school, since=NOW)
    day = day_of(cast, 3)
    times = {"starts_at": day.starts_at, "ends_at": day.ends_at, "made_at": NOW}
    shift = Shift.objects.create(farm=cast.farm, day=day, title="Check-in", place="Market", hosts=True, **times)
    shifts.sign_up(shift=shift, household=cast.sams, user=cast.sam, at=NOW)
    assert [cancel(cast, 3), cancel(cast, 3)] == [4, 0]
    told = Letter.objects.exclude(kind="cancelled").values_list("kind", "to_email").order_by("kind", "to_email")
    assert list(told) == [
        ("host_off", "cafe@example.org"), ("host_off", "val@example.org"), ("shift_called_off", "sam@example.org"),
    ]  # fmt: skip
    assert "The bridge is closed." in Letter.objects.filter(kind="host_off").first().text
    shift.refresh_from_db()
    assert (shift.cancelled_at, shift.cancelled_because) == (NOW, "The bridge is closed.")


def test_the_day_is_marked_with_who_when_and_why_and_nobody_is_due_there(cast, due):
    cancel(cast, 3, because="  The bridge is closed.  ")
    cancel(cast, 3, because="Pressed again.", at=NOW + timedelta(minutes=1))
    day = day_of(cast, 3)
    assert (day.cancelled_at, day.cancelled_by, day.cancelled_because) == (NOW, cast.fern, "The bridge is closed.")
    assert rosters.expected([day]).rows == ()
    assert cancellations.affected(day) == Affected(0, 0, 0)


def test_pickups_that_were_drawn_up_are_taken_back(cast, due):
    day = day_of(cast, 3)
    rosters.draw_up(day=day, at=day.deadline_at)
    assert Pickup.objects.filter(day=day).count() == 4
    cancel(cast, 3, at=day.deadline_at)
    assert Pickup.objects.filter(day=day).count() == 0


def test_the_letter_says_what_why_and_what_can_be_done(cast, due):
    cancel(cast, 3)
    letter = Letter.objects.get(to_email="sam@example.org")
    assert letter.subject == "No pickup on Tue 22 June at Tuesday Market"
    for words in (
        "Cedar Bend Farm has to call off the pickup on Tue 22 June, 17:00–19:30, at Tuesday Market.",
        "Why: The bridge is closed.",
        "Your share is not lost: choose another day for it",
        "/my/week/2027-06-22/?farm=cedar-bend-farm",
        "hello@cedarbend.example",
    ):
        assert words in letter.text
    assert "You had moved your share to this day." in Letter.objects.get(to_email="come@x.example").text


def test_a_farm_s_words_are_text_not_markup(cast, due):
    cancel(cast, 3, because="<b>Ice</b> & snow")
    letter = Letter.objects.get(to_email="sam@example.org")
    assert "Why: <b>Ice</b> & snow" in letter.text
    assert "&lt;b&gt;Ice&lt;/b&gt; &amp; snow" in letter.html


def test_this_letter_comes_even_to_those_who_stopped_others(cast, due):
    stopped.stop(kind="cancelled", email="sam@example.org", at=NOW)
    assert cancel(cast, 3) == 4


def test_a_pickup_that_is_over_is_not_called_off(cast, due):
    ends = day_of(cast, 3).ends_at
    with pytest.raises(PickupOver):
        cancel(cast, 3, at=ends)
    assert day_of(cast, 3).cancelled_at is None
    assert cancel(cast, 3, at=ends - timedelta(seconds=1)) == 4


def test_calling_off_takes_as_many_queries_for_40_households_as_for_one(cast):
    def queries(households: int, week: int) -> int:
        for _ in range(households):
            household = factories.make_household(cast.farm, user=factories.make_user())
            factories.make_share(household, cast.full, site=cast.market)
        with CaptureQueriesContext(connection) as seen:
            cancel(cast, week)
        return len(seen)

    assert queries(1, 3) == queries(39, 4)
