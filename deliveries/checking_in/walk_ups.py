"""Who stood there and was not on the list: written down, so that nobody goes home empty-handed; the farm is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from deliveries import letters
from deliveries.checking_in.checkins import DUPLICATE, KEPT, Answer, held_within
from deliveries.checking_in.turnout import folded
from deliveries.models import HostLink, WalkUp
from farms.models import Farm, PickupDay
from people.letters import write_letters
from people.limits import allowed

WALK_UP = "walk_up"
MOST_TOLD, WITHIN = 60, timedelta(days=1)
"""So many letters about walk-ups of one link in so long; whoever comes after them stands on the pickup's page."""


@dataclass(frozen=True)
class Unexpected:
    """A walk-up as the host wrote it down: `name` as they said it, or their number."""

    uuid: UUID
    name: str
    took: str = ""
    came_at: datetime | None = None


def write_down(*, day: PickupDay, people: Sequence[Unexpected], link: HostLink | None, at: datetime) -> list[Answer]:
    """Keep who came unexpected, each once; the farm gets a letter for each, as long as they are not too many to be
    true. `day` comes with its site's farm. A constant number of queries."""
    farm = day.site.farm
    with transaction.atomic():
        there = set(WalkUp.objects.filter(uuid__in=[one.uuid for one in people]).values_list("uuid", flat=True))
        fresh = {one.uuid: one for one in people if one.uuid not in there}
        who = _who(farm, [one.name for one in fresh.values()])
        rows = [
            WalkUp(
                day=day, household_id=who.get(one.name), name=one.name, took=one.took, uuid=one.uuid, host_link=link,
                came_at=held_within(one.came_at or at, day=day, at=at), received_at=at,
            )
            for one in fresh.values()
        ]  # fmt: skip
        WalkUp.objects.bulk_create(rows, ignore_conflicts=True)
        told = [row for row in rows if link is None or allowed("walk-up", link.pk, most=MOST_TOLD, within=WITHIN)]
        write_letters(letters.walk_up_drafts(told, farm=farm, at=at))
    return [Answer(str(one.uuid), KEPT if one.uuid in fresh else DUPLICATE) for one in people]


def _who(farm: Farm, names: Sequence[str]) -> dict[str, int]:
    """The household (id) that each name or number can only mean. One query."""
    wanted = {name: folded(name) for name in names}
    found: dict[str, set[int]] = defaultdict(set)
    for pk, number, name in farm.households.values_list("pk", "number", "name") if names else ():
        found[str(number)].add(pk)
        if not (word := folded(name)).isdigit():
            found[word].add(pk)
    found.pop("", None)
    who = {name: found.get(word.lstrip("0") if word.isdigit() else word, set()) for name, word in wanted.items()}
    return {name: next(iter(those)) for name, those in who.items() if len(those) == 1}
