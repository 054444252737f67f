"""Payment methods kept for later, and SetupIntents (https://docs.stripe.com/payments/save-and-reuse,
https://docs.stripe.com/payments/save-during-payment)."""

from __future__ import annotations

from typing import Any

from . import cards, lists
from .cards import Card
from .errors import ApiError, no_such
from .events import tell
from .store import Json
from .world import World, new_id


def traits(card: Card) -> Json:
    """What a payment must know of its card: never the number."""
    return {
        "brand": card.brand,
        "last4": card.last4,
        "refund": card.refund,
        "decline": card.decline,
        "asks": card.asks,
        "insists": card.insists,
        "disputed": card.disputed,
    }


def keep_method(world: World, card: Card, *, customer: str | None, kind: str = "card") -> Json:
    details = {"last4": card.last4} | (
        {"brand": card.brand, "exp_month": 12, "exp_year": 2040} if kind == "card" else {}
    )
    return world.store.put(
        {
            "id": new_id("pm_1"),
            "object": "payment_method",
            "billing_details": {"address": None, "email": None, "name": None, "phone": None},
            "created": world.now(),
            "customer": customer,
            "livemode": False,
            "metadata": {},
            "type": kind,
            kind: details,
            "_card": traits(card),
            "_set_up": False,
        }
    )


def found(world: World, id: str, *, customer: str | None, param: str = "payment_method") -> tuple[Json, bool, str]:
    """The card's traits, whether it was set up for later, and its kind; test names (pm_card_visa) are known too."""
    if id in cards.PAYMENT_METHODS:
        return traits(cards.card_of(cards.PAYMENT_METHODS[id])), False, "card"
    method = world.store.get(id, "payment_method")
    if method is None:
        raise no_such("PaymentMethod", id, param=param)
    if method["customer"] is None or method["customer"] != customer:
        raise ApiError(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be "
            "used again. To use a PaymentMethod multiple times, you must attach it to a Customer first."
            if method["customer"] is None
            else f"The customer does not have a payment method with the ID {id}.",
            param=param,
        )
    return method["_card"], method["_set_up"], method["type"]


def remember(world: World, method_id: str, customer: str) -> None:
    """Set up for later: attached to its customer, its bank asked once and for all."""
    method = world.store.get(method_id, "payment_method")
    if method:
        before = {"customer": method["customer"]}
        method |= {"customer": customer, "_set_up": True}
        tell(world, "payment_method.attached", world.store.put(method), before=before)


def becomes(world: World, method_id: str, number: str) -> Json:
    """A control: from now on the kept card does what this test card does (it expired, its account is empty …)."""
    method = world.store.get(method_id, "payment_method")
    if method is None:
        raise no_such("PaymentMethod", method_id, param="payment_method")
    method["_card"] = traits(cards.card_of(cards.digits(number))) | {"last4": method["_card"]["last4"]}
    return world.store.put(method)


def retrieve_method(world: World, params: Json, id: str) -> Json:
    method = world.store.get(id, "payment_method")
    if method is None:
        raise no_such("PaymentMethod", id)
    return method


def list_methods(world: World, params: Json) -> Json:
    where: str = "1"
    values: tuple[Any, ...] = ()
    for name in ("customer", "type"):
        if name in params:
            where, values = f"({where}) AND json_extract(body, '$.{name}') = ?", (*values, params[name])
    return lists.page(world, "payment_method", params, url="/v1/payment_methods", where=where, values=values)


def create_setup(world: World, *, customer: str | None, metadata: dict[str, str]) -> Json:
    return world.store.put(
        {
            "id": new_id("seti_1"),
            "object": "setup_intent",
            "created": world.now(),
            "customer": customer,
            "last_setup_error": None,
            "livemode": False,
            "metadata": metadata,
            "next_action": None,
            "payment_method": None,
            "payment_method_types": ["card"],
            "status": "requires_payment_method",
            "usage": "off_session",
        }
    )


def attempt_setup(world: World, setup: Json, card: Card) -> Json:
    """A card is given for later. One that is declined now is refused; one whose bank asks is taken as answered: the
    page of a bank is the payment's story (a guess of a shorter way)."""
    if card.decline and not card.only_later:
        code, decline_code, message = card.decline
        error = ApiError(message, kind="card_error", code=code).error | {"decline_code": decline_code}
        setup |= {"status": "requires_payment_method", "last_setup_error": error}
        tell(world, "setup_intent.setup_failed", world.store.put(setup))
        return setup
    method = keep_method(world, card, customer=None)
    setup |= {"status": "succeeded", "payment_method": method["id"], "last_setup_error": None}
    world.store.put(setup)
    remember(world, method["id"], setup["customer"])
    tell(world, "setup_intent.succeeded", setup)
    return setup


def retrieve_setup(world: World, params: Json, id: str) -> Json:
    setup = world.store.get(id, "setup_intent")
    if setup is None:
        raise no_such("setup_intent", id)
    return setup
