"""The season wizard: when, where, what, check and open; and a season like the last one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from farms.calendars import WeekRow, rows_of, season_cells, week_rows
from farms.models import Farm, PickupSite, Season
from farms.permissions import staff_farm
from farms.planning import (
    ChangedMeanwhile,
    SitePlan,
    TooSmall,
    in_use,
    save_dates,
    save_sites,
    start_season,
    use_again,
)
from farms.seasons import week_starts
from people import clock, formats
from shares import leaving_rules, offers
from shares.forms_types import TypeFormSet, TypeRows
from shares.forms_wizard import (
    CopyForm,
    RulesForm,
    SiteFormSet,
    SiteRows,
    VersionedForm,
    WhenForm,
    a_year_later,
    next_name,
    weeks_chosen,
    weeks_extended,
)

PAGE = ["GET", "HEAD", "POST"]
Facts = dict[str, Any]


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
def new_season(request: HttpRequest, farm: str) -> HttpResponse:
    """The first page of a season that does not exist yet; saving it makes the draft."""
    return _when(request, staff_farm(request, farm), None)


@login_required
@require_http_methods(PAGE)
def season_when(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """Name, first pickup, how long, and the weeks that are skipped."""
    the_farm = staff_farm(request, farm)
    return _when(request, the_farm, _season(the_farm, season))


def _when(request: HttpRequest, farm: Farm, season: Season | None) -> HttpResponse:
    weekdays = [row.site.weekday for row in season.season_sites.select_related("site")] if season else []
    form = WhenForm(request.POST or None, farm=farm, season=season, initial=_when_initial(farm, season))
    valid = request.method == "POST" and form.is_valid()
    rows = _weeks_shown(form, farm, season, weekdays, request)
    page: Facts = {"farm": farm, "season": season, "form": form, "rows": rows, "step": "when"}
    page |= _calendar_facts(rows) | {"extended": weeks_extended(rows, request.POST)}
    if "preview" in request.POST:
        return render(request, "shares/_calendar.html", page)
    if valid and all(row.skipped for row in rows) and rows:
        form.add_error(None, _("Every week is skipped: keep at least one."))
    elif valid:
        try:
            return _save_when(farm, season, form, rows)
        except ChangedMeanwhile:
            page["changed_meanwhile"] = True
        except IntegrityError:
            form.add_error("name", _("There is a season of this name. Choose another."))
    return render(request, "shares/season_when.html", page)


def _when_initial(farm: Farm, season: Season | None) -> Facts:
    if season is not None:
        return {
            "version": season.version, "name": season.name, "first_day": season.first_day, "length": season.length
        }  # fmt: skip
    today = timezone.localtime(clock.now(), farm.zone).date()
    first_day = today + timedelta(days=56 + (1 - today.weekday()) % 7)  # a Tuesday, time enough to sell
    taken = list(farm.seasons.values_list("name", flat=True))
    name = next_name(_("Season"), taken, first_day=first_day, later=first_day)
    return {"version": 0, "name": name, "first_day": first_day, "length": 25}


def _weeks_shown(
    form: WhenForm, farm: Farm, season: Season | None, weekdays: list[int], request: HttpRequest
) -> list[WeekRow]:
    """The weeks as they would be with what is typed; those stored while nothing is."""
    if not form.is_bound or (season is not None and not season.is_draft):
        if season is not None:
            return rows_of(season, weekdays=weekdays)
        return week_rows(farm=farm, first_day=form.initial["first_day"], length=form.initial["length"])
    first_day, length = form.cleaned_data.get("first_day"), form.cleaned_data.get("length")
    if not first_day or not length:
        return []
    return weeks_chosen(farm=farm, first_day=first_day, length=length, weekdays=weekdays, typed=request.POST)


def _calendar_facts(rows: list[WeekRow]) -> Facts:
    held = [row.number for row in rows if not row.skipped]
    return {
        "cells": season_cells(rows),
        "holidays": [row for row in rows if row.holiday],
        "pickups": len(held),
        "in_a": sum(number % 2 for number in held),
        "in_b": sum(number % 2 == 0 for number in held),
        "first": next((row.first for row in rows if not row.skipped), None),
        "last": next((row.dates[-1] for row in reversed(rows) if not row.skipped), None),
    }


def _save_when(farm: Farm, season: Season | None, form: WhenForm, rows: list[WeekRow]) -> HttpResponseRedirect:
    data, at = form.cleaned_data, clock.now()
    skipped = {row.number for row in rows if row.skipped}
    with transaction.atomic():
        if season is None:
            season = start_season(
                farm=farm, name=data["name"], first_day=data["first_day"], length=len(rows), skipped=skipped, at=at
            )
        else:
            save_dates(
                season=season,
                version=data["version"],
                name=data["name"],
                first_day=data.get("first_day", season.first_day),
                length=len(rows),
                skipped=skipped,
                at=at,
            )
    return redirect("season_where", farm=farm.slug, season=season.pk)


@login_required
@require_http_methods(PAGE)
def season_where(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """The places where shares are collected, each with its weekday and window."""
    the_farm = staff_farm(request, farm)
    the_season = _season(the_farm, season)
    here = redirect("season_where", farm=farm, season=season)
    rows, known = _site_rows(request, the_season)
    state = VersionedForm(request.POST or None, initial={"version": the_season.version})
    page = _page(the_season, "where") | {"formset": rows, "state": state, "again": _earlier_sites(the_season, known)}
    if request.method == "POST" and state.is_valid() and rows.is_valid():
        plans = rows.plans()
        kept = [plan for plan in plans if not plan.removed]
        again = {str(site.pk): site for site in page["again"]}.get(request.POST.get("again", ""))
        if not kept and not again:
            page["has_errors"] = page["none_yet"] = True
            return render(request, "shares/season_where.html", page)
        try:
            _save_where(the_season, state.cleaned_data["version"], plans, again)
        except ChangedMeanwhile:
            page["changed_meanwhile"] = True
        except TooSmall as refused:
            page["too_small"], page["has_errors"] = refused, True
        else:
            if again or "add" in request.POST:
                return _to(here, "?more=1#add" if "add" in request.POST else "")
            return redirect("season_what", farm=farm, season=season)
    page["has_errors"] = page.get("has_errors") or (rows.is_bound and not rows.is_valid())
    return render(request, "shares/season_where.html", page)


def _site_rows(request: HttpRequest, season: Season) -> tuple[SiteRows, list[PickupSite]]:
    stored = list(season.season_sites.select_related("site"))
    names = ("name", "address", "weekday", "opens", "closes", "host_email", "public_note", "private_note")
    initial = [
        {name: getattr(row.site, name) for name in names} | {"site": row.site_id, "capacity": row.capacity}
        for row in stored
    ]
    kwargs = {"fixed": in_use(season.farm), "weekday": season.first_day.weekday()}
    rows = SiteFormSet(request.POST or None, prefix="sites", initial=initial, form_kwargs=kwargs)
    rows.extra = 1 if not stored or "more" in request.GET else 0
    if not season.is_draft:
        rows.can_delete = False
    return rows, [row.site for row in stored]


def _earlier_sites(season: Season, known: list[PickupSite]) -> list[PickupSite]:
    others = season.farm.sites.filter(retired_at=None).exclude(pk__in=[site.pk for site in known])
    return list(others[:30])


@transaction.atomic
def _save_where(season: Season, version: int, plans: list[SitePlan], again: PickupSite | None) -> None:
    at = clock.now()
    save_sites(season=season, version=version, plans=plans, at=at)
    if again is not None:
        use_again(season=season, site=again, at=at)


@login_required
@require_http_methods(PAGE)
def season_what(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """What is sold: shares and add-ons, their places and prices, and the money they raise."""
    the_farm = staff_farm(request, farm)
    the_season = _season(the_farm, season)
    page = _page(the_season, "what")
    rows = _type_rows(request, the_season, page["rows"])
    state = VersionedForm(request.POST or None, initial={"version": the_season.version})
    page |= {"formset": rows, "state": state, "per": request.POST.get("per", "season")}
    page["asks_prices"] = any("price" in form.fields for form in rows.forms)
    page["money"] = offers.money_of(rows.as_types(), the_season.costs)
    if "preview" in request.POST:
        return render(request, "shares/_money.html", page)
    if request.method == "POST" and state.is_valid() and rows.is_valid():
        plans = rows.plans()
        if all(plan.removed for plan in plans):
            page["has_errors"] = page["none_yet"] = True
            return render(request, "shares/season_what.html", page)
        try:
            offers.save_types(season=the_season, version=state.cleaned_data["version"], plans=plans)
        except ChangedMeanwhile:
            page["changed_meanwhile"] = True
        except TooSmall as refused:
            page["too_small"], page["has_errors"] = refused, True
        else:
            if "add" in request.POST:
                return _to(redirect("season_what", farm=farm, season=season), "?more=1#add")
            return redirect("season_check", farm=farm, season=season)
    page["has_errors"] = page.get("has_errors") or (rows.is_bound and not rows.is_valid())
    return render(request, "shares/season_what.html", page)


def _type_rows(request: HttpRequest, season: Season, weeks: list[WeekRow]) -> TypeRows:
    stored = list(season.share_types.all())
    names: tuple[str, ...] = ("name", "feeds", "places", "rhythm", "weight", "is_addon", "first_week", "weeks")
    names = (*names, *offers.PRICES)
    initial = [
        {name: getattr(each, name) for name in names} | {"share_type": each.pk, "chooses": each.lowest is not None}
        for each in stored
    ]
    kwargs = {"currency": season.farm.currency, "length": season.length, "sold": not season.is_draft}
    rows = TypeFormSet(request.POST or None, prefix="types", initial=initial, form_kwargs=kwargs)
    rows.per_week, rows.rows = request.POST.get("per") == "week", weeks
    if not stored:
        rows.suggestions = [
            {"name": _("Full share"), "feeds": _("For 3–4 people"), "weight": 2},
            {"name": _("Half share"), "feeds": _("For 1–2 people"), "weight": 1},
        ]
    rows.extra = 3 if not stored else int("more" in request.GET)
    if not season.is_draft:
        rows.can_delete = False
    return rows


@login_required
@require_http_methods(PAGE)
def season_check(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """The rules; all answers to look over; and opening for sale."""
    the_farm = staff_farm(request, farm)
    the_season = _season(the_farm, season)
    page = _page(the_season, "check")
    with timezone.override(the_farm.zone):
        form = RulesForm(request.POST or None, season=the_season, initial=_rules_initial(the_season))
        page |= {"form": form, "missing": offers.missing(the_season) if the_season.is_draft else []}
        page["warnings"] = offers.warnings(the_season, page["rows"], at=clock.now()) if the_season.is_draft else []
        valid = request.method == "POST" and form.is_valid()
        if "preview" in request.POST:
            page["money"] = offers.money_of(the_season.share_types.all(), form.cleaned_data.get("costs"))
            return render(request, "shares/_money.html", page)
        if valid:
            try:
                return _save_check(request, the_season, form)
            except ChangedMeanwhile:
                page["changed_meanwhile"] = True
            except offers.NotReady:
                page["has_errors"] = True
        page["deadline_example"] = _deadline_in_words(the_season, page["rows"])
        return render(request, "shares/season_check.html", page)


def _deadline_in_words(season: Season, rows: list[WeekRow]) -> str:
    """ "A pickup on Tue 8 June can be changed until Sun 6 June, 23:59." """
    day = next((row.first for row in rows if not row.skipped), None)
    if day is None:
        return ""
    told = {
        "day": formats.day(day),
        "until": formats.day(day - timedelta(days=season.deadline_days)),
        "clock": formats.clock(season.deadline_time),
    }
    return _("A pickup on %(day)s can be changed until %(until)s, %(clock)s.") % told


def _rules_initial(season: Season) -> Facts:
    names = ("version", "deadline_days", "deadline_time", "holds_allowed", "mode", "costs", "terms", "opens_at")
    return {name: getattr(season, name) for name in (*names, *leaving_rules.NAMES)}


@transaction.atomic
def _save_check(request: HttpRequest, season: Season, form: RulesForm) -> HttpResponse:
    at = clock.now()
    rules = dict(form.cleaned_data)
    offers.save_rules(season=season, version=rules.pop("version"), rules=rules, at=at)
    if request.POST.get("act") == "open" and season.is_draft:
        offers.open_season(season=season, at=at)
        messages.success(request, _("%(season)s is open for sale.") % {"season": season.name})
    else:
        messages.success(request, _("Saved."))
    return redirect("seasons", farm=season.farm.slug)


@login_required
@require_http_methods(PAGE)
def copy_season(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """A season like this one a year later: what moves, what stays, and what holidays it meets."""
    the_farm = staff_farm(request, farm)
    last = _season(the_farm, season)
    later = a_year_later(last.first_day)
    name = next_name(
        last.name, list(the_farm.seasons.values_list("name", flat=True)), first_day=last.first_day, later=later
    )
    form = CopyForm(request.POST or None, farm=the_farm, initial={"name": name, "first_day": later})
    if form.is_bound and form.is_valid():
        later = form.cleaned_data["first_day"]
    rows = _copied_rows(request, last, later)
    page = _page(last, "copy") | {"form": form, "new_rows": rows, "later": later, "old_rows": rows_of(last)}
    page |= {"new": _calendar_facts(rows), "old": _calendar_facts(page["old_rows"])}
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


def _season(farm: Farm, number: int) -> Season:
    """A season of this farm, its calendar at hand. 404 when it is not the farm's."""
    found = farm.seasons.filter(pk=number).prefetch_related("weeks", "season_sites__site", "share_types").first()
    if found is None:
        raise Http404
    found.farm = farm
    return found


def _page(season: Season, step: str) -> Facts:
    """What every page of the wizard shows beside its form: the ribbon and the money."""
    rows = rows_of(season)
    money = offers.money_of(season.share_types.all(), season.costs)
    return {"farm": season.farm, "season": season, "step": step, "rows": rows, "money": money} | _calendar_facts(rows)


def _to(answer: HttpResponseRedirect, more: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(answer.url + more)
