"""Money given back: asked for and committed, sent to the provider, posted only when it accepted."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from shares import ledger, letters, stripe_gateway
from shares.models import Account, Payment, Refund

log = logging.getLogger("hissa.refunds")


def ask(*, payment: Payment, amount: int, reason: str, at: datetime) -> Refund:
    """Write down that an amount is to be given back; `send` does it."""
    return Refund.objects.create(payment=payment, amount=amount, reason=reason, asked_at=at)


def send(refund: Refund, *, at: datetime) -> bool:
    """Ask the provider to give the money back, as often as needed with the one key; post it when it accepted.

    False while the provider does not answer: the sweep asks again.
    """
    payment = refund.payment
    try:
        state = stripe_gateway.refund(
            key=str(refund.reference),
            payment_intent=payment.provider_object or "",
            amount=refund.amount,
            reason=refund.reason,
        )
    except stripe_gateway.PaymentProviderDown:
        return False
    except stripe_gateway.PaymentRefused:
        Refund.objects.filter(pk=refund.pk, accepted_at=None).update(refused_at=at)
        log.error("refund %s was refused by the provider", refund.pk)
        return False
    with transaction.atomic():
        facts = {"accepted_at": at, "provider_object": state.refund_id}
        if Refund.objects.filter(pk=refund.pk, accepted_at=None).update(**facts):
            _post(refund, state.refund_id, at)
            letters.write_refund(refund, at=at)
    return True


def _post(refund: Refund, provider_object: str, at: datetime) -> None:
    moves = {Account.OWED: refund.amount, Account.CARD: -refund.amount}
    order = refund.payment.order
    ledger.post(order=order, key=f"refund:{provider_object}", kind="refund", moves=moves, at=at)
