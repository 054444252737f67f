"""The season's report as tables: the same for the page, for a spreadsheet and for paper; and its charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from deliveries.dividing.liked import liking
from deliveries.harvesting.quantities import unit_word
from deliveries.models import PassedOn
from deliveries.report.figures import CropSums, Report
from deliveries.report.turns import Turns, Wait
from people.currencies import major
from people.formats import comma, day, money, number, percent

NUMBERS = frozenset(("count", "amount", "money", "percent", "signed"))


@dataclass(frozen=True)
class Head:
    """A column: its heading and what stands in it: name (typed by people), text, count, day, amount (a Decimal and its
    unit), money (minor units), percent or signed (a ratio)."""

    words: str
    kind: str

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def runs_left_to_right(self) -> bool:
        """Figures do, in every language; an amount bears a word."""
        return self.is_number and self.kind != "amount"


@dataclass(frozen=True)
class Cell:
    words: str
    head: Head


@dataclass(frozen=True)
class Table:
    """`key` is its name in addresses; `rows` hold plain values in the columns' order."""

    key: str
    title: str
    heads: tuple[Head, ...]
    rows: list[tuple[Any, ...]]
    currency: str

    @property
    def shown(self) -> list[list[Cell]]:
        """As people read it, in the language in force."""
        return [
            [Cell(self._words(head.kind, value), head) for head, value in zip(self.heads, row, strict=True)]
            for row in self.rows
        ]

    @property
    def plain(self) -> tuple[list[str], list[list[Any]]]:
        """As a spreadsheet counts with it: amounts in two columns, money in the main unit, ratios as they are."""
        heads: list[str] = []
        for head in self.heads:
            heads += [head.words, _("Unit")] if head.kind == "amount" else [head.words]
        return heads, [[cell for place in self._places(row) for cell in place] for row in self.rows]

    def _words(self, kind: str, value: Any) -> str:
        if value is None:
            return "–"
        if kind == "amount":
            return _amount(*value)
        shown = {
            "count": lambda: number(value),
            "day": lambda: day(value),
            "money": lambda: money(value, self.currency),
            "percent": lambda: percent(value, places=1),
            "signed": lambda: percent(value, signed=True, places=1),
        }
        return shown[kind]() if kind in shown else str(value)

    def _places(self, row: tuple[Any, ...]) -> Iterator[list[Any]]:
        for head, value in zip(self.heads, row, strict=True):
            if head.kind == "amount":
                yield [float(value[0]), value[1]] if value else ["", ""]
            elif value is None:
                yield [""]
            elif head.kind == "money":
                yield [float(major(value, self.currency))]
            elif head.kind in ("percent", "signed"):
                yield [round(float(value), 4)]
            else:
                yield [value.isoformat() if isinstance(value, date) else _countable(value)]


def _countable(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def tables_of(report: Report, *, currency: str) -> dict[str, Table]:
    """Every table of the report, by its key."""
    made = (_fairness, _liked, _turns, _every_turn, _crops, _weeks, _leftovers, _unclaimed)
    return {table.key: table for table in (make(report, currency) for make in made)}


def _amount(value: Decimal, unit: str) -> str:
    word = unit_word(unit, int(value) if value == int(value) else 5)
    return f"{number(value)}\u00a0{word}" if word else number(value)


def _fairness(report: Report, currency: str) -> Table:
    heads = (
        Head(_("Share"), "name"), Head(_("Site"), "name"), Head(_("Was due"), "money"), Head(_("Got"), "money"),
        Head(_("Difference"), "signed"), Head(_("Got per unit of size"), "money"),
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        (one.share_type.name, one.site.name, one.due, one.got, one.ratio - 1, one.per_weight)
        for one in report.standings
    ]
    return Table("fairness", _("Worth so far"), heads, rows, currency)


def _liked(report: Report, currency: str) -> Table:
    heads = (
        Head(_("Week"), "count"), Head(_("Day"), "day"), Head(_("How well it was liked"), "percent"),
        Head(_("Loved"), "percent"), Head(_("Liked"), "percent"), Head(_("Not minded"), "percent"),
        Head(_("Disliked"), "percent"),
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for week, worths in report.liked.items():
        whole = sum(worths) or 1
        never, dislike, neutral, like, love = (Decimal(worth) / whole for worth in worths)
        rows.append((week, report.weeks[week], liking(worths), love, like, neutral, dislike + never))
    return Table("liked", _("How well each week was liked, by worth"), heads, rows, currency)


def _turns(report: Report, currency: str) -> Table:
    heads = (
        Head(_("Crop"), "name"), Head(_("Times it was scarce"), "count"), Head(_("Fewest turns"), "count"),
        Head(_("Most turns"), "count"), Head(_("Shares due one by now"), "count"),
        Head(_("Of these without any yet"), "count"), Head(_("Comes first next time"), "name"),
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for crop, group in groupby(report.turns, key=lambda one: one.crop):
        own = list(group)
        had = [one.had for one in own]
        wait = report.waits.get(crop, Wait(0, 0))
        rows.append((crop, max(one.times for one in own), min(had), max(had), wait.due, wait.without, _waiting(own)))
    return Table("turns", _("Turns at scarce crops"), heads, rows, currency)


def _waiting(turns: Sequence[Turns]) -> str:
    """Who had the smallest part of the chances; a word for many."""
    least = min(one.had / one.times for one in turns)
    names = [f"{one.share_type.name} · {one.site.name}" for one in turns if one.had / one.times == least]
    if len(names) == len(turns):
        return _("all alike")
    return comma().join(names) if len(names) <= 2 else _("several, see every turn")


def _every_turn(report: Report, currency: str) -> Table:
    heads = (
        Head(_("Crop"), "name"), Head(_("Share"), "name"), Head(_("Site"), "name"),
        Head(_("Times it was scarce"), "count"), Head(_("Turns"), "count"),
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        (one.crop, one.share_type.name, one.site.name, one.times, one.had) for one in report.turns
    ]
    return Table("every_turn", _("Every turn"), heads, rows, currency)


def _crops(report: Report, currency: str) -> Table:
    heads = (
        Head(_("Crop"), "name"), Head(_("Weeks"), "count"), Head(_("Came in"), "amount"), Head(_("Worth"), "money"),
        Head(_("Part of the season’s worth"), "percent"),
    )  # fmt: skip
    whole = report.value
    rows: list[tuple[Any, ...]] = [
        (
            one.name,
            len(one.amounts),
            (one.amount, one.unit),
            one.value,
            Decimal(one.value) / whole if whole else None,
        )
        for one in report.crops
    ]
    return Table("crops", _("Crops"), heads, rows, currency)


def _weeks(report: Report, currency: str) -> Table:
    heads = (
        Head(_("Week"), "count"), Head(_("Day"), "day"), Head(_("Crop"), "name"), Head(_("Came in"), "amount"),
        Head(_("Worth"), "money"), Head(_("Left over"), "amount"),
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        (week, report.weeks[week], one.name, (one.amounts[week], one.unit), one.values[week], _left(one, week))
        for week in report.weeks
        for one in report.crops
        if week in one.amounts
    ]
    return Table("weeks", _("Crops by week"), heads, rows, currency)


def _left(one: CropSums, week: int) -> tuple[Decimal, str] | None:
    return (one.left[week], one.unit) if week in one.left else None


def _leftovers(report: Report, currency: str) -> Table:
    heads = (
        Head(_("Crop"), "name"), Head(_("Left over"), "amount"), Head(_("Worth"), "money"),
        Head(_("Part of what came in"), "percent"), Head(_("Weeks"), "count"), Head(_("Where it went"), "text"),
    )  # fmt: skip
    left = sorted((one for one in report.crops if one.left), key=lambda one: -one.left_value)
    rows: list[tuple[Any, ...]] = [
        (one.name, (one.left_amount, one.unit), one.left_value, one.left_amount / one.amount, len(one.left), _went(one))
        for one in left
    ]
    return Table("leftovers", _("Left over"), heads, rows, currency)


def _went(one: CropSums) -> str | None:
    places = PassedOn.Kind
    told = [f"{places(kind).label} {_amount(much, one.unit)}" for kind, much in sorted(one.went.items())]
    return comma().join(told) or None


def _unclaimed(report: Report, currency: str) -> Table:
    heads = (
        Head(_("Week"), "count"), Head(_("Day"), "day"), Head(_("Shares due"), "count"), Head(_("Collected"), "count"),
        Head(_("Not collected"), "count"), Head(_("Nobody checked in"), "count"),
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        (week.number, week.on, week.pickups, week.collected, week.unclaimed, week.unwatched)
        for week in report.collected
    ]
    return Table("unclaimed", _("Not collected"), heads, rows, currency)
