"""A buyer tells their bank that a payment was not theirs (https://docs.stripe.com/disputes/how-disputes-work): the
amount and a fee are taken from the account at once, and come back when the dispute is won."""

from __future__ import annotations

from . import lists, payments
from .errors import no_such
from .events import tell
from .store import Json
from .world import World, new_id

FEE = 2_000  # of the account's currency, a guess at https://stripe.com/pricing ("€20.00 for disputed payments")


def open_dispute(world: World, intent: Json) -> Json:
    charge = world.store.get(intent["latest_charge"] or "", "charge")
    if charge is None or charge["disputed"]:
        raise no_such("charge", intent["id"], param="payment_intent")
    dispute: Json = {
        "id": new_id("dp_1"),
        "object": "dispute",
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": intent["id"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
    charge["disputed"] = True
    world.store.put(charge)
    _move(world, dispute, amount=-dispute["amount"], fee=FEE)
    tell(world, "charge.dispute.created", world.store.put(dispute))
    tell(world, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(world: World, dispute: Json, *, won: bool) -> Json:
    """https://docs.stripe.com/api/disputes/object#dispute_object-status; the fee of a won one comes back (a guess:
    it depends on the country)."""
    before = {"status": dispute["status"]}
    dispute["status"] = "won" if won else "lost"
    if won:
        _move(world, dispute, amount=dispute["amount"], fee=-FEE)
        tell(world, "charge.dispute.funds_reinstated", world.store.put(dispute))
    tell(world, "charge.dispute.closed", world.store.put(dispute), before=before)
    return dispute


def _move(world: World, dispute: Json, *, amount: int, fee: int) -> None:
    dispute["balance_transactions"].append(
        payments.balance(world, source=dispute, amount=amount, fee=fee, kind="adjustment")
    )


def retrieve(world: World, params: Json, id: str) -> Json:
    dispute = world.store.get(id, "dispute")
    if dispute is None:
        raise no_such("dispute", id)
    return dispute


def list_disputes(world: World, params: Json) -> Json:
    where: str = "1"
    values: tuple[str, ...] = ()
    for name in ("payment_intent", "charge"):
        if name in params:
            where, values = f"({where}) AND json_extract(body, '$.{name}') = ?", (*values, params[name])
    return lists.page(world, "dispute", params, url="/v1/disputes", where=where, values=values)
