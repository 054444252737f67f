"""The charts of `charts` as report.typ draws them: labels, figures, and how far along the line each mark stands, from
0 to 1.

typst mirrors the line where the language runs from right to left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from deliveries.book.charts import Column, Reach, Row, reach_of, round_above
from people.printing.typed import isolated_ltr, typed

Drawn = dict[str, Any]


def columns_on_paper(columns: Sequence[Column], *, told: str, tick: Callable[[float], str], top: float = 0) -> Drawn:
    """Columns side by side; `top` is the end of the axis, if it is known."""
    top = top or round_above(max([value or 0 for column in columns for value in column.values], default=0))
    return {
        "kind": "columns",
        "told": told,
        "columns": [
            {"label": isolated_ltr(column.label), "parts": [(value or 0) / top for value in column.values]}
            for column in columns
        ],
        "grid": [[part, isolated_ltr(tick(top * part))] for part in (0.5, 1)],
    }


def band_on_paper(rows: Sequence[Row], *, told: str, band: float, tick: Callable[[float], str]) -> Drawn:
    """Dots on a line whose middle is 0, and the band around it."""
    reach = reach_of(rows, band)

    def along(off: float) -> float:
        return 0.5 + 0.42 * off / reach

    return {
        "kind": "band",
        "told": told,
        "rows": [_named(row.label, row.figure) | {"at": along(row.off)} for row in rows],
        "band": [along(-band), along(band)],
        "ticks": [[along(off), isolated_ltr(tick(off))] for off in (-band, 0.0, band)],
    }


def reaches_on_paper(rows: Sequence[Reach], *, told: str) -> Drawn:
    """A line of chances, and on it from the least to the most that anybody had."""
    top = max((row.of for row in rows), default=1)
    return {
        "kind": "reaches",
        "told": told,
        "rows": [
            _named(row.label, row.figure) | {"least": row.least / top, "most": row.most / top, "of": row.of / top}
            for row in rows
        ],
    }


def _named(label: str, figure: str) -> Drawn:
    return {"label": typed(label), "figure": typed(figure)}
