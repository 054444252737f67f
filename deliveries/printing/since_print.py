"""What changed since lists were printed: who came, who went, who moved, who gets something else, and when it was said.

Each division keeps who stood on its lists. Whatever is printed or shown later is compared with that, site by site."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q

from deliveries.dividing.gathering import Case
from deliveries.due.rosters import Roster
from deliveries.models import Allocation, Change, FriendPass, PlanChange, PrintedRoster
from farms.models import PickupDay
from people.names import filed_under
from shares.models import Share

NOBODY = "–"
"""The name a household leaves on kept rosters when its account is erased."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A household on one site's list: which shares (type id, how many), and who may collect in its stead."""

    household: int
    number: int
    name: str
    friends: tuple[str, ...]
    shares: tuple[tuple[int, int], ...]


Rows = Mapping[int, Sequence[Standing]]
"""By site (id), A–Z."""


class Kind(StrEnum):
    ADDED = "added"
    GONE = "gone"
    HERE = "here"
    AWAY = "away"
    OTHER = "other"
    FRIEND = "friend"


@dataclass(frozen=True)
class Difference:
    """One household on one site's list. `elsewhere` is the site (id) it came from or went to; `at` when that was said
    (none where nobody said so: a gift that fell to it), `change` what it said, if it was a change to the week."""

    kind: Kind
    who: Standing
    before: Standing | None = None
    elsewhere: int | None = None
    at: datetime | None = None
    change: str = ""


@dataclass(frozen=True)
class Printed:
    """What was printed: the division's number, the roster's version, when, of which week (number), and who stood on
    it. `week` is none when it is the week in hand."""

    number: int
    roster: int
    at: datetime
    rows: Rows
    week: int | None = None

    @property
    def names_the_erased(self) -> bool:
        """Whether its paper still bears a name that has been erased since."""
        return any(one.name == NOBODY for standing in self.rows.values() for one in standing)


@dataclass(frozen=True)
class Since:
    """Every difference from what was `printed`, by site (id); sites without any are missing."""

    printed: Printed
    by_site: Mapping[int, Sequence[Difference]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(len(rows) for rows in self.by_site.values())


def standing_on(roster: Roster, days: Iterable[PickupDay]) -> dict[int, list[Standing]]:
    """Who stands on the lists of these days. One query."""
    here = list(days)
    friends = _friends(here)
    found = {}
    for day in here:
        shares: dict[int, Counter[int]] = defaultdict(Counter)
        who: dict[int, tuple[int, str]] = {}
        for row in roster.on(day):
            who.setdefault(row.household, (row.number, row.name))
            shares[row.household][row.share_type] += 1
        found[day.site_id] = [
            Standing(house, *said, friends.of(house, day.pk), tuple(sorted(shares[house].items())))
            for house, said in who.items()
        ]
    return found


class _Friends(dict[tuple[int, int | None], list[str]]):
    def of(self, household: int, day: int) -> tuple[str, ...]:
        return tuple(sorted([*self.get((household, day), []), *self.get((household, None), [])]))


def _friends(days: Sequence[PickupDay]) -> _Friends:
    """By household and day (ids), or none where it holds until further notice."""
    found = _Friends()
    if days:
        passes = FriendPass.objects.filter(
            Q(day=None) | Q(day__in=[day.pk for day in days]),
            household__farm__sites=days[0].site_id, revoked_at=None,
        )  # fmt: skip
        for household, day, name in passes.values_list("household", "day", "name"):
            found.setdefault((household, day), []).append(name)
    return found


def printed_rosters(*, run: Allocation, case: Case, at: datetime) -> list[PrintedRoster]:
    """Who stands on the lists of a division, to be kept with it; what was in force before is still the harvest's
    `current` as the case has it."""
    days, rows = case.days, standing_on(case.roster, case.days)
    last = last_printed(days, case.harvest.current if case.harvest.pk else None)
    version = version_after(last, rows)
    return [
        PrintedRoster(
            allocation=run, day=day, version=version, printed_at=at,
            rows=[[one.household, one.number, one.name, one.friends, one.shares] for one in rows.get(day.site_id, [])],
        )
        for day in days
    ]  # fmt: skip


def version_after(last: Printed | None, rows: Rows) -> int:
    """The version of a roster: one more than that printed before it in the same week, unless they are alike."""
    if last is None or last.week is not None:
        return 1
    return last.roster + bool(compare(last.rows, rows))


def last_printed(days: Sequence[PickupDay], current: Allocation | None) -> Printed | None:
    """What was printed before: by the division in force, else the lists in force of the sites' week before. At most
    two queries."""
    if current is not None:
        return printed_by(current)
    if not days:
        return None
    first = min(day.date for day in days)
    earlier = PrintedRoster.objects.filter(
        day__site__in={day.site_id for day in days}, day__date__lt=first, allocation__in_force_for__isnull=False,
        day__week__season=days[0].week.season_id,
    )  # fmt: skip
    latest = earlier.order_by("-day__date", "-pk").values_list("allocation", flat=True).first()
    run = Allocation.objects.select_related("harvest__week").filter(pk=latest or 0).first()
    return printed_by(run, week=run.harvest.week.number) if run else None


def printed_by(run: Allocation, *, week: int | None = None) -> Printed | None:
    """Who stood on the lists of a division; none where they were not kept. One query."""
    kept = list(PrintedRoster.objects.filter(allocation=run).values_list("day__site", "version", "printed_at", "rows"))
    if not kept:
        return None
    rows = {site: read(written) for site, _version, _at, written in kept}
    return Printed(run.number, max(version for _s, version, *_r in kept), kept[0][2], rows, week)


def read(written: Iterable[Sequence[Any]]) -> list[Standing]:
    """The rows of a kept roster."""
    return [_standing(row) for row in written]


def _standing(row: Sequence[Any]) -> Standing:
    household, number, name, friends, shares = row
    return Standing(household, number, name, tuple(friends), tuple((kind, count) for kind, count in shares))


def compare(before: Rows, now: Rows) -> dict[int, list[Difference]]:
    """Every difference, by site (id), A–Z. A site that was not printed before has none: all of it is new."""
    was, stands = _by_place(before), _by_place(now)
    found: dict[int, list[Difference]] = defaultdict(list)
    for place in was.keys() | stands.keys():
        site, household = place
        if site in before and site in now and was.get(place) != stands.get(place):
            one = _difference(was.get(place), stands.get(place), *_elsewhere(household, site, was, stands))
            if one:
                found[site].append(one)
    return {
        site: sorted(found[site], key=lambda one: (filed_under(one.who.name), one.who.number))
        for site in now
        if site in found
    }


Places = Mapping[tuple[int, int], Standing]


def _by_place(rows: Rows) -> Places:
    return {(site, one.household): one for site, standing in rows.items() for one in standing}


def _elsewhere(household: int, site: int, was: Places, stands: Places) -> tuple[int | None, int | None]:
    """The other site it left, and the other site it came to."""
    sites = {place[0] for place in was.keys() | stands.keys()} - {site}
    left = [one for one in sites if (one, household) in was and (one, household) not in stands]
    came = [one for one in sites if (one, household) in stands and (one, household) not in was]
    return min(left, default=None), min(came, default=None)


def _difference(was: Standing | None, now: Standing | None, left: int | None, came: int | None) -> Difference | None:
    if now is None:
        assert was is not None
        return Difference(Kind.GONE if came is None else Kind.AWAY, was, was, came)
    if was is None:
        return Difference(Kind.ADDED if left is None else Kind.HERE, now, None, left)
    if was.shares != now.shares:
        return Difference(Kind.OTHER, now, was)
    return Difference(Kind.FRIEND, now, was) if was.friends != now.friends else None


def since(printed: Printed | None, rows: Rows, days: Sequence[PickupDay]) -> Since | None:
    """What changed since it was printed, with when; none where nothing was printed before. Four queries."""
    if printed is None:
        return None
    found = compare(printed.rows, rows)
    said = _said([day.pk for day in days], found, printed.at)
    return Since(printed, {site: [_with(one, said) for one in ones] for site, ones in found.items()})


def with_reasons(ones: Sequence[Difference], day: PickupDay) -> tuple[list[Difference], dict[int, str]]:
    """The differences of one site by itself, with what each household said of that day and where it went or came from;
    and the names of those sites by id. One query."""
    here, there = Q(day=day), Q(to_day=day)
    changes = Change.objects.standing().filter(here | there, share__household__in=[one.who.household for one in ones])
    places = ("day", "day__site", "day__site__name", "to_day__site", "to_day__site__name")
    told = {
        (house, left == day.pk): (kind, at, *((to, to_name) if left == day.pk else (site, name)))
        for house, kind, at, left, site, name, to, to_name in changes.order_by("made_at").values_list(
            "share__household", "kind", "made_at", *places
        )
    }
    found = [_reason(one, told.get((one.who.household, one.kind is Kind.GONE)), day.site_id) for one in ones]
    return found, {site: name for _kind, _at, site, name in told.values() if site}


def _reason(one: Difference, told: tuple[str, datetime, int | None, str] | None, site: int) -> Difference:
    if told is None or one.kind not in (Kind.GONE, Kind.ADDED):
        return one
    change, at, other, _name = told
    elsewhere = other if other != site and change == Change.Kind.MOVE else None
    moved = {Kind.GONE: Kind.AWAY, Kind.ADDED: Kind.HERE}[one.kind]
    return Difference(moved if elsewhere else one.kind, one.who, one.before, elsewhere, at, change)


Said = Mapping[int, tuple[datetime, str]]
"""By household (id): when it last said something that may be the reason, and what."""


def _with(one: Difference, said: Said) -> Difference:
    at, change = said.get(one.who.household, (None, ""))
    return Difference(one.kind, one.who, one.before, one.elsewhere, at, change)


def _said(days: Sequence[int], found: Mapping[int, Sequence[Difference]], after: datetime) -> Said:
    households = {one.who.household for ones in found.values() for one in ones}
    known: list[tuple[datetime, int, str]] = []
    late = Q(made_at__gte=after) | Q(undone_at__gte=after)
    changes = Change.objects.filter(late, Q(day__in=days) | Q(to_day__in=days))
    for house, made, undone, kind in changes.values_list("share__household", "made_at", "undone_at", "kind"):
        known.append((undone or made, house, "" if undone else kind))
    plans = PlanChange.objects.filter(late).filter(share__household__farm__sites__days__in=days[:1])
    for house, made, undone in plans.values_list("share__household", "made_at", "undone_at"):
        known.append((undone or made, house, ""))
    orders = Share.objects.filter(order__settled_at__gte=after, share_type__season__weeks__days__in=days[:1])
    known += [(at, house, "") for house, at in orders.values_list("household", "order__settled_at") if at]
    passes = FriendPass.objects.filter(made_at__gte=after, household__farm__sites__days__in=days[:1])
    known += [(at, house, "") for house, at in passes.values_list("household", "made_at")]
    return {house: (at, kind) for at, house, kind in sorted(known) if house in households}
