"""Money that goes back: refunds, which we ask for, and disputes, which a bank decides. The gateway's fifth story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shares.cards.stripe_gateway import checked_id, client, options, talking


@dataclass(frozen=True)
class RefundState:
    refund_id: str
    status: str  # pending, succeeded, failed, canceled, requires_action
    amount: int
    key: str  # by which we asked for it; empty when somebody else did


@dataclass(frozen=True)
class DisputeState:
    """`moves` are what went out of the account or came back, each once: its id, the amount (negative: out), and the fee
    (negative: given back)."""

    dispute_id: str
    payment_intent: str
    status: str  # needs_response, under_review, won, lost, …
    amount: int
    moves: tuple[tuple[str, int, int], ...]


def refund(*, key: str, payment_intent: str, amount: int, reason: str, account: str = "") -> RefundState:
    """Give back a part of a payment, once per key. `reason` is kept with it for the farm, in its own words.

    Raises PaymentRefused when Stripe says no (more than is left, already refunded), PaymentProviderDown when
    nobody knows whether it did: then ask again with the same key. Stripe forgets keys after a day, so the refund
    bears it too and is looked for first.
    """
    with talking():
        known = client().v1.refunds.list({"payment_intent": checked_id(payment_intent), "limit": 100}, options(account))
        for made in known.auto_paging_iter():
            if _state(made).key == key[:500]:
                return _state(made)
        made = client().v1.refunds.create(
            {
                "payment_intent": checked_id(payment_intent),
                "amount": amount,
                "reason": "requested_by_customer",
                "metadata": {"reason": reason[:500], "key": key[:500]},
            },
            options(account, f"refund-{key}"),
        )
    return _state(made)


def find_refund(refund_id: str, *, account: str = "") -> RefundState:
    """What became of a refund: it may fail weeks after it was accepted."""
    with talking():
        made = client().v1.refunds.retrieve(checked_id(refund_id), None, options(account))
    return _state(made)


def find_dispute(dispute_id: str, *, account: str = "") -> DisputeState:
    """A payment that its buyer disputes, and what that has moved so far."""
    with talking():
        found = client().v1.disputes.retrieve(checked_id(dispute_id), None, options(account))
    intent = found.payment_intent
    return DisputeState(
        dispute_id=found.id,
        payment_intent=intent if isinstance(intent, str) else intent.id if intent else "",
        status=found.status,
        amount=found.amount,
        moves=tuple((line.id, line.amount, line.fee) for line in found.balance_transactions),
    )


def _state(made: Any) -> RefundState:
    key = made.metadata.to_dict().get("key", "") if made.metadata is not None else ""
    return RefundState(made.id, made.status or "pending", made.amount, key)
