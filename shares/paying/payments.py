"""The way to the payment page and back: open it, ask what became of it, catch up on what nobody told us."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from people.by_itself import by_itself
from people.currencies import step_of
from people.formats import local_day
from people.letters import page_url
from shares.books import ledger
from shares.buying import purchases
from shares.cards import connect, saved_cards, stripe_gateway
from shares.cards.stripe_gateway import CheckoutLine, CheckoutState, PaymentProviderDown, PaymentRefused
from shares.in_parts import instalments, part_letters
from shares.letters import readers
from shares.models import Order, Payment, SavedCard, SharedPart
from shares.money import charging, refunds, settling

log = logging.getLogger("hissa.payments")

DEBIT_LOOKED_AT = timedelta(days=1)
PAY_ANOTHER_WAY = timedelta(days=3)
PAGE_FRESH = timedelta(minutes=10)  # after that a page that was never opened could not stay open for half an hour


def open_payment_page(payment: Payment) -> str:
    """The address of the provider's page where this payment is made; the same one each time.

    All that is said to the provider comes from the order, so that asking again says the same. Raises
    PaymentProviderDown when it does not answer: the order waits, and asking again is safe. Raises PaymentRefused
    when it will not open a page.
    """
    if payment.checkout_url:
        return payment.checkout_url
    if settings.STRIPE_CONNECT and not payment.account:
        raise PaymentRefused("This farm has no account yet.", "no_account")
    settled = payment.order.settled_at
    page = "pay_part" if settled and payment.attempted_at > settled else "join_done"
    back = page_url(f"{reverse(page, args=[payment.order.farm.slug])}?order={payment.order.token}")
    kept = SavedCard.objects.filter(household=payment.order.household_id, account=payment.account).first()
    checkout = stripe_gateway.open_checkout(
        key=str(payment.reference),
        amount_lines=_lines(payment),
        currency=payment.currency,
        reference=str(payment.reference),
        email=_payer_of(payment),
        language=payment.order.language,
        success_url=back,
        cancel_url=back,
        expires_at=payment.attempted_at + purchases.CHECKOUT_OPEN,
        metadata={"order": str(payment.order_id)},
        account=payment.account,
        keep=payment.order.method == Order.Method.CARD and payment.order.instalments.exists(),
        customer=kept.customer if kept else "",
    )
    payment.session_id, payment.checkout_url = checkout.session_id, checkout.url
    payment.save(update_fields=["session_id", "checkout_url"])
    return checkout.url


def _payer_of(payment: Payment) -> str:
    """Whose address the provider's page bears: the co-holder's whose part it is, else the household's."""
    part = SharedPart.objects.filter(payment=payment).first()
    return part.email if part else next((reader.email for reader in readers(payment.order.household)), "")


def pay_due(order: Order, *, at: datetime) -> Payment | None:
    """The payment of what is due of an order now, or of its next part, for the payment page: the same one while it
    stands. None when nothing is owed, or when the kept card is being charged for it in this moment."""
    parts, owed = list(order.instalments.all()), ledger.owed(order)
    due = instalments.due_by(parts, owed=owed, on=local_day(at, order.farm.zone))
    part = next((each for each in instalments.open_parts(parts, owed=owed) if each.open), None)
    amount = due or (part.open if part else 0)
    amount -= amount % step_of(order.currency)  # no card takes less than a step
    if amount <= 0:
        return None
    mine = Payment.objects.filter(order=order, instalment=part.part if part else None, method=Payment.Method.CARD)
    for payment in mine.filter(succeeded_at=None, expired_at=None):
        if payment.unattended or payment.pending_at:
            return None
        if payment.amount == amount and payment.attempted_at > at - PAGE_FRESH:
            return payment
        if payment.session_id:  # a page with another amount, or too old: it is closed, unless it was paid meanwhile
            heard(payment, stripe_gateway.expire_checkout(payment.session_id, account=payment.account), at=at)
            payment.refresh_from_db()
            if payment.succeeded_at or payment.pending_at:
                return None
        Payment.objects.filter(pk=payment.pk, succeeded_at=None, expired_at=None).update(expired_at=at)
    try:
        with transaction.atomic():
            return Payment.objects.create(
                order=order,
                method=Payment.Method.CARD,
                amount=amount,
                currency=order.currency,
                attempted_at=at,
                instalment=part.part if part else None,
                account=connect.account_of(order.farm),
            )
    except IntegrityError:  # a double click, or the sweep in this very moment
        return mine.filter(succeeded_at=None, expired_at=None, unattended=False).first()


def look_after(payment: Payment, *, at: datetime) -> bool:
    """Ask the provider what became of a payment and act on it; False when it did not answer."""
    if payment.succeeded_at or payment.method != Payment.Method.CARD:
        return True
    if not payment.session_id:
        return charging.ask(payment, at=at) if payment.unattended and not payment.expired_at else True
    try:
        heard(payment, stripe_gateway.find_checkout(payment.session_id, account=payment.account), at=at)
    except PaymentProviderDown:
        return False
    except PaymentRefused:  # it knows no such page (a key was changed): the farmer must look, the sweep goes on
        log.error("the provider does not know the page of payment %s", payment.pk)
    return True


def heard(payment: Payment, state: CheckoutState, *, at: datetime) -> None:
    """What the provider says of a payment page: paid, on its way, not paid after all, expired, or still open."""
    if state.kept:
        saved_cards.keep(payment, state, at=at)
    if state.paid:
        fee = state.fee
        amount = state.amount
        settling.settle(payment=payment, provider_object=state.payment_intent, amount=amount, fee=fee, at=at)
    elif state.pending:
        _on_its_way(payment, state, at)
    elif state.failed:
        _not_paid_after_all(payment, at)
    elif state.status == "expired":
        Payment.objects.filter(pk=payment.pk, succeeded_at=None, expired_at=None).update(expired_at=at)


def _on_its_way(payment: Payment, state: CheckoutState, at: datetime) -> None:
    """A bank debit was given: the places are kept until the bank has answered, which takes days."""
    facts = {"pending_at": at, "provider_object": state.payment_intent}
    Payment.objects.filter(pk=payment.pk, pending_at=None).update(**facts)
    again = at + DEBIT_LOOKED_AT  # the sweep asks once a day, should nobody tell us
    Order.objects.open().filter(pk=payment.order_id, held_until__lt=again).update(held_until=again)


@transaction.atomic
def _not_paid_after_all(payment: Payment, at: datetime) -> None:
    """The bank sent the debit back: another way to pay is asked for, and the places are kept for that a while."""
    facts = {"expired_at": at, "failure": "debit_failed"}
    if Payment.objects.filter(pk=payment.pk, succeeded_at=None, expired_at=None).update(**facts):
        Order.objects.open().filter(pk=payment.order_id).update(held_until=at + PAY_ANOTHER_WAY)
        part_letters.write_debit_failed(payment, at=at)


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
    payments = list(order.payments.filter(method=Payment.Method.CARD, succeeded_at=None, expired_at=None))
    return sum(look_after(payment, at=at) for payment in payments) == len(payments)


def reconcile_payments(*, at: datetime) -> int:
    """Sweep: settle what was paid although no webhook told us, and send refunds that have not left."""
    acted = 0
    unheard = Payment.objects.filter(
        method=Payment.Method.CARD, succeeded_at=None, expired_at=None, attempted_at__lte=at - timedelta(minutes=2)
    ).exclude(session_id=None)
    for payment in unheard.select_related("order").order_by("-attempted_at")[:200]:
        with by_itself(log, "nobody could look after payment %s", payment.pk, whole=False):
            look_after(payment, at=at)
            payment.refresh_from_db()
            acted += bool(payment.succeeded_at or payment.expired_at)
    return acted + refunds.send_waiting(at=at)


def _lines(payment: Payment) -> list[CheckoutLine]:
    """What the payment page lists, in the order's language: each share, equal ones on one line; or the one part."""
    order = payment.order
    lines = _lines_of(order)
    if sum(line.quantity * line.unit_amount for line in lines) == payment.amount:
        return lines
    with translation.override(order.language):
        number = payment.instalment.number if payment.instalment else 0
        parts = order.instalments.filter(number__gt=0).count()
        if number:
            words = _("Part %(n)d of %(parts)d · %(season)s")
        else:
            words = _("Deposit · %(season)s") if parts else _("Still to pay · %(season)s")
        words %= {"n": number, "parts": parts, "season": order.season.name}
    return [CheckoutLine(name=words, quantity=1, unit_amount=payment.amount)]


def _lines_of(order: Order) -> list[CheckoutLine]:
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
