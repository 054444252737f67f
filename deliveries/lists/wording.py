"""Each list's figures as the words and numbers that stand on paper, in the language in force."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from babel.dates import format_date, format_time
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from deliveries.lists.sheets import (
    AnyList,
    Cell,
    HarvestList,
    Imprint,
    ListedCrop,
    ListedShareType,
    PackingList,
    SiteSheet,
)
from deliveries.lists.typed import initial, isolated_ltr, rough_width, typed
from deliveries.quantities import babel_locale, show_number, show_quantity, show_whole

Words = dict[str, Any]
NOTHING = "–"


def words_of_print(lists: Sequence[AnyList], language: str) -> Words:
    """What the whole print needs: its title, direction and how pages are counted."""
    first = lists[0].imprint
    return {
        "title": f"{first.farm} · {first.season} · {_week(first, language)}",
        "author": first.farm,
        "language": language.split("-")[0],
        "rtl": get_language_bidi(),
        "page": _("Page {page} of {pages}"),
        "digits": [show_whole(digit, language) for digit in range(10)],
        "continued": _("continued"),
    }


def words_of_list(sheet: AnyList, language: str) -> Words:
    """One list in words: what every list bears, then its own."""
    if isinstance(sheet, HarvestList):
        return _harvest_words(sheet, language)
    if isinstance(sheet, PackingList):
        return _packing_words(sheet, language)
    return _site_words(sheet, language)


def _head(imprint: Imprint, what: str, days: Sequence[date], language: str) -> Words:
    stamp = _("Version %(version)s · printed %(moment)s") % {
        "version": show_whole(imprint.version, language),
        "moment": _moment(imprint.printed_at, language),
    }
    return {
        "what": what,
        "farm": typed(imprint.farm),
        "season": typed(imprint.season),
        "week": _week(imprint, language),
        "days": [_day(day, language) for day in days],
        "stamp": stamp,
    }


def _harvest_words(sheet: HarvestList, language: str) -> Words:
    columns = [place for place in range(len(sheet.shares)) if any(row.cells[place].quantity for row in sheet.rows)]
    rows = []
    for row in sheet.rows:
        rows.append(
            {
                "crop": _crop(row.crop),
                "picked": _quantity(row.picked, row.crop, language),
                "cells": [_cell(row.cells[place], row.crop, language) for place in columns],
                "left": _quantity(row.left_over, row.crop, language) if row.left_over else NOTHING,
            }
        )
    return {
        **_head(sheet.imprint, _("Harvest list"), sheet.days, language),
        "kind": "harvest",
        "to_pick": sheet.to_pick,
        "columns": [_counted_type(sheet.share_types[p], sheet.shares[p], language) for p in columns],
        "rows": rows,
        "labels": {
            "crop": _("Crop"),
            "picked": _("To pick") if sheet.to_pick else _("Picked"),
            "left": _("Left over"),
            "came_in": _("Came in"),
            "empty": _("Nothing to pick this week."),
        },
        "summary": _crops_and_shares(len(sheet.rows), sum(sheet.shares), language),
    }


def _packing_words(sheet: PackingList, language: str) -> Words:
    shares = sum(sum(going.shares) for going in sheet.sites)
    return {
        **_head(sheet.imprint, _("Packing list"), sheet.days, language),
        "kind": "packing",
        "crops": [_packing_crop(sheet, place, language) for place in range(len(sheet.rows))],
        "labels": {
            "site": _("Site"),
            "total": _("Together"),
            "all": _("All sites"),
            "left": _("Left over"),
            "empty": _("Nothing to pack this week."),
        },
        "summary": _crops_and_shares(len(sheet.rows), shares, language),
    }


def _packing_crop(sheet: PackingList, place: int, language: str) -> Words:
    row = sheet.rows[place]
    columns = [column for column, total in enumerate(row.type_totals) if total]
    several_days = len({going.site.day for going in sheet.sites}) > 1
    sites = []
    for going, cells, total in zip(sheet.sites, row.cells, row.site_totals, strict=True):
        sites.append(
            {
                "site": typed(going.site.name),
                "day": _short_day(going.site.day, language) if several_days else "",
                "cells": [_cell(cells[column], row.crop, language) for column in columns],
                "total": _quantity(total, row.crop, language) if total else NOTHING,
            }
        )
    return {
        "crop": _crop(row.crop),
        "columns": [typed(sheet.share_types[column].name) for column in columns],
        "sites": sites,
        "type_totals": [_quantity(row.type_totals[column], row.crop, language) for column in columns],
        "total": _quantity(row.total, row.crop, language),
        "left": _quantity(row.left_over, row.crop, language) if row.left_over else "",
    }


def _site_words(sheet: SiteSheet, language: str) -> Words:
    columns = [
        place for place in range(len(sheet.share_types)) if any(row.cells[place].quantity for row in sheet.rows)
    ]
    rows = [
        {
            "crop": _crop(row.crop),
            "cells": [_cell(row.cells[place], row.crop, language) for place in columns],
            "total": _quantity(row.total, row.crop, language),
        }
        for row in sheet.rows
        if row.total
    ]
    return {
        **_head(sheet.imprint, _("Site sheet"), [sheet.site.day], language),
        "kind": "site",
        "site": typed(sheet.site.name),
        "address": typed(sheet.site.address, 160),
        "window": isolated_ltr(f"{_time(sheet.site.starts, language)} – {_time(sheet.site.ends, language)}"),
        "link": isolated_ltr(sheet.link),
        "counts": [
            {"name": typed(share_type.name), "shares": show_whole(shares, language), "add_on": share_type.add_on}
            for share_type, shares in zip(sheet.share_types, sheet.shares, strict=True)
            if shares
        ],
        "columns": [_counted_type(sheet.share_types[p], sheet.shares[p], language) for p in columns],
        "rows": rows,
        "households": _household_rows(sheet, language),
        "noted": any(household.note for household in sheet.households),
        "labels": _site_labels(sheet, language),
    }


def _site_labels(sheet: SiteSheet, language: str) -> Words:
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
        "households": ngettext("%(count)s household", "%(count)s households", count)
        % {"count": show_whole(count, language)},
        "empty": _("Nobody collects here this week."),
        "qr": _("QR code of the check-in page"),
    }


def _household_rows(sheet: SiteSheet, language: str) -> list[list[Any]]:
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
                    f"\u2068{show_whole(count, language)} × {name}\u2069"
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
    return rough_width(name) < 60 and rough_width(texts[0]) < 43 and rough_width(texts[1]) < 32


def _crop(crop: ListedCrop) -> Words:
    return {"name": typed(crop.name), "note": typed(crop.note, 160)}


def _counted_type(share_type: ListedShareType, shares: int, language: str) -> Words:
    return {"name": typed(share_type.name), "count": f"× {show_whole(shares, language)}"}


def _cell(cell: Cell, crop: ListedCrop, language: str) -> Words | None:
    """A portion, for how many shares, and what that is together; None when nobody gets any."""
    if not cell.quantity:
        return None
    each = show_quantity(cell.most, crop.step, crop.unit, language)
    if cell.least < cell.most:
        each = f"{show_number(cell.least, crop.step, language)}\u2060–\u2060{each}"
    return {
        "each": f"\u2068{each}\u2069",
        "shares": f"× {show_whole(cell.shares, language)}",
        "together": _quantity(cell.quantity, crop, language),
    }


def _quantity(steps: int, crop: ListedCrop, language: str) -> str:
    return f"\u2068{show_quantity(steps, crop.step, crop.unit, language)}\u2069"


def _crops_and_shares(crops: int, shares: int, language: str) -> str:
    return " · ".join(
        (
            ngettext("%(count)s crop", "%(count)s crops", crops) % {"count": show_whole(crops, language)},
            ngettext("%(count)s share", "%(count)s shares", shares) % {"count": show_whole(shares, language)},
        )
    )


def _week(imprint: Imprint, language: str) -> str:
    return _("Week %(week)s of %(weeks)s") % {
        "week": show_whole(imprint.week, language),
        "weeks": show_whole(imprint.weeks, language),
    }


def _day(day: date, language: str) -> str:
    pattern = "EEEE d MMMM y" if language.startswith("en") else "full"
    return _digits(format_date(day, pattern, locale=babel_locale(language)), language)


def _short_day(day: date, language: str) -> str:
    return _digits(format_date(day, "EEEE", locale=babel_locale(language)), language)


def _time(moment: time, language: str) -> str:
    return _digits(format_time(moment, "HH:mm", locale=babel_locale(language)), language)


def _moment(moment: datetime, language: str) -> str:
    pattern = "d MMMM y" if language.startswith("en") else "long"
    day = _digits(format_date(moment.date(), pattern, locale=babel_locale(language)), language)
    return f"{day} \u2066{_time(moment.timetz().replace(tzinfo=None), language)}\u2069"


def _digits(text: str, language: str) -> str:
    """Babel writes dates in 0–9: bring them to the digits this language counts in."""
    return "".join(show_whole(int(c), language) if c in "0123456789" else c for c in text)
