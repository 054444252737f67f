"""The lists of a division: composed from what was gathered and divided, worded in each language, set as PDFs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import override

from deliveries.checking_in.host_links import address_of
from deliveries.dividing.divided import Divided
from deliveries.dividing.gathering import Case
from deliveries.dividing.tastes import without_of
from deliveries.due.rosters import Due
from deliveries.lists import (
    AnyList,
    Cell,
    CountSheet,
    HarvestList,
    HarvestRow,
    Imprint,
    LabelSheet,
    ListedCrop,
    ListedShareType,
    ListedSite,
    Manuscript,
    PackingCrop,
    PackingList,
    PackingSite,
    SheetBox,
    SheetHousehold,
    SiteCrop,
    SiteSheet,
    Told,
    set_each_and_all,
    write_down,
)
from deliveries.models import HostLink, PrintedList
from deliveries.printing.marks import Marks
from deliveries.printing.print_counts import add_on_sheet, label_sheet, truck_sheet
from deliveries.printing.print_news import News
from farms.models import Farm, Paper, PickupDay
from people.formats import comma

NOTHING = Cell()


def languages_of(farm: Farm) -> list[str]:
    """The languages its lists are worded in: its own first, then all that Hissa speaks."""
    return list(dict.fromkeys([farm.language, *(code for code, _name in settings.LANGUAGES)]))


def word_lists(case: Case, divided: Divided, *, number: int, at: datetime, language: str) -> Manuscript:
    """What every list of the run says in a language. Raises ListDoesNotAddUp if a figure were wrong."""
    with override(language):
        sheets = compose(case, divided, number=number, at=at)
        words = write_down(sheets, language)
    days = iter(case.days)
    for sheet, one in zip(sheets, words["lists"], strict=True):
        one["printed"] = str(_kind(sheet))
        one["day"] = next(days).pk if isinstance(sheet, SiteSheet) else None
    return words


def print_lists(words: Manuscript, *, language: str, paper: Paper, told: Told) -> list[dict[str, Any]]:
    """Every list of a manuscript as the facts of a PrintedList, everything in one print last."""
    each, everything = set_each_and_all(words, "us-letter" if paper == Paper.LETTER else "a4", told)
    facts = {"language": language, "paper": paper}
    return [
        *(
            {"kind": one["printed"], "day_id": one["day"], "pdf": pdf, **facts}
            for one, pdf in zip(words["lists"], each, strict=True)
        ),
        {"kind": PrintedList.Kind.ALL, "day_id": None, "pdf": everything, **facts},
    ]


def compose(case: Case, divided: Divided, *, number: int, at: datetime) -> list[AnyList]:
    """Every list, their sums proved: supplier counts only where add-ons are due, a site sheet per pickup in the order
    of the case's days, the labels last."""
    writer = _Writer(case, divided, number=number, at=at)
    about = case, writer.imprint, writer.sites
    add_ons = any(case.roster.counts[kind.pk] for kind in case.share_types if kind.is_addon)
    return [
        writer.harvest_list(),
        writer.packing_list(),
        truck_sheet(*about, writer.news),
        *([add_on_sheet(*about, writer.news)] if add_ons else []),
        *writer.site_sheets(),
        label_sheet(*about),
    ]


def _kind(sheet: AnyList) -> PrintedList.Kind:
    kinds = PrintedList.Kind
    if isinstance(sheet, CountSheet):
        return kinds.TRUCK if sheet.kind == "truck" else kinds.ADD_ONS
    by_class = {HarvestList: kinds.HARVEST, PackingList: kinds.PACKING, SiteSheet: kinds.SITE, LabelSheet: kinds.LABELS}
    return by_class[type(sheet)]


class _Writer:
    """What all lists of one run share: imprint, names, and each cell's portions by day and type."""

    def __init__(self, case: Case, divided: Divided, *, number: int, at: datetime) -> None:
        self.case, self.divided = case, divided
        self.marks = Marks(case, divided)
        self.zone = case.harvest.week.season.farm.zone
        self.news = News(case, self.zone)
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
            roster=self.news.roster,
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
            changes=self.news.for_types(self.case.divided_types),
        )

    def packing_list(self) -> PackingList:
        counts = self.case.roster.counts_by_day
        sites = tuple(
            PackingSite(site=self.sites[day.pk], shares=tuple(counts[day.pk, kind.id] for kind in self.types))
            for day in self.case.days
        )
        rows = tuple(self._packing_crop(column, crop) for column, crop in enumerate(self.crops))
        changes = self.news.for_sites(self.case.divided_types)
        return PackingList(
            imprint=self.imprint, days=self.days, share_types=self.types, sites=sites, rows=rows, changes=changes
        )

    def _packing_crop(self, column: int, crop: ListedCrop) -> PackingCrop:
        cells = tuple(tuple(self.cell(day, kind, column) for kind in self.types) for day in self.case.days)
        return PackingCrop(
            crop=replace(crop, note=self.marks.for_packing(crop.name)),
            cells=cells,
            site_totals=tuple(sum(cell.quantity for cell in row) for row in cells),
            type_totals=tuple(self._given_to(kind.id, column) for kind in self.types),
            total=self._given_out(column),
            left_over=self._left_over(column),
        )

    def _given_to(self, share_type: int, column: int) -> int:
        """What all shares of a type get of a crop, counted from the division and not from the cells."""
        if column >= self.divided_crops:
            return 0
        rows = self.divided.cells_of_type(share_type)
        return sum(self.divided.counts[row] * self.divided.portions[row][column] for row in rows)

    def _given_out(self, column: int) -> int:
        """What is given out of a crop: what came in and is not left over."""
        if column >= self.divided_crops:
            return 0
        return int(self.divided.inputs["crops"][column]["steps"]) - self.divided.leftover[column]

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
            households=self._households(day),
            link=link,
            boxes=self._boxes(day),
            changes=self.news.at_site(day.site_id),
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

    def _households(self, day: PickupDay) -> tuple[SheetHousehold, ...]:
        """One line per household in the roster's order (A–Z), with its shares of each type and who comes for it."""
        noted = {row.household for row in self.case.roster.on(day) if row.noted}
        found = []
        for one in self.news.rows[day.site_id]:
            shares = dict(one.shares)
            found.append(
                SheetHousehold(
                    number=str(one.number),
                    name=one.name,
                    shares=tuple(shares.get(kind.id, 0) for kind in self.all_types),
                    friend=comma().join(one.friends),
                    note=one.household in noted,
                )
            )
        return tuple(found)
