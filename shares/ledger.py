"""The books: append-only, double-entry, each event posted once, each posting balanced."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum

from farms.models import Farm
from shares.models import Account, LedgerEntry, Order, Posting


class PostingDoesNotBalance(ValueError):
    """The entries of one event do not sum to zero."""


def post(
    *,
    order: Order | None = None,
    farm: Farm | None = None,
    key: str,
    kind: str,
    moves: Mapping[Account, int],
    at: datetime,
) -> Posting | None:
    """Write one event of an order, or of a `farm` as a whole, into the farm's books; None when it stands there already.

    `moves` are minor units by account, debit positive, and sum to zero. `key` names the event: told twice, it is
    posted once, by the database's word.
    """
    books = order.farm if order else farm
    if books is None:
        raise TypeError("an event belongs to an order or to a farm")
    if sum(moves.values()) != 0:
        raise PostingDoesNotBalance(f"{key}: {dict(moves)}")
    try:
        with transaction.atomic():
            currency = order.currency if order else books.currency
            posting = Posting.objects.create(farm=books, order=order, key=key, kind=kind, currency=currency, at=at)
    except IntegrityError:
        return None
    LedgerEntry.objects.bulk_create(
        LedgerEntry(posting=posting, account=account, amount=amount) for account, amount in moves.items() if amount
    )
    return posting


def owed(order: Order) -> int:
    """What is still to be paid for an order, in minor units; negative when too much was paid."""
    return balance(order, Account.OWED)


def balance(order: Order, account: Account) -> int:
    entries = LedgerEntry.objects.filter(posting__order=order, account=account)
    return int(entries.aggregate(sum=Sum("amount"))["sum"] or 0)


def owed_by_order(orders: list[Order]) -> dict[int, int]:
    """What is still to be paid, by order id, in one query."""
    rows = (
        LedgerEntry.objects.filter(posting__order__in=orders, account=Account.OWED)
        .values_list("posting__order_id")
        .annotate(sum=Sum("amount"))
    )
    return {order.pk: 0 for order in orders} | {int(order_id or 0): int(total) for order_id, total in rows}
