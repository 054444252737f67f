"""The waiting list: standing in line, one's own page with the offer, and the farmer's view of the queue."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from farms.models import Household, Season
from farms.permissions import public_farm, staff_farm
from people import clock, limits
from people.models import User
from people.poke import poke
from people.tasks import post_due_letters
from shares import permissions
from shares.buying import waiting_list
from shares.forms.waiting import TakeUpForm, WaitForm
from shares.models import WaitingPlace
from shares.prices import refusals
from shares.prices.quotes import Line, quote
from shares.prices.refusals import CannotBuy
from shares.tasks import offer_places
from shares.views.paying import to_payment

PER_ADDRESS, PER_VISITOR, WITHIN = 5, 30, timedelta(hours=1)  # times one may stand in line, and within what


@require_http_methods(["GET", "HEAD", "POST"])
def wait(request: HttpRequest, farm: str) -> HttpResponse:
    """Stand in line for a share that is sold out. What comes of it is written to the address only, so that the page
    tells nobody who waits."""
    place = public_farm(farm)
    at = clock.now()
    season = permissions.season_on_sale(place, request.GET.get("season", ""), at=at)
    if season is None:
        return redirect("farm", farm=place.slug)
    user = request.user if isinstance(request.user, User) else None
    chosen = {"share": request.GET.get("share", "")[:12]}
    form = WaitForm(request.POST or None, initial=chosen, season=season, is_known=user is not None)
    if request.method == "POST" and form.is_valid():
        if not _may_try(request, user.email if user else form.cleaned_data["email"]):
            form.add_error(None, _("Too many tries. Wait an hour, then try again."))
        elif _stands(form, season, user, at):
            poke(post_due_letters)
            messages.success(request, _("You are in line. We have written to you where you stand."))
            return redirect("farm", farm=place.slug)
    status = 422 if form.errors else 200
    return render(request, "shares/wait.html", {"farm": place, "season": season, "form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_place(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """Someone's own page: where they stand, what they are offered. GET changes nothing: mail programs follow links."""
    place = _place_of(token)
    farm, at = place.share_type.season.farm, clock.now()
    form = TakeUpForm(request.POST if "take" in request.POST else None, place=place)
    if request.method == "POST" and "leave" in request.POST:
        waiting_list.leave(place, at=at)
        poke(offer_places)
        messages.success(request, _("You are not in line any more."))
        return redirect("waiting_place", token=token)
    if form.is_bound and form.is_valid():
        try:
            facts = form.cleaned_data
            language = translation.get_language() or "en"
            order = waiting_list.take_up(
                place, method=facts["method"], chosen=facts.get("amount"), language=language, at=at
            )
            return to_payment(request, order)
        except waiting_list.OfferOver as over:
            messages.warning(request, str(over))
            return redirect("waiting_place", token=token)
        except CannotBuy as refusal:
            form.add_error(None, _why(refusal))
    position = waiting_list.position_of(place)
    page = {"farm": farm, "place": place, "form": form, "position": position, **_offer(place, at)}
    return render(request, "shares/waiting_place.html", page, status=422 if form.errors else 200)


@login_required
@require_safe
def desk_waiting(request: HttpRequest, farm: str) -> HttpResponse:
    """Who waits for what, in turn, and why each stands where they stand."""
    place = staff_farm(request, farm)
    queues = []
    for kind, places in waiting_list.queue_of(place):
        waiting = [each for each in places if each.offered_at is None]
        numbers = {each.pk: n for n, each in enumerate(waiting, 1)}
        queues.append((kind, [(each, numbers.get(each.pk, 0)) for each in places]))
    return render(request, "shares/desk_waiting.html", {"farm": place, "queues": queues})


def _may_try(request: HttpRequest, email: str) -> bool:
    """Not too often for one address, nor from one visitor."""
    visitor = get_adapter().get_client_ip(request)
    to_address = limits.allowed("wait-to", email, most=PER_ADDRESS, within=WITHIN)
    return limits.allowed("wait-from", visitor, most=PER_VISITOR, within=WITHIN) and to_address


def _stands(form: WaitForm, season: Season, user: User | None, at: datetime) -> bool:
    facts = form.cleaned_data
    household = Household.objects.filter(farm=season.farm, memberships__user=user).order_by("-since").first()
    try:
        waiting_list.join_queue(
            **form.wish,
            name=(user.name or user.email) if user else facts["name"],
            email=user.email if user else facts["email"],
            language=translation.get_language() or "en",
            household=household if user else None,
            at=at,
        )
    except waiting_list.CannotWait as refusal:
        form.add_error("share", str(refusal))
        return False
    return True


def _place_of(token: uuid.UUID) -> WaitingPlace:
    places = WaitingPlace.objects.select_related("share_type__season__farm", "offered_site", "household", "order")
    place = places.prefetch_related("wishes__site").filter(token=token).first()
    if place is None:
        raise Http404
    return place


def _offer(place: WaitingPlace, at: datetime) -> dict[str, Any]:
    """The offer that stands, with its price as arithmetic; nothing when there is none."""
    until = place.offered_until
    stands = until is not None and until > at and not (place.taken_at or place.left_at or place.passed_at)
    if not stands or place.offered_site is None:
        return {"stands": False}
    season = place.share_type.season
    lines = [Line(place.share_type, place.offered_site, place.offered_turn)]
    quoted = quote(season=season, lines=lines, at=at)
    [(_line, terms)] = quoted.lines
    return {"stands": True, "terms": terms, "first_day": quoted.first_day, "season": season}


def _why(refusal: CannotBuy) -> str:
    match refusal:
        case refusals.NothingLeft():
            return _("No pickup is left this season.")
        case refusals.FundCannotMeet():
            return _("The solidarity fund cannot meet this price just now. Nothing was bought.")
        case _:
            return _("This season is not on sale at the moment.")
