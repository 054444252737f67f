"""Money given back: asked for and committed, sent to the provider, posted only when it accepted.

Never more than came, also when two people give back at once: `Payment.refunded` is raised by a conditional UPDATE with
a CHECK behind it, and lowered again when a refund is refused or fails later.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from people.currencies import step_of
from people.formats import isolated, money
from people.models import User
from shares import letters
from shares.books import invoices, ledger
from shares.cards import stripe_gateway, stripe_refunds
from shares.models import Account, Order, Payment, Refund

log = logging.getLogger("hissa.refunds")

# Where money is that came, or goes, in each way.
WHERE = {
    Payment.Method.CARD: Account.CARD,
    Payment.Method.BANK: Account.BANK,
    Payment.Method.CASH: Account.CASH,
    Payment.Method.CHEQUE: Account.BANK,
}


class CannotRefund(ValueError):
    """The money cannot be given back as asked; the words say why. Nothing was changed."""


@dataclass(frozen=True)
class Plan:
    """What giving back an amount of a payment comes to, in minor units: `before` was given back earlier, `overpaid` of
    the amount the household had paid too much, `reduced` is let off its price, `left` could still be given back."""

    paid: int
    before: int
    amount: int
    overpaid: int
    reduced: int

    @property
    def left(self) -> int:
        return self.paid - self.before - self.amount


def plan(*, payment: Payment, amount: int) -> Plan:
    """What a refund would be: the arithmetic of the preview and of the act alike. Raises CannotRefund."""
    payment.refresh_from_db(fields=["refunded", "succeeded_at"])
    left = payment.amount - payment.refunded if payment.succeeded_at else 0
    if amount < 1 or amount > left:
        raise CannotRefund(_too_much(payment, left))
    overpaid = min(amount, overpaid_of(payment.order))
    return Plan(payment.amount, payment.refunded, amount, overpaid, amount - overpaid)


def overpaid_of(order: Order) -> int:
    """What an order was paid too much and is not on its way back already."""
    leaving = Refund.objects.on_its_way().filter(payment__order=order).aggregate(sum=Sum(F("amount") - F("reduced")))
    return max(0, -ledger.owed(order) - int(leaving["sum"] or 0))


def ask(
    *,
    payment: Payment,
    amount: int,
    reason: str,
    at: datetime,
    way: str = Payment.Method.CARD,
    because: str = "",
    token: uuid.UUID | None = None,
    by: User | None = None,
) -> Refund:
    """Write down that an amount is to be given back; `send` does it, or, where it goes by hand, it is done.

    The same `token` gives the same refund again. Raises CannotRefund when that much of the payment is not left.
    """
    reference = token or uuid.uuid4()
    try:
        with transaction.atomic():
            _keep_to_ourselves(payment)
            if known := Refund.objects.filter(reference=reference, payment=payment).first():
                return known
            planned = plan(payment=payment, amount=amount)
            refund = Refund.objects.create(
                payment=payment, amount=amount, reduced=planned.reduced, way=way, reason=reason, because=because,
                reference=reference, asked_at=at, asked_by=by,
            )  # fmt: skip
            _count(payment, amount)
            if way != Payment.Method.CARD:
                _accepted(refund, provider_object=None, at=at)
    except IntegrityError:
        raise CannotRefund(_("This form was sent before, for another payment. Begin again.")) from None
    return refund


def return_overpaid(
    order: Order, *, reason: str, by: User | None, at: datetime, most: int | None = None
) -> list[Refund]:
    """Send what an order was paid too much (at `most` so much of it) back to the cards it came from, the last payment
    first. What did not come by card only the farmer can give back: it stays as credit until then. Inside the
    transaction that made it so."""
    over, asked = overpaid_of(order), []
    over = over if most is None else min(over, most)
    came = Payment.objects.filter(order=order, succeeded_at__isnull=False, refunded__lt=F("amount"))
    for payment in came.exclude(provider_object=None).order_by("-succeeded_at", "-pk"):
        amount = min(over, payment.amount - payment.refunded)
        amount -= amount % step_of(payment.currency)  # what a card cannot be given back stays as credit
        if amount:
            asked.append(ask(payment=payment, amount=amount, reason=reason, at=at, by=by))
            over -= amount
    for refund in asked:
        transaction.on_commit(partial(send, refund, at=at), robust=True)
    return asked


def send(refund: Refund, *, at: datetime) -> bool:
    """Ask the provider to give the money back, as often as needed with the one key; post it when it accepted.

    False while the provider does not answer: the sweep asks again.
    """
    payment = refund.payment
    try:
        state = stripe_refunds.refund(
            key=str(refund.reference),
            payment_intent=payment.provider_object or "",
            account=payment.account,
            amount=refund.amount,
            reason=refund.because or refund.reason,
        )
    except stripe_gateway.PaymentProviderDown:
        return False
    except stripe_gateway.PaymentRefused:
        _refused(refund, at)
        return False
    if state.status in ("failed", "canceled"):
        _refused(refund, at)
        return False
    _accepted(refund, provider_object=state.refund_id, at=at)
    return True


def send_waiting(*, at: datetime) -> int:
    """Sweep: send what has not left; how many were accepted. One refund's failure stops no other."""
    sent = 0
    waiting = Refund.objects.on_its_way().filter(way=Payment.Method.CARD, asked_at__lte=at)
    for refund in waiting.select_related("payment__order__farm").order_by("pk"):
        try:
            sent += send(refund, at=at)
        except Exception:
            log.exception("refund %s could not be sent", refund.pk)
    return sent


def failed(refund: Refund, *, provider_object: str, at: datetime) -> bool:
    """The provider says that a refund failed. Only what it had accepted can: where that was not written down yet, it is
    now, and whoever heard it accepted finds it done. True the first time."""
    with transaction.atomic():
        _accepted(refund, provider_object=provider_object, at=at, tell=False)
        return failed_later(refund, at=at)


def failed_later(refund: Refund, *, at: datetime) -> bool:
    """The provider accepted a refund, and the bank sent the money back: it is with the provider again, and the farm
    owes it to the household. True the first time; the farm's owners are told."""
    with transaction.atomic():
        _keep_to_ourselves(refund.payment)
        done = Refund.objects.filter(pk=refund.pk, accepted_at__isnull=False, failed_at=None)
        if not done.update(failed_at=at):
            return False
        _post(refund, key=f"refund-failed:{refund.reference}", kind="refund_failed", amount=-refund.amount, at=at)
        _count(refund.payment, -refund.amount)
        letters.write_refund_failed(refund, at=at)
    return True


def _keep_to_ourselves(payment: Payment) -> None:
    """Hold the order's row until commit: what is owed and what is given back of it change one after the other."""
    Order.objects.filter(pk=payment.order_id).update(held_until=F("held_until"))


def _count(payment: Payment, amount: int) -> None:
    """Take so much of a payment for a refund, or give it free again (a negative amount)."""
    rows = Payment.objects.filter(pk=payment.pk, succeeded_at__isnull=False, refunded__lte=F("amount") - amount)
    if not rows.update(refunded=F("refunded") + amount):
        payment.refresh_from_db(fields=["refunded"])
        raise CannotRefund(_too_much(payment, payment.amount - payment.refunded))


def _too_much(payment: Payment, left: int) -> str:
    if left <= 0:
        return _("All of this payment has been given back already.")
    amount = isolated(money(left, payment.currency))
    return _("Of this payment at most %(amount)s can still be given back.") % {"amount": amount}


def _refused(refund: Refund, at: datetime) -> None:
    """The provider said no: the amount is free to be given back otherwise, and the farm sees it on its pages."""
    with transaction.atomic():
        _keep_to_ourselves(refund.payment)
        if Refund.objects.on_its_way().filter(pk=refund.pk).update(refused_at=at):
            _count(refund.payment, -refund.amount)
            letters.write_refund_failed(refund, at=at)
            log.error("refund %s was refused by the provider", refund.pk)


def _accepted(refund: Refund, *, provider_object: str | None, at: datetime, tell: bool = True) -> None:
    """The money is on its way: into the books, and a letter (`tell`); once, whoever comes first."""
    with transaction.atomic():
        _keep_to_ourselves(refund.payment)
        facts = {"accepted_at": at, "provider_object": provider_object}
        if not Refund.objects.on_its_way().filter(pk=refund.pk).update(**facts):
            return
        refund.accepted_at, refund.provider_object = at, provider_object
        if refund.reduced:
            moves = {Account.LET_OFF: refund.reduced, Account.OWED: -refund.reduced}
            order, key = refund.payment.order, f"let-off:{refund.reference}"
            ledger.post(order=order, key=key, kind="let_off", moves=moves, at=at)
        key = f"refund:{provider_object or refund.reference}"
        _post(refund, key=key, kind="refund", amount=refund.amount, at=at)
        if tell:
            letters.write_refund(refund, at=at)
        invoices.credit_what_was_reduced(refund.payment.order, refund=refund, at=at)


def _post(refund: Refund, *, key: str, kind: str, amount: int, at: datetime) -> None:
    moves = {Account.OWED: amount, WHERE[Payment.Method(refund.way)]: -amount}
    ledger.post(order=refund.payment.order, key=key, kind=kind, moves=moves, at=at)
