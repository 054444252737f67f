"""What a household holds, and what it paid."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from farms.permissions import my_household
from shares import ledger
from shares.models import Payment, Share


@login_required
@require_safe
def my_share(request: HttpRequest) -> HttpResponse:
    """The household's shares: what, where, when, and the note of its site."""
    household = my_household(request)
    shares = Share.objects.in_force().filter(household=household).select_related("share_type__season", "site")
    context = {
        "household": household,
        "farm": household.farm,
        "shares": shares.order_by("-share_type__season_id", "pk"),
    }
    return render(request, "shares/my_share.html", context)


@login_required
@require_safe
def my_money(request: HttpRequest) -> HttpResponse:
    """The household's orders, what was paid for each, and what is still owed."""
    household = my_household(request)
    orders = list(
        household.orders.select_related("season").prefetch_related("shares__share_type", "shares__site", "payments")
    )
    owed = ledger.owed_by_order(orders)
    context = {
        "household": household,
        "farm": household.farm,
        "orders": [(order, owed[order.pk], _came(order.payments.all())) for order in orders],
    }
    return render(request, "shares/my_money.html", context)


def _came(payments: Iterable[Payment]) -> list[Payment]:
    """The payments that arrived."""
    return [payment for payment in payments if payment.succeeded_at]
