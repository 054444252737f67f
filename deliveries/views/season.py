"""The farmer's look at a whole season: what became of it, what is planned for it, and what is fair in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from deliveries.book.fairness_page import example_lines
from deliveries.book.plan_page import (
    chosen_chunk,
    chunks_of,
    contents_of,
    main_type,
    plan_chart,
    price_a_week,
    week_lines,
)
from deliveries.dividing import engine_choices, plan
from deliveries.dividing.gathering import fairness_of
from deliveries.forms.fairness import FairnessForm
from deliveries.forms.plan import CropForm, PlanGrid
from deliveries.models import Fairness
from deliveries.permissions import owners_season
from deliveries.report.charts import charts_of
from deliveries.report.figures import Report, report_of
from deliveries.report.paper import print_season_report
from deliveries.report.tables import tables_of
from deliveries.report.words import sentences_of
from farms.models import Season, Week
from people import clock
from people.formats import comma, local_day, number
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
            "charts": charts_of(report, currency=currency),
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
            sentences=sentences_of(report, currency=farm.currency), charts=charts_of(report, currency=farm.currency),
        ))  # fmt: skip
    if key not in tables:
        raise Http404
    return table_answer(wanted, f"{farm.slug}-{report.season.pk}-{key}", tables[key].plain)


def _report_pdf(season: Season, pdf: bytes) -> HttpResponse:
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{season.farm.slug}-{season.pk}-report.pdf"'
    return answer


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def season_plan(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """What is expected to grow, week by week; what shares would hold of it; and what came in."""
    the_season = owners_season(request, farm, season)
    wanted = request.POST.get("do", "")
    if wanted == "copy":
        return _copied(request, the_season)
    new_crop = CropForm(request.POST if wanted == "add" else None, farm=the_season.farm)
    if wanted == "add" and new_crop.is_valid():
        crop = new_crop.add()
        messages.success(request, _("%(crop)s is in the plan now.") % {"crop": crop.name})
        return _to_plan(request, the_season, f"crop-{crop.pk}")
    chunks = chunks_of(list(plan.planned_weeks(the_season)))
    if not chunks:
        return render(request, "deliveries/season_plan.html", {"farm": the_season.farm, "season": the_season})
    weeks = chosen_chunk(chunks, request.GET.get("week", "") or _week_of(the_season, clock.now()))
    grid = PlanGrid(plan.rows_of(the_season), weeks, request.POST if wanted == "save" else None)
    if wanted == "save" and not grid.wrong:
        plan.write_plan(season=the_season, rows=grid.rows, cells=grid.cells)
        return _to_plan(request, the_season, "grid")
    page = _plan_page(the_season, chunks, grid) | {"new_crop": new_crop, "has_errors": bool(grid.wrong)}
    wrong = bool(grid.wrong or new_crop.errors)
    return render(request, "deliveries/season_plan.html", page, status=422 if wrong else 200)


def _week_of(season: Season, at: datetime) -> str:
    """The number of the week under way, or of the next; nothing when the season is over."""
    first = season.weeks.filter(
        skipped=False, starts_on__gt=local_day(at, season.farm.zone) - timedelta(days=7)
    ).first()
    return str(first.number) if first else ""


def _copied(request: HttpRequest, season: Season) -> HttpResponse:
    copied = plan.copy_season_before(season=season)
    words = ngettext(
        "%(n)s empty place filled in from the season before.", "%(n)s empty places filled in from the season before.",
        copied,
    )  # fmt: skip
    messages.success(request, words % {"n": copied})
    return _to_plan(request, season, "grid")


def _to_plan(request: HttpRequest, season: Season, place: str) -> HttpResponse:
    """Back to the plan, to the weeks that were shown."""
    week = request.GET.get("week", "")
    query = f"?week={week}" if week.isdecimal() else ""
    return redirect(f"{reverse('season_plan', args=[season.farm.slug, season.pk])}{query}#{place}")


def _plan_page(season: Season, chunks: list[list[Week]], grid: PlanGrid) -> Facts:
    types = [kind for kind in season.share_types.all() if not kind.is_addon]
    due, any_sold = plan.shares_due(season, types)
    expected = plan.expected_weeks(season, grid.rows, due)
    numbers = {week.number for week in grid.weeks}
    main, currency = main_type(types, due), season.farm.currency
    shown = [week for week in expected if week.week.number in numbers]
    thin = [week for week in expected if week.thin]
    return {
        "farm": season.farm, "season": season, "grid": grid, "chunks": chunks, "types": types, "any_sold": any_sold,
        "before": plan.season_before(season), "main": main, "shown": shown,
        "planned": any(row.steps for row in grid.rows),
        "prices": [(kind, price_a_week(kind, [week.week for week in expected])) for kind in types],
        "lines": week_lines(expected, types),
        "thin": thin,
        "thin_numbers": comma().join(number(week.week.number) for week in thin),
        "contents": contents_of(shown, types, grid.rows),
        "chart": plan_chart(expected, main, currency=currency) if main else "",
    }  # fmt: skip


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def fairness(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """What the farmer may turn in the division, tried on the last week before it is saved."""
    the_season = owners_season(request, farm, season)
    saved = fairness_of(the_season)
    form = FairnessForm(request.POST or None, fairness=saved, mode=the_season.mode)
    wanted = request.POST.get("do", "")
    if wanted == "save" and form.is_valid():
        try:
            engine_choices.change(season=the_season, to=form.facts, version=form.cleaned_data["version"])
        except engine_choices.ChangedMeanwhile as other:
            form.data = request.POST.dict() | {"version": str(saved.version)}  # saving again is meant now
            form.add_error(None, str(other))
        else:
            messages.success(request, _("Saved. It counts from the next division on."))
            return redirect("fairness", farm=farm, season=season)
    page: Facts = {"farm": the_season.farm, "season": the_season, "form": form}
    page["example"] = _example(the_season, saved, form)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx adds it
        return render(request, "deliveries/fairness.html#example", page)
    return render(request, "deliveries/fairness.html", page, status=422 if form.errors else 200)


def _example(season: Season, saved: Fairness, form: FairnessForm) -> Facts | None:
    """The last week as it would be divided by what is saved, and by what was typed; none before the first division."""
    run = engine_choices.last_divided(season)
    if run is None:
        return None
    before = engine_choices.tried(run, saved)
    typed = form.is_bound and form.is_valid()
    after = engine_choices.tried(run, engine_choices.with_facts(saved, form.facts)) if typed else None
    types = [kind for kind in season.share_types.all() if not kind.is_addon]
    lines = example_lines(before, after, types) if before else []
    return {
        "harvest": run.in_force_for, "before": before, "after": after, "types": types, "lines": lines,
        "differs": any(line.differs for line in lines),
    }  # fmt: skip
