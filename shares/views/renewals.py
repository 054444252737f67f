"""One press for the next season."""

from __future__ import annotations

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
from shares import refusals, renewals
from shares.models import Order
from shares.quotes import quote
from shares.views.join import to_payment

WAYS = (Order.Method.CARD, Order.Method.OFFLINE)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, season: int) -> HttpResponse:
    """What the household has now, as the next season sells it, with its price; POST orders it. GET changes nothing."""
    household, wanted = _found(request, season)
    at, farm = clock.now(), household.farm
    lines = renewals.prefilled(household, wanted)
    quoted = quote(season=wanted, lines=lines, at=at)
    page: dict[str, Any] = {
        "farm": farm, "season": wanted, "household": household, "quote": quoted,
        "lines": [(f"{line.share_type.name} · {line.site.name}", terms.price) for line, terms in quoted.lines],
        "may": renewals.may_renew(household, wanted, at=at), "ordered": renewals.has_ordered(household, wanted),
        "ways": [(way.value, way.label) for way in WAYS],
    }  # fmt: skip
    if request.method == "POST":
        if request.POST.get("method") not in WAYS:
            page["error"] = _("Choose how you will pay.")
        elif wanted.terms and "agree" not in request.POST:
            page["error"] = _("Agree to the terms to join.")
        else:
            try:
                return to_payment(request, _renew(request, household, wanted))
            except refusals.CannotBuy as refusal:
                page["error"] = _why(refusal)
    return render(request, "shares/renew.html", page, status=422 if "error" in page else 200)


def _found(request: HttpRequest, number: int) -> tuple[Household, Season]:
    """The household that may ask about this season: one of the farm's own. 404 for anybody else."""
    season = Season.objects.opened().exclude(renews=None).filter(pk=number).select_related("farm").first()
    for household in my_households(request):
        if season is not None and household.farm_id == season.farm_id:
            return household, season
    raise Http404


def _renew(request: HttpRequest, household: Household, season: Season) -> Order:
    language = translation.get_language() or "en"
    method = request.POST["method"]
    return renewals.renew(
        household=household, season=season, method=method, language=language, by=signed_in(request), at=clock.now()
    )


def _why(refusal: refusals.CannotBuy) -> str:
    match refusal:
        case refusals.SoldOut(share_type=kind):
            return _("The last place of “%(share)s” has just gone.") % {"share": kind.name}
        case refusals.SiteFull(site=site):
            return _("“%(site)s” has no room for this share any more.") % {"site": site.name}
        case _:
            return _("This season cannot be renewed at the moment.")
