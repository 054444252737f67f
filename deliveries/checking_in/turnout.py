"""Who is expected on a pickup day and who came, household by household: what hosts tap and the desk watches."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Q

from deliveries.checking_in import checkins
from deliveries.due import rosters
from deliveries.due.rosters import Due
from deliveries.models import Exclusion, FriendPass
from farms.models import Household, PickupDay
from shares.models import ShareType


@dataclass(frozen=True, slots=True)
class Part:
    """One pickup of a household, by its id (none until the roster is drawn up), and the tap that counts, if any."""

    pickup: int | None
    share_type: ShareType
    tapped: tuple[datetime, bool] | None

    @property
    def collected(self) -> bool:
        return self.tapped is not None and self.tapped[1]


@dataclass(frozen=True, slots=True)
class Said:
    """What a household wants known, by household: its note, its friends who may collect, the crops it must not eat."""

    notes: dict[int, str]
    friends: dict[int, list[str]]
    without: dict[int, list[str]]


NOTHING_SAID = Said({}, {}, {})
Taps = dict[int, tuple[datetime, bool]]
"""By pickup (id): when it was last tapped, and whether it was collected."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A household expected on a day: what it collects, each share type with how many, and how many were collected.

    `came_at` is its latest collected pickup, `parts` are its pickups one by one. If notes were asked for: `note` is
    what it wants the host to know, `friends` who may collect for it, `without` what must not be in its box.
    """

    household: int
    number: int
    name: str
    noted: bool
    shares: tuple[tuple[ShareType, int], ...]
    pickups: int
    collected: int
    came_at: datetime | None
    parts: tuple[Part, ...] = ()
    note: str = ""
    friends: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

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
    """The turnout of each day (id). At most nine queries, however many days or households."""
    roster = rosters.expected(days)
    taps = checkins.standing(days)
    types = {kind.pk: kind for kind in ShareType.objects.filter(pk__in=roster.counts).order_by()}
    return {
        day.pk: _turnout(day, rows := roster.on(day), taps, types, _said(day, rows) if notes else NOTHING_SAID)
        for day in days
    }


def _turnout(
    day: PickupDay,
    rows: list[Due],
    taps: Taps,
    types: dict[int, ShareType],
    said: Said,
) -> Turnout:
    households: dict[int, list[Due]] = {}
    for row in rows:
        households.setdefault(row.household, []).append(row)
    expected = Counter(row.share_type for row in rows)
    collected = Counter(row.share_type for row in rows if _came(row, taps))
    return Turnout(
        day=day,
        callers=tuple(_caller(own, taps, types, said) for own in households.values()),
        types=tuple(TypeCount(types[kind], expected[kind], collected[kind]) for kind in _in_order(expected, types)),
    )


def _caller(rows: list[Due], taps: Taps, types: dict[int, ShareType], said: Said) -> Caller:
    counts = Counter(row.share_type for row in rows)
    moments = [taps[row.pickup][0] for row in rows if row.pickup and _came(row, taps)]
    first = rows[0]
    return Caller(
        household=first.household,
        number=first.number,
        name=first.name,
        noted=first.noted,
        shares=tuple((types[kind], counts[kind]) for kind in _in_order(counts, types)),
        pickups=len(rows),
        collected=len(moments),
        came_at=max(moments, default=None),
        parts=tuple(_part(row, taps, types) for row in _parts_in_order(rows, types)),
        note=said.notes.get(first.household, ""),
        friends=tuple(said.friends.get(first.household, ())),
        without=tuple(said.without.get(first.household, ())),
    )


def _part(row: Due, taps: Taps, types: dict[int, ShareType]) -> Part:
    return Part(row.pickup, types[row.share_type], taps.get(row.pickup) if row.pickup else None)


def _came(row: Due, taps: Taps) -> bool:
    return row.pickup in taps and taps[row.pickup][1]


def _parts_in_order(rows: list[Due], types: dict[int, ShareType]) -> list[Due]:
    place = {kind: number for number, kind in enumerate(_in_order({row.share_type for row in rows}, types))}
    return sorted(rows, key=lambda row: (place[row.share_type], row.pickup or 0))


def _in_order(kinds: Iterable[int], types: dict[int, ShareType]) -> list[int]:
    """Share types as the farm lists them, add-ons last."""
    return sorted(kinds, key=lambda kind: (types[kind].is_addon, types[kind].position, kind))


def _said(day: PickupDay, rows: list[Due]) -> Said:
    """What the households of a day want known. Three queries. Who must not eat what stands there only by consent."""
    here = {row.household for row in rows}
    noted = {row.household for row in rows if row.noted}
    friends: dict[int, list[str]] = defaultdict(list)
    without: dict[int, list[str]] = defaultdict(list)
    farm = day.site.farm_id
    passes = FriendPass.objects.filter(Q(day=None) | Q(day=day), household__farm=farm, revoked_at=None)
    for household, name in passes.values_list("household", "name"):
        friends[household].append(name)
    crops = Exclusion.objects.filter(household__farm=farm).order_by("crop__name")
    for household, crop in crops.values_list("household", "crop__name"):
        without[household].append(crop)
    notes = Household.objects.filter(pk__in=noted).values_list("pk", "note") if noted else []
    return Said(dict(notes), *({one: each[one] for one in here & set(each)} for each in (friends, without)))


def finds(words: str, caller: Caller) -> bool:
    """Whether someone who types this means this household: a part of its name, whatever the accents, or how its number
    begins; three digits that begin with a nought are a whole number, as on the household's page."""
    wanted = folded(words)
    if not wanted or wanted in folded(caller.name):
        return True
    number = wanted.lstrip("0") or "0"
    if wanted.startswith("0") and len(wanted) > 2:
        return wanted.isdigit() and str(caller.number) == number
    return wanted.isdigit() and str(caller.number).startswith(number)


def folded(text: str) -> str:
    """A name without case, accents and double spaces, with plain digits."""
    marks = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in marks if not unicodedata.combining(letter))
    return " ".join("".join(_digit(letter) for letter in plain).split())


def _digit(letter: str) -> str:
    return str(unicodedata.digit(letter)) if letter.isdecimal() else letter
