"""Who stood there and was not on the list: written down, so that nobody goes home empty-handed; the farm is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from deliveries import letters
from deliveries.checkins import DUPLICATE, KEPT, Answer, held_within
from deliveries.elsewhere import meant
from deliveries.models import HostLink, WalkUp
from farms.models import Farm, Household, PickupDay
from people.letters import write_letters

WALK_UP = "walk_up"


@dataclass(frozen=True)
class Unexpected:
    """A walk-up as the host wrote it down: `name` as they said it, or their number."""

    uuid: UUID
    name: str
    took: str = ""
    came_at: datetime | None = None


def write_down(*, day: PickupDay, people: Sequence[Unexpected], link: HostLink | None, at: datetime) -> list[Answer]:
    """Keep who came unexpected, each once; the farm gets a letter for each. `day` comes with its site's farm."""
    farm = day.site.farm
    with transaction.atomic():
        there = set(WalkUp.objects.filter(uuid__in=[one.uuid for one in people]).values_list("uuid", flat=True))
        fresh = {one.uuid: one for one in people if one.uuid not in there}
        rows = [
            WalkUp(
                day=day, household=_who(farm, one.name), name=one.name, took=one.took, uuid=one.uuid, host_link=link,
                came_at=held_within(one.came_at or at, day=day, at=at), received_at=at,
            )
            for one in fresh.values()
        ]  # fmt: skip
        WalkUp.objects.bulk_create(rows, ignore_conflicts=True)
        write_letters(draft for row in rows for draft in letters.walk_up_drafts(row, farm=farm, at=at))
    return [Answer(str(one.uuid), KEPT if one.uuid in fresh else DUPLICATE) for one in people]


def _who(farm: Farm, said: str) -> Household | None:
    found = meant(farm, said)
    return found[0] if len(found) == 1 else None
