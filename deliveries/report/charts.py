"""The season's report as drawings: the same for the page and for paper."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from deliveries.book.charts import Column, Reach, Row, band_chart, columns_chart, reaches_chart
from deliveries.book.paper_charts import Drawn, band_on_paper, columns_on_paper, reaches_on_paper
from deliveries.dividing.liked import liking
from deliveries.report.figures import BAND, Report, Standing
from deliveries.report.turns import Turns
from people.formats import day, money, number, percent


@dataclass(frozen=True)
class Chart:
    """`title` says what is drawn; `svg` for the page, `paper` for typst."""

    title: str
    svg: SafeString
    paper: Drawn


def charts_of(report: Report, *, currency: str) -> dict[str, Chart]:
    """By the key of the table whose figures it draws; where there is nothing to draw, no chart."""
    found = {"fairness": _fairness(report), "crops": _worth(report, currency)}
    if report.liked:
        found["liked"] = _liking(report)
    if report.turns:
        found["turns"] = _turns(report)
    return found


def _fairness(report: Report) -> Chart:
    title = _("How far each share’s worth lies off what it was due")
    rows = [_standing(one) for one in report.standings]

    def tick(off: float) -> str:
        return percent(off, signed=True, places=1)

    return Chart(
        title,
        band_chart(rows, told=title, band=BAND, tick=tick),
        band_on_paper(rows, told=title, band=BAND, tick=tick),
    )


def _standing(one: Standing) -> Row:
    figure = percent(one.ratio - 1, signed=True, places=1)
    label = f"{one.share_type.name} · {one.site.name}"
    return Row(label, float(one.ratio - 1), figure, f"{label}: {figure}")


def _worth(report: Report, currency: str) -> Chart:
    """The worth of what came in, week by week."""
    title = _("Worth of what came in, by week")
    values = {week: sum(one.values.get(week, 0) for one in report.crops) for week in report.weeks}
    columns = [_column(report, week, float(value), money(value, currency)) for week, value in values.items()]

    def tick(value: float) -> str:
        return money(round(value), currency, short=True)

    return Chart(
        title,
        columns_chart(columns, told=title, series=["s1"], tick=tick),
        columns_on_paper(columns, told=title, tick=tick),
    )


def _liking(report: Report) -> Chart:
    title = _("How well each week was liked")
    columns = [
        _column(report, week, float(part), percent(part, places=1))
        for week, worths in report.liked.items()
        if (part := liking(worths)) is not None
    ]
    return Chart(
        title,
        columns_chart(columns, told=title, series=["s1"], tick=percent, level=1),
        columns_on_paper(columns, told=title, tick=percent, top=1),
    )


def _column(report: Report, week: int, value: float, figure: str) -> Column:
    facts = {"n": number(week), "day": day(report.weeks[week]), "worth": figure}
    return Column(number(week), (value,), _("Week %(n)s, %(day)s: %(worth)s") % facts)


def _turns(report: Report) -> Chart:
    title = _("Turns at scarce crops: from the share that had fewest to the one that had most")
    rows = [_reach(crop, list(own)) for crop, own in groupby(report.turns, key=lambda one: one.crop)]
    return Chart(title, reaches_chart(rows, told=title), reaches_on_paper(rows, told=title))


def _reach(crop: str, own: list[Turns]) -> Reach:
    had, times = [one.had for one in own], max(one.times for one in own)
    least, most = number(min(had)), number(max(had))
    some = least if least == most else f"{least}–{most}"
    figure = _("%(some)s of %(times)s") % {"some": some, "times": number(times)}
    return Reach(crop, float(min(had)), float(max(had)), float(times), figure, f"{crop}: {figure}")
