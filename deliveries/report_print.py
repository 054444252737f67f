"""The season's report on paper: its sentences and tables as one PDF, in the language in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from deliveries.lists.printer import print_report
from deliveries.lists.typed import isolated_ltr, typed
from deliveries.report_tables import Table
from farms.models import Farm, Season
from people.formats import clock, comma, day, language

ON_PAPER = ("fairness", "turns", "crops", "leftovers", "unclaimed")


def print_season_report(
    *, farm: Farm, season: Season, tables: dict[str, Table], sentences: Mapping[str, Sequence[str]], at: datetime
) -> bytes:
    """`sentences` go by the table's key; those of "all" stand first of all."""
    printed = comma().join((day(at, zone=farm.zone, full=True), clock(at, zone=farm.zone)))
    title = _("Season report")
    words = {
        "title": f"{farm.name} · {season.name} · {title}",
        "farm": typed(farm.name),
        "heading": f"{title} · {typed(season.name)}",
        "language": language().split("-")[0],
        "rtl": get_language_bidi(),
        "stamp": printed,
        "page": _("Page {page} of {pages}"),
        "sentences": list(sentences.get("all", [])),
        "parts": [_part(tables[key], sentences.get(key, [])) for key in ON_PAPER],
    }
    return print_report(words, printed_at=at)


def _part(table: Table, sentences: Sequence[str]) -> dict[str, Any]:
    return {
        "title": table.title,
        "sentences": list(sentences),
        "heads": [head.words for head in table.heads],
        "numbers": [head.is_number for head in table.heads],
        "rows": [
            [isolated_ltr(cell.words) if cell.head.runs_left_to_right else typed(cell.words) for cell in row]
            for row in table.shown
        ],
    }
