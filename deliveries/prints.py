"""The lists of a division as paper: composed from what was gathered and divided, set as PDFs, kept with the run."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from deliveries.divided import Divided
from deliveries.gathering import Case
from deliveries.host_links import address_of
from deliveries.lists import (
    AnyList,
    Cell,
    HarvestList,
    HarvestRow,
    Imprint,
    ListedCrop,
    ListedShareType,
    ListedSite,
    PackingCrop,
    PackingList,
    PackingSite,
    SheetBox,
    SheetHousehold,
    SiteCrop,
    SiteSheet,
    print_each_and_all,
)
from deliveries.marks import Marks
from deliveries.models import HostLink, PrintedList
from deliveries.rosters import Due
from deliveries.tastes import without_of
from farms.models import PickupDay

NOTHING = Cell()


def print_lists(case: Case, divided: Divided, *, number: int, at: datetime) -> list[dict[str, Any]]:
    """Every list of the run as (kind, day, pdf), everything in one print last. In the farm's language.

    Raises ListDoesNotAddUp before anything is printed if a figure were wrong.
    """
    language = case.harvest.week.season.farm.language
    sheets = compose(case, divided, number=number, at=at)
    kinds = [PrintedList.Kind.HARVEST, PrintedList.Kind.PACKING, *[PrintedList.Kind.SITE] * len(case.days)]
    days: list[PickupDay | None] = [None, None, *case.days]
    each, everything = print_each_and_all(sheets, language)
    return [
        {"kind": kind, "day": day, "pdf": pdf}
        for kind, day, pdf in zip([*kinds, PrintedList.Kind.ALL], [*days, None], [*each, everything], strict=True)
    ]


def compose(case: Case, divided: Divided, *, number: int, at: datetime) -> list[AnyList]:
    """Harvest list, packing list and a site sheet per pickup, their sums proved."""
    writer = _Writer(case, divided, number=number, at=at)
    return [writer.harvest_list(), writer.packing_list(), *writer.site_sheets()]


class _Writer:
    """What all lists of one run share: imprint, names, and each cell's portions by day and type."""

    def __init__(self, case: Case, divided: Divided, *, number: int, at: datetime) -> None:
        self.case, self.divided = case, divided
        self.marks = Marks(case, divided)
        self.zone = case.harvest.week.season.farm.zone
        self.imprint = self._imprint(number, at)
        self.days = tuple(sorted({day.date for day in case.days}))
        self.types = tuple(ListedShareType(id=kind.pk, name=kind.name) for kind in case.divided_types)
        self.all_types = tuple(
            ListedShareType(id=kind.pk, name=kind.name, add_on=kind.is_addon) for kind in case.share_types
        )
        self.crops = [
            ListedCrop(id=crop["crop"], name=crop["name"], unit=crop["unit"], step=Decimal(crop["step"]))
            for crop in [*divided.inputs["crops"], *self.marks.gone]  # of what was taken away each gets nothing
        ]
        self.divided_crops = len(divided.inputs["crops"])
        self.without = without_of(case.harvest.week.season.farm, [crop["crop"] for crop in divided.inputs["crops"]])
        self.sites = {day.pk: self._site(day) for day in case.days}

    def _imprint(self, number: int, at: datetime) -> Imprint:
        week = self.case.harvest.week
        season = week.season
        return Imprint(
            farm=season.farm.name,
            season=season.name,
            week=week.number,
            weeks=season.length,
            version=number,
            printed_at=at.astimezone(self.zone),
        )

    def _site(self, day: PickupDay) -> ListedSite:
        return ListedSite(
            id=day.site_id,
            name=day.site.name,
            day=day.date,
            starts=day.starts_at.astimezone(self.zone).time(),
            ends=day.ends_at.astimezone(self.zone).time(),
            address=day.site.address,
        )

    def cell(self, day: PickupDay, share_type: ListedShareType, crop: int) -> Cell:
        """What the shares of a type at a pickup get of a crop (its column)."""
        rows = self.divided.rows_at(day.pk, share_type.id)
        if crop >= self.divided_crops:
            return NOTHING
        if self.divided.mode == "choice":
            return Cell.of(self.divided.portions[row][crop] for row in rows)
        if not rows:
            return NOTHING
        (row,) = rows
        return Cell.even(shares=self.divided.counts[row], each=self.divided.portions[row][crop])

    def harvest_list(self) -> HarvestList:
        counts = self.case.roster.counts
        rows = []
        for column, crop in enumerate(self.crops):
            cells = tuple(Cell.together(self.cell(day, kind, column) for day in self.case.days) for kind in self.types)
            given = self.divided.inputs["crops"][column]["steps"] if column < self.divided_crops else 0
            crop = replace(crop, note=self.marks.for_harvest(crop.name))
            rows.append(HarvestRow(crop=crop, picked=given, cells=cells, left_over=self._left_over(column)))
        return HarvestList(
            imprint=self.imprint,
            days=self.days,
            share_types=self.types,
            shares=tuple(counts[kind.id] for kind in self.types),
            rows=tuple(rows),
        )

    def packing_list(self) -> PackingList:
        counts = self.case.roster.counts_by_day
        sites = tuple(
            PackingSite(site=self.sites[day.pk], shares=tuple(counts[day.pk, kind.id] for kind in self.types))
            for day in self.case.days
        )
        rows = tuple(self._packing_crop(column, crop) for column, crop in enumerate(self.crops))
        return PackingList(imprint=self.imprint, days=self.days, share_types=self.types, sites=sites, rows=rows)

    def _packing_crop(self, column: int, crop: ListedCrop) -> PackingCrop:
        cells = tuple(tuple(self.cell(day, kind, column) for kind in self.types) for day in self.case.days)
        return PackingCrop(
            crop=replace(crop, note=self.marks.for_packing(crop.name)),
            cells=cells,
            site_totals=tuple(sum(cell.quantity for cell in row) for row in cells),
            type_totals=tuple(sum(row[place].quantity for row in cells) for place in range(len(self.types))),
            total=sum(cell.quantity for row in cells for cell in row),
            left_over=self._left_over(column),
        )

    def _left_over(self, column: int) -> int:
        return self.divided.leftover[column] if column < self.divided_crops else 0

    def site_sheets(self) -> list[SiteSheet]:
        live = HostLink.objects.filter(day__in=self.case.days, revoked_at=None)
        links = {link.day_id: address_of(link) for link in live}
        return [self._site_sheet(day, links.get(day.pk, "")) for day in self.case.days]

    def _site_sheet(self, day: PickupDay, link: str) -> SiteSheet:
        counts = self.case.roster.counts_by_day
        rows = []
        for column, crop in enumerate(self.crops):
            cells = tuple(self.cell(day, kind, column) for kind in self.all_types)
            crop = replace(crop, note=self.marks.for_site(day.pk, crop.name))
            rows.append(SiteCrop(crop=crop, cells=cells, total=sum(cell.quantity for cell in cells)))
        return SiteSheet(
            imprint=self.imprint,
            site=self.sites[day.pk],
            share_types=self.all_types,
            shares=tuple(counts[day.pk, kind.id] for kind in self.all_types),
            rows=tuple(rows),
            households=self._households(self.case.roster.on(day)),
            link=link,
            boxes=self._boxes(day),
        )

    def _boxes(self, day: PickupDay) -> tuple[SheetBox, ...]:
        """In the roster's order, households that are packed for themselves: each share with its own box; where all pack
        alike, only who must not eat something that is packed."""
        kinds = {kind.pk: kind.name for kind in self.case.divided_types}
        due = {row.share: row for row in self.case.roster.on(day) if row.share_type in kinds}
        if self.divided.mode == "choice":
            cells, nothing = self.divided.inputs["cells"], [0] * len(self.marks.gone)
            place = {cells[row]["share"]: row for kind in kinds for row in self.divided.rows_at(day.pk, kind)}
            return tuple(
                self._box(row, kinds[row.share_type], (*self.divided.portions[place[row.share]], *nothing))
                for row in due.values()
            )
        once = {row.household: row for row in due.values() if row.household in self.without}
        return tuple(self._box(row, "", ()) for row in once.values())

    def _box(self, due: Due, share_type: str, steps: tuple[int, ...]) -> SheetBox:
        without = self.without.get(due.household, set())
        names = tuple(crop.name for crop in self.crops if crop.id in without)
        return SheetBox(number=str(due.number), name=due.name, share_type=share_type, steps=steps, without=names)

    def _households(self, rows: list[Due]) -> tuple[SheetHousehold, ...]:
        """One line per household in the roster's order (A–Z), with its shares of each type."""
        shares: dict[int, Counter[int]] = defaultdict(Counter)
        first: dict[int, Due] = {}
        for row in rows:
            first.setdefault(row.household, row)
            shares[row.household][row.share_type] += 1
        return tuple(
            SheetHousehold(
                number=str(row.number),
                name=row.name,
                shares=tuple(shares[household][kind.id] for kind in self.all_types),
                note=row.noted,
            )
            for household, row in first.items()
        )
