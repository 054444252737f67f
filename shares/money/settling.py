"""Money comes for an order: it is posted once, and the order is settled when what was due at first has come.

The webhook, the return page, the sweep and the farmer's own hand all end here.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from people.currencies import step_of
from people.models import User
from shares import letters
from shares.books import invoices, ledger
from shares.in_parts import instalments, part_letters
from shares.models import Account, Order, Payment, Share
from shares.money import refunds
from shares.prices import places
from shares.prices.quotes import Line
from shares.prices.refusals import CannotBuy
from shares.solidarity import fund


class PlacesGone(CannotBuy):
    """The places of a lapsed order have been sold to others meanwhile."""


class OwedOtherwise(Exception):
    """What is owed has changed since the farmer looked."""


def settle(*, payment: Payment, provider_object: str | None, amount: int, fee: int | None, at: datetime) -> bool:
    """A payment has come, as the provider or the farmer says: post it once, and settle the order when all is paid.

    Called by the webhook, the return page and the reconciling sweep alike, any number of times, in any order.
    True the first time. A payment that comes after its places lapsed takes them again, or is given back; so is what
    comes by card although it was paid by hand meanwhile.
    """
    with transaction.atomic():
        hold(payment.order)
        facts = {"succeeded_at": at, "provider_object": provider_object}
        if not Payment.objects.filter(pk=payment.pk, succeeded_at=None).update(**facts):
            return False
        payment.refresh_from_db()
        order = Order.objects.select_related("farm", "season", "household").get(pk=payment.order_id)
        _post_payment(payment, order, amount, fee, at)
        if order.lapsed_at and not _take_back(order, at):
            _give_back(payment, amount, reason="late", at=at)
            return True
        settle_when_paid(order, at)
        if payment.instalment_id:
            part_letters.write_part_paid(payment, at=at)
        _give_back(payment, min(amount, -ledger.owed(order)), reason="twice", at=at)
    return True


def record_by_hand(
    *,
    order: Order,
    method: str,
    amount: int,
    note: str,
    token: uuid.UUID,
    by: User | None,
    at: datetime,
    owed: int | None = None,
) -> Payment:
    """The farmer has taken money for an order: cash, a transfer, a cheque. The same `token` records it once.

    `owed` is what the farmer saw to be owed: raises OwedOtherwise, having recorded nothing, when it is not so any more
    (another owner was at it in the same moment). Money for a lapsed order takes its places again; raises PlacesGone,
    having recorded nothing, when they are sold.
    """
    with transaction.atomic():
        payment, is_new = Payment.objects.get_or_create(
            reference=token,
            defaults={
                "order": order,
                "method": method,
                "amount": amount,
                "currency": order.currency,
                "attempted_at": at,
                "recorded_by": by,
                "note": note,
            },
        )
        if is_new:
            hold(order)
            order.refresh_from_db()
            if owed is not None and not order.lapsed_at and ledger.owed(order) != owed:
                raise OwedOtherwise
            if order.lapsed_at and not _take_back(order, at):
                raise PlacesGone
            settle(payment=payment, provider_object=None, amount=amount, fee=None, at=at)
    return payment


def hold(order: Order) -> None:
    """Hold the order's row until commit, so that two payments of it, or a payment and its lapse, never pass each
    other: what the statements after this one read is what the other has done. (SQLite lets one writer in anyway.)"""
    Order.objects.filter(pk=order.pk).update(held_until=F("held_until"))


def settle_when_paid(order: Order, at: datetime, *, at_once: bool = False) -> None:
    """Settle the order and write its letters, once nothing is owed that was due at first (or `at_once`); what it
    promised enters the fund when nothing is owed at all."""
    fund.receive(order, at=at)
    if not at_once and instalments.due_at_first(order) > 0:
        return
    if Order.objects.open().filter(pk=order.pk).update(settled_at=at):
        if not at_once:
            letters.write_receipt(order, at=at)
        invoices.issue_invoice(order, at=at)
        if order.shares.filter(household=order.household_id).exists() and not at_once:
            letters.write_welcome(order, at=at)


def post_sale(order: Order, shares: Sequence[Share], *, key: str, at: datetime, anyway: bool = False) -> None:
    """The sale's moves, the solidarity fund's part among them (`anyway`: at a price that was agreed before). Raises
    FundCannotMeet."""
    moves = fund.moves_of_sale(order, shares, anyway=anyway)
    ledger.post(order=order, key=key, kind="sale", moves=moves, at=at)


def _take_back(order: Order, at: datetime) -> bool:
    """Take the places of a lapsed order again, when they are still free."""
    shares = list(order.shares.select_related("share_type", "site"))
    try:
        with transaction.atomic():
            places.take(order.season, [Line(share.share_type, share.site, share.turn) for share in shares], at)
    except CannotBuy:
        return False
    order.lapsed_at = None
    order.save(update_fields=["lapsed_at"])
    post_sale(order, shares, key=f"sale:{order.pk}:again", at=at, anyway=True)
    return True


def _give_back(payment: Payment, amount: int, *, reason: str, at: datetime) -> None:
    """Money that nobody owes goes back the way it came. What came by hand only the farmer can give back by hand."""
    amount -= amount % step_of(payment.currency)  # what a card cannot be given back stays as credit
    if amount > 0 and payment.provider_object:
        refund = refunds.ask(payment=payment, amount=amount, reason=reason, at=at)
        transaction.on_commit(lambda: refunds.send(refund, at=at))


def _post_payment(payment: Payment, order: Order, amount: int, fee: int | None, at: datetime) -> None:
    where = refunds.WHERE[Payment.Method(payment.method)]
    key = f"charge:{payment.provider_object}" if payment.provider_object else f"by-hand:{payment.reference}"
    ledger.post(order=order, key=key, kind="payment", moves={where: amount, Account.OWED: -amount}, at=at)
    if fee:
        moves = {Account.FEES: fee, where: -fee}
        ledger.post(order=order, key=f"fee:{payment.provider_object}", kind="fee", moves=moves, at=at)
