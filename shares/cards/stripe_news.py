"""What Stripe tells: an event as a webhook brought it, and its lists of events and payments when it is asked.

The gateway's fourth story. A webhook is believed for its signature and its age; what it says is where to look.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from shares.cards.stripe_gateway import LONGEST_ID, client, fee_of, from_seconds, is_live, options, signed_at, talking

TOLERANCE = 300  # seconds a webhook may be old (Stripe signs each attempt anew)
AHEAD = 60  # seconds a webhook's clock may be ahead of ours
# What reconciling looks at.
EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "payment_intent.payment_failed",
)


class ForgedEvent(Exception):
    """Not signed with our secret, or not meant for us."""


class StaleEvent(Exception):
    """Rightly signed, but too long ago or in the future."""


class UnreadableEvent(Exception):
    """Rightly signed, but not an event."""


@dataclass(frozen=True)
class Event:
    id: str
    type: str
    created: datetime
    object_id: str
    reference: str | None
    session_id: str | None
    payment_intent: str | None
    account: str = ""  # whose event it is, where farms have accounts of their own


@dataclass(frozen=True)
class PaymentState:
    payment_intent: str
    reference: str | None
    paid: bool
    amount: int
    refunded: int
    currency: str
    fee: int | None
    created: datetime


def read_event(payload: bytes, signature: str) -> Event:
    """A webhook's body as an event; raises ForgedEvent, StaleEvent or UnreadableEvent (answer 400 to each).

    Stripe's own check takes times ahead of ours and replays within five minutes: the future is refused here,
    and an event told twice is for the caller to know by its id.
    """
    _verify(payload, signature)
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError) as e:
        raise UnreadableEvent("not JSON") from e
    if not isinstance(event, dict) or event.get("object") != "event":
        raise UnreadableEvent("not an event")
    if event.get("livemode") is not is_live(settings.STRIPE_SECRET_KEY):
        raise ForgedEvent("test and live mode are mixed")
    if event.get("context") or (event.get("account") and not settings.STRIPE_CONNECT):
        raise ForgedEvent("another account's event")
    return _event(event)


def list_events(since: datetime, *, account: str = "") -> Iterator[Event]:
    """What happened since then, oldest first: for what no webhook told. Stripe keeps events for 30 days."""
    with talking():
        found = client().v1.events.list(
            {"created": {"gte": int(since.timestamp())}, "types": list(EVENT_TYPES), "limit": 100}, options(account)
        )
        events = [_event(event.to_dict()) for event in found.auto_paging_iter()]
    yield from reversed(events)


def list_payments(since: datetime, *, account: str = "") -> Iterator[PaymentState]:
    """Every payment begun since then, oldest first, with what was given back and what Stripe kept."""
    with talking():
        found = client().v1.payment_intents.list(
            {
                "created": {"gte": int(since.timestamp())},
                "limit": 100,
                "expand": ["data.latest_charge.balance_transaction"],
            },
            options(account),
        )
        payments = [_payment_state(intent) for intent in found.auto_paging_iter()]
    yield from reversed(payments)


def _verify(payload: bytes, signature: str) -> None:
    """Real time, not the farm's (CSA_NOW): it is about how fresh the message is."""
    try:
        seconds = signed_at(payload, signature)
    except UnicodeDecodeError as e:
        raise UnreadableEvent("not UTF-8") from e
    if seconds is None:
        raise ForgedEvent("not signed with our secret")
    if not -TOLERANCE <= seconds - time.time() <= AHEAD:
        raise StaleEvent(f"signed at {seconds}")


def _event(event: dict[str, Any]) -> Event:
    """The few facts of an event that mean the same in every version of Stripe's API."""
    try:
        thing = event["data"]["object"]
        kind = thing["object"]
        metadata = thing.get("metadata") or {}
        reference = thing.get("client_reference_id") or metadata.get("reference")
        intent = thing["id"] if kind == "payment_intent" else thing.get("payment_intent")
        if isinstance(intent, dict):
            intent = intent["id"]
        return Event(
            id=_word(event["id"]),
            type=_word(event["type"]),
            created=from_seconds(event["created"]),
            object_id=_word(thing["id"]),
            reference=_word(reference) if reference else None,
            session_id=_word(thing["id"]) if kind == "checkout.session" else None,
            payment_intent=_word(intent) if intent else None,
            account=_word(event["account"]) if event.get("account") else "",
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as e:
        raise UnreadableEvent(type(e).__name__) from e


def _word(text: Any) -> str:
    """An id or a name of an event: short and plain, so that any database takes it."""
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or not 0 < len(text) <= LONGEST_ID:
        raise ValueError("not an id")
    return text


def _payment_state(intent: Any) -> PaymentState:
    charge = intent.latest_charge
    return PaymentState(
        payment_intent=intent.id,
        reference=intent.metadata.to_dict().get("reference"),
        paid=intent.status == "succeeded",
        amount=intent.amount,
        refunded=charge.amount_refunded if charge else 0,
        currency=intent.currency,
        fee=fee_of(charge),
        created=from_seconds(intent.created),
    )
