"""A buyer tells their bank that a payment was not theirs: the provider takes it back at once, with a fee, and returns
both when the farm wins. Each of these moves is posted once; the farm's owners are told and may talk with the household.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from shares.books import ledger
from shares.cards import stripe_refunds
from shares.cards.stripe_gateway import PaymentProviderDown, PaymentRefused
from shares.in_parts import part_letters
from shares.models import Account, Payment


def heard(dispute: str, *, account: str, at: datetime) -> bool:
    """Ask the provider how a dispute stands, post what it moved, tell the farm; False when it did not answer."""
    try:
        state = stripe_refunds.find_dispute(dispute, account=account)
    except PaymentProviderDown:
        return False
    except PaymentRefused:  # it knows no such dispute
        return True
    payments = Payment.objects.filter(provider_object=state.payment_intent, account=account)
    payment = payments.select_related("order__farm", "order__household").first()
    if payment is None:
        return True
    with transaction.atomic():
        for move, amount, fee in state.moves:
            moves = {Account.CARD: amount - fee, Account.OWED: -amount, Account.FEES: fee}
            ledger.post(order=payment.order, key=f"dispute:{move}", kind="dispute", moves=moves, at=at)
        status = state.status if state.status in ("won", "lost") else "open"
        part_letters.write_dispute(payment, dispute=state.dispute_id, amount=state.amount, status=status, at=at)
    return True
