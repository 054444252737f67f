"""Charts drawn on the server, as SVG: columns by week, how far rows lie off the middle of a band, and from where to
where they reach. `paper_charts` draws the same for typst.

Positions along the line are in percents and heights in pixels, so that a chart is as wide as its page and its words
stay as large as the page's. Each chart stands by a table of its figures; each mark bears its words as a title.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

PLOT = 170
"""Pixels from the top grid line to the ground."""
HEAD, FOOT = 22, 24
ROW = 44
MOST_LABELS = 13
"""More labels than these would run into one another on a phone; then only every fifth is written."""

LONGEST_LABEL = 38


@dataclass(frozen=True)
class Column:
    """A place on the line: its label, a value per series (none: nothing to draw), and the sentence that says them."""

    label: str
    values: tuple[float | None, ...]
    words: str


@dataclass(frozen=True)
class Row:
    """A thing and how far it lies off (0.012 is 1.2 % more), with the sentence that says so."""

    label: str
    off: float
    figure: str
    words: str


@dataclass(frozen=True)
class Reach:
    """A thing that lies between `least` and `most` of so many chances (`of`)."""

    label: str
    least: float
    most: float
    of: float
    figure: str
    words: str


def columns_chart(
    columns: Sequence[Column], *, told: str, series: Sequence[str], tick: Callable[[float], str], level: float = 0
) -> SafeString:
    """Columns side by side; `series` names a class of the stylesheet for each value. `told` says aloud what it is
    about, `tick` writes a value of the axis, `level` draws a line across (0: none)."""
    top = round_above(max([level, *[value or 0 for column in columns for value in column.values]], default=0))
    width = 100 / max(len(columns), 1)
    marks = [_column(place, column, width, top, series) for place, column in enumerate(columns)]
    grid = [_grid(top * part, top, tick) for part in (0, 0.5, 1)]
    across = _level(level, top) if level else SafeString("")
    labels = [_label(place, column.label, width, len(columns)) for place, column in enumerate(columns)]
    return _svg(
        told, HEAD + PLOT + FOOT, [*[line for line, _text in grid], *marks, across, *labels, *[t for _l, t in grid]]
    )


def _column(place: int, column: Column, width: float, top: float, series: Sequence[str]) -> SafeString:
    bar = width * 0.76 / len(series)
    bars = []
    for nth, (value, kind) in enumerate(zip(column.values, series, strict=True)):
        if value:
            height = max(PLOT * value / top, 1.5)
            start = _along(width * (place + 0.12) + bar * nth, bar)
            facts = (kind, _percent(start), f"{HEAD + PLOT - height:.1f}", _percent(bar * 0.94), f"{height:.1f}")
            bars.append(format_html('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>', *facts))
    return format_html("<g><title>{}</title>{}</g>", column.words, SafeString("".join(bars)))


def _grid(value: float, top: float, tick: Callable[[float], str]) -> tuple[SafeString, SafeString]:
    """A line across and its figure, which is drawn last, above the columns."""
    y = f"{HEAD + PLOT * (1 - value / top):.1f}"
    kind = "grid-line" if value else "axis"
    line = format_html('<line class="{}" x1="0%" x2="100%" y1="{}" y2="{}"/>', kind, y, y)
    if not value:
        return line, SafeString("")
    text = format_html('<text class="halo" x="{}" y="{}" dy="-4" text-anchor="{}">{}</text>', *_start(y), tick(value))
    return line, text


def _start(y: str) -> tuple[str, str, str]:
    """Where a line of reading begins."""
    return ("100%", y, "end") if get_language_bidi() else ("0%", y, "start")


def _level(level: float, top: float) -> SafeString:
    y = f"{HEAD + PLOT * (1 - level / top):.1f}"
    return format_html('<line class="level" x1="0%" x2="100%" y1="{}" y2="{}"/>', y, y)


def _label(place: int, label: str, width: float, many: int) -> SafeString:
    if many > MOST_LABELS and place % 5:
        return SafeString("")
    x = _along(width * place, width) + width / 2
    y = HEAD + PLOT + 17
    return format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', _percent(x), y, label)


def band_chart(rows: Sequence[Row], *, told: str, band: float, tick: Callable[[float], str]) -> SafeString:
    """A dot for each row on a line whose middle is 0; the band from −band to +band is shaded."""
    reach = reach_of(rows, band)
    foot = HEAD + ROW * len(rows)

    def at(off: float) -> float:
        return _along(50 + 42 * off / reach, 0)

    edges = sorted((at(-band), at(band)))
    shade = format_html(
        '<rect class="band" x="{}" y="{}" width="{}" height="{}"/>',
        _percent(edges[0]), HEAD, _percent(edges[1] - edges[0]), foot - HEAD,
    )  # fmt: skip
    marks = [
        format_html('<text x="{}" y="14" text-anchor="middle">{}</text>', _percent(at(off)), tick(off))
        for off in (-band, 0.0, band)
    ]
    middle = format_html('<line class="axis" x1="50%" x2="50%" y1="{}" y2="{}"/>', HEAD, foot)
    return _svg(told, foot + 4, [shade, middle, *marks, *[_dot(n, row, at(row.off)) for n, row in enumerate(rows)]])


def reach_of(rows: Sequence[Row], band: float) -> float:
    """How far off the edge of the drawing lies, so that all rows and the band have room."""
    return max([band * 1.6, *[abs(row.off) * 1.15 for row in rows]])


def _dot(place: int, row: Row, x: float) -> SafeString:
    y = HEAD + ROW * place
    return format_html(
        '<g><title>{}</title><line class="grid-line" x1="0%" x2="100%" y1="{}" y2="{}"/>{}'
        '<circle class="s1" cx="{}" cy="{}" r="6"/></g>',
        row.words, y + 31, y + 31, _named(y + 18, row.label, row.figure), _percent(x), y + 31,
    )  # fmt: skip


def _named(y: float, label: str, figure: str) -> SafeString:
    """A row's name where a line of reading begins, its figure where it ends."""
    sides = ("100%", "end", "0%", "start") if get_language_bidi() else ("0%", "start", "100%", "end")
    return format_html(
        '<text class="halo" x="{}" y="{}" text-anchor="{}">{}</text>'
        '<text class="halo" x="{}" y="{}" text-anchor="{}">{}</text>',
        sides[0], y, sides[1], f"\u2068{_clipped(label)}\u2069", sides[2], y, sides[3], figure,
    )  # fmt: skip


def reaches_chart(rows: Sequence[Reach], *, told: str) -> SafeString:
    """For each row its chances as a thin line, and on it from the least to the most that anybody had."""
    top = max((row.of for row in rows), default=1)
    marks = [_reach(n, row, top) for n, row in enumerate(rows)]
    return _svg(told, ROW * len(rows) + 4, marks)


def _reach(place: int, row: Reach, top: float) -> SafeString:
    y = ROW * place + 31
    # Two hundredths of room at both ends, so that no mark is cut.
    low, high, end = (_along(2 + 96 * value / top, 0) for value in (row.least, row.most, row.of))
    start, width = min(low, high), abs(high - low)
    return format_html(
        '<g><title>{}</title>{}<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<rect class="s1" x="{}" y="{}" width="{}" height="6"/>'
        '<circle class="s1" cx="{}" cy="{}" r="6"/><circle class="s1" cx="{}" cy="{}" r="6"/></g>',
        row.words, _named(y - 13, row.label, row.figure), _percent(_along(2, 0)), _percent(end), y, y,
        _percent(start), y - 3, _percent(width), _percent(low), y, _percent(high), y,
    )  # fmt: skip


def _clipped(label: str) -> str:
    """As much as stands beside its figure on a phone; the title has all of it."""
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"


def _svg(told: str, height: int, parts: Sequence[SafeString]) -> SafeString:
    # Sides are worked out here, so the drawing itself always runs from left to right.
    body = format_html_join("", "{}", ((part,) for part in parts))
    return format_html(
        '<svg class="plot" role="img" aria-label="{}" width="100%" height="{}" direction="ltr">{}</svg>',
        told, height, body,
    )  # fmt: skip


def _along(start: float, width: float) -> float:
    """Percents along the line of reading as percents from the left."""
    return 100 - start - width if get_language_bidi() else start


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def round_above(value: float) -> float:
    """The next figure that is easy to halve: 1, 2, 3, 4, 6, 8 or 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 3, 4, 6, 8, 10) if power * step >= value * 0.9999)
