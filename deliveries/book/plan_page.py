"""The plan as its page shows it: the chart of weeks, the table beside it, what a share of each type would hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from deliveries.book.charts import Column, columns_chart
from deliveries.dividing.plan import Due, Expected, Row
from deliveries.harvesting.quantities import show_between
from farms.models import Week
from people.formats import day, language, money, number
from shares.models import ShareType
from shares.prices.prices import has_turn

AT_ONCE = 6
"""Weeks beside one another in the grid."""


@dataclass(frozen=True)
class WeekLine:
    """A week in the table: planned and real worth of a share, in the order of the types."""

    expected: Expected
    worths: list[tuple[int | None, int | None]]


@dataclass(frozen=True)
class Contents:
    """What a share of a type would hold in some weeks: a row a crop, and what it would be worth (none: no turn)."""

    share_type: ShareType
    rows: list[tuple[str, list[str]]]
    worths: list[int | None]


def chunks_of(weeks: Sequence[Week]) -> list[list[Week]]:
    """The season in stretches of six weeks; a last one of one or two joins the stretch before it."""
    found = [list(weeks[start : start + AT_ONCE]) for start in range(0, len(weeks), AT_ONCE)]
    if len(found) > 1 and len(found[-1]) <= 2:
        last = found.pop()
        found[-1] += last
    return found


def chosen_chunk(chunks: list[list[Week]], wanted: str) -> list[Week]:
    """The stretch with the week of this number; the first, if there is none."""
    number_of = int(wanted) if wanted.isdecimal() and len(wanted) < 4 else 0
    return next((chunk for chunk in chunks if any(week.number == number_of for week in chunk)), chunks[0])


def price_a_week(kind: ShareType, weeks: Sequence[Week]) -> int | None:
    """What a share of the type costs for one of its pickups, minor units."""
    turn = "" if kind.rhythm == ShareType.Rhythm.WEEKLY else "A"
    pickups = sum(has_turn(kind, turn=turn, week=week.number) for week in weeks)
    return round(kind.price / pickups) if pickups else None


def week_lines(expected: Sequence[Expected], types: Sequence[ShareType]) -> list[WeekLine]:
    return [WeekLine(week, [(week.worth(kind), week.got.get(kind.pk)) for kind in types]) for week in expected]


def contents_of(expected: Sequence[Expected], types: Sequence[ShareType], rows: Sequence[Row]) -> list[Contents]:
    """For each type due in one of these weeks: the crops it would get, week by week."""
    return [_contents(kind, expected, rows) for kind in types if any(kind.pk in week.types for week in expected)]


def _contents(kind: ShareType, expected: Sequence[Expected], rows: Sequence[Row]) -> Contents:
    lines = [(row.crop.name, [_each(week, kind, row) for week in expected]) for row in rows]
    return Contents(kind, [line for line in lines if any(line[1])], [week.worth(kind) for week in expected])


def _each(week: Expected, kind: ShareType, row: Row) -> str:
    """What one share would get: "1.4 kg", "1–2" where sites would differ; nothing where it is not planned."""
    if week.divided is None or kind.pk not in week.types or not row.steps.get(week.week.number):
        return ""
    crops = [crop["crop"] for crop in week.divided.inputs["crops"]]
    if row.crop.pk not in crops:
        return ""
    return told_between(week.divided.between(kind.pk, crops.index(row.crop.pk)), row.step, row.unit)


def told_between(between: tuple[int, int], step: Decimal, unit: str) -> str:
    """What a share gets: "1.4 kg", "1–2 heads" where they differ, "–" for nothing."""
    return show_between(*between, step, unit, language())


def main_type(types: Sequence[ShareType], due: Sequence[Due]) -> ShareType | None:
    """The type the chart is drawn for: that of which there are most shares by weight."""

    def mass(kind: ShareType) -> int:
        return sum(one.count * kind.weight for one in due if one.share_type.pk == kind.pk)

    return max(types, key=mass, default=None)


def plan_chart(expected: Sequence[Expected], kind: ShareType, *, currency: str) -> SafeString:
    """What a share of this type would be worth and was, week by week, with the plan's average across."""
    worths = [worth for week in expected if (worth := week.worth(kind)) is not None]
    return columns_chart(
        [_column(week, kind, currency) for week in expected],
        told=_("What a share would be worth and was, by week"),
        series=["planned", "s1"],
        tick=lambda value: money(round(value), currency, short=True),
        level=float(Decimal(sum(worths)) / len(worths)) if worths else 0,
    )


def _column(week: Expected, kind: ShareType, currency: str) -> Column:
    planned, got = week.worth(kind), week.got.get(kind.pk)
    told = [_("Week %(n)s, %(day)s") % {"n": number(week.week.number), "day": day(week.week.starts_on)}]
    if planned is not None:
        told.append(_("planned %(worth)s") % {"worth": money(planned, currency)})
    if got is not None:
        told.append(_("was %(worth)s") % {"worth": money(got, currency)})
    return Column(number(week.week.number), (planned, got), ": ".join(told))
