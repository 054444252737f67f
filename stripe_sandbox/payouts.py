"""Money that goes on from the account to the farm's bank (https://docs.stripe.com/payouts)."""

from __future__ import annotations

from . import lists, payments
from .errors import ApiError, no_such
from .events import tell
from .store import Json
from .world import World, new_id


def pay_out(world: World) -> Json:
    """All that stands in the account goes to the bank: Stripe does so by itself, day by day; here a control does."""
    lines = world.store.find("balance_transaction", order="seq ASC")
    if not lines or (net := sum(line["net"] for line in lines)) <= 0:
        raise ApiError("You have insufficient funds in your Stripe account.", code="balance_insufficient")
    payout: Json = {
        "id": new_id("po_1"),
        "object": "payout",
        "amount": net,
        "arrival_date": world.now() + 2 * 24 * 3600,
        "automatic": True,
        "balance_transaction": None,
        "created": world.now(),
        "currency": lines[-1]["currency"],
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "status": "paid",
        "type": "bank_account",
    }
    payout["balance_transaction"] = payments.balance(world, source=payout, amount=-net, fee=0, kind="payout")["id"]
    tell(world, "payout.created", world.store.put(payout))
    tell(world, "payout.paid", payout)
    return payout


def retrieve(world: World, params: Json, id: str) -> Json:
    payout = world.store.get(id, "payout")
    if payout is None:
        raise no_such("payout", id)
    return payout


def list_payouts(world: World, params: Json) -> Json:
    return lists.page(world, "payout", params, url="/v1/payouts")
