"""Each farm's own picture: rows of a field running to the horizon, drawn from its slug.

The same slug always draws the same field, so that a farm without a photo still has a face. The page
mirrors it in right-to-left languages (`.field-rows` in app.css).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from random import Random

from django.utils.html import escape
from django.utils.safestring import SafeString

WIDTH, HEIGHT, HORIZON = 800, 220, 88
SKIES = (
    ("#f0d9a8", "#fff3cf"),
    ("#f3cfae", "#fff0d8"),
    ("#cfe3ea", "#fffbe6"),
    ("#e9d5c9", "#fff4dc"),
    ("#dfe6c6", "#fffae0"),
    ("#d9d6e6", "#fff1e0"),
)
HILLS = ("#c9c98a", "#b5c08a", "#c4b98a", "#a9ba8d")
CROPS = ("#2c6636", "#4d8a45", "#6f8f3a", "#a9b665", "#3c5a2d", "#c97a16", "#8c1646", "#5f7f3f", "#d7a13b", "#7b3b5c")


@lru_cache(maxsize=256)
def draw_field_rows(slug: str, css: str = "") -> SafeString:
    """An SVG picture of 800 × 220 for the farm named `slug`; decoration, hidden from screen readers."""
    dice = Random(hashlib.sha256(slug.encode("utf-8", "replace")).hexdigest())  # noqa: S311 (a picture, no secret)
    sky, sun = dice.choice(SKIES)
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{sky}"/>',
        f'<circle cx="{dice.randint(70, 730)}" cy="{dice.randint(34, 62)}" r="{dice.randint(20, 30)}" fill="{sun}"/>',
        *_hills(dice, meadow := dice.choice(HILLS)),
        *_trees(dice),
        *_rows(dice, meadow),
    ]
    fit = "xMidYMid" if "slim" in css else "xMidYMax"
    return SafeString(
        f'<svg class="{escape(f"field-rows {css}".strip())}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'preserveAspectRatio="{fit} slice" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def _hills(dice: Random, meadow: str) -> list[str]:
    """Two lines of hills, the far one paler, the near one the meadow's own colour."""
    lines = []
    far = dice.choice([colour for colour in HILLS if colour != meadow])
    for colour, top, shade in ((far, 66, 0.55), (meadow, 78, 1)):
        a, b, c = (top + dice.randint(-14, 10) for _ in range(3))
        bend = dice.randint(150, 300)
        lines.append(
            f'<path d="M0 {a}Q{bend} {a - 34} 400 {b}T800 {c}V{HEIGHT}H0Z" fill="{colour}" opacity="{shade}"/>'
        )
    return lines


def _trees(dice: Random) -> list[str]:
    """A hedge of a few trees on the horizon, or a barn."""
    x = dice.choice([dice.randint(40, 250), dice.randint(550, 740)])
    if dice.random() < 0.35:
        return [
            f'<path d="M{x} 88v-20l16-12 16 12v20z" fill="#7a3a2c"/><path d="M{x + 11} 88v-12h10v12z" fill="#3b2418"/>'
        ]
    return [
        f'<ellipse cx="{x + i * dice.randint(13, 19)}" cy="{dice.randint(76, 82)}" rx="{dice.randint(8, 12)}" '
        f'ry="{dice.randint(10, 16)}" fill="{dice.choice(CROPS[:3])}"/>'
        for i in range(dice.randint(2, 5))
    ]


def _rows(dice: Random, meadow: str) -> list[str]:
    """Furrows that meet at the horizon: each crop beside another one."""
    count, middle = dice.randint(14, 20), dice.randint(300, 500)
    top, bottom, rows = 11, 118, [f'<rect y="{HORIZON}" width="{WIDTH}" height="132" fill="{meadow}"/>']
    last = ""
    for i in range(count):
        last = dice.choice([colour for colour in CROPS if colour != last])
        left, low = middle + (i - count / 2) * top, middle + (i - count / 2) * bottom
        rows.append(
            f'<path d="M{left:.0f} {HORIZON}H{left + top - 1:.0f}L{low + bottom - 12:.0f} {HEIGHT}H{low:.0f}Z" '
            f'fill="{last}"/>'
        )
    return rows
