"""One week of a household: what is in its share, where it waits, and all that may be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries import changes, friends, late
from deliveries.cases import ChangeRefused
from deliveries.change_forms import FriendForm, MoveForm, SiteForm, WishForm
from deliveries.contents import contents_of
from deliveries.models import PlanChange
from deliveries.permissions import date_of_page, households_of_page
from deliveries.ribbon import household_cells
from deliveries.turns import Turn, seasons_of, turns_of, weeks_held
from deliveries.views.subscriber import about, addresses, query_of
from deliveries.week_actions import ACTIONS, Asked, carry_out
from deliveries.weeks import Forms, Prospect, show_turn
from farms.models import Household, Season, Week
from farms.permissions import signed_in
from farms.seasons import last_day_of
from people import clock
from people.poke import poke
from people.tasks import post_due_letters


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_week(request: HttpRequest, date: str) -> HttpResponse:
    """One week: what is in the share, until the deadline the ways to hold it, to give it away, to move it, to undo
    that; after it, what is still possible."""
    household, mine = households_of_page(request)
    day = date_of_page(date)
    at = clock.now()
    season, turns = _turns_on(household, day)
    here = _of_week(turns, day)
    if household is None or season is None or not here:
        raise Http404
    forms = {id(turn): _forms(turn, season) for turn in here}
    if request.method == "POST":
        turn = _turn_meant(request, here)
        action = request.POST.get("action", "")
        forms[id(turn)] = _forms(turn, season, request, action)
        asked = Asked(household, season, turn, forms[id(turn)], request.POST, signed_in(request), at)
        if _carried_out(request, action, asked):
            return redirect(f"{reverse('my_week', args=[turn.day.date.isoformat()])}{query_of(household, mine)}")
    context = about(household, mine, at)
    context |= _week_shown(household, season, turns, here, day, forms, at, context["query"])
    return render(request, "deliveries/my_week.html", context)


def _carried_out(request: HttpRequest, action: str, asked: Asked) -> bool:
    """Do what the form asks for, and say so. False when something in it cannot be: the form then says why."""
    if action not in ACTIONS:
        raise Http404
    try:
        said = carry_out(action, asked)
    except ChangeRefused as refused:
        messages.error(request, str(refused))
        return True
    if said is None:
        return False
    messages.success(request, said)
    poke(post_due_letters)
    return True


def _forms(turn: Turn, season: Season, request: HttpRequest | None = None, action: str = "") -> Forms:
    """The forms of a turn, the one that was sent filled in."""

    def sent(name: str) -> Any:
        return request.POST if request is not None and action == name else None

    return Forms(
        move=MoveForm(sent("move"), turn=turn, season=season),
        friend=FriendForm(sent("friend"), turn=turn),
        site=SiteForm(sent("site"), turn=turn, season=season),
        wish=WishForm(sent("ask"), turn=turn, season=season),
    )


def _week_shown(
    household: Household,
    season: Season,
    turns: Sequence[Turn],
    here: Sequence[Turn],
    day: date,
    forms: Mapping[int, Forms],
    at: datetime,
    query: str,
) -> dict[str, Any]:
    """A week's turns with what may be done about each, and the ribbon around it."""
    prospect = _prospect(household, season, turns, here, at)
    week = _week_of(here, day)
    wrong = [form for own in forms.values() for form in own.wrong]
    return {
        "season": season,
        "week": week,
        "date": day,
        "turns": [show_turn(turn, prospect, forms=forms[id(turn)]) for turn in here],
        "holds_used": len(prospect.held),
        "taker": season.gifts_to,
        "site_url": settings.SITE_URL,
        "wrong": wrong,
        "has_errors": bool(wrong),
        "cells": household_cells(season.weeks.all(), turns, at=at, address=addresses(query), current=week.pk),
    }


def _turns_on(household: Household | None, day: date) -> tuple[Season | None, list[Turn]]:
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


def _prospect(
    household: Household, season: Season, turns: Sequence[Turn], here: Sequence[Turn], at: datetime
) -> Prospect:
    held = weeks_held(turns)
    places = {turn.place for turn in here}
    for_good = PlanChange.objects.standing().filter(
        share__household=household, share__share_type__season=season, released_at=None
    )
    return Prospect(
        at=at,
        season=season,
        days=changes.days_with_room(season=season, at=at),
        held=frozenset(held),
        holds_left=max(0, season.holds_allowed - len(held)),
        busy=frozenset(turn.place.pk for turn in turns if turn.lies_ahead(at)),
        contents=contents_of(places, household=household),
        friends=friends.passes_of(household, places),
        wishes=late.wishes_of(household, {turn.day.week_id for turn in here}),
        sites=[row.site for row in season.season_sites.select_related("site")],
        for_good={row.from_week: row for row in for_good.select_related("site")},
    )
