"""Paying by bank debit: made today, known in some days (https://docs.stripe.com/payments/sepa-debit/accept-a-payment).

The session is complete and unpaid meanwhile; `checkout.session.async_payment_succeeded` or `_failed` tells the end
(https://docs.stripe.com/payments/checkout/fulfill-orders#delayed-notification).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from . import checkout, payments, saved
from .cards import Card
from .events import tell
from .store import Json
from .world import World

# https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-integration
IBANS = {
    "AT611904300234573201": True,
    "DE89370400440532013000": True,
    "FR1420041010050500013M02606": True,
    "AT861904300235473202": False,
    "DE62370400440532013001": False,
}
KNOWN_AFTER = 180.0  # "after three minutes", of real time; the control `debit` does not wait


@dataclass(frozen=True)
class Debit:
    last4: str
    succeeds: bool


def debit_of(iban: str) -> Debit | None:
    plain = iban.replace(" ", "").upper()
    return Debit(plain[-4:], IBANS[plain]) if plain in IBANS else None


def pay(world: World, session: Json, debit: Debit, *, name: str, email: str) -> Json:
    """The buyer gave a mandate: the session is complete, the money is on its way."""
    intent = checkout.begin(world, session, name=name, email=email)
    card = Card(brand="sepa_debit", last4=debit.last4)
    method = saved.keep_method(world, card, customer=intent["customer"], kind="sepa_debit")
    intent |= {
        "status": "processing",
        "payment_method": method["id"],
        "payment_method_types": ["sepa_debit"],
        "_card": saved.traits(card),
        "_billing": {"name": name, "email": email},
        "_debit_succeeds": debit.succeeds,
        "_ends_at": time.time() + KNOWN_AFTER,
    }
    tell(world, "payment_intent.processing", world.store.put(intent))
    checkout.complete(world, session, payment_status="unpaid")
    return intent


def finish(world: World, intent: Json, *, succeeded: bool) -> Json:
    """The buyer's bank has answered."""
    if intent["status"] != "processing":
        return intent
    intent.pop("_ends_at", None)
    if not succeeded:
        intent["_card"]["decline"] = ["payment_intent_payment_attempt_failed", "insufficient_funds", "No funds."]
    intent = payments.settle(world, intent)
    session = checkout.of_intent(world, intent["id"])
    if session is None:  # taken from a saved account, off session
        return intent
    if succeeded:
        session["payment_status"] = "paid"
        world.store.put(session)
    tell(world, f"checkout.session.async_payment_{'succeeded' if succeeded else 'failed'}", session)
    return intent


def finish_due(world: World) -> None:
    for intent in world.store.find("payment_intent", "json_extract(body, '$._ends_at') <= ?", time.time()):
        finish(world, intent, succeeded=intent["_debit_succeeds"])
