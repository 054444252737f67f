"""PaymentIntents and the Charges and balance transactions they make (https://docs.stripe.com/payments/paymentintents/lifecycle)."""

from __future__ import annotations

from . import lists, saved
from .cards import Card
from .errors import ApiError, missing_parameter, no_such
from .events import tell
from .money import check_amount, check_currency, fee_for
from .store import Json
from .world import World, current_request, new_id, public

SETTLES_AFTER = 3 * 24 * 3600  # "available_on": a guess within https://docs.stripe.com/payouts#payout-speed


def create_intent(
    world: World,
    *,
    amount: int,
    currency: str,
    metadata: dict[str, str],
    description: str | None = None,
    receipt_email: str | None = None,
    customer: str | None = None,
    setup_future_usage: str | None = None,
) -> Json:
    id = new_id("pi_3")
    intent = {
        "id": id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{id}_secret_{new_id('')}",
        "confirmation_method": "automatic",
        "created": world.now(),
        "currency": currency,
        "customer": customer,
        "description": description,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": metadata,
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": receipt_email,
        "review": None,
        "setup_future_usage": setup_future_usage,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    tell(world, "payment_intent.created", world.store.put(intent))
    return intent


def attempt(world: World, intent: Json, card: Card, *, name: str | None = None, email: str | None = None) -> Json:
    """Try a card: the intent then has succeeded, requires_action (3-D Secure), or requires another method."""
    intent["payment_method"] = saved.keep_method(world, card, customer=None)["id"]
    intent["_card"] = saved.traits(card)
    intent["_billing"] = {"name": name, "email": email}
    return _ask_or_settle(world, intent, asks=card.asks)


def _ask_or_settle(world: World, intent: Json, *, asks: bool) -> Json:
    if asks:
        request = current_request.get()
        base = world.public_url or (request.base_url if request else "")
        url = f"{base}/3d_secure/{intent['id']}"
        intent |= {
            "status": "requires_action",
            "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": None}},
        }
        tell(world, "payment_intent.requires_action", world.store.put(intent))
        return intent
    return settle(world, intent)


def finish_challenge(world: World, intent: Json, *, passed: bool) -> Json:
    """The buyer answered their bank. A failed 3-D Secure makes no charge."""
    if intent["status"] != "requires_action":
        return intent
    intent["next_action"] = None
    if passed:
        return settle(world, intent)
    return _failed(
        world,
        intent,
        code="payment_intent_authentication_failure",
        decline_code=None,
        message="We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again.",
        charge=None,
    )


def settle(world: World, intent: Json) -> Json:
    """The card or the account is charged, or is not."""
    decline = intent["_card"]["decline"]
    charge = _charge(world, intent, declined=decline)
    if decline:
        tell(world, "charge.failed", world.store.put(charge))
        code, decline_code, message = decline
        return _failed(world, intent, code=code, decline_code=decline_code, message=message, charge=charge["id"])
    # With automatic_async capture the fee follows the charge (https://docs.stripe.com/payments/payment-intents/
    # asynchronous-capture): charge.succeeded bears no balance transaction, charge.updated does.
    tell(world, "charge.succeeded", world.store.put(charge))
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    tell(world, "payment_intent.succeeded", world.store.put(intent))
    if intent["setup_future_usage"] and intent["customer"]:
        saved.remember(world, intent["payment_method"], intent["customer"])
    charge["balance_transaction"] = balance(
        world, source=charge, amount=charge["amount"], fee=fee_for(charge["amount"], charge["currency"]), kind="charge"
    )["id"]
    tell(world, "charge.updated", world.store.put(charge), before={"balance_transaction": None})
    if intent["_card"]["disputed"]:
        from . import disputes

        disputes.open_dispute(world, intent)
    return intent


def _failed(
    world: World, intent: Json, *, code: str, decline_code: str | None, message: str, charge: str | None
) -> Json:
    error = ApiError(message, kind="card_error", code=code).error
    if decline_code:
        error["decline_code"] = decline_code
    if charge:
        error["charge"] = charge
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "latest_charge": charge or intent["latest_charge"],
        "last_payment_error": error,
    }
    tell(world, "payment_intent.payment_failed", world.store.put(intent))
    return intent


def _charge(world: World, intent: Json, *, declined: tuple[str, str | None, str] | None) -> Json:
    card, billing = intent["_card"], intent["_billing"]
    return {
        "id": new_id("ch_3"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0 if declined else intent["amount"],
        "amount_refunded": 0,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": billing["email"], "name": billing["name"], "phone": None},
        "calculated_statement_descriptor": None if declined else "STRIPE SANDBOX",
        "captured": not declined,
        "created": world.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": declined[0] if declined else None,
        "failure_message": declined[2] if declined else None,
        "fraud_details": {},
        "livemode": False,
        # "the metadata is copied from the PaymentIntent": https://docs.stripe.com/metadata#payment-intents
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "network_status": "declined_by_network" if declined else "approved_by_network",
            "reason": declined[1] if declined else None,
            "seller_message": declined[2] if declined else "Payment complete.",
            "type": "issuer_declined" if declined else "authorized",
        },
        "paid": not declined,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {
            intent["payment_method_types"][0]: {"brand": card["brand"], "last4": card["last4"]},
            "type": intent["payment_method_types"][0],
        },
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "status": "failed" if declined else "succeeded",
        "transfer_group": None,
        "_refund": card["refund"],
    }


def balance(world: World, *, source: Json, amount: int, fee: int, kind: str) -> Json:
    """A line of the account's balance: what came or went, and what Stripe kept of it."""
    details = [
        {"amount": fee, "currency": source["currency"], "description": "Stripe processing fees", "type": "stripe_fee"}
    ]
    return world.store.put(
        {
            "id": new_id("txn_3"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": world.now() + SETTLES_AFTER,
            "balance_type": "payments",
            "created": world.now(),
            "currency": source["currency"],
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": details if fee else [],
            "net": amount - fee,
            "reporting_category": kind,
            "source": source["id"],
            "status": "pending",
            "type": kind,
        }
    )


def balance_of_refund(world: World, refund: Json) -> str:
    """A refund takes the amount back; Stripe keeps its fee (https://docs.stripe.com/refunds)."""
    id: str = balance(world, source=refund, amount=-refund["amount"], fee=0, kind="refund")["id"]
    return id


def balance_of_failed_refund(world: World, refund: Json) -> str:
    id: str = balance(world, source=refund, amount=refund["amount"], fee=0, kind="refund_failure")["id"]
    return id


# --- the endpoints -------------------------------------------------------------------------------------------


def create(world: World, params: Json) -> Json:
    """An intent made through the API, confirmed at once when asked (an instalment, off session)."""
    currency = check_currency(params["currency"], param="currency")
    intent = create_intent(
        world,
        amount=check_amount(params["amount"], currency, param="amount"),
        currency=currency,
        metadata=params.get("metadata") or {},
        description=params.get("description"),
        receipt_email=params.get("receipt_email"),
        customer=params.get("customer"),
        setup_future_usage=params.get("setup_future_usage"),
    )
    if "payment_method" in params:
        saved.found(world, params["payment_method"], customer=params.get("customer"))
        intent |= {"payment_method": params["payment_method"], "status": "requires_confirmation"}
        world.store.put(intent)
    return confirm(world, params, intent["id"]) if params.get("confirm") else intent


def confirm(world: World, params: Json, id: str) -> Json:
    intent = _found(world, id)
    if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        raise _unexpected_state(intent, "confirm")
    method = params.get("payment_method") or intent["payment_method"]
    if not method:
        raise missing_parameter("payment_method")
    card, set_up, kind = saved.found(world, method, customer=intent["customer"])
    intent |= {"payment_method": method, "payment_method_types": [kind], "_card": card}
    intent["_billing"] = {"name": None, "email": intent["receipt_email"]}
    if kind == "sepa_debit":  # taken today, known in some days: debits.finish
        intent |= {"status": "processing", "_debit_succeeds": not card["decline"]}
        tell(world, "payment_intent.processing", world.store.put(intent))
        return intent
    asks = card["asks"] and (card["insists"] or not set_up)
    if asks and params.get("off_session"):
        # Nobody is there to answer the bank: https://docs.stripe.com/error-codes#authentication-required
        intent = _failed(
            world, intent, code="authentication_required", decline_code="authentication_required",
            message="Your card was declined. This transaction requires authentication.", charge=None,
        )  # fmt: skip
    else:
        intent = _ask_or_settle(world, intent, asks=asks)
    if intent["last_payment_error"]:
        return {"_status": 402, "error": intent["last_payment_error"] | {"payment_intent": public(intent)}}
    return intent


def cancel(world: World, params: Json, id: str) -> Json:
    intent = _found(world, id)
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise _unexpected_state(intent, "cancel")
    return cancel_intent(world, intent, reason=params.get("cancellation_reason"))


def cancel_intent(world: World, intent: Json, *, reason: str | None) -> Json:
    intent |= {"status": "canceled", "canceled_at": world.now(), "cancellation_reason": reason, "next_action": None}
    tell(world, "payment_intent.canceled", world.store.put(intent))
    return intent


def retrieve(world: World, params: Json, id: str) -> Json:
    return _found(world, id)


def list_intents(world: World, params: Json) -> Json:
    where: str = "1"
    values: tuple[str, ...] = ()
    if "customer" in params:
        where, values = "json_extract(body, '$.customer') = ?", (params["customer"],)
    return lists.page(world, "payment_intent", params, url="/v1/payment_intents", where=where, values=values)


def retrieve_charge(world: World, params: Json, id: str) -> Json:
    charge = world.store.get(id, "charge")
    if charge is None:
        raise no_such("charge", id)
    return charge


def list_charges(world: World, params: Json) -> Json:
    where: str = "1"
    values: tuple[str, ...] = ()
    if "payment_intent" in params:
        where, values = "json_extract(body, '$.payment_intent') = ?", (params["payment_intent"],)
    return lists.page(world, "charge", params, url="/v1/charges", where=where, values=values)


def retrieve_balance_transaction(world: World, params: Json, id: str) -> Json:
    line = world.store.get(id, "balance_transaction")
    if line is None:
        raise no_such("balance transaction", id)
    return line


def list_balance_transactions(world: World, params: Json) -> Json:
    where: str = "1"
    values: tuple[str, ...] = ()
    for name in ("source", "type"):
        if name in params:
            where, values = f"({where}) AND json_extract(body, '$.{name}') = ?", (*values, params[name])
    return lists.page(world, "balance_transaction", params, url="/v1/balance_transactions", where=where, values=values)


def _found(world: World, id: str) -> Json:
    intent = world.store.get(id, "payment_intent")
    if intent is None:
        raise no_such("payment_intent", id)
    return intent


def _unexpected_state(intent: Json, verb: str) -> ApiError:
    return ApiError(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=public(intent),
    )
