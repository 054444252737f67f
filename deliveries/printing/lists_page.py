"""What the lists page shows besides the lists: how many shares go where, and what changed since they were printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deliveries.checking_in.turnout import Turnout
from deliveries.dividing.gathering import Case
from deliveries.lists import ListDoesNotAddUp
from deliveries.printing import since_print, since_words
from deliveries.printing.since_words import Line
from farms.models import PickupDay
from shares.models import ShareType


@dataclass(frozen=True)
class Going:
    """What goes to one site: how many of each type, with the type's id, and all together."""

    day: PickupDay
    shares: list[tuple[int, int]]
    total: int


@dataclass(frozen=True)
class Counts:
    """Shares by site and type. Rows, columns and the sum of all are counted by themselves and must agree."""

    types: Sequence[ShareType]
    rows: Sequence[Going]
    totals: list[tuple[int, int]]
    total: int

    def __post_init__(self) -> None:
        cells = [count for row in self.rows for _kind, count in row.shares]
        for row in self.rows:
            _must_be(sum(count for _kind, count in row.shares), row.total, row.day.site.name)
        for place, (_kind, stated) in enumerate(self.totals):
            _must_be(sum(row.shares[place][1] for row in self.rows), stated, self.types[place].name)
        _must_be(sum(row.total for row in self.rows), self.total, "site by site")
        _must_be(sum(cells), self.total, "all")


def _must_be(found: int, stated: int, what: str) -> None:
    if found != stated:
        raise ListDoesNotAddUp(f"{what}: adds up to {found}, but {stated} is stated")


def counts_of(case: Case) -> Counts:
    roster = case.roster
    by_day = Counter(row.day for row in roster.rows)
    return Counts(
        types=case.share_types,
        rows=[
            Going(day, [(kind.pk, roster.counts_by_day[day.pk, kind.pk]) for kind in case.share_types], by_day[day.pk])
            for day in case.days
        ],
        totals=[(kind.pk, roster.counts[kind.pk]) for kind in case.share_types],
        total=len(roster.rows),
    )


@dataclass(frozen=True)
class SiteNews:
    """What changed at one site; only how many where they are many (`counted`)."""

    day: PickupDay
    lines: Sequence[Line]
    counted: str = ""


@dataclass(frozen=True)
class News:
    """What changed since the lists in force were printed, site by site; sites without a change are missing.
    `reprint`: the paper bears the name of somebody who has been erased since."""

    title: str
    sites: Sequence[SiteNews]
    reprint: bool = False


def news_of(case: Case) -> News | None:
    """What changed since the lists in force were printed; none where nobody wrote down who stood on them."""
    current = case.harvest.current
    printed = since_print.printed_by(current) if current else None
    rows = since_print.standing_on(case.roster, case.days)
    found = since_print.since(printed, rows, case.days)
    if found is None:
        return None
    zone = case.harvest.week.season.farm.zone
    types = {kind.pk: kind.name for kind in case.share_types}
    sites = {day.site_id: day.site.name for day in case.days}
    told = []
    for day in case.days:
        ones = found.by_site.get(day.site_id, ())
        if len(ones) > since_words.MOST:
            told.append(SiteNews(day, (), since_words.counted(ones)))
        elif ones:
            told.append(SiteNews(day, since_words.lines(found, day.site_id, types=types, sites=sites, zone=zone)))
    return News(since_words.heading(found, zone), told, reprint=found.printed.names_the_erased)


def late_news(day: PickupDay, turnout: Turnout, printed: Sequence[Any] | None) -> SiteNews | None:
    """For the host: how who is expected differs from the printed list (its rows); none where it does not, or nothing
    was printed. No query, and two for the names and the reasons where it does."""
    if printed is None:
        return None
    before = since_print.Printed(0, 0, day.starts_at, {day.site_id: since_print.read(printed)})
    now = [
        since_print.Standing(
            caller.household, caller.number, caller.name, tuple(sorted(caller.friends)),
            tuple(sorted((kind.pk, count) for kind, count in caller.shares)),
        )
        for caller in turnout.callers
    ]  # fmt: skip
    found = since_print.compare(before.rows, {day.site_id: now}).get(day.site_id, [])
    if not found:
        return None
    if len(found) > since_words.MOST:
        return SiteNews(day, (), since_words.counted(found))
    types = dict(ShareType.objects.filter(season=day.week.season_id).values_list("pk", "name"))
    explained, sites = since_print.with_reasons(found, day)
    since = since_print.Since(before, {day.site_id: explained})
    return SiteNews(day, since_words.lines(since, day.site_id, types=types, sites=sites, zone=day.site.farm.zone))
