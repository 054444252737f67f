"""Truck sheet, supplier counts and box labels of a division. Each sum is counted from the roster by itself: by cell, by
site, by type and as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from deliveries.dividing.gathering import Case
from deliveries.dividing.harvest_figures import crates_for
from deliveries.dividing.tastes import without_of
from deliveries.due.rosters import Due
from deliveries.lists import BoxLabel, CountedSite, CountSheet, Imprint, LabelSheet, ListedShareType, ListedSite
from deliveries.printing.print_news import News
from farms.models import PickupDay
from shares.models import ShareType

Sites = Mapping[int, ListedSite]
"""By day (id)."""


def truck_sheet(case: Case, imprint: Imprint, sites: Sites, news: News) -> CountSheet:
    """Boxes, add-ons and crates of each site, in the order of the route: the earliest first."""
    return _counts("truck", case, case.share_types, imprint, sites, news)


def add_on_sheet(case: Case, imprint: Imprint, sites: Sites, news: News) -> CountSheet:
    """How many of each add-on go to each site, for whoever brings them."""
    return _counts("add_ons", case, [kind for kind in case.share_types if kind.is_addon], imprint, sites, news)


def _counts(
    kind: Literal["truck", "add_ons"],
    case: Case,
    types: Sequence[ShareType],
    imprint: Imprint,
    sites: Sites,
    news: News,
) -> CountSheet:
    wanted = {one.pk for one in types}
    cells, columns = case.roster.counts_by_day, case.roster.counts
    rows = [row for row in case.roster.rows if row.share_type in wanted]
    at_day = Counter(row.day for row in rows)
    return CountSheet(
        imprint=imprint,
        kind=kind,
        days=tuple(sorted({day.date for day in case.days})),
        share_types=tuple(ListedShareType(id=one.pk, name=one.name, add_on=one.is_addon) for one in types),
        sites=tuple(
            CountedSite(
                site=sites[day.pk],
                shares=tuple(cells[day.pk, one.pk] for one in types),
                total=at_day[day.pk],
                crates=crates_for(case.divided_types, cells, day.pk) if kind == "truck" else 0,
            )
            for day in route(case.days)
        ),
        type_totals=tuple(columns[one.pk] for one in types),
        total=len(rows),
        changes=news.for_sites(types),
    )


def route(days: Sequence[PickupDay]) -> list[PickupDay]:
    """The order in which sites are driven to: by when they open, else as the farm put them."""
    return sorted(days, key=lambda day: (day.starts_at, day.site.position, day.pk))


def label_sheet(case: Case, imprint: Imprint, sites: Sites) -> LabelSheet:
    """A label for each box, by site in the order of the route, then A–Z. What somebody must not eat stands there: it is
    kept only of households that agreed."""
    kinds = {kind.pk: ListedShareType(id=kind.pk, name=kind.name) for kind in case.divided_types}
    crops = {line.crop_id: line.crop.name for line in case.lines}
    without = without_of(case.harvest.week.season.farm, crops)
    labels = []
    for day in route(case.days):
        rows = [row for row in case.roster.on(day) if row.share_type in kinds]
        labels += _labels(rows, sites[day.pk], kinds, {
            household: tuple(name for crop, name in crops.items() if crop in never)
            for household, never in without.items()
        })  # fmt: skip
    days = tuple(sorted({day.date for day in case.days}))
    total = sum(case.roster.counts[kind] for kind in kinds)
    return LabelSheet(imprint=imprint, days=days, labels=tuple(labels), total=total)


def _labels(
    rows: Sequence[Due],
    site: ListedSite,
    kinds: Mapping[int, ListedShareType],
    without: Mapping[int, tuple[str, ...]],
) -> list[BoxLabel]:
    all_of, so_far = Counter(row.household for row in rows), Counter[int]()
    found = []
    for row in rows:
        so_far[row.household] += 1
        found.append(
            BoxLabel(
                site=site,
                number=str(row.number),
                name=row.name,
                share_type=kinds[row.share_type],
                place=so_far[row.household],
                of=all_of[row.household],
                without=without.get(row.household, ()),
            )
        )
    return found
