"""The farmer's look at a whole season: what became of it, what is planned for it, and what is fair in it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries.permissions import owners_season
from deliveries.report import Report, report_of
from deliveries.report_print import print_season_report
from deliveries.report_tables import fairness_chart, tables_of, worth_chart
from deliveries.report_words import sentences_of
from farms.models import Season
from people import clock
from people.tables import table_answer

Facts = dict[str, Any]


@login_required
@never_cache
@require_safe
def season_report(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """How even, how often, how much, what was left and not collected: on the page, as tables, on paper."""
    the_season = owners_season(request, farm, season)
    report = report_of(the_season, at=clock.now())
    if wanted := request.GET.get("format", ""):
        return _report_file(report, wanted, request.GET.get("table", ""))
    page: Facts = {"farm": the_season.farm, "season": the_season, "report": report}
    if report:
        currency = the_season.farm.currency
        page |= {
            "tables": tables_of(report, currency=currency),
            "told": sentences_of(report, currency=currency),
            "fairness_chart": fairness_chart(report),
            "worth_chart": worth_chart(report, currency=currency),
        }
    return render(request, "deliveries/season_report.html", page)


def _report_file(report: Report | None, wanted: str, key: str) -> HttpResponse:
    """One of its tables for a spreadsheet, or all of it as a PDF. 404 before the first division."""
    if report is None:
        raise Http404
    farm = report.season.farm
    tables = tables_of(report, currency=farm.currency)
    if wanted == "pdf":
        return _report_pdf(report.season, print_season_report(
            farm=farm, season=report.season, tables=tables, at=clock.now(),
            sentences=sentences_of(report, currency=farm.currency),
        ))  # fmt: skip
    if key not in tables:
        raise Http404
    return table_answer(wanted, f"{farm.slug}-{report.season.pk}-{key}", tables[key].plain)


def _report_pdf(season: Season, pdf: bytes) -> HttpResponse:
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{season.farm.slug}-{season.pk}-report.pdf"'
    return answer
