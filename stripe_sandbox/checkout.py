"""Checkout Sessions: one visit to the till (https://docs.stripe.com/api/checkout/sessions)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from . import catalogue, lists, payments, saved
from .cards import Card
from .errors import ApiError, bad_parameter, missing_parameter, no_such
from .events import tell
from .money import check_amount, check_currency
from .store import Json
from .world import World, current_request, new_id

# "anywhere from 30 minutes to 24 hours after Checkout Session creation. By default … 24 hours"
SHORTEST, LONGEST = 30 * 60, 24 * 3600
MOST_LINES = 100  # payment mode: https://docs.stripe.com/api/checkout/sessions/create line_items
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def create(world: World, params: Json) -> Json:
    _check(params)
    if "customer" in params:
        catalogue.customer(world, params["customer"], param="customer")
    currency, lines = _lines(world, params) if params["mode"] == "payment" else (params.get("currency"), [])
    total = sum(line["amount_total"] for line in lines)
    if total and currency:
        check_amount(total, currency, param="line_items")
    id = new_id("cs_test_", 58)
    request = current_request.get()
    base = world.public_url or (request.base_url if request else "")
    session = _session(world, params, id=id, url=f"{base}/c/pay/{id}", currency=currency, total=total)
    session["_lines"] = lines
    session["_intent"] = params.get("payment_intent_data") or {}
    session["customer_creation"] = params.get("customer_creation", "if_required")
    if params["mode"] == "setup":
        # "Use Checkout to save payment details": https://docs.stripe.com/payments/checkout/save-and-reuse
        data = params.get("setup_intent_data") or {}
        session |= {"mode": "setup", "payment_status": "no_payment_required", "amount_total": None}
        setup = saved.create_setup(world, customer=params.get("customer"), metadata=data.get("metadata") or {})
        session["setup_intent"] = setup["id"]
    return world.store.put(session)


def _check(params: Json) -> None:
    if params.get("mode") is None:
        raise missing_parameter("mode")
    if params["mode"] not in ("payment", "setup"):
        raise ApiError("This sandbox only speaks `mode=payment` and `mode=setup`.", param="mode", replayed=False)
    if "customer" in params and ("customer_email" in params or "customer_creation" in params):
        raise bad_parameter("You may only specify one of these parameters: customer, customer_email.", param="customer")
    if params["mode"] == "setup" and "currency" not in params:
        # "required … when payment_method_types is not set" in setup mode: https://docs.stripe.com/api/checkout/sessions
        raise missing_parameter("currency")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise ApiError("This sandbox only speaks `ui_mode=hosted_page`.", param="ui_mode", replayed=False)
    if "success_url" not in params:
        raise missing_parameter("success_url")
    for name in ("success_url", "cancel_url"):
        if name in params and not _is_url(params[name]):
            raise bad_parameter("Not a valid URL", param=name, code="url_invalid")
    if len(params.get("client_reference_id", "")) > 200:
        raise bad_parameter(
            "Invalid string: client_reference_id; must be at most 200 characters", param="client_reference_id"
        )
    if "customer_email" in params and not EMAIL.fullmatch(params["customer_email"]):
        raise bad_parameter(
            f"Invalid email address: {params['customer_email'][:100]}", param="customer_email", code="email_invalid"
        )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable() and " " not in text


def _lines(world: World, params: Json) -> tuple[str, list[Json]]:
    wanted = params.get("line_items") or []
    if not wanted:
        raise missing_parameter("line_items")
    if len(wanted) > MOST_LINES:
        raise bad_parameter(f"You may only specify up to {MOST_LINES} line items.", param="line_items")
    lines = [_line(world, item, f"line_items[{index}]") for index, item in enumerate(wanted)]
    currencies = {line["currency"] for line in lines}
    if len(currencies) > 1:
        raise bad_parameter("All line items must have the same currency.", param="line_items")
    return currencies.pop(), lines


def _line(world: World, item: Json, path: str) -> Json:
    if ("price" in item) == ("price_data" in item):
        raise bad_parameter("You must specify either `price` or `price_data`.", param=path)
    price = (
        catalogue.price(world, item["price"], param=f"{path}[price]")
        if "price" in item
        else _inline_price(world, item["price_data"], f"{path}[price_data]")
    )
    if "quantity" not in item:
        raise missing_parameter(f"{path}[quantity]")
    if not 1 <= item["quantity"] <= 999_999:
        raise bad_parameter(
            "This value must be greater than or equal to 1.",
            param=f"{path}[quantity]",
            code="parameter_invalid_integer",
        )
    amount = price["unit_amount"] * item["quantity"]
    return {
        "id": new_id("li_1"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": price["_name"],
        "price": {key: value for key, value in price.items() if not key.startswith("_")},
        "quantity": item["quantity"],
    }


def _inline_price(world: World, data: Json, path: str) -> Json:
    currency = check_currency(data["currency"], param=f"{path}[currency]")
    if "unit_amount" not in data:
        raise missing_parameter(f"{path}[unit_amount]")
    if data["unit_amount"] < 0:
        raise bad_parameter(
            "Invalid non-negative integer", param=f"{path}[unit_amount]", code="parameter_invalid_integer"
        )
    if ("product" in data) == ("product_data" in data):
        raise bad_parameter("You must specify either `product` or `product_data`.", param=path)
    product = data.get("product") or new_id("prod_", 14)
    name = (
        data["product_data"]["name"]
        if "product_data" in data
        else catalogue.product(world, product, param=f"{path}[product]")["name"]
    )
    return catalogue.new_price(world, currency=currency, unit_amount=data["unit_amount"], product=product, name=name)


def _session(world: World, params: Json, *, id: str, url: str, currency: str | None, total: int) -> Json:
    at = world.now()
    expires_at = params.get("expires_at", at + LONGEST)
    if expires_at < at + SHORTEST:
        raise ApiError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if expires_at > at + LONGEST:
        raise ApiError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    email = params.get("customer_email")
    return _blank() | {
        "id": id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "branding_settings": params.get("branding_settings"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": at,
        "currency": currency,
        "customer": params.get("customer"),
        "customer_details": {"address": None, "email": email, "name": None, "phone": None} if email else None,
        "customer_email": email,
        "expires_at": expires_at,
        "locale": params.get("locale"),
        "metadata": params.get("metadata") or {},
        "payment_status": "unpaid" if total else "no_payment_required",
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": url,
    }


def _blank() -> Json:
    """The fields a payment-mode session of ours never fills, which code may all the same look at."""
    nothing = (
        "adaptive_pricing after_expiration allow_promotion_codes billing_address_collection client_secret consent"
        " consent_collection currency_conversion invoice payment_intent payment_link origin_context recovered_from"
        " payment_method_configuration_details saved_payment_method_options setup_intent shipping_address_collection"
        " shipping_cost subscription wallet_options"
    )
    blank: Json = dict.fromkeys(nothing.split())
    return blank | {
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer_creation": "if_required",
        "discounts": [],
        "livemode": False,
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "ui_mode": "hosted_page",
    }


def retrieve(world: World, params: Json, id: str) -> Json:
    return found(world, id)


def found(world: World, id: str) -> Json:
    """The session as it is now: one whose time is over has expired, whoever looks first."""
    session = world.store.get(id, "checkout.session")
    if session is None:
        raise no_such("checkout.session", id)
    if session["status"] == "open" and session["expires_at"] <= world.now():
        return _expired(world, session)
    return session


def list_sessions(world: World, params: Json) -> Json:
    where: str = "1"
    values: tuple[Any, ...] = ()
    for name in ("payment_intent", "status", "customer"):
        if name in params:
            where, values = f"({where}) AND json_extract(body, '$.{name}') = ?", (*values, params[name])
    if "customer_details" in params:
        where = f"({where}) AND json_extract(body, '$.customer_details.email') = ?"
        values = (*values, params["customer_details"]["email"])
    expire_due(world)
    return lists.page(world, "checkout.session", params, url="/v1/checkout/sessions", where=where, values=values)


def line_items(world: World, params: Json, id: str) -> Json:
    return lists.listing(found(world, id)["_lines"], url=f"/v1/checkout/sessions/{id}/line_items")


def expire(world: World, params: Json, id: str) -> Json:
    session = found(world, id)
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session['status']}."
        )
    return _expired(world, session)


def expire_due(world: World) -> None:
    where = "json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?"
    for session in world.store.find("checkout.session", where, world.now(), order="seq ASC"):
        _expired(world, session)


def _expired(world: World, session: Json) -> Json:
    """Closed unpaid. A payment that was waiting for its bank is given up with it."""
    intent = world.store.get(session["payment_intent"] or "", "payment_intent")
    if intent and intent["status"] not in ("succeeded", "canceled"):
        payments.cancel_intent(world, intent, reason="automatic")
    session |= {"status": "expired", "url": None}
    tell(world, "checkout.session.expired", world.store.put(session))
    return session


def pay(world: World, session: Json, card: Card, *, name: str, email: str) -> Json:
    """The buyer pressed Pay with a card that may be tried; returns the PaymentIntent as it came out."""
    intent = begin(world, session, name=name, email=email)
    intent = payments.attempt(world, intent, card, name=name, email=email)
    complete_if_paid(world, session, intent)
    return intent


def give_card(world: World, session: Json, card: Card, *, name: str, email: str) -> Json:
    """The buyer gave a card for later (mode=setup); returns the SetupIntent as it came out."""
    setup = saved.retrieve_setup(world, {}, session["setup_intent"])
    setup["customer"] = _customer(world, session, name=name, email=email)
    setup = saved.attempt_setup(world, setup, card)
    if setup["status"] == "succeeded":
        complete(world, session, payment_status="no_payment_required")
    return setup


def _customer(world: World, session: Json, *, name: str, email: str) -> str | None:
    """Whom the payment is kept for: named, made now, or nobody (a guest)."""
    if session["customer"] is None and (session["customer_creation"] == "always" or session["mode"] == "setup"):
        session["customer"] = catalogue.create_customer(world, {"name": name, "email": email})["id"]
        world.store.put(session)
    found: str | None = session["customer"]
    return found


def begin(world: World, session: Json, *, name: str, email: str) -> Json:
    """The payment of a session, the same one for each card that is tried.

    The intent is born here and not with the session, as Stripe does it since 2022-08-01
    (https://docs.stripe.com/changelog, "PaymentIntent creation is deferred").
    """
    intent = world.store.get(session["payment_intent"] or "", "payment_intent")
    if intent is None:
        customer = _customer(world, session, name=name, email=email)
        data = session["_intent"]
        intent = payments.create_intent(
            world,
            amount=session["amount_total"],
            currency=session["currency"],
            metadata=data.get("metadata") or {},
            description=data.get("description"),
            receipt_email=data.get("receipt_email"),
            customer=customer,
            setup_future_usage=data.get("setup_future_usage"),
        )
        session["payment_intent"] = intent["id"]
    session["customer_details"] = {"address": None, "email": email, "name": name, "phone": None}
    world.store.put(session)
    return intent


def complete_if_paid(world: World, session: Json, intent: Json) -> None:
    if intent["status"] == "succeeded" and session["status"] == "open":
        complete(world, session, payment_status="paid")


def complete(world: World, session: Json, *, payment_status: str) -> None:
    session |= {"status": "complete", "payment_status": payment_status, "url": None}
    tell(world, "checkout.session.completed", world.store.put(session))


def finish_challenge(world: World, intent: Json, *, passed: bool) -> Json:
    """The bank's answer, and what it means for the session the intent belongs to."""
    session = of_intent(world, intent["id"])
    intent = world.store.get(intent["id"]) or intent  # the session may just have expired and cancelled it
    intent = payments.finish_challenge(world, intent, passed=passed)
    if session:
        complete_if_paid(world, session, intent)
    return intent


def of_intent(world: World, intent_id: str) -> Json | None:
    rows = world.store.find("checkout.session", "json_extract(body, '$.payment_intent') = ?", intent_id, limit=1)
    return found(world, rows[0]["id"]) if rows else None


def success_address(session: Json) -> str:
    """https://docs.stripe.com/payments/checkout/custom-success-page"""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
