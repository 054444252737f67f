"""A household pays a part of its order, or gives another card for those to come."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from farms.permissions import my_household
from people import clock
from people.formats import local_day
from shares import permissions
from shares.books import bank_reference, ledger
from shares.cards import connect, saved_cards
from shares.cards.stripe_gateway import PaymentProviderDown, PaymentRefused
from shares.in_parts import instalments
from shares.models import BankAccount, Order, Payment, SavedCard
from shares.paying import payments


@require_http_methods(["GET", "HEAD", "POST"])
def pay_part(request: HttpRequest, farm: str) -> HttpResponse:
    """What is due of an order, and the way to the payment page: the same payment while it stands. The address comes in
    letters; whoever has it made the order."""
    order = permissions.order_by_token(farm, request.GET.get("order", ""))
    at = clock.now()
    if request.method == "POST":
        return _to_page(request, order)
    if request.method == "GET":
        for payment in order.payments.filter(method=Payment.Method.CARD, succeeded_at=None, expired_at=None)[:3]:
            payments.look_after(payment, at=at)
    return render(request, "shares/pay_part.html", {"farm": order.farm, "order": order, **_facts(order)})


def to_payment(request: HttpRequest, order: Order) -> HttpResponse:
    """To the payment page; to our own page when there is nothing to pay there, or the provider does not answer."""
    done = f"{reverse('join_done', args=[order.farm.slug])}?order={order.token}"
    payment = order.payments.filter(method="card", succeeded_at=None, expired_at=None).last()
    if payment is None or order.lapsed_at:
        return redirect(done)
    try:
        return redirect(payments.open_payment_page(payment))
    except PaymentProviderDown:
        messages.warning(request, _("The payment page does not answer. Your place is held: try again in a minute."))
    except PaymentRefused:
        messages.warning(request, _("The payment page cannot be opened any more. Nothing was charged: join again."))
    return redirect(done)


def _facts(order: Order) -> dict[str, Any]:
    parts, owed = list(order.instalments.all()), ledger.owed(order)
    today = local_day(clock.now(), order.farm.zone)
    open_parts = instalments.open_parts(parts, owed=owed)
    due = instalments.due_by(parts, owed=owed, on=today)
    coming = next((each for each in open_parts if each.open), None)
    return {
        "parts": open_parts,
        "owed": owed,
        "due": due,
        "next": coming,
        "amount": due or (coming.open if coming else 0),
        "today": today,
        "by_card": order.method == Order.Method.CARD and connect.takes_cards(order.farm),
        "bank": BankAccount.objects.filter(farm=order.farm_id).first(),
        "reference": bank_reference.shown(bank_reference.of_order(order)),
        "waiting": order.payments.filter(succeeded_at=None, expired_at=None, pending_at__isnull=False).exists(),
    }


def _to_page(request: HttpRequest, order: Order) -> HttpResponse:
    here = f"{reverse('pay_part', args=[order.farm.slug])}?order={order.token}"
    if order.settled_at is None or not connect.takes_cards(order.farm):
        return redirect(f"{reverse('join_done', args=[order.farm.slug])}?order={order.token}")
    try:
        payment = payments.pay_due(order, at=clock.now())
        if payment is not None:
            return redirect(payments.open_payment_page(payment))
        messages.info(request, _("There is nothing to pay at this moment. Look again in some minutes."))
    except PaymentProviderDown:
        messages.warning(request, _("The payment page does not answer. Nothing was charged: try again in a minute."))
    except PaymentRefused:
        messages.warning(request, _("The payment page cannot be opened. Nothing was charged: ask the farm."))
    return redirect(here)


@login_required
@require_POST
def my_card(request: HttpRequest) -> HttpResponse:
    """To the provider's page where another card is given for the parts to come."""
    household = my_household(request)
    language = translation.get_language() or "en"
    try:
        return redirect(saved_cards.page_to_change(household, language=language))
    except (PaymentProviderDown, PaymentRefused):
        messages.warning(request, _("The page for cards does not answer. Your card stays as it is: try again later."))
    return redirect(f"{reverse('my_money')}?farm={household.farm.slug}")


@login_required
@require_safe
def my_card_given(request: HttpRequest) -> HttpResponse:
    """Back from that page: the provider is asked which card was given."""
    household = my_household(request)
    back = redirect(f"{reverse('my_money')}?farm={household.farm.slug}")
    if request.method != "GET":
        return back
    account = connect.account_of(household.farm)
    try:
        given = saved_cards.heard(request.GET.get("page", ""), account=account, at=clock.now(), mine=household)
    except (PaymentProviderDown, PaymentRefused):
        given = None
    if given is not None:
        card = SavedCard.objects.get(household=household)
        messages.success(request, _("The next parts are taken from %(card)s.") % {"card": card.words})
    else:
        messages.warning(request, _("No card was given. The one you had stays."))
    return back
