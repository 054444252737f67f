"""The check-in page of one site on one day, for whoever holds its link: names and shares, nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from deliveries.check_in_forms import TapForm, is_json, tap_of
from deliveries.checkins import NotExpected, NotYet, Tap, check_in_household
from deliveries.contents import Contents, contents_of
from deliveries.models import CheckIn, HostLink
from deliveries.permissions import host_link
from deliveries.turnout import Caller, Turnout, finds, turnouts
from people import clock
from people.formats import local_day
from shares.models import ShareType

Facts = dict[str, Any]


@never_cache
@require_safe
def check_in(request: HttpRequest, token: str) -> HttpResponse:
    """Everybody expected, A–Z: a tap on a household means that it collected. `?q=` finds one."""
    at = clock.now()
    link = host_link(token, at=at)
    if request.htmx and "seen" in request.GET:  # type: ignore[attr-defined]  # django-htmx adds it
        return _unlisted(_news(request, link, at))
    return _unlisted(render(request, "deliveries/check_in.html", _page(request, link, at)))


@csrf_exempt  # the token in the address is the only right there is here: no cookie gives any
@never_cache
@require_POST
def tap(request: HttpRequest, token: str) -> HttpResponse:
    """One tap: collected, or undone. The same uuid again changes nothing."""
    at = clock.now()
    link = host_link(token, at=at)
    form = tap_of(request)
    refusal = _refusal(form) or _check_in(link, form, at)
    if refusal:
        return _unlisted(_refuse(request, link, *refusal, at=at))
    return _unlisted(_tapped(request, link, form, at))


def _refusal(form: TapForm) -> tuple[int, str] | None:
    if form.is_valid():
        return None
    return 400, _("This tap could not be read. Open the page again.")


def _check_in(link: HostLink, form: TapForm, at: datetime) -> tuple[int, str] | None:
    """Write the tap down; why not, if not."""
    facts = form.cleaned_data
    household = link.day.site.farm.households.filter(number=facts["household"]).first()
    wanted = Tap(facts["uuid"], facts["action"], facts["tapped_at"])
    try:
        if household is None:
            raise NotExpected(facts["household"])
        check_in_household(day=link.day, household=household, tap=wanted, by=None, link=link, at=at)
    except NotExpected:
        return 404, _("This household is not expected here today.")
    except NotYet:
        return 409, _("The list can still change: tick people off once its deadline has passed.")
    return None


def _refuse(request: HttpRequest, link: HostLink, status: int, words: str, *, at: datetime) -> HttpResponse:
    if is_json(request):
        return JsonResponse({"error": words}, status=status)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    messages.error(request, words)
    return render(request, "deliveries/check_in.html", _page(request, link, at), status=status)


def _tapped(request: HttpRequest, link: HostLink, form: TapForm, at: datetime) -> HttpResponse:
    """The household as it stands now."""
    turnout = turnouts([link.day], notes=True)[link.day_id]
    number = form.cleaned_data["household"]
    caller = next(one for one in turnout.callers if one.number == number)
    if is_json(request):
        return JsonResponse(
            {
                "household": number,
                "collected": caller.came,
                "households_collected": turnout.collected,
                "households_expected": turnout.expected,
            }
        )
    context = _facts(link, turnout, at) | {"rows": _rows([caller]), "caller": caller, "undo": uuid.uuid4()}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "deliveries/_tapped.html", context)
    messages.success(request, _told(caller))
    words = request.POST.get("q", "")[:100]
    there = reverse("check_in", args=[link.token]) + (f"?{urlencode({'q': words})}" if words else "")
    return redirect(f"{there}#n{number}")


def _told(caller: Caller) -> str:
    told = _("%(name)s: collected.") if caller.came else _("%(name)s: not collected.")
    return told % {"name": caller.name}


def _page(request: HttpRequest, link: HostLink, at: datetime) -> Facts:
    """Everything on the page. Households that the search does not mean are there, hidden: a script may show them."""
    turnout = turnouts([link.day], notes=True)[link.day_id]
    words = request.GET.get("q", "").strip()[:100]
    rows = _rows(turnout.callers, words)
    return _facts(link, turnout, at) | {
        "rows": rows,
        "q": words,
        "nobody": bool(rows) and not any(shown for _caller, _mark, shown in rows),
        "seen": CheckIn.objects.filter(pickup__day=link.day).count(),
        "inside": _inside(link, turnout),
    }


def _inside(link: HostLink, turnout: Turnout) -> list[tuple[ShareType, Contents]]:
    """What is in a share of each type, where all of a type get the same."""
    contents = contents_of([link.day])
    kinds = [kind.share_type for kind in turnout.types]
    found = [(kind, contents.get((link.day_id, kind.pk, None))) for kind in kinds]
    return [(kind, inside) for kind, inside in found if inside is not None]


def _facts(link: HostLink, turnout: Turnout, at: datetime) -> Facts:
    day = link.day
    farm = day.site.farm
    main = [kind.share_type for kind in turnout.types if not kind.share_type.is_addon]
    return {
        "farm": farm,
        "token": link.token,
        "tap_url": reverse("tap", args=[link.token]),
        "day": day,
        "turnout": turnout,
        "biggest": max(main, key=lambda kind: kind.weight).pk if main else None,
        "preliminary": day.drawn_up_at is None and at < day.deadline_at,
        "early": local_day(at, farm.zone) < day.date,
    }


def _rows(callers: Iterable[Caller], words: str = "") -> list[tuple[Caller, uuid.UUID, bool]]:
    """Each household with the uuid of its next tap, and whether the search means it."""
    return [(caller, uuid.uuid4(), finds(words, caller)) for caller in callers]


def _news(request: HttpRequest, link: HostLink, at: datetime) -> HttpResponse:
    """What other phones tapped since this one looked: nothing, or the households concerned and the counts."""
    taps = CheckIn.objects.filter(pickup__day=link.day)
    count = taps.count()
    text = request.GET["seen"]
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if seen == count:
        return HttpResponse(status=204)
    # A few more than are new: two taps may have come in the other order than they are numbered.
    latest = set(taps.order_by("-pk").values_list("pickup__household", flat=True)[: max(count - seen, 0) + 20])
    turnout = turnouts([link.day], notes=True)[link.day_id]
    concerned = [caller for caller in turnout.callers if caller.household in latest]
    context = _facts(link, turnout, at) | {"rows": _rows(concerned), "seen": count, "news": True}
    return render(request, "deliveries/_news.html", context)


def _unlisted(answer: HttpResponse) -> HttpResponse:
    """Names stand here: no search engine may keep the page. Its address goes to no other site (Referrer-Policy is
    same-origin everywhere; no-referrer would make browsers send forms with the origin "null")."""
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
