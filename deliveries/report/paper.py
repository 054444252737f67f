"""The season's report on paper: its sentences, charts and tables as one PDF, in the language in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from deliveries.lists.printer import print_report
from deliveries.report.charts import Chart
from deliveries.report.tables import Table
from farms.models import Farm, Season
from people.formats import clock, comma, day, language
from people.printing.typed import isolated_ltr, typed

ON_PAPER = ("fairness", "liked", "turns", "crops", "leftovers", "unclaimed")


def print_season_report(
    *,
    farm: Farm,
    season: Season,
    tables: dict[str, Table],
    sentences: Mapping[str, Sequence[str]],
    charts: Mapping[str, Chart],
    at: datetime,
) -> bytes:
    """`sentences` and `charts` go by the table's key; the sentences of "all" stand first of all."""
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
        "parts": [
            _part(tables[key], sentences.get(key, []), charts.get(key))
            for key in ON_PAPER
            if tables[key].rows or sentences.get(key)
        ],
    }
    return print_report(words, printed_at=at)


MOST_WIDE = 30
"""Letters of a column after which its words are broken into lines."""


def _widths(table: Table) -> list[int]:
    """What each column needs, in letters: its longest cell or the longest word above it."""
    heads = [max(len(word) for word in head.words.split()) for head in table.heads]
    cells = [[len(cell.words) for cell in column] for column in zip(*table.shown, strict=True)]
    longest = [max([head, *own]) for head, own in zip(heads, cells or [[]] * len(heads), strict=True)]
    return [min(long, MOST_WIDE) + 2 for long in longest]


def _part(table: Table, sentences: Sequence[str], chart: Chart | None) -> dict[str, Any]:
    return {
        "title": table.title,
        "chart": chart and chart.paper | {"title": chart.title},
        "sentences": list(sentences),
        "heads": [head.words for head in table.heads],
        "widths": _widths(table),
        "numbers": [head.is_number for head in table.heads],
        "rows": [
            [isolated_ltr(cell.words) if cell.head.runs_left_to_right else typed(cell.words) for cell in row]
            for row in table.shown
        ],
    }
