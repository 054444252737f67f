"""The season wizard: when, where and what; `opening` is its last page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

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
from people import clock
from shares.forms.types import TypeFormSet, TypeRows
from shares.forms.wizard import (
    SiteFormSet,
    SiteRows,
    VersionedForm,
    WhenForm,
    next_name,
    weeks_chosen,
    weeks_extended,
)
from shares.in_parts import offers

PAGE = ["GET", "HEAD", "POST"]
Facts = dict[str, Any]


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
    return _when(request, the_farm, season_of(the_farm, season))


def _when(request: HttpRequest, farm: Farm, season: Season | None) -> HttpResponse:
    weekdays = [row.site.weekday for row in season.season_sites.select_related("site")] if season else []
    form = WhenForm(request.POST or None, farm=farm, season=season, initial=_when_initial(farm, season))
    valid = request.method == "POST" and form.is_valid()
    rows = _weeks_shown(form, farm, season, weekdays, request)
    page: Facts = {"farm": farm, "season": season, "form": form, "rows": rows, "step": "when"}
    page |= calendar_facts(rows) | {"extended": weeks_extended(rows, request.POST)}
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


def calendar_facts(rows: list[WeekRow]) -> Facts:
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
    the_season = season_of(the_farm, season)
    here = redirect("season_where", farm=farm, season=season)
    rows, known = _site_rows(request, the_season)
    state = VersionedForm(request.POST or None, initial={"version": the_season.version})
    page = page_of(the_season, "where") | {"formset": rows, "state": state, "again": _earlier_sites(the_season, known)}
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
    the_season = season_of(the_farm, season)
    page = page_of(the_season, "what")
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


def season_of(farm: Farm, number: int) -> Season:
    """A season of this farm, its calendar at hand. 404 when it is not the farm's."""
    found = farm.seasons.filter(pk=number).prefetch_related("weeks", "season_sites__site", "share_types").first()
    if found is None:
        raise Http404
    found.farm = farm
    return found


def page_of(season: Season, step: str) -> Facts:
    """What every page of the wizard shows beside its form: the ribbon and the money."""
    rows = rows_of(season)
    money = offers.money_of(season.share_types.all(), season.costs)
    return {"farm": season.farm, "season": season, "step": step, "rows": rows, "money": money} | calendar_facts(rows)


def _to(answer: HttpResponseRedirect, more: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(answer.url + more)
