"""A friend's pass: what somebody without an account must know to collect for a household."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries.checking_in.host_links import household_code
from deliveries.dividing.contents import contents_of
from deliveries.due.turns import next_turns, seasons_of, still_running, turns_of
from deliveries.my.weeks import parts_of
from deliveries.permissions import friend_with_pass
from people import clock


@never_cache
@require_safe
def friend_pass(request: HttpRequest, token: str) -> HttpResponse:
    """Name, number, where and when, and what is in it: of the day it is for, or of the next pickup."""
    at = clock.now()
    friend = friend_with_pass(token, at=at)
    household = friend.household
    turns = turns_of(household, seasons=still_running(seasons_of(household), at=at))
    if friend.day is None:
        here = next_turns(turns, at=at)
    else:
        here = [turn for turn in turns if turn.place.pk == friend.day.pk and not (turn.held or turn.given)]
    context = {"friend": friend, "household": household, "farm": household.farm, "turns": here}
    if here:
        contents = contents_of([here[0].place], household=household)
        context |= {"place": here[0].place, "parts": parts_of(here, contents)}
        context["number"], context["code"] = household_code(household)
        context["collected"] = all(turn.collected for turn in here)
    answer = render(request, "deliveries/friend_pass.html", context)
    answer["X-Robots-Tag"] = "noindex"
    return answer
