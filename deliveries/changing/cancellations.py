"""The farm calls a pickup off: everybody due there is told, and may collect on another day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from community import shifts
from community.models import Shift
from deliveries import letters
from deliveries.changing.cases import days_whole, settle
from deliveries.checking_in import host_letters
from deliveries.checking_in.checkins import ticked
from deliveries.due import rosters
from deliveries.due.rosters import Due, Roster
from deliveries.models import Change, Instead, MadeGood, Pickup
from farms.models import HouseholdPerson, PickupDay
from people.letters import Draft, write_letters
from people.models import User
from shares.models import Share


class PickupOver(ValueError):
    """The pickup has taken place already."""


@dataclass(frozen=True)
class Affected:
    """Whom it would concern if a day were called off: shares, their households, and the people to be written to; and
    how much room its boxes would take on another day."""

    shares: int
    households: int
    people: int
    boxes: int = 0


def affected(day: PickupDay) -> Affected:
    """Whom calling this day off would concern, those who moved their turn here among them."""
    rows = rosters.expected([day]).rows
    households = {row.household for row in rows}
    people = HouseholdPerson.objects.filter(household__in=households, user__is_active=True).count()
    boxes = Share.objects.filter(pk__in={row.share for row in rows}, share_type__is_addon=False).count()
    return Affected(shares=len(rows), households=len(households), people=people, boxes=boxes)


def cancel_day(
    *,
    day: PickupDay,
    because: str,
    by: User | None,
    at: datetime,
    instead: str = Instead.MOVE,
    to_day: PickupDay | None = None,
) -> int:
    """Call a pickup off, with its shifts, and write to everybody due there; how many letters. Called off twice, it is
    called off once.

    Nobody is due there any more. Their turns are not lost: each household may collect its own on another day of the
    season, even after the deadline of the day called off; or, by what the farm says `instead`, everybody collects on
    `to_day`, or gets the price of it (`making_good`). Raises PickupOver when the pickup has ended; DayFull and the like
    when `to_day` has no room for all.
    """
    with transaction.atomic():
        # Keeps the days' rows to ourselves: a household that moves here now either is told, or finds it called off.
        for pk in sorted({day.pk, to_day.pk} if to_day else {day.pk}):
            PickupDay.objects.filter(pk=pk).update(moved_in=F("moved_in"))
        fresh = PickupDay.objects.select_related("week__season__farm", "site").get(pk=day.pk)
        if fresh.cancelled_at is not None:
            return 0
        if fresh.ends_at <= at:
            raise PickupOver(_("This pickup has taken place: it cannot be called off any more."))
        drawn = Pickup.objects.filter(day=fresh)
        collected = ticked(drawn)
        roster = rosters.expected([fresh])
        drawn.exclude(pk__in=collected).delete()
        fresh.cancelled_at, fresh.cancelled_because, fresh.cancelled_by = at, because.strip()[:250], by
        fresh.save(update_fields=["cancelled_at", "cancelled_because", "cancelled_by"])
        if instead in (Instead.CREDIT, Instead.REFUND):
            MadeGood.objects.bulk_create(
                MadeGood(share_id=row.share, day=fresh, turn_of_id=row.turn_of, instead=instead) for row in roster.rows
            )
        elif to_day is not None:
            to_day = _move_all(roster, to_day, by=by, at=at)
        for shift in Shift.objects.standing().filter(day=fresh).select_related("farm"):
            shifts.call_off(shift=shift, because=fresh.cancelled_because, at=at)
        host_letters.tell_called_off(fresh, at=at)
        written = write_letters(_drafts(fresh, roster, instead, to_day, at))
    day.cancelled_at, day.cancelled_because, day.cancelled_by = at, fresh.cancelled_because, by
    return len(written)


def _move_all(roster: Roster, to_day: PickupDay, *, by: User | None, at: datetime) -> PickupDay:
    """Everybody due collects on this day instead, all of them or none; what was given away is given away there. Seven
    queries, however many shares."""
    target = days_whole().get(pk=to_day.pk)
    shares = Share.objects.filter(pk__in=[row.share for row in roster.rows]).select_related("share_type")
    addons = {share.pk for share in shares if share.share_type.is_addon}
    settle(target, at=at, coming=sum(row.share not in addons for row in roster.rows))
    weeks = dict(PickupDay.objects.filter(pk__in=[row.turn_of for row in roster.rows]).values_list("pk", "week"))
    turns = {(row.share, weeks[row.turn_of]) for row in roster.rows}
    before = Change.objects.standing().filter(share__in=shares, day__week__in=set(weeks.values()))
    gone = [pk for pk, *turn in before.values_list("pk", "share", "day__week") if tuple(turn) in turns]
    Change.objects.filter(pk__in=gone).update(undone_at=at, undone_by=by)
    facts = {"to_day": target, "made_at": at, "made_by": by}
    kinds = {True: Change.Kind.GIFT, False: Change.Kind.MOVE}
    Change.objects.bulk_create(
        Change(share_id=row.share, day_id=row.turn_of, kind=kinds[row.given], **facts) for row in roster.rows
    )
    return target


def _drafts(day: PickupDay, roster: Roster, instead: str, to_day: PickupDay | None, at: datetime) -> Iterator[Draft]:
    """One letter per person and household, each leading to the page where its turn can be moved. What was given away
    concerns who was to get it; its price comes back to who paid it."""
    farm = day.week.season.farm
    turns: dict[int, Due] = {}
    given = [row.share for row in roster.rows if row.given and instead in (Instead.CREDIT, Instead.REFUND)]
    payers = dict(Share.objects.filter(pk__in=given).values_list("pk", "household")) if given else {}
    for row in roster.rows:
        turns.setdefault(payers.get(row.share, row.household), row)
    people = letters.people_of(turns)
    place = letters.place_facts(day, zone=farm.zone)
    context: dict[str, Any] = {"day": day, "place": place, "because": day.cancelled_because, "instead": instead}
    context["new"] = letters.place_facts(to_day, zone=farm.zone) if to_day else None
    for household, row in turns.items():
        for reader in people[household]:
            own = {**context, "moved": row.moved, "url": letters.week_url(day, farm)}
            occasion = f"day:{day.pk}:household:{household}"
            yield letters.draft(kind="cancelled", farm=farm, reader=reader, occasion=occasion, context=own, at=at)
