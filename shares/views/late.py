"""The farmer's page of money that is late, and what is to be done about it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from farms.models import Farm
from farms.permissions import signed_in, staff_farm
from people import clock
from people.formats import day as day_words
from people.formats import isolated, money
from shares.books import ledger
from shares.in_parts import late
from shares.models import Order
from shares.money import settling
from shares.prices import privacy

ACTS = ("cash", "wait", "remind", "stop", "go_on")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_due(request: HttpRequest, farm: str) -> HttpResponse:
    """What is due and has not come: recorded when it comes by hand, waited for, reminded of; or pickups are stopped."""
    place = staff_farm(request, farm)
    if request.method == "POST":
        _act(request, place)
        return redirect("desk_due", farm=place.slug)
    rows = late.late_ones(place, at=clock.now())
    private = privacy.kept_private([row.order for row in rows])
    context = {
        "farm": place,
        "rows": [(row, _may_see(row.order, private), uuid.uuid4()) for row in rows],
    }
    return render(request, "shares/desk_due.html", context)


def _may_see(order: Order, private: set[int]) -> bool:
    """The farm must know what is to come into its own hands."""
    return order.method == Order.Method.PER_PICKUP or privacy.may_see_owed(order, private)


def _act(request: HttpRequest, farm: Farm) -> None:
    act, at = request.POST.get("act", ""), clock.now()
    if act not in ACTS:
        return
    order = _order(request, farm)
    if act == "cash":
        _record(request, order)
    elif act == "wait":
        until = late.wait(order, at=at)
        messages.success(request, _("Nothing more is done until %(day)s.") % {"day": day_words(until)})
    elif act == "remind":
        reminded = late.remind(order, at=at)
        messages.success(request, _("Reminded.") if reminded else _("There is nothing to remind of."))
    elif act == "stop":
        late.stop_pickups(order, by=signed_in(request), at=at)
        messages.success(request, _("Not packed from now on. They were told."))
    elif act == "go_on":
        late.let_pickups_go_on(order, at=at)
        messages.success(request, _("Packed again."))


def _record(request: HttpRequest, order: Order) -> None:
    """What is due came in cash: all of it, at this moment."""
    owed = ledger.owed(order)
    due = next((row.due for row in late.late_ones(order.farm, at=clock.now()) if row.order.pk == order.pk), 0)
    facts: dict[str, Any] = {"method": "cash", "note": "", "by": signed_in(request), "at": clock.now()}
    token = _uuid(request.POST.get("token", ""))
    if token is None or not due or str(due) != request.POST.get("due", ""):
        messages.warning(request, _("It had changed meanwhile: look at what is due now."))
        return
    try:
        settling.record_by_hand(order=order, amount=due, token=token, owed=owed, **facts)
    except settling.OwedOtherwise:
        messages.warning(request, _("It had changed meanwhile: look at what is due now."))
        return
    messages.success(request, _("%(amount)s recorded.") % {"amount": isolated(money(due, order.currency))})


def _order(request: HttpRequest, farm: Farm) -> Order:
    number = request.POST.get("order", "")
    mine = farm.orders.filter(settled_at__isnull=False).select_related("household", "season", "farm")
    found = mine.filter(pk=number).first() if number.isascii() and number.isdigit() and len(number) < 18 else None
    if found is None:
        raise Http404
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
