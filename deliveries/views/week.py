"""One week of a household: what is in its share, where it waits, and all that may be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

from deliveries.changing import changes, friends, late
from deliveries.changing.cases import ChangeRefused
from deliveries.checking_in.unclaimed import became_of
from deliveries.dividing.contents import Published, contents_of, notes_of
from deliveries.due.turns import Turn, seasons_of, turns_of, weeks_held
from deliveries.forms.change import FriendForm, MoveForm, SiteForm, WishForm
from deliveries.models import PlanChange
from deliveries.my.ribbon import household_cells
from deliveries.my.swap_page import Table, tables_of
from deliveries.my.week_actions import ACTIONS, Asked, carry_out
from deliveries.my.weeks import Forms, Prospect, show_turn
from deliveries.permissions import date_of_page, households_of_page
from deliveries.views.subscriber import about, addresses, query_of
from farms.models import Household, Season, Week
from farms.permissions import signed_in
from farms.seasons import last_day_of
from people import clock
from people.poke import poke
from people.tasks import post_due_letters


@dataclass(frozen=True)
class Seen:
    """The week as a page sees it: the household's turns of the season, those of the week (`here`), what is in them."""

    household: Household
    season: Season
    turns: Sequence[Turn]
    here: Sequence[Turn]
    day: date
    contents: Published
    at: datetime


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_week(request: HttpRequest, date: str) -> HttpResponse:
    """One week: what is in the share, until the deadline the ways to hold it, to give it away, to move it, to undo
    that; after it, what is still possible; and the swap table."""
    household, mine = households_of_page(request)
    seen = _seen(household, date_of_page(date), clock.now())
    meant = _turn_meant(request, seen.here) if request.method == "POST" else None
    action = request.POST.get("action", "")
    sent = request.POST if action == "swap" else None
    tables = tables_of(seen.household, seen.here, seen.contents, at=seen.at, sent=sent, meant=meant)
    forms = {id(turn): _forms(turn, seen.season, tables, request if turn is meant else None) for turn in seen.here}
    query = query_of(seen.household, mine)
    if meant is not None:
        own = forms[id(meant)]
        asked = Asked(seen.household, seen.season, meant, own, request.POST, signed_in(request), seen.at)
        if _carried_out(request, action, asked):
            return redirect(f"{reverse('my_week', args=[meant.day.date.isoformat()])}{query}")
    context = about(seen.household, mine, seen.at) | _week_shown(seen, forms, tables, query)
    return render(request, "deliveries/my_week.html", context)


def _seen(household: Household | None, day: date, at: datetime) -> Seen:
    """404 when the household has no turn on this date and collects none."""
    season, turns = _turns_on(household, day)
    here = _of_week(turns, day)
    if household is None or season is None or not here:
        raise Http404
    contents = contents_of({turn.place for turn in here}, household=household)
    return Seen(household, season, turns, here, day, contents, at)


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


def _forms(turn: Turn, season: Season, tables: Mapping[int, Table], request: HttpRequest | None) -> Forms:
    """The forms of a turn, the one that was sent filled in."""
    posted = request.POST if request is not None else {}

    def sent(action: str) -> Any:
        return posted if posted.get("action") == action else None

    table = tables.get(id(turn))
    return Forms(
        move=MoveForm(sent("move"), turn=turn, season=season),
        friend=FriendForm(sent("friend"), turn=turn),
        site=SiteForm(sent("site"), turn=turn, season=season),
        wish=WishForm(sent("ask"), turn=turn, season=season),
        swap=table.form if table else None,
    )


def _week_shown(seen: Seen, forms: Mapping[int, Forms], tables: Mapping[int, Table], query: str) -> dict[str, Any]:
    """A week's turns with what may be done about each, and the ribbon around it."""
    prospect = _prospect(seen)
    season, week = seen.season, _week_of(seen.here, seen.day)
    wrong = [form for own in forms.values() for form in own.wrong]
    cells = household_cells(season.weeks.all(), seen.turns, at=seen.at, address=addresses(query), current=week.pk)
    return {
        "season": season,
        "week": week,
        "date": seen.day,
        "note": "\n".join(dict.fromkeys(notes_of({turn.place for turn in seen.here}).values())),
        "turns": [(show_turn(turn, prospect, forms=forms[id(turn)]), tables.get(id(turn))) for turn in seen.here],
        "holds_used": len(prospect.held),
        "taker": season.gifts_to,
        "site_url": settings.SITE_URL,
        "wrong": wrong,
        "has_errors": bool(wrong),
        "cells": cells,
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


def _prospect(seen: Seen) -> Prospect:
    season, household, here = seen.season, seen.household, seen.here
    held = weeks_held(seen.turns)
    for_good = PlanChange.objects.standing().filter(
        share__household=household, share__share_type__season=season, released_at=None
    )
    return Prospect(
        at=seen.at,
        season=season,
        days=changes.days_with_room(season=season, at=seen.at),
        held=frozenset(held),
        holds_left=max(0, season.holds_allowed - len(held)),
        busy=frozenset(turn.place.pk for turn in seen.turns if turn.lies_ahead(seen.at)),
        contents=seen.contents,
        friends=friends.passes_of(household, {turn.place for turn in here}),
        wishes=late.wishes_of(household, {turn.day.week_id for turn in here}),
        sites=[row.site for row in season.season_sites.select_related("site")],
        for_good={row.from_week: row for row in for_good.select_related("site")},
        became=became_of(household, {turn.place for turn in here}),
    )
