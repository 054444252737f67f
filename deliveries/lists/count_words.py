"""Truck sheet, supplier counts and labels in words."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from deliveries.lists.counts import BoxLabel, CountSheet, LabelSheet
from deliveries.lists.heads import Words, changed, head
from deliveries.lists.sheets import ListedSite
from people.formats import clock_range, comma, day, number
from people.printing.typed import isolated_ltr, typed

_STAYS = "\u00a0"  # a day stays on one line
LONGEST_WORD = 15
"""Letters of a word that surely fit a label's width in bold."""


def words_of_counts(sheet: CountSheet) -> Words:
    truck = sheet.kind == "truck"
    several_days = len(sheet.days) > 1
    return {
        **head(sheet.imprint, _("Truck sheet") if truck else _("Supplier counts"), sheet.days),
        **changed(sheet.changes),
        "kind": "counts",
        "truck": truck,
        "columns": [typed(share_type.name) for share_type in sheet.share_types],
        "rows": [
            {
                "site": typed(going.site.name),
                "about": _about(going.site, several_days=several_days),
                "cells": [number(count) if count else "–" for count in going.shares],
                "total": number(going.total),
                "crates": number(going.crates),
            }
            for going in sheet.sites
        ],
        "type_totals": [number(count) for count in sheet.type_totals],
        "total": number(sheet.total),
        "crates": number(sum(going.crates for going in sheet.sites)),
        "labels": {
            "site": _("Site"),
            "together": _("Together"),
            "all": _("All sites"),
            "crates": _("Crates"),
            "back": _("Came back"),
            "empty": _("Nothing to bring this week."),
            "crate_note": _("Two of the largest shares fill a crate.") if truck else "",
        },
        "summary": _shares_and_add_ons(sheet) if truck else "",
    }


def _shares_and_add_ons(sheet: CountSheet) -> str:
    """As the other lists count shares: add-ons by themselves."""
    added = sum(n for kind, n in zip(sheet.share_types, sheet.type_totals, strict=True) if kind.add_on)
    shares = sheet.total - added
    told = [ngettext("%(count)s share", "%(count)s shares", shares) % {"count": number(shares)}]
    if added:
        told.append(ngettext("%(count)s add-on", "%(count)s add-ons", added) % {"count": number(added)})
    return " · ".join(told)


def _about(site: ListedSite, *, several_days: bool) -> list[str]:
    """When and where, line by line."""
    window = isolated_ltr(clock_range(site.starts, site.ends)).replace("–", "\u2060–\u2060")
    when = " · ".join([day(site.day)] * several_days + [window])
    return [when, *[typed(site.address, 160)] * bool(site.address)]


def words_of_labels(sheet: LabelSheet) -> Words:
    return {
        **head(sheet.imprint, _("Box labels"), sheet.days),
        "changes": None,
        "kind": "labels",
        "boxes": [_label(label) for label in sheet.labels],
        "empty": _("Nothing to pack this week."),
    }


def _label(label: BoxLabel) -> list[str | bool]:
    """[site, number, name, share type, which of how many, what it is without, long?]; a long name gives way to what it
    is without, and one with a word too long for the label is set smaller."""
    without = ""
    if label.without:
        without = _("Without: %(crops)s") % {"crops": comma().join(typed(crop) for crop in label.without)}
    which = ""
    if label.of > 1:
        told = {"place": number(label.place), "all": number(label.of)}
        which = pgettext("which box of a household's", "%(place)s of %(all)s") % told
    site = f"{typed(label.site.name, 30)} · {day(label.site.day).replace(' ', _STAYS)}"
    return [
        site,
        isolated_ltr(label.number),
        typed(label.name, 24 if without else 52),
        typed(label.share_type.name, 30),
        which,
        without,
        any(len(word) > LONGEST_WORD for word in re.split(r"[\s-]", label.name)),
    ]
