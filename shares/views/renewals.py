"""One press for the next season."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from farms.models import Household, Season
from farms.permissions import my_households, signed_in
from people import clock
from shares.buying import renewals
from shares.models import Order
from shares.prices import refusals
from shares.prices.price_choice import PriceForm, chosen_of, error_of, price_forms
from shares.prices.quotes import quote
from shares.solidarity import fund
from shares.views.paying import to_payment

WAYS = (Order.Method.CARD, Order.Method.OFFLINE)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, season: int) -> HttpResponse:
    """What the household has now, as the next season sells it, and what it would like to pay; POST orders it. GET
    changes nothing; with answers in its address it reckons again."""
    household, wanted = _found(request, season)
    page = _page(request, household, wanted)
    if request.method == "POST" and "show" not in request.POST:
        page["error"] = _missing(request, wanted) or error_of(page["prices"])
        if not page["error"]:
            try:
                return to_payment(request, _renew(request, household, wanted, page["prices"]))
            except refusals.CannotBuy as refusal:
                page["error"] = _why(refusal)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx adds it
        return render(request, "shares/renew.html#total", page)
    return render(request, "shares/renew.html", page, status=422 if page.get("error") else 200)


def _page(request: HttpRequest, household: Household, wanted: Season) -> dict[str, Any]:
    at, sent = clock.now(), request.POST or request.GET
    lines = renewals.prefilled(household, wanted)
    forms = price_forms(list({line.share_type.pk: line.share_type for line in lines}.values()), sent)
    quoted = quote(season=wanted, lines=renewals.at_prices(lines, chosen_of(forms)), at=at)
    return {
        "farm": household.farm, "season": wanted, "household": household, "quote": quoted, "prices": forms,
        "lines": [(f"{line.share_type.name} · {line.site.name}", terms.price) for line, terms in quoted.lines],
        "may": renewals.may_renew(household, wanted, at=at), "ordered": renewals.has_ordered(household, wanted),
        "ways": [(way.value, way.label) for way in WAYS], "method": sent.get("method", WAYS[0].value),
        "agreed": "agree" in sent, "fund_is_short": not fund.can_meet(household.farm, quoted.below),
        "late": any(terms.left < terms.full for _line, terms in quoted.lines),
    }  # fmt: skip


def _missing(request: HttpRequest, wanted: Season) -> str:
    if request.POST.get("method") not in WAYS:
        return _("Choose how you will pay.")
    return _("Agree to the terms to join.") if wanted.terms and "agree" not in request.POST else ""


def _found(request: HttpRequest, number: int) -> tuple[Household, Season]:
    """The household that may ask about this season: one of the farm's own. 404 for anybody else."""
    season = Season.objects.opened().exclude(renews=None).filter(pk=number).select_related("farm").first()
    for household in my_households(request):
        if season is not None and household.farm_id == season.farm_id:
            return household, season
    raise Http404


def _renew(request: HttpRequest, household: Household, season: Season, forms: Mapping[int, PriceForm]) -> Order:
    return renewals.renew(
        household=household,
        season=season,
        method=request.POST["method"],
        language=translation.get_language() or "en",
        by=signed_in(request),
        at=clock.now(),
        prices=chosen_of(forms),
    )


def _why(refusal: refusals.CannotBuy) -> str:
    match refusal:
        case refusals.SoldOut(share_type=kind):
            return _("The last place of “%(share)s” has just gone.") % {"share": kind.name}
        case refusals.SiteFull(site=site):
            return _("“%(site)s” has no room for this share any more.") % {"site": site.name}
        case refusals.FundCannotMeet():
            return _("The solidarity fund cannot meet this price just now. Nothing was bought.")
        case refusals.PriceOutOfRange():
            return _("Choose one of these prices.")
        case _:
            return _("This season cannot be renewed at the moment.")
