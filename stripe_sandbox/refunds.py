"""Giving money back, never more than came (https://docs.stripe.com/api/refunds, https://docs.stripe.com/refunds)."""

from __future__ import annotations

import time

from . import lists, payments
from .errors import ApiError, bad_parameter, missing_parameter, no_such
from .events import tell
from .money import shown
from .store import Json
from .world import World, new_id

LATER = 2.0  # seconds until a pending refund is done or a doomed one fails


def create(world: World, params: Json) -> Json:
    charge = _charge_of(world, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if charge["refunded"] or left == 0:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", param="charge"
        )
    if amount < 1:
        raise bad_parameter(
            "This value must be greater than or equal to 1.", param="amount", code="parameter_invalid_integer"
        )
    if amount > left:
        money = charge["currency"]
        what = "charge amount" if left == charge["amount"] else "unrefunded amount on charge"
        raise ApiError(
            f"Refund amount ({shown(amount, money)}) is greater than {what} ({shown(left, money)})",
            code="amount_too_large",
            param="amount",
        )
    return _refund(world, charge, amount, params)


def _charge_of(world: World, params: Json) -> Json:
    if "payment_intent" in params:
        intent = world.store.get(params["payment_intent"], "payment_intent")
        if intent is None:
            raise no_such("payment_intent", params["payment_intent"], param="payment_intent")
        if intent["status"] != "succeeded":
            raise ApiError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        params = params | {"charge": intent["latest_charge"]}
    if "charge" not in params:
        raise missing_parameter("payment_intent")
    charge = world.store.get(params["charge"], "charge")
    if charge is None or charge["status"] != "succeeded":
        raise no_such("charge", params["charge"], param="charge")
    return charge


def _refund(world: World, charge: Json, amount: int, params: Json) -> Json:
    ends = charge["_refund"]
    refund: Json = {
        "id": new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "destination_details": {"card": {"type": "refund", "reference_status": "pending"}, "type": "card"},
        "metadata": params.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        # https://docs.stripe.com/testing#refunds: one card's refunds begin pending, one's succeed and fail later
        "status": "pending" if ends == "pending" else "succeeded",
        "transfer_reversal": None,
    }
    if ends != "succeeded":
        refund |= {"_ends": "succeeded" if ends == "pending" else "failed", "_ends_at": time.time() + LATER}
    refund["balance_transaction"] = payments.balance_of_refund(world, refund)
    world.store.put(refund)
    before = {key: charge[key] for key in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.store.put(charge)
    tell(world, "refund.created", refund)
    tell(world, "charge.refunded", charge, before=before)
    return refund


def finish_due(world: World) -> None:
    """Bring pending and doomed refunds to their end."""
    due = world.store.find("refund", "json_extract(body, '$._ends_at') <= ?", time.time(), order="seq ASC")
    for refund in due:
        finish(world, refund, refund["_ends"])


def finish(world: World, refund: Json, status: str) -> Json:
    """A refund has arrived, or came back from the buyer's bank (which can take weeks)."""
    before = refund["status"]
    refund["status"] = status
    for name in ("_ends", "_ends_at"):
        refund.pop(name, None)
    if status == "failed":
        _take_back(world, refund)
        tell(world, "refund.failed", world.store.put(refund), before={"status": before})
    else:
        tell(world, "refund.updated", world.store.put(refund), before={"status": before})
    tell(world, "charge.refund.updated", refund, before={"status": before})
    return refund


def _take_back(world: World, refund: Json) -> None:
    """The bank sent the money back to the account (https://docs.stripe.com/refunds#failed-refunds)."""
    refund["failure_reason"] = "expired_or_canceled_card"
    refund["failure_balance_transaction"] = payments.balance_of_failed_refund(world, refund)
    charge = world.store.get(refund["charge"], "charge")
    if charge:
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        world.store.put(charge)


def retrieve(world: World, params: Json, id: str) -> Json:
    refund = world.store.get(id, "refund")
    if refund is None:
        raise no_such("refund", id)
    return refund


def list_refunds(world: World, params: Json) -> Json:
    where: str = "1"
    values: tuple[str, ...] = ()
    for name in ("payment_intent", "charge"):
        if name in params:
            where, values = f"({where}) AND json_extract(body, '$.{name}') = ?", (*values, params[name])
    return lists.page(world, "refund", params, url="/v1/refunds", where=where, values=values)
