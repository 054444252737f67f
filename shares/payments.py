"""The way to the payment page and back: open it, ask what became of it, catch up on what nobody told us."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from people.letters import page_url
from shares import purchases, refunds, stripe_gateway
from shares.letters import readers
from shares.models import Order, Payment
from shares.stripe_gateway import CheckoutLine, CheckoutState, PaymentProviderDown, PaymentRefused

log = logging.getLogger("hissa.payments")


def open_payment_page(payment: Payment) -> str:
    """The address of the provider's page where this payment is made; the same one each time.

    All that is said to the provider comes from the order, so that asking again says the same. Raises
    PaymentProviderDown when it does not answer: the order waits, and asking again is safe. Raises PaymentRefused
    when it will not open a page.
    """
    if payment.checkout_url:
        return payment.checkout_url
    back = page_url(f"{reverse('join_done', args=[payment.order.farm.slug])}?order={payment.order.token}")
    checkout = stripe_gateway.open_checkout(
        key=str(payment.reference),
        amount_lines=_lines(payment.order),
        currency=payment.currency,
        reference=str(payment.reference),
        email=next((reader.email for reader in readers(payment.order.household)), ""),
        language=payment.order.language,
        success_url=back,
        cancel_url=back,
        expires_at=payment.attempted_at + purchases.CHECKOUT_OPEN,
        metadata={"order": str(payment.order_id)},
    )
    payment.session_id, payment.checkout_url = checkout.session_id, checkout.url
    payment.save(update_fields=["session_id", "checkout_url"])
    return checkout.url


def look_after(payment: Payment, *, at: datetime) -> bool:
    """Ask the provider what became of a payment and act on it; False when it did not answer."""
    if payment.succeeded_at or not payment.session_id:
        return True
    try:
        heard(payment, stripe_gateway.find_checkout(payment.session_id), at=at)
    except PaymentProviderDown:
        return False
    except PaymentRefused:  # it knows no such page (a key was changed): the farmer must look, the sweep goes on
        log.error("the provider does not know the page of payment %s", payment.pk)
    return True


def heard(payment: Payment, state: CheckoutState, *, at: datetime) -> None:
    """What the provider says of a payment page: paid, expired, or still open."""
    if state.paid:
        fee = state.fee
        amount = state.amount
        purchases.settle(payment=payment, provider_object=state.payment_intent, amount=amount, fee=fee, at=at)
    elif state.status == "expired":
        Payment.objects.filter(pk=payment.pk, succeeded_at=None, expired_at=None).update(expired_at=at)


def release_lapsed_holds(*, at: datetime) -> int:
    """Sweep: give back the places of orders whose time has passed, after a last look at the provider."""
    released = 0
    for order in Order.objects.overdue(at).select_related("season", "farm", "household"):
        try:
            released += _heard_of_all(order, at) and purchases.release_lapsed(order, at=at)
        except Exception:  # one order's failure keeps no other place from going back on sale
            log.exception("order %s could not be released", order.pk)
    return released


def _heard_of_all(order: Order, at: datetime) -> bool:
    """Whether the provider has said of each of the order's payment pages what became of it."""
    payments = list(order.payments.filter(method=Payment.Method.CARD, succeeded_at=None))
    return sum(look_after(payment, at=at) for payment in payments) == len(payments)


def reconcile_payments(*, at: datetime) -> int:
    """Sweep: settle what was paid although no webhook told us, and send refunds that have not left."""
    acted = 0
    unheard = Payment.objects.filter(
        method=Payment.Method.CARD, succeeded_at=None, expired_at=None, attempted_at__lte=at - timedelta(minutes=2)
    ).exclude(session_id=None)
    for payment in unheard.select_related("order").order_by("-attempted_at")[:200]:
        look_after(payment, at=at)
        payment.refresh_from_db()
        acted += bool(payment.succeeded_at or payment.expired_at)
    return acted + refunds.send_waiting(at=at)


def _lines(order: Order) -> list[CheckoutLine]:
    """What the payment page lists, in the order's language; equal shares on one line."""
    found: dict[tuple[str, int], int] = {}
    with translation.override(order.language):  # asked again in another language, it would be another request
        pattern = _("%(share)s · %(site)s · %(season)s")
        if order.donation:
            found[_("For the solidarity fund"), order.donation] = 1
    for share in order.shares.select_related("share_type", "site").order_by("pk"):
        names = {"share": share.share_type.name, "site": share.site.name, "season": order.season.name}
        words = pattern % names
        found[words, share.price] = found.get((words, share.price), 0) + 1
    return [CheckoutLine(name=name, quantity=n, unit_amount=price) for (name, price), n in found.items() if price]
