"""A farm's seasons: all of them, and one like the last."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from farms.calendars import WeekRow, rows_of, week_rows
from farms.models import Season
from farms.permissions import staff_farm
from farms.seasons import week_starts
from people import clock
from shares.forms.wizard import CopyForm, a_year_later, next_name, weeks_chosen
from shares.in_parts import offers, plans
from shares.views.wizard import PAGE, Facts, calendar_facts, page_of, season_of


@login_required
@require_safe
def seasons(request: HttpRequest, farm: str) -> HttpResponse:
    """All seasons of the farm, the newest first, and what can be done with each."""
    the_farm = staff_farm(request, farm)
    listed = list(the_farm.seasons.prefetch_related("season_sites__site", "share_types"))
    for season in listed:
        season.farm = the_farm
    lines = [_line(season) for season in listed]
    return render(request, "shares/seasons.html", {"farm": the_farm, "lines": lines, "at": clock.now()})


def _line(season: Season) -> Facts:
    main = [each for each in season.share_types.all() if not each.is_addon]
    away = [(row.site.weekday - season.first_day.weekday()) % 7 for row in season.season_sites.all()] or [0]
    last = week_starts(season.first_day, season.length) + timedelta(days=max(away))
    return {
        "season": season,
        "first": season.first_day + timedelta(days=min(away)),
        "last": last,
        "is_over": season.closed_at is not None or last < timezone.localtime(clock.now(), season.farm.zone).date(),
        "next": _next_page(season),
        "taken": sum(each.taken for each in main),
        "places": sum(each.places for each in main),
        "sites": len(season.season_sites.all()),
    }


def _next_page(season: Season) -> str:
    """Where a draft was left."""
    if not season.season_sites.all():
        return "season_where"
    return "season_check" if season.share_types.all() else "season_what"


@login_required
@require_http_methods(PAGE)
def copy_season(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """A season like this one a year later: what moves, what stays, and what holidays it meets."""
    the_farm = staff_farm(request, farm)
    last = season_of(the_farm, season)
    later = a_year_later(last.first_day)
    name = next_name(
        last.name, list(the_farm.seasons.values_list("name", flat=True)), first_day=last.first_day, later=later
    )
    form = CopyForm(request.POST or None, farm=the_farm, initial={"name": name, "first_day": later})
    if form.is_bound and form.is_valid():
        later = form.cleaned_data["first_day"]
    rows = _copied_rows(request, last, later)
    page = page_of(last, "copy") | {"form": form, "new_rows": rows, "later": later, "old_rows": rows_of(last)}
    page |= {"new": calendar_facts(rows), "old": calendar_facts(page["old_rows"])}
    page["plans"] = plans.moved_along(last, first_day=later)
    if "preview" in request.POST:
        return render(request, "shares/_copy_diff.html", page)
    if request.method == "POST" and form.is_valid():
        skipped = [row.number for row in rows if row.skipped]
        name = form.cleaned_data["name"]
        copied = offers.copy_season(season=last, name=name, first_day=later, skipped=skipped, at=clock.now())
        return redirect("season_check", farm=farm, season=copied.pk)
    return render(request, "shares/copy_season.html", page)


def _copied_rows(request: HttpRequest, last: Season, first_day: date) -> list[WeekRow]:
    weekdays = [row.site.weekday for row in last.season_sites.select_related("site")]
    if request.POST.get("shown_for") == first_day.isoformat():  # what is ticked was ticked for these dates
        return weeks_chosen(
            farm=last.farm, first_day=first_day, length=last.length, weekdays=weekdays, typed=request.POST
        )[: last.length]
    skipped = offers.skips_like(last, first_day=first_day)
    return week_rows(farm=last.farm, first_day=first_day, length=last.length, weekdays=weekdays, skipped=skipped)
