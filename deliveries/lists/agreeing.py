"""Lists that are printed together tell the same."""

from collections.abc import Iterable

from deliveries.lists.counts import CountSheet, LabelSheet
from deliveries.lists.sheets import HarvestList, HarvestRow, ListDoesNotAddUp, PackingList, SiteSheet

AnyList = HarvestList | PackingList | SiteSheet | CountSheet | LabelSheet


def must_agree(lists: Iterable[AnyList]) -> None:
    """Prove that lists printed together tell the same: shares and quantities by crop, type and site.

    Raises ListDoesNotAddUp naming the figure that two lists give differently.
    """
    told: dict[tuple[object, ...], tuple[int, str]] = {}
    for sheet in lists:
        for key, figure, name in _figures(sheet):
            before = told.setdefault((sheet.imprint.week, *key), (figure, name))
            if before[0] != figure:
                raise ListDoesNotAddUp(f"{name}: one list says {before[0]}, another {figure}")


def _figures(sheet: AnyList) -> Iterable[tuple[tuple[object, ...], int, str]]:
    """Every figure that another list may repeat, as (what it counts, figure, its name in words)."""
    if isinstance(sheet, SiteSheet):
        yield from _site_figures(sheet)
        return
    if isinstance(sheet, CountSheet | LabelSheet):
        yield from sheet.figures()
        return
    by_type = sheet.shares if isinstance(sheet, HarvestList) else _column_sums(sheet)
    for share_type, shares in zip(sheet.share_types, by_type, strict=True):
        yield ("shares", sheet.days, share_type.id), shares, share_type.name
    for row in sheet.rows:
        totals = [cell.quantity for cell in row.cells] if isinstance(row, HarvestRow) else row.type_totals
        for share_type, quantity in zip(sheet.share_types, totals, strict=True):
            name = f"{row.crop.name}, {share_type.name}"
            yield ("given", sheet.days, row.crop.id, share_type.id), quantity, name
    if isinstance(sheet, PackingList):
        yield from _packing_figures(sheet)


def _column_sums(sheet: PackingList) -> tuple[int, ...]:
    return tuple(sum(going.shares[place] for going in sheet.sites) for place in range(len(sheet.share_types)))


def _packing_figures(sheet: PackingList) -> Iterable[tuple[tuple[object, ...], int, str]]:
    for place, going in enumerate(sheet.sites):
        here = (going.site.id, going.site.day)
        for share_type, shares in zip(sheet.share_types, going.shares, strict=True):
            yield ("at", *here, share_type.id), shares, f"{going.site.name}, {share_type.name}"
        for row in sheet.rows:
            name = f"{going.site.name}, {row.crop.name}"
            yield ("take", *here, row.crop.id), row.site_totals[place], name


def _site_figures(sheet: SiteSheet) -> Iterable[tuple[tuple[object, ...], int, str]]:
    here = (sheet.site.id, sheet.site.day)
    for share_type, shares in zip(sheet.share_types, sheet.shares, strict=True):
        yield ("at", *here, share_type.id), shares, f"{sheet.site.name}, {share_type.name}"
    for row in sheet.rows:
        yield ("take", *here, row.crop.id), row.total, f"{sheet.site.name}, {row.crop.name}"
