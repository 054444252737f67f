"""The day before: once per person, household and day, from three o'clock until the pickup begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.changing import cancellations, changes
from deliveries.telling import reminders
from deliveries.telling.reminders import write_reminders
from farms.models import PickupDay
from people import stopped
from people.models import Letter
from tests import factories
from tests.deliveries.harvesting import make_harvest, publish
from tests.factories import NOW

# Week 1 is on Tuesday 8 June 2027, 17:00 in Paris.
THREE = datetime(2027, 6, 7, 13, 0, tzinfo=UTC)
BEGINS = datetime(2027, 6, 8, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def day_of(cast, week: int, site=None) -> PickupDay:
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=site or cast.market)


@pytest.fixture
def share(cast):
    return factories.make_share(cast.sams, cast.full, site=cast.market)


def test_the_reminder_is_written_from_three_the_day_before_and_only_once(cast, share):
    assert write_reminders(at=THREE - SECOND) == 0
    assert [write_reminders(at=THREE) for _ in range(3)] == [1, 0, 0]
    letter = Letter.objects.get()
    assert (letter.kind, letter.to_email, letter.may_stop, letter.stale_at) == (
        "day_before",
        "sam@example.org",
        True,
        BEGINS,
    )


@pytest.mark.parametrize("moment", [THREE + timedelta(hours=14), BEGINS - SECOND])
def test_a_worker_that_was_away_still_reminds(cast, share, moment):
    assert write_reminders(at=moment) == 1
    assert Letter.objects.get().subject.startswith("Today" if moment > THREE + timedelta(hours=9) else "Tomorrow")


def test_when_the_pickup_begins_it_is_too_late_to_remind(cast, share):
    assert write_reminders(at=BEGINS) == 0


@pytest.mark.parametrize(
    ("zone", "three"),
    [
        ("America/New_York", datetime(2027, 6, 7, 19, 0, tzinfo=UTC)),
        ("Africa/Casablanca", datetime(2027, 6, 7, 14, 0, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2027, 6, 7, 3, 0, tzinfo=UTC)),
    ],
)
def test_three_o_clock_is_the_site_s(db, zone, three):
    farm = factories.make_farm(timezone=zone)
    household = factories.make_household(farm, user=factories.make_user())
    factories.make_share(household, factories.make_share_type(factories.make_season(farm)))
    assert [write_reminders(at=three - SECOND), write_reminders(at=three)] == [0, 1]


def test_it_says_where_when_and_what_is_in_the_share(cast, share):
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    cast.market.private_note = "Door code 4711"
    cast.market.save()
    publish(make_harvest(cast, {"Carrots": "1.4 kg", "Chard": "2 bunch"}))
    write_reminders(at=THREE)
    letter = Letter.objects.get()
    assert letter.subject == "Tomorrow, 17:00–19:30: your share at Tuesday Market"
    lines = [line.replace("\u00a0", " ") for line in letter.text.splitlines() if line]
    assert lines[:9] == [
        "Tue 8 June, 17:00–19:30",
        "Tuesday Market, 4 Mill Lane",
        "Door code 4711",
        f"Your number at the pickup: {cast.sams.number}",
        "Full share:",
        "  - Carrots 1.4 kg",
        "  - Chard 2 bunches",
        "Eggs",
        "I can’t make it:",
    ]
    assert lines[9].endswith("/my/week/2027-06-08/?farm=cedar-bend-farm")
    assert "Carrots" in letter.html
    assert "/e/" in letter.text


def test_before_the_harvest_is_divided_it_says_where_to_look(cast, share):
    write_reminders(at=THREE)
    assert "as soon as the harvest is divided" in Letter.objects.get().text


def test_it_goes_to_everybody_due_and_to_nobody_else(cast, share):
    held, moved, unpaid = (
        factories.make_household(cast.farm, user=factories.make_user(f"{n}@x.example")) for n in "hmu"
    )
    for household in (held, moved):
        factories.make_share(household, cast.full, site=cast.market)
    factories.make_share(unpaid, cast.full, site=cast.market, paid=False)
    come = factories.make_household(cast.farm, user=factories.make_user("c@x.example"))
    factories.make_share(come, cast.half, site=cast.school)
    first = day_of(cast, 1)
    changes.hold(household=held, day=first, by=None, at=NOW)
    changes.move(household=moved, day=first, to_day=day_of(cast, 2), by=None, at=NOW)
    changes.move(household=come, day=day_of(cast, 1, cast.school), to_day=first, by=None, at=NOW)
    cast.sams.memberships.create(user=factories.make_user("kim@x.example"), since=NOW)
    write_reminders(at=THREE)
    letters = Letter.objects.filter(kind="day_before")
    assert set(letters.values_list("to_email", flat=True)) == {"sam@example.org", "kim@x.example", "c@x.example"}


def test_a_person_of_two_households_is_reminded_for_each(cast, share):
    factories.make_share(factories.make_household(cast.farm, user=cast.sam), cast.half, site=cast.market)
    assert write_reminders(at=THREE) == 2


def test_who_stopped_these_letters_gets_none(cast, share):
    stopped.stop(kind="day_before", email="sam@example.org", at=NOW)
    assert write_reminders(at=THREE) == 0


def test_a_pickup_that_was_called_off_or_skipped_is_not_announced(cast, share):
    cancellations.cancel_day(day=day_of(cast, 1), because="", by=None, at=NOW)
    cast.season.weeks.filter(number=2).update(skipped=True)
    assert write_reminders(at=THREE) == 0
    assert write_reminders(at=THREE + timedelta(days=7)) == 0


def test_one_day_that_fails_stops_no_other(cast, share, olga, monkeypatch):
    farm = factories.make_farm("Third Farm", email="third@x.example")
    household = factories.make_household(farm, user=factories.make_user("third@x.example"))
    factories.make_share(household, factories.make_share_type(factories.make_season(farm)))
    poisoned, context = day_of(cast, 1).pk, reminders._context

    def fail(day, at):
        if day.pk == poisoned:
            raise RuntimeError("poison")
        return context(day, at)

    monkeypatch.setattr(reminders, "_context", fail)
    assert write_reminders(at=THREE) == 1
    assert Letter.objects.get().to_email == "third@x.example"


def test_reminding_takes_as_many_queries_for_40_households_as_for_one(cast):
    def queries(households: int, week: int) -> int:
        for _ in range(households):
            household = factories.make_household(cast.farm, user=factories.make_user())
            factories.make_share(household, cast.full, site=cast.market)
        with CaptureQueriesContext(connection) as seen:
            written = write_reminders(at=THREE + timedelta(days=7 * (week - 1)))
        assert written == queries.total + households
        queries.total += households
        return len(seen)

    queries.total = 0
    assert queries(1, 1) == queries(39, 2)


def test_the_sweep_is_in_the_calendar(cast, share):
    from celery_app import CALENDAR, app

    task, _every = CALENDAR["write_reminders"]
    app.loader.import_default_modules()
    assert app.tasks[task](at=THREE.isoformat()) == 1
