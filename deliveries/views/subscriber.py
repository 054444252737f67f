"""A household's weeks: what is next, and the season at a glance. One week stands in `week`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from deliveries.book.standing import own_standing
from deliveries.changing import pauses
from deliveries.changing.cases import ChangeRefused
from deliveries.dividing.contents import contents_of, notes_of
from deliveries.due.turns import Turn, is_open, next_turns, seasons_of, still_running, turns_of, weeks_held
from deliveries.forms.change import PauseForm
from deliveries.my.ribbon import household_cells
from deliveries.my.weeks import how_near, parts_of, state_of
from deliveries.permissions import households_of_page
from farms import households
from farms.models import Household, Season
from farms.permissions import signed_in
from people import clock, formats
from people.poke import poke
from people.tasks import post_due_letters


@login_required
@never_cache
@require_safe
def my(request: HttpRequest) -> HttpResponse:
    """The next pickup: when, where, what is in it, and until when it may be changed."""
    household, mine = households_of_page(request)
    if household is None:
        return render(request, "deliveries/my.html")
    at = clock.now()
    seasons = still_running(seasons_of(household), at=at)
    turns = turns_of(household, seasons=seasons)
    upcoming = next_turns(turns, at=at)
    context = about(household, mine, at)
    if upcoming:
        place = upcoming[0].place
        context |= {
            "place": place,
            "near": how_near(place.deadline_at, at=at, zone=household.farm.zone),
            "parts": parts_of(upcoming, contents_of([place], household=household)),
            "note": notes_of([place]).get(place.pk, ""),
            "open": [turn for turn in upcoming if turn.may_change(at)],
            "moved": [turn for turn in upcoming if turn.moved],
        }
    days_left = any(is_open(turn.day, at) for turn in turns)
    context["called_off"] = [turn for turn in turns if turn.asks_for_a_day and days_left]
    context |= _season_shown(seasons, turns, upcoming, at, context["query"])
    if season := context["season"]:
        own = [turn for turn in turns if turn.day.week.season_id == season.pk]
        context["standing"] = own_standing(household, season, own)
    return render(request, "deliveries/my.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_season(request: HttpRequest) -> HttpResponse:
    """The season at a glance: every week, and those held; and a pause of several weeks, seen before it is made."""
    household, mine = households_of_page(request)
    if household is None:
        return redirect("my")
    at = clock.now()
    context = about(household, mine, at)
    seasons = seasons_of(household)
    season = _chosen(request, seasons, at)
    form = PauseForm(request.POST if request.POST.get("action") == "pause" else _asked_until(request))
    if request.method == "POST" and season and _carried_out(request, household, season, form, at):
        return redirect(_without_until(request))
    turns = turns_of(household, seasons=[season]) if season else []
    shown = _season_shown([season] if season else [], turns, turns[:1], at, context["query"])
    shown |= {"seasons": seasons, "rows": [(turn, state_of(turn, at)) for turn in turns], "form": form}
    if season:
        shown["pauses"] = [(made_at, own, made_at.isoformat()) for made_at, own in pauses.pauses_of(turns, at=at)]
        if form.is_bound and form.is_valid():
            until = form.cleaned_data["until"]
            shown |= {"away": pauses.foreseen(turns, season=season, until=until, at=at), "until": until}
    return render(request, "deliveries/my_season.html", context | shown)


def _asked_until(request: HttpRequest) -> QueryDict | None:
    """A pause that somebody wants to see before it is made."""
    return request.GET if "until" in request.GET else None


def _without_until(request: HttpRequest) -> str:
    """This page once the pause is made or taken back: what it would mean is no question any more."""
    asked = request.GET.copy()
    asked.pop("until", None)
    return f"{request.path}?{asked.urlencode()}" if asked else request.path


def _carried_out(request: HttpRequest, household: Household, season: Season, form: PauseForm, at: datetime) -> bool:
    """Pause, or take a pause back. False when a date was written that is none."""
    by = signed_in(request)
    try:
        if request.POST.get("action") == "end_pause":
            made_at = _moment(request.POST.get("made_at", ""))
            undone = pauses.end_pause(household=household, season=season, made_at=made_at, by=by, at=at)
            words = ngettext("%(n)s week is as it was.", "%(n)s weeks are as they were.", undone) % {"n": undone}
        elif request.POST.get("action") == "takes_gifts":
            households.say_glad_of_gifts(household, glad=request.POST.get("glad") == "on")
            words = _("Saved.")
        elif not form.is_valid():
            return False
        else:
            until = form.cleaned_data["until"]
            away = pauses.pause(household=household, season=season, until=until, by=by, at=at)
            words = _("You pause until %(day)s. On hold: %(held)s, given away: %(given)s.") % {
                "day": formats.day(until),
                "held": len(away.held),
                "given": len(away.given),
            }
    except ChangeRefused as refused:
        messages.error(request, str(refused))
        return True
    messages.success(request, words)
    poke(post_due_letters)
    return True


def _moment(text: str) -> datetime:
    """The moment a pause was made, as its form bears it. 404 for a forged one."""
    try:
        made_at = parse_datetime(text[:40])
    except ValueError:
        made_at = None
    if made_at is None or made_at.tzinfo is None:
        raise Http404
    return made_at


def about(household: Household, mine: Sequence[Household], at: datetime) -> dict[str, Any]:
    """What every page of a household needs: whose it is, at which farm, what day it is there."""
    farm = household.farm
    return {
        "household": household,
        "farm": farm,
        "households": mine if len(mine) > 1 else [],
        "query": query_of(household, mine),
        "today": formats.local_day(at, farm.zone),
    }


def query_of(household: Household, mine: Sequence[Household]) -> str:
    """What an address needs to be about this household, for somebody who has several."""
    return f"?{urlencode({'farm': household.farm.slug})}" if len(mine) > 1 else ""


def addresses(query: str) -> Callable[[date], str]:
    return lambda date: f"{reverse('my_week', args=[date.isoformat()])}{query}"


def _season_shown(
    seasons: Sequence[Season], turns: Sequence[Turn], first: Sequence[Turn], at: datetime, query: str
) -> dict[str, Any]:
    """A season's ribbon and its holds: of the season of the `first` turns, else the first one."""
    wanted = first[0].day.week.season_id if first else None
    season = next((each for each in seasons if each.pk == wanted), seasons[0] if seasons else None)
    if season is None:
        return {"season": None, "cells": []}
    own = [turn for turn in turns if turn.day.week.season_id == season.pk]
    cells = household_cells(season.weeks.all(), own, at=at, address=addresses(query))
    return {"season": season, "cells": cells, "holds_used": len(weeks_held(own))}


def _chosen(request: HttpRequest, seasons: Sequence[Season], at: datetime) -> Season | None:
    """The season asked for if the household has it, else the one that runs."""
    wanted = request.GET.get("season", "")
    found = next((season for season in seasons if str(season.pk) == wanted), None)
    return found or next(iter(still_running(seasons, at=at)), None)
