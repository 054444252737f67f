"""Who collected: every tap is kept, sent once or ten times, by one phone or three; the latest tap counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Max

from deliveries import rosters
from deliveries.models import CheckIn, HostLink, Pickup
from farms.models import Household, PickupDay
from farms.seasons import instant
from people.models import User

EARLY = timedelta(hours=12)  # boxes handed out the evening before


class NotExpected(LookupError):
    """Nobody of this household is due on this day."""


class NotYet(ValueError):
    """The roster may still change: its deadline has not passed."""


class OtherDay(LookupError):
    """The link is for another site or another day."""


@dataclass(frozen=True)
class Tap:
    """What a phone says: its own uuid for the tap, what was tapped, and when by its clock (aware). Without a clock the
    tap follows what stands: somebody saw it and tapped."""

    uuid: UUID
    action: str
    tapped_at: datetime | None = None


def check_in(
    *,
    pickup: Pickup,
    uuid: UUID,
    action: str,
    tapped_at: datetime,
    by: User | None,
    link: HostLink | None,
    at: datetime,
) -> CheckIn:
    """Write down a tap for one pickup. The same uuid again changes nothing and returns what stands.

    `tapped_at` is the phone's clock, held between twelve hours before the day begins and `at`. Raises OtherDay when
    the link is not for the pickup's day.
    """
    if link is not None and link.day_id != pickup.day_id:
        raise OtherDay(pickup.pk)
    day = PickupDay.objects.select_related("site__farm").get(pk=pickup.day_id)
    when = held_within(tapped_at, day=day, at=at)
    _write([(uuid, pickup)], action=action, when=when, by=by, link=link, at=at)
    return CheckIn.objects.get(uuid=uuid)


def check_in_household(
    *, day: PickupDay, household: Household, tap: Tap, by: User | None, link: HostLink | None, at: datetime
) -> None:
    """Write down one tap for all that a household collects there: a check-in per pickup, told apart by a uuid derived
    from the tap's.

    A roster whose deadline has passed and that nobody drew up yet is drawn up first. Raises OtherDay, NotYet before the
    deadline, NotExpected when the household has nothing to collect there. `day` comes with its site's farm.
    """
    if link is not None and link.day_id != day.pk:
        raise OtherDay(day.pk)
    with transaction.atomic():
        if day.drawn_up_at is None and day.cancelled_at is None:
            if at < day.deadline_at:
                raise NotYet(day.pk)
            rosters.draw_up(day=day, at=at)
        pickups = list(Pickup.objects.filter(day=day, household=household)) if day.cancelled_at is None else []
        if not pickups:
            raise NotExpected(household.pk)
        when = held_within(tap.tapped_at, day=day, at=at) if tap.tapped_at else _after_all(pickups, at=at)
        marked = [(uuid5(tap.uuid, str(pickup.pk)), pickup) for pickup in pickups]
        _write(marked, action=tap.action, when=when, by=by, link=link, at=at)


def held_within(tapped_at: datetime, *, day: PickupDay, at: datetime) -> datetime:
    """A phone's clock may stand at 1970 or 2099: what it says is held within the day. `day` comes with its site's
    farm."""
    earliest = instant(day.date, time(0), day.site.farm.zone) - EARLY
    return min(max(tapped_at, earliest), at)


def collected(days: Iterable[PickupDay]) -> dict[int, datetime]:
    """Pickups (ids) of these days that were collected, and when. The latest tap counts; of two at one moment,
    collected. One query, however many days or taps."""
    latest: dict[int, tuple[datetime, bool]] = {}
    taps = CheckIn.objects.filter(pickup__day__in=list(days)).values_list("pickup", "tapped_at", "action").order_by()
    for pickup, tapped_at, action in taps.iterator(chunk_size=2000):
        tap = (tapped_at, action == CheckIn.Action.COLLECTED)
        latest[pickup] = max(latest.get(pickup, tap), tap)
    return {pickup: tapped_at for pickup, (tapped_at, came) in latest.items() if came}


def _after_all(pickups: list[Pickup], *, at: datetime) -> datetime:
    """Now, or just after the latest tap of these pickups where two fall on one moment."""
    latest = CheckIn.objects.filter(pickup__in=pickups).aggregate(latest=Max("tapped_at"))["latest"]
    return max(at, latest + timedelta(microseconds=1)) if latest else at


def _write(
    marked: list[tuple[UUID, Pickup]],
    *,
    action: str,
    when: datetime,
    by: User | None,
    link: HostLink | None,
    at: datetime,
) -> None:
    """One statement; a uuid that stands already is left alone by the database."""
    taps = [
        CheckIn(pickup=pickup, uuid=uuid, action=action, tapped_at=when, received_at=at, host_link=link, by=by)
        for uuid, pickup in marked
    ]
    CheckIn.objects.bulk_create(taps, ignore_conflicts=True)
