"""What a household holds, and what it paid."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from farms.models import Household
from farms.permissions import my_household, signed_in
from people import clock
from shares.buying import waiting_list
from shares.models import SavedCard, Share
from shares.prices import privacy
from shares.solidarity import bids, bill


@login_required
@require_safe
def my_share(request: HttpRequest) -> HttpResponse:
    """The household's shares: what, where, when, and the note of its site."""
    household = my_household(request)
    shares = Share.objects.in_force().filter(household=household).select_related("share_type__season", "site", "order")
    shares = shares.order_by("-share_type__season_id", "pk")
    paid = {share.order_id: share.order for share in shares if share.order.household_id == household.pk}
    count = Counter(share.order_id for share in shares)
    context = {
        "household": household,
        "farm": household.farm,
        "shares": shares,
        "orders": [order for pk, order in paid.items() if count[pk] > 1],
        "waiting": waiting_list.places_of(household),
    }
    return render(request, "shares/my_share.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_money(request: HttpRequest) -> HttpResponse:
    """The household's orders, what was paid for each, and what is still owed."""
    household = my_household(request)
    if request.method == "POST":
        return _price_shown_or_kept(request, household)
    orders = list(household.orders.select_related("season", "farm", "bid").prefetch_related(*bill.NEEDED, "documents"))
    context = {
        "household": household,
        "farm": household.farm,
        "bills": bill.bills(orders),
        "card": SavedCard.objects.filter(household=household).first(),
        "could_choose": any(share.share_type.lowest is not None for order in orders for share in order.shares.all()),
        "shows_price": privacy.is_open(household),
        "rounds": bids.open_rounds(household.farm, at=clock.now()),
    }
    return render(request, "shares/my_money.html", context)


def _price_shown_or_kept(request: HttpRequest, household: Household) -> HttpResponse:
    """The household lets its farm see what it chose to pay, or keeps that to itself."""
    if request.POST.get("act") == "show":
        privacy.let_see(household, by=signed_in(request), at=clock.now())
    else:
        privacy.keep(household)
    return redirect(f"{reverse('my_money')}?farm={household.farm.slug}")
