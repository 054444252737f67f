"""The farm calls a pickup off: everybody due there is told, and may collect on another day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from deliveries import letters, rosters
from deliveries.models import Pickup
from deliveries.rosters import Due, Roster
from farms.models import HouseholdPerson, PickupDay
from people.letters import Draft, write_letters
from people.models import User


class PickupOver(ValueError):
    """The pickup has taken place already."""


@dataclass(frozen=True)
class Affected:
    """Whom it would concern if a day were called off: shares, their households, and the people to be written to."""

    shares: int
    households: int
    people: int


def affected(day: PickupDay) -> Affected:
    """Whom calling this day off would concern, those who moved their turn here among them. Four queries."""
    rows = rosters.expected([day]).rows
    households = {row.household for row in rows}
    people = HouseholdPerson.objects.filter(household__in=households, user__is_active=True).count()
    return Affected(shares=len(rows), households=len(households), people=people)


def cancel_day(*, day: PickupDay, because: str, by: User | None, at: datetime) -> int:
    """Call a pickup off and write to everybody due there; how many letters. Called off twice, it is called off once.

    Nobody is due there any more. Their turns are not lost: each household may collect its own on another day of the
    season, even after the deadline of the day called off. Raises PickupOver when the pickup has ended.
    """
    with transaction.atomic():
        # Keeps the day's row to ourselves: a household that moves here now either is told, or finds it called off.
        if not PickupDay.objects.filter(pk=day.pk, cancelled_at=None).update(moved_in=F("moved_in")):
            return 0
        fresh = PickupDay.objects.select_related("week__season__farm", "site").get(pk=day.pk)
        if fresh.ends_at <= at:
            raise PickupOver(_("This pickup has taken place: it cannot be called off any more."))
        roster = rosters.expected([fresh])
        Pickup.objects.filter(day=fresh, check_ins=None).delete()
        fresh.cancelled_at, fresh.cancelled_because, fresh.cancelled_by = at, because.strip()[:250], by
        fresh.save(update_fields=["cancelled_at", "cancelled_because", "cancelled_by"])
        written = write_letters(_drafts(fresh, roster, at))
    day.cancelled_at, day.cancelled_because, day.cancelled_by = at, fresh.cancelled_because, by
    return len(written)


def _drafts(day: PickupDay, roster: Roster, at: datetime) -> Iterator[Draft]:
    """One letter per person and household, each leading to the page where its turn can be moved."""
    farm = day.week.season.farm
    turns: dict[int, Due] = {}
    for row in roster.rows:
        turns.setdefault(row.household, row)
    people = letters.people_of(turns)
    place = letters.place_facts(day, zone=farm.zone)
    context: dict[str, Any] = {"day": day, "place": place, "because": day.cancelled_because}
    for household, row in turns.items():
        for reader in people[household]:
            own = {**context, "moved": row.moved, "url": letters.week_url(day, farm)}
            occasion = f"day:{day.pk}:household:{household}"
            yield letters.draft(kind="cancelled", farm=farm, reader=reader, occasion=occasion, context=own, at=at)
