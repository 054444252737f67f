"""Every tap is written once, whatever comes in whatever order; the latest counts, collected wins a tie."""

from __future__ import annotations

import itertools
import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.checking_in import checkins
from deliveries.checking_in.checkins import Entry, NotExpected, NotYet, OtherDay, Tap
from deliveries.models import CheckIn, Pickup
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to


@pytest.fixture
def pickup(cast) -> Pickup:
    factories.make_share(cast.sams, cast.full, site=cast.market)
    return Pickup.objects.get(day=drawn_up(day_of(cast)))


def send(pickup: Pickup, action: str = "collected", *, minute: int = 0, mark: uuid.UUID | None = None, link=None):
    """A tap some minutes after the pickup began, received at its end."""
    day = pickup.day
    return tap_at(day.starts_at + timedelta(minutes=minute), pickup, action, mark=mark or uuid.uuid4(), link=link)


def tap_at(when: datetime, pickup: Pickup, action: str, *, mark: uuid.UUID, link=None) -> CheckIn:
    entry = Entry(pickup.household.number, Tap(mark, action, tapped_at=when), pickup.pk)
    checkins.take_in(day=pickup.day, entries=[entry], by=None, link=link, at=pickup.day.ends_at)
    return CheckIn.objects.get(uuid=mark)


def is_collected(pickup: Pickup) -> bool:
    return pickup.pk in checkins.collected([pickup.day])


def test_a_uuid_sent_three_times_is_one_check_in_and_the_first_stands(pickup):
    mark = uuid.uuid4()
    first = send(pickup, "collected", minute=3, mark=mark)
    again = [send(pickup, "undone", minute=9, mark=mark) for _ in range(2)]
    assert [one.pk for one in again] == [first.pk, first.pk]
    assert [(tap.action, tap.tapped_at) for tap in CheckIn.objects.all()] == [("collected", first.tapped_at)]


def test_taps_in_any_order_end_in_the_same_state(pickup):
    taps = [("collected", 1), ("undone", 2), ("collected", 3), ("undone", 5), ("collected", 4)]
    for order in itertools.permutations(taps):
        CheckIn.objects.all().delete()
        for action, minute in order:
            send(pickup, action, minute=minute)
        assert not is_collected(pickup), order


def test_collected_wins_a_tie_and_an_undo_counts_only_when_later(pickup):
    send(pickup, "undone", minute=7)
    send(pickup, "collected", minute=7)
    send(pickup, "undone", minute=7)
    assert is_collected(pickup)
    send(pickup, "undone", minute=8)
    assert not is_collected(pickup)


def test_three_phones_each_sending_its_queue_three_times_shuffled_lose_and_double_nothing(cast):
    households(cast, 10)
    day = drawn_up(day_of(cast))
    pickups = list(Pickup.objects.filter(day=day))
    queue = [(pickup, uuid.uuid4()) for pickup in pickups for _phone in range(3)] * 3
    random.Random(5).shuffle(queue)
    for pickup, mark in queue:
        send(pickup, mark=mark)
    assert CheckIn.objects.count() == 30
    assert set(checkins.collected([day])) == {pickup.pk for pickup in pickups}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(2027, 6, 7, 10, 0, tzinfo=UTC)),  # noon of the day before, Paris
        (datetime(2099, 1, 1, tzinfo=UTC), datetime(2027, 6, 8, 17, 30, tzinfo=UTC)),  # when it was received
        (datetime(2027, 6, 8, 15, 30, tzinfo=UTC), datetime(2027, 6, 8, 15, 30, tzinfo=UTC)),
    ],
)
def test_a_phone_s_clock_is_held_within_the_day(pickup, told, kept):
    assert tap_at(told, pickup, "collected", mark=uuid.uuid4()).tapped_at == kept


def test_a_link_checks_in_only_on_its_own_day(cast, pickup):
    with pytest.raises(OtherDay):
        send(pickup, link=link_to(day_of(cast, 2)))
    assert CheckIn.objects.count() == 0


def test_a_household_s_tap_collects_all_its_pickups_once(cast):
    for kind in (cast.full, cast.half, cast.full):
        factories.make_share(cast.sams, kind, site=cast.market)
    day = drawn_up(day_of(cast))
    tap = Tap(uuid.uuid4(), "collected")
    for _time in range(3):
        checkins.check_in_household(day=day, household=cast.sams, tap=tap, by=None, link=None, at=day.starts_at)
    assert CheckIn.objects.count() == 3
    assert len(checkins.collected([day])) == 3


def test_a_tap_without_a_clock_follows_what_stands_even_within_one_moment(cast, pickup):
    day = day_of(cast)
    for action, expected in (("collected", True), ("undone", False), ("collected", True)):
        tap = Tap(uuid.uuid4(), action)
        checkins.check_in_household(day=day, household=cast.sams, tap=tap, by=None, link=None, at=day.starts_at)
        assert is_collected(pickup) is expected


def test_the_first_tap_after_the_deadline_draws_the_roster_up(cast):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    day = day_of(cast)
    tap = Tap(uuid.uuid4(), "collected")
    with pytest.raises(NotYet):
        checkins.check_in_household(
            day=day, household=cast.sams, tap=tap, by=None, link=None, at=day.deadline_at - timedelta(seconds=1)
        )
    assert Pickup.objects.count() == 0
    checkins.check_in_household(day=day, household=cast.sams, tap=tap, by=None, link=None, at=day.deadline_at)
    assert len(checkins.collected([day])) == Pickup.objects.count() == 1


def test_a_household_that_is_not_expected_is_refused_and_nothing_is_written(cast):
    households(cast, 1)
    day = day_of(cast)
    tap = Tap(uuid.uuid4(), "collected")
    with pytest.raises(NotExpected):
        checkins.check_in_household(day=day, household=cast.sams, tap=tap, by=None, link=None, at=day.starts_at)
    assert CheckIn.objects.count() == Pickup.objects.count() == 0


@pytest.mark.parametrize("number", [1, 30])
def test_who_collected_is_one_query_for_any_number_of_taps(cast, number):
    households(cast, number)
    day = drawn_up(day_of(cast))
    for pickup in Pickup.objects.filter(day=day).select_related("day"):
        send(pickup)
    with CaptureQueriesContext(connection) as queries:
        assert len(checkins.collected([day])) == number
    assert len(queries) == 1
