"""A household's weeks: what is next, the season at a glance, and one week to look at or to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from deliveries import changes
from deliveries.change_forms import MoveForm
from deliveries.contents import contents_of
from deliveries.permissions import date_of_page, households_of_page
from deliveries.ribbon import household_cells
from deliveries.standing import own_standing
from deliveries.turns import Turn, next_turns, seasons_of, still_running, turns_of, weeks_held
from deliveries.weeks import Prospect, how_near, parts_of, show_turn, state_of
from farms.models import Household, PickupDay, Season, Week
from farms.permissions import signed_in
from farms.seasons import last_day_of
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
    context = _about(household, mine, at)
    if upcoming:
        place = upcoming[0].place
        context |= {
            "place": place,
            "near": how_near(place.deadline_at, at=at, zone=household.farm.zone),
            "parts": parts_of(upcoming, contents_of([place], household=household)),
            "open": [turn for turn in upcoming if turn.may_change(at)],
            "moved": [turn for turn in upcoming if turn.moved],
        }
    context |= _season_shown(seasons, turns, upcoming, at, context["query"])
    if season := context["season"]:
        own = [turn for turn in turns if turn.day.week.season_id == season.pk]
        context["standing"] = own_standing(household, season, own)
    return render(request, "deliveries/my.html", context)


@login_required
@never_cache
@require_safe
def my_season(request: HttpRequest) -> HttpResponse:
    """The season at a glance: every week, and those held."""
    household, mine = households_of_page(request)
    if household is None:
        return redirect("my")
    at = clock.now()
    context = _about(household, mine, at)
    seasons = seasons_of(household)
    season = _chosen(request, seasons, at)
    turns = turns_of(household, seasons=[season]) if season else []
    shown = _season_shown([season] if season else [], turns, turns[:1], at, context["query"])
    rows = [(turn, state_of(turn, at)) for turn in turns]
    return render(request, "deliveries/my_season.html", context | shown | {"seasons": seasons, "rows": rows})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_week(request: HttpRequest, date: str) -> HttpResponse:
    """One week: what is in the share, and until the deadline the ways to hold it, to move it, to undo that."""
    household, mine = households_of_page(request)
    day = date_of_page(date)
    at = clock.now()
    season, turns = _turns_on(household, day, at)
    here = _of_week(turns, day)
    if household is None or season is None or not here:
        raise Http404
    forms = {id(turn): MoveForm(turn=turn, season=season) for turn in here}
    if request.method == "POST":
        turn = _turn_meant(request, here)
        form = forms[id(turn)] = MoveForm(request.POST, turn=turn, season=season)
        if _carried_out(request, household, turn, form, at):
            return redirect(f"{reverse('my_week', args=[turn.day.date.isoformat()])}{_query(household, mine)}")
    context = _about(household, mine, at)
    context |= _week_shown(household, season, turns, here, day, forms, at, context["query"])
    return render(request, "deliveries/my_week.html", context)


def _about(household: Household, mine: Sequence[Household], at: datetime) -> dict[str, Any]:
    """What every page of a household needs: whose it is, at which farm, what day it is there."""
    farm = household.farm
    return {
        "household": household,
        "farm": farm,
        "households": mine if len(mine) > 1 else [],
        "query": _query(household, mine),
        "today": formats.local_day(at, farm.zone),
    }


def _query(household: Household, mine: Sequence[Household]) -> str:
    """What an address needs to be about this household, for somebody who has several."""
    return f"?{urlencode({'farm': household.farm.slug})}" if len(mine) > 1 else ""


def _addresses(query: str) -> Callable[[date], str]:
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
    cells = household_cells(season.weeks.all(), own, at=at, address=_addresses(query))
    return {"season": season, "cells": cells, "holds_used": len(weeks_held(own))}


def _week_shown(
    household: Household,
    season: Season,
    turns: Sequence[Turn],
    here: Sequence[Turn],
    day: date,
    forms: Mapping[int, MoveForm],
    at: datetime,
    query: str,
) -> dict[str, Any]:
    """A week's turns with what may be done about each, and the ribbon around it."""
    prospect = _prospect(household, season, turns, here, at)
    week = _week_of(here, day)
    wrong = [form for form in forms.values() if form.errors]
    return {
        "season": season,
        "week": week,
        "date": day,
        "turns": [show_turn(turn, prospect, form=forms[id(turn)]) for turn in here],
        "holds_used": len(prospect.held),
        "wrong": wrong,
        "has_errors": bool(wrong),
        "cells": household_cells(season.weeks.all(), turns, at=at, address=_addresses(query), current=week.pk),
    }


def _chosen(request: HttpRequest, seasons: Sequence[Season], at: datetime) -> Season | None:
    """The season asked for if the household has it, else the one that runs."""
    wanted = request.GET.get("season", "")
    found = next((season for season in seasons if str(season.pk) == wanted), None)
    return found or next(iter(still_running(seasons, at=at)), None)


def _turns_on(household: Household | None, day: date, at: datetime) -> tuple[Season | None, list[Turn]]:
    """The season in which the household has a turn, or collects one, on this date; and its turns there."""
    if household is None:
        return None, []
    for season in seasons_of(household):
        if season.first_day <= day <= last_day_of(season.first_day, season.length):
            turns = turns_of(household, seasons=[season])
            if _of_week(turns, day):
                return season, turns
    return None, []


def _of_week(turns: Sequence[Turn], day: date) -> list[Turn]:
    """The turns of the week to which this date belongs for the household, and those that were moved into it."""
    weeks = {place.week_id for turn in turns for place in (turn.day, turn.place) if place.date == day}
    return [turn for turn in turns if turn.day.week_id in weeks or turn.place.week_id in weeks]


def _week_of(here: Sequence[Turn], day: date) -> Week:
    return next(place.week for turn in here for place in (turn.day, turn.place) if place.date == day)


def _turn_meant(request: HttpRequest, here: Sequence[Turn]) -> Turn:
    """The turn that a form is about. 404 for a forged one."""
    for turn in here:
        if request.POST.get("day") == str(turn.day.pk) and request.POST.get("now") == str(turn.place.pk):
            return turn
    for turn in here:
        if request.POST.get("day") == str(turn.day.pk):
            return turn
    raise Http404


def _carried_out(request: HttpRequest, household: Household, turn: Turn, form: MoveForm, at: datetime) -> bool:
    """Do what the form asks for. False when a day was chosen that cannot be: the form then says why."""
    by, action = signed_in(request), request.POST.get("action")
    try:
        if action == "hold":
            changes.hold(household=household, day=turn.day, by=by, at=at)
            said = _("Week %(week)s is on hold.") % {"week": turn.day.week.number}
        elif action == "undo":
            changes.undo(household=household, day=turn.day, by=by, at=at)
            said = _("Undone. Week %(week)s is as it was.") % {"week": turn.day.week.number}
        elif action == "move":
            if not form.is_valid():
                return False
            to_day: PickupDay = form.cleaned_data["to_day"]
            changes.move(household=household, day=turn.day, to_day=to_day, by=by, at=at)
            said = _("Moved. Week %(week)s waits for you on %(day)s.") % {
                "week": turn.day.week.number,
                "day": formats.day(to_day.date),
            }
        else:
            raise Http404
    except changes.ChangeRefused as refused:
        if action == "move":
            form.add_error("to_day", str(refused))
            return False
        messages.error(request, str(refused))
        return True
    messages.success(request, said)
    poke(post_due_letters)
    return True


def _prospect(
    household: Household, season: Season, turns: Sequence[Turn], here: Sequence[Turn], at: datetime
) -> Prospect:
    held = weeks_held(turns)
    return Prospect(
        at=at,
        zone=season.farm.zone,
        days=changes.days_with_room(season=season, at=at),
        held=frozenset(held),
        holds_left=max(0, season.holds_allowed - len(held)),
        busy=frozenset(turn.place.pk for turn in turns if turn.lies_ahead(at)),
        contents=contents_of({turn.place for turn in here}, household=household),
    )
