"""Who is expected on a pickup day and who came, household by household: what hosts tap and the desk watches."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from deliveries import checkins, rosters
from deliveries.rosters import Due
from farms.models import Household, PickupDay
from shares.models import ShareType


@dataclass(frozen=True, slots=True)
class Caller:
    """A household expected on a day: what it collects, each share type with how many, and how many were collected.

    `note` is what it wants the host to know, if notes were asked for; `came_at` its latest collected pickup.
    """

    household: int
    number: int
    name: str
    noted: bool
    shares: tuple[tuple[ShareType, int], ...]
    pickups: int
    collected: int
    came_at: datetime | None
    note: str = ""

    @property
    def came(self) -> bool:
        return self.collected == self.pickups

    @property
    def half(self) -> bool:
        return 0 < self.collected < self.pickups


@dataclass(frozen=True)
class TypeCount:
    """One share type on a day: how many shares are expected, how many were collected."""

    share_type: ShareType
    expected: int
    collected: int

    @property
    def left(self) -> int:
        return self.expected - self.collected


@dataclass(frozen=True)
class Turnout:
    """One pickup day: its households A–Z."""

    day: PickupDay
    callers: tuple[Caller, ...]
    types: tuple[TypeCount, ...]

    @property
    def expected(self) -> int:
        return len(self.callers)

    @cached_property
    def collected(self) -> int:
        return sum(caller.came for caller in self.callers)

    @property
    def left(self) -> int:
        return self.expected - self.collected

    @cached_property
    def missing(self) -> list[Caller]:
        """Who has not come yet."""
        return [caller for caller in self.callers if not caller.came]


def turnouts(days: Sequence[PickupDay], *, notes: bool = False) -> dict[int, Turnout]:
    """The turnout of each day (id). At most seven queries, however many days or households."""
    roster = rosters.expected(days)
    came = checkins.collected(days)
    types = {kind.pk: kind for kind in ShareType.objects.filter(pk__in=roster.counts).order_by()}
    texts = _notes(roster.rows) if notes else {}
    return {day.pk: _turnout(day, roster.on(day), came, types, texts) for day in days}


def _turnout(
    day: PickupDay,
    rows: list[Due],
    came: dict[int, datetime],
    types: dict[int, ShareType],
    texts: dict[int, str],
) -> Turnout:
    households: dict[int, list[Due]] = {}
    for row in rows:
        households.setdefault(row.household, []).append(row)
    expected = Counter(row.share_type for row in rows)
    collected = Counter(row.share_type for row in rows if row.pickup in came)
    return Turnout(
        day=day,
        callers=tuple(_caller(own, came, types, texts) for own in households.values()),
        types=tuple(TypeCount(types[kind], expected[kind], collected[kind]) for kind in _in_order(expected, types)),
    )


def _caller(rows: list[Due], came: dict[int, datetime], types: dict[int, ShareType], texts: dict[int, str]) -> Caller:
    counts = Counter(row.share_type for row in rows)
    taps = [came[row.pickup] for row in rows if row.pickup in came]
    first = rows[0]
    return Caller(
        household=first.household,
        number=first.number,
        name=first.name,
        noted=first.noted,
        shares=tuple((types[kind], counts[kind]) for kind in _in_order(counts, types)),
        pickups=len(rows),
        collected=len(taps),
        came_at=max(taps, default=None),
        note=texts.get(first.household, ""),
    )


def _in_order(kinds: Iterable[int], types: dict[int, ShareType]) -> list[int]:
    """Share types as the farm lists them, add-ons last."""
    return sorted(kinds, key=lambda kind: (types[kind].is_addon, types[kind].position, kind))


def _notes(rows: Iterable[Due]) -> dict[int, str]:
    noted = {row.household for row in rows if row.noted}
    return dict(Household.objects.filter(pk__in=noted).values_list("pk", "note"))


def finds(words: str, caller: Caller) -> bool:
    """Whether someone who types this means this household: a part of its name, whatever the accents, or its number."""
    wanted = folded(words)
    return not wanted or wanted in folded(caller.name) or (wanted.isdigit() and str(caller.number).startswith(wanted))


def folded(text: str) -> str:
    """A name without case, accents and double spaces, with plain digits."""
    marks = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in marks if not unicodedata.combining(letter))
    return " ".join("".join(_digit(letter) for letter in plain).split())


def _digit(letter: str) -> str:
    return str(unicodedata.digit(letter)) if letter.isdecimal() else letter
