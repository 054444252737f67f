"""Each list's figures as the words and numbers that stand on paper, in the language in force."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language_bidi, ngettext, pgettext
from django.utils.translation import gettext as _

from deliveries.harvesting.quantities import show_number, show_quantity
from deliveries.lists.agreeing import AnyList
from deliveries.lists.count_words import words_of_counts, words_of_labels
from deliveries.lists.counts import CountSheet, LabelSheet
from deliveries.lists.heads import Words, changed, head, week_words
from deliveries.lists.sheets import (
    Cell,
    HarvestList,
    ListedCrop,
    ListedShareType,
    PackingList,
    SiteSheet,
)
from people.formats import clock_range, comma, day, language, number
from people.printing.typed import initial, isolated_ltr, rough_width, typed

NOTHING = "–"


def words_of_print(lists: Sequence[AnyList]) -> Words:
    """What the whole print needs: its title, direction and how pages are counted."""
    first = lists[0].imprint
    return {
        "title": f"{first.farm} · {first.season} · {week_words(first)}",
        "author": first.farm,
        "language": language().split("-")[0],
        "rtl": get_language_bidi(),
        "page": _("Page {page} of {pages}"),
        "continued": _("continued"),
    }


def words_of_list(sheet: AnyList) -> Words:
    """One list in words: what every list bears, then its own."""
    if isinstance(sheet, HarvestList):
        return _harvest_words(sheet)
    if isinstance(sheet, PackingList):
        return _packing_words(sheet)
    if isinstance(sheet, CountSheet):
        return words_of_counts(sheet)
    if isinstance(sheet, LabelSheet):
        return words_of_labels(sheet)
    return _site_words(sheet)


def _harvest_words(sheet: HarvestList) -> Words:
    columns = [place for place in range(len(sheet.shares)) if any(row.cells[place].quantity for row in sheet.rows)]
    rows = []
    for row in sheet.rows:
        rows.append(
            {
                "crop": _crop(row.crop),
                "picked": _quantity(row.picked, row.crop),
                "cells": [_cell(row.cells[place], row.crop) for place in columns],
                "left": _quantity(row.left_over, row.crop) if row.left_over else NOTHING,
            }
        )
    return {
        **head(sheet.imprint, _("Harvest list"), sheet.days),
        **changed(sheet.changes),
        "kind": "harvest",
        "to_pick": sheet.to_pick,
        "columns": [_counted_type(sheet.share_types[p], sheet.shares[p]) for p in columns],
        "rows": rows,
        "labels": {
            "crop": _("Crop"),
            "picked": _("To pick") if sheet.to_pick else _("Picked"),
            "left": _("Left over"),
            "came_in": _("Came in"),
            "empty": _("Nothing to pick this week."),
        },
        "summary": _crops_and_shares(sum(row.picked > 0 for row in sheet.rows), sum(sheet.shares)),
    }


def _packing_words(sheet: PackingList) -> Words:
    shares = sum(sum(going.shares) for going in sheet.sites)
    return {
        **head(sheet.imprint, _("Packing list"), sheet.days),
        **changed(sheet.changes),
        "kind": "packing",
        "crops": [_packing_crop(sheet, place) for place in range(len(sheet.rows))],
        "labels": {
            "site": _("Site"),
            "total": _("Together"),
            "all": _("All sites"),
            "left": _("Left over"),
            "empty": _("Nothing to pack this week."),
        },
        "summary": _crops_and_shares(sum(row.total + row.left_over > 0 for row in sheet.rows), shares),
    }


def _packing_crop(sheet: PackingList, place: int) -> Words:
    row = sheet.rows[place]
    columns = [column for column, total in enumerate(row.type_totals) if total]
    several_days = len({going.site.day for going in sheet.sites}) > 1
    sites = []
    for going, cells, total in zip(sheet.sites, row.cells, row.site_totals, strict=True):
        sites.append(
            {
                "site": typed(going.site.name),
                "day": day(going.site.day) if several_days else "",
                "cells": [_cell(cells[column], row.crop) for column in columns],
                "total": _quantity(total, row.crop) if total else NOTHING,
            }
        )
    return {
        "crop": _crop(row.crop),
        "columns": [typed(sheet.share_types[column].name) for column in columns],
        "sites": sites,
        "type_totals": [_quantity(row.type_totals[column], row.crop) for column in columns],
        "total": _quantity(row.total, row.crop),
        "left": _quantity(row.left_over, row.crop) if row.left_over else "",
    }


def _site_words(sheet: SiteSheet) -> Words:
    columns = [place for place in range(len(sheet.share_types)) if any(row.cells[place].quantity for row in sheet.rows)]
    rows = [
        {
            "crop": _crop(row.crop),
            "cells": [_cell(row.cells[place], row.crop) for place in columns],
            "total": _quantity(row.total, row.crop),
        }
        for row in sheet.rows
        if row.total or row.crop.note
    ]
    return {
        **head(sheet.imprint, _("Site sheet"), [sheet.site.day]),
        **changed(sheet.changes),
        "kind": "site",
        "site": typed(sheet.site.name),
        "address": typed(sheet.site.address, 160),
        "window": isolated_ltr(clock_range(sheet.site.starts, sheet.site.ends)),
        "link": isolated_ltr(sheet.link),
        "counts": [
            {"name": typed(share_type.name), "shares": number(shares), "add_on": share_type.add_on}
            for share_type, shares in zip(sheet.share_types, sheet.shares, strict=True)
            if shares
        ],
        "columns": [_counted_type(sheet.share_types[p], sheet.shares[p]) for p in columns],
        "rows": rows,
        "households": _household_rows(sheet),
        "boxes": _boxes(sheet),
        "noted": any(household.note for household in sheet.households),
        "labels": _site_labels(sheet),
    }


def _site_labels(sheet: SiteSheet) -> Words:
    count = len(sheet.households)
    return {
        "take": _("To take"),
        "each": _("In each share"),
        "crop": _("Crop"),
        "who": _("Who collects"),
        "number": pgettext("household number", "No."),
        "household": _("Household"),
        "shares": _("Shares"),
        "add_ons": _("Add-ons"),
        "note": _("Note"),
        "legend": _("! means there is a note: read it on the check-in page."),
        "check_in": _("Check in by phone"),
        "households": ngettext("%(count)s household", "%(count)s households", count) % {"count": number(count)},
        "empty": _("Nobody collects here this week."),
        "qr": _("QR code of the check-in page"),
        "boxes": _("Box by box") if any(box.steps for box in sheet.boxes) else _("Not for everyone"),
    }


def _boxes(sheet: SiteSheet) -> list[list[str]]:
    """Per household's box: [number, name, share type, what is in it, what it is without]."""
    several = len({box.share_type for box in sheet.boxes}) > 1
    return [
        [
            isolated_ltr(box.number),
            typed(box.name),
            typed(box.share_type) if several else "",
            " · ".join(
                f"\u2068{typed(row.crop.name)} {_quantity(steps, row.crop)}\u2069"
                for row, steps in zip(sheet.rows, box.steps or [0] * len(sheet.rows), strict=True)
                if steps
            ),
            _without(box.without),
        ]
        for box in sheet.boxes
    ]


def _without(crops: Sequence[str]) -> str:
    if not crops:
        return ""
    return _("Without: %(crops)s") % {"crops": comma().join(typed(crop) for crop in crops)}


def _household_rows(sheet: SiteSheet) -> list[list[Any]]:
    """Per household: [letter when it changes, number, name, who collects, shares, add-ons, note?, tall?]."""
    names = [typed(share_type.name) for share_type in sheet.share_types]
    add_ons = [share_type.add_on for share_type in sheet.share_types]
    words: dict[tuple[tuple[int, ...], bool], str] = {}
    rows, letter = [], ""
    for household in sheet.households:
        texts = []
        for add_on in (False, True):
            known = words.get((household.shares, add_on))
            if known is None:
                known = " · ".join(
                    f"\u2068{number(count)} × {name}\u2069"
                    for count, name, is_add_on in zip(household.shares, names, add_ons, strict=True)
                    if count and is_add_on is add_on
                )
                words[household.shares, add_on] = known
            texts.append(known)
        here = initial(household.name)
        friend = _("collects: %(friend)s") % {"friend": typed(household.friend)} if household.friend else ""
        rows.append(
            [
                here if here != letter else "",
                isolated_ltr(household.number),
                typed(household.name),
                friend,
                *texts,
                household.note,
                bool(friend) or not _on_one_line(household.name, texts),
            ]
        )
        letter = here
    return rows


def _on_one_line(name: str, texts: Sequence[str]) -> bool:
    """Whether a household surely fits its row, so that typst need not measure it (see the columns of lists.typ)."""
    return rough_width(name) < 55 and rough_width(texts[0]) < 40 and rough_width(texts[1]) < 40


def _crop(crop: ListedCrop) -> Words:
    return {"name": typed(crop.name), "note": typed(crop.note, 160)}


def _counted_type(share_type: ListedShareType, shares: int) -> Words:
    return {"name": typed(share_type.name), "count": f"× {number(shares)}"}


def _cell(cell: Cell, crop: ListedCrop) -> Words | None:
    """A portion, for how many shares, and what that is together; None when nobody gets any."""
    if not cell.quantity:
        return None
    each = show_quantity(cell.most, crop.step, crop.unit)
    if cell.least < cell.most:
        most = show_number(cell.most, crop.step)
        between = f"\u2066{show_number(cell.least, crop.step)}\u2060–\u2060{most}\u2069"
        each = each.replace(most, between, 1)
    return {
        "each": f"\u2068{each}\u2069",
        "shares": f"× {number(cell.shares)}",
        "together": _quantity(cell.quantity, crop),
        "sum": f"\u2068{show_number(cell.quantity, crop.step)}\u2069",  # where a column is too narrow for its unit
    }


def _quantity(steps: int, crop: ListedCrop) -> str:
    return f"\u2068{show_quantity(steps, crop.step, crop.unit)}\u2069"


def _crops_and_shares(crops: int, shares: int) -> str:
    return " · ".join(
        (
            ngettext("%(count)s crop", "%(count)s crops", crops) % {"count": number(crops)},
            ngettext("%(count)s share", "%(count)s shares", shares) % {"count": number(shares)},
        )
    )
