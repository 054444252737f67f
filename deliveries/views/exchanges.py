"""A household changes its share for another: every choice with its difference, the arithmetic, the act."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries.changing import exchanges
from deliveries.changing.exchanges import Exchange
from farms.permissions import my_households, signed_in
from people import clock
from people.poke import poke
from people.tasks import post_due_letters
from shares.models import Share
from shares.prices import refusals
from shares.prices.price_choice import COST, chosen_of, error_of, price_forms


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_my_share(request: HttpRequest, share: int) -> HttpResponse:
    """What this share can be changed for, with what each comes to; a second press does what was shown."""
    old = _own_share(request, share)
    farm, at = old.order.season.farm, clock.now()
    options = {f"{kind.pk}{turn}": (kind, turn, told) for kind, turn, told in exchanges.choices(old, at=at)}
    chosen = options.get(request.POST.get("kind", ""))
    page: dict[str, Any] = {"farm": farm, "share": old, "options": options, "token": uuid.uuid4()}
    if request.method == "POST" and chosen is None:
        page["error"] = _("Choose a share.")
    elif chosen is not None:
        kind, turn, _at_cost = chosen
        prices = price_forms([kind], request.POST, first=COST)
        price = chosen_of(prices).get(kind.pk)
        told = exchanges.preview(old, kind=kind, turn=turn, chosen=price, at=at)
        page |= {"chosen": request.POST["kind"], "kind": kind, "prices": prices, "error": error_of(prices)}
        page |= _facts(told) | {"lines": _lines(old, kind.name, told)}
        if "change" in request.POST and request.POST.get("shown") == page["shown"] and not page["error"]:
            try:
                return _change(request, old, kind, turn, price)
            except (exchanges.CannotExchange, refusals.CannotBuy) as refusal:
                page["error"] = _why(refusal)
    return render(request, "deliveries/change_my_share.html", page, status=422 if page.get("error") else 200)


def _own_share(request: HttpRequest, number: int) -> Share:
    mine = my_households(request)
    shares = Share.objects.in_force().filter(order__household__in=mine, household__in=mine, pk=number)
    share = shares.select_related("order__season__farm", "order__household", "household", "share_type", "site").first()
    if share is None:
        raise Http404
    share.order.farm = share.order.season.farm
    return share


def _facts(told: Exchange) -> dict[str, Any]:
    new = told.new
    return {
        "told": told, "shown": f"{told.worth}-{new.price}", "late": new.left < new.full,
        "below": max(0, new.cost - new.price), "above": max(0, new.price - new.cost),
    }  # fmt: skip


def _lines(old: Share, name: str, told: Exchange) -> list[tuple[str, int]]:
    new = _("%(share)s, %(n)d pickups") % {"share": name, "n": told.new.left}
    left = _("%(share)s, %(n)d pickups that are left") % {"share": old.share_type.name, "n": told.left}
    sign = -1 if told.back else 1  # what comes back is told as what is left of the old share less the new one
    return [(new, sign * told.new.price), (left, -sign * told.worth)][::sign]


def _change(request: HttpRequest, old: Share, kind: Any, turn: str, chosen: int | None) -> HttpResponse:
    try:
        token = uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        token = uuid.uuid4()
    language = translation.get_language() or "en"
    exchanges.exchange(
        share=old, kind=kind, turn=turn, chosen=chosen, token=token, language=language, by=signed_in(request),
        at=clock.now(),
    )  # fmt: skip
    poke(post_due_letters)
    messages.success(request, _("Changed to “%(share)s”.") % {"share": kind.name})
    return redirect(f"{reverse('my_money')}?farm={old.order.farm.slug}")


def _why(refusal: Exception) -> str:
    match refusal:
        case refusals.SoldOut():
            return _("No place is free for this share. You can stand in line for it.")
        case refusals.SiteFull():
            return _("Your pickup site has no room for this share.")
        case refusals.FundCannotMeet():
            return _("The solidarity fund cannot meet this price just now. Nothing was bought.")
        case refusals.PriceOutOfRange():
            return _("Choose one of these prices.")
        case refusals.CannotBuy():
            return _("This share cannot be bought at the moment.")
        case _:
            return str(refusal)
