"""The day before: from three in the afternoon on, everybody due tomorrow is told when, where and what."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from deliveries import letters
from deliveries.dividing.contents import Contents, Published, contents_of, notes_of
from deliveries.due import rosters
from deliveries.due.rosters import Due
from farms.models import PickupDay
from farms.seasons import instant
from people.by_itself import by_itself
from people.letters import Draft, write_letters
from shares.models import ShareType

log = logging.getLogger("hissa.reminders")

FROM = time(15)
"""On the day before, by the site's clock."""
BATCH = 500  # households at once


def write_reminders(*, at: datetime) -> int:
    """The sweep: one letter per person, household and day; how many were written now.

    It begins the day before and goes on until the pickup begins, however late it is started: a letter already
    written is not written again. One day's failure stops no other.
    """
    days = _days_to_tell(at)
    if not days:
        return 0
    roster = rosters.expected(days)
    contents, notes = contents_of(days), notes_of(days)
    types = ShareType.objects.in_bulk({row.share_type for row in roster.rows})
    written = 0
    for day in days:
        with by_itself(log, "reminders for day %s could not be written", day.pk, whole=False):  # some hundred at a time
            written += _remind(day, roster.on(day), {"note": notes.get(day.pk, "")}, contents, types, at)
    return written


def _days_to_tell(at: datetime) -> list[PickupDay]:
    """Pickups that have not begun, and whose day before has come to three o'clock."""
    soon = PickupDay.objects.standing().filter(starts_at__gt=at, starts_at__lt=at + timedelta(days=2))
    due = []
    for day in soon.select_related("week__season__farm", "site").order_by("starts_at", "pk"):
        with by_itself(log, "nobody knows when to remind of day %s", day.pk, whole=False):
            if instant(day.date - timedelta(days=1), FROM, day.week.season.farm.zone) <= at:
                due.append(day)
    return due


def _remind(
    day: PickupDay,
    rows: Iterable[Due],
    said: Mapping[str, Any],
    contents: Published,
    types: Mapping[int, ShareType],
    at: datetime,
) -> int:
    """Write to everybody due on a day, some hundred households at a time: a constant number of queries for each."""
    by_household: dict[int, list[Due]] = defaultdict(list)
    for row in rows:
        by_household[row.household].append(row)
    context = {**_context(day, at), **said}
    written = 0
    for batch in _batches(list(by_household.items())):
        people = letters.people_of(household for household, _rows in batch)
        drafts = (
            _draft(day, household, reader, {**context, **_share(own, contents, types)}, at)
            for household, own in batch
            for reader in people[household]
        )
        written += len(write_letters(drafts))
    return written


def _batches(households: Sequence[tuple[int, list[Due]]]) -> Iterator[list[tuple[int, list[Due]]]]:
    rest = iter(households)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _context(day: PickupDay, at: datetime) -> dict[str, Any]:
    """What is the same for everybody on the day."""
    farm = day.week.season.farm
    today = at.astimezone(farm.zone).date()
    return {
        "day": day,
        "today": day.date == today,
        "place": letters.place_facts(day, zone=farm.zone),
        "until": letters.moment_facts(day.deadline_at, zone=farm.zone) if at < day.deadline_at else None,
        "url": letters.week_url(day, farm),
    }


def _share(own: Sequence[Due], contents: Published, types: Mapping[int, ShareType]) -> dict[str, Any]:
    parts = parts_of(own, contents, types)
    return {"number": own[0].number, "parts": parts, "published": any(inside for _type, _count, inside in parts)}


def parts_of(
    own: Sequence[Due], contents: Published, types: Mapping[int, ShareType]
) -> list[tuple[ShareType, int, Contents | None]]:
    """What a household collects: each share type with how many, and what is in one if that is published; each share
    that has a box of its own with what is in it."""
    counts: Counter[tuple[int, int]] = Counter()
    insides: dict[tuple[int, int], Contents | None] = {}
    for row in own:
        inside = contents.of(row.day, row.share_type, row.share)
        key = row.share_type, row.share if inside and inside.own else 0
        counts[key] += 1
        insides[key] = inside
    in_order = sorted(counts, key=lambda key: (types[key[0]].is_addon, types[key[0]].position, key))
    return [(types[key[0]], counts[key], insides[key]) for key in in_order]


def _draft(day: PickupDay, household: int, reader: Any, context: Mapping[str, Any], at: datetime) -> Draft:
    return letters.draft(
        kind=letters.DAY_BEFORE,
        farm=day.week.season.farm,
        reader=reader,
        occasion=f"day:{day.pk}:household:{household}",
        context=context,
        at=at,
        stale_at=day.starts_at,
        may_stop=True,
    )
