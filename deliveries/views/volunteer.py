"""The check-in page of one site on one day, for whoever holds its link: names and shares, nothing else.

It works as plain forms; with script it works without a network too, and sends its queue to `sync`.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from deliveries.checking_in import checkins, host_links, unclaimed, walk_ups
from deliveries.checking_in.check_in_queue import MOST_ENTRIES, Queue, TooMuch, read_queue
from deliveries.checking_in.checkins import Entry, NotYet, Tap, take_in
from deliveries.checking_in.turnout import turnouts
from deliveries.forms.check_in import PinForm, TapForm
from deliveries.models import HostLink
from deliveries.permissions import PinWanted, host_link
from deliveries.views.check_in_page import check_in_page, kept_quiet, millis, taps_told
from people import clock

Facts = dict[str, Any]


@never_cache
@require_safe
def check_in(request: HttpRequest, token: str) -> HttpResponse:
    """Everybody expected, A–Z: a tap on a household means that it collected. `?q=` finds one."""
    at = clock.now()
    try:
        link = host_link(request, token, at=at, listed=True)
    except PinWanted as shut:
        return kept_quiet(_ask_pin(request, shut.link, PinForm(use_required_attribute=False), status=403))
    except Http404:
        answer = render(request, "404.html", status=404)
        answer["X-Link-Gone"] = "1"  # the service worker wipes what it kept
        return kept_quiet(answer)
    answer = render(request, "deliveries/check_in.html", check_in_page(request, link, at))
    answer["X-Check-In"] = "1"  # the service worker keeps this page, and no other
    return kept_quiet(answer)


@csrf_exempt  # the token in the address is the only right there is here: no cookie gives any
@never_cache
@require_POST
def tap(request: HttpRequest, token: str) -> HttpResponse:
    """One tap of a page without script: collected, or undone. The same page's button again changes nothing."""
    at = clock.now()
    link = host_link(request, token, at=at, listed=True)
    form = TapForm(request.POST)
    status, words = _tap(link, form, at) if form.is_valid() else (400, "")
    if status != 200:
        messages.error(request, words or _("This tap could not be read. Open the page again."))
        return kept_quiet(render(request, "deliveries/check_in.html", check_in_page(request, link, at), status=status))
    messages.success(request, words)
    wanted = request.POST.get("q", "")[:100]
    there = reverse("check_in", args=[link.token]) + (f"?{urlencode({'q': wanted})}" if wanted else "")
    return kept_quiet(redirect(f"{there}#n{form.cleaned_data['number']}"))


def _tap(link: HostLink, form: TapForm, at: datetime) -> tuple[int, str]:
    """Write it down: the status and what to say."""
    facts = form.cleaned_data
    mark = uuid.uuid5(facts["uuid"], f"{facts['number']}:{facts['pickup']}:{facts['action']}")
    entry = Entry(facts["number"], Tap(mark, facts["action"]), facts["pickup"])
    try:
        answer = take_in(day=link.day, entries=[entry], by=None, link=link, at=at)[0]
    except NotYet:
        return 409, _not_yet()
    if answer.outcome == checkins.REFUSED:
        return 404, answer.words
    turnout = turnouts([link.day])[link.day_id]
    caller = next(one for one in turnout.callers if one.number == entry.number)
    told = _("%(name)s: collected.") if caller.came else _("%(name)s: not collected.")
    if caller.half:
        told = _("%(name)s: a part is collected.")
    return 200, told % {"name": caller.name}


def _not_yet() -> str:
    return _("The list can still change: tick people off once its deadline has passed.")


@csrf_exempt
@never_cache
@require_POST
def sync(request: HttpRequest, token: str) -> HttpResponse:
    """A phone's whole queue in, what other phones tapped out. As often as it likes: what is known changes nothing."""
    at = clock.now()
    try:
        link = host_link(request, token, at=at)
    except PinWanted:
        return JsonResponse({"error": _("The PIN is wanted again: open the page anew.")}, status=403)
    except Http404:
        return JsonResponse({"gone": True}, status=404)
    try:
        queue = read_queue(request)
        answers = [*_taken_in(link, queue, at), *queue.refused]
    except TooMuch:
        words = _("At most %(n)s ticks at once.") % {"n": MOST_ENTRIES}
        return JsonResponse({"error": words}, status=413)
    except NotYet:
        return JsonResponse({"error": _not_yet()}, status=409)
    told = [{"uuid": one.uuid, "outcome": one.outcome, "words": one.words} for one in answers]
    return JsonResponse({"answers": told, **_news(link, queue.seen, at)})


def _taken_in(link: HostLink, queue: Queue, at: datetime) -> list[checkins.Answer]:
    taken = take_in(day=link.day, entries=queue.entries, by=None, link=link, at=at) if queue.entries else []
    people = walk_ups.write_down(day=link.day, people=queue.people, link=link, at=at) if queue.people else []
    return [*taken, *people]


def _news(link: HostLink, seen: int, at: datetime) -> Facts:
    """What a phone needs to be told that has heard of `seen` check-ins, and the pulse of the day."""
    pulse = checkins.pulse(link.day)
    news = checkins.news(link.day, seen=seen, count=pulse.seen)
    return {
        "taps": taps_told(news),
        "now": millis(at),
        "seen": pulse.seen,
        "version": pulse.version,
        "closed": unclaimed.standing_closing(link.day) is not None,
    }


@never_cache
@require_safe
def check_in_worker(request: HttpRequest, token: str) -> HttpResponse:
    """The service worker that keeps this link's page on the phone. It tells nothing but the names of files."""
    link = host_links.link_for_token(token, at=clock.now())
    if link is None:
        return HttpResponse("", status=404, content_type="text/javascript")
    letters = "readex-pro-arabic" if get_language_bidi() else "bricolage-grotesque"
    files = ("app.css", "app.js", "check_in.js", "check_in_scan.js", "icons.svg", f"fonts/{letters}.woff2")
    shell = {"shell": [static(file) for file in files], "reader": static("qr_reader.js")}
    return render(request, "deliveries/check_in_worker.js", shell, content_type="text/javascript")


@csrf_exempt
@never_cache
@require_POST
def pin(request: HttpRequest, token: str) -> HttpResponse:
    """The link's PIN: whoever knows it is let in, on this phone, until the farm sets another."""
    at = clock.now()
    try:
        return redirect("check_in", host_link(request, token, at=at).token)
    except PinWanted as shut:
        link = shut.link
    form = PinForm(request.POST, use_required_attribute=False)
    if not form.is_valid():
        return kept_quiet(_ask_pin(request, link, form, status=422))
    try:
        if not host_links.is_pin(link=link, typed=form.cleaned_data["pin"], at=at):
            form.add_error("pin", _("That is not the PIN."))
            return kept_quiet(_ask_pin(request, link, form, status=422))
    except host_links.TooManyPins:
        form.add_error("pin", _("Too many wrong PINs. Try again in a quarter of an hour, or ask the farm."))
        return kept_quiet(_ask_pin(request, link, form, status=429))
    answer = redirect("check_in", link.token)
    answer.set_cookie(
        f"pin-{link.pk}", host_links.proof_of(link), max_age=int(host_links.KEPT.total_seconds()),
        path=reverse("check_in", args=[link.token]), httponly=True, samesite="Strict", secure=request.is_secure(),
    )  # fmt: skip
    return answer


def _ask_pin(request: HttpRequest, link: HostLink, form: PinForm, *, status: int) -> HttpResponse:
    facts = {"form": form, "token": link.token, "farm": link.day.site.farm}
    return render(request, "deliveries/check_in_pin.html", facts, status=status)
