"""The books: append-only, double-entry, each event posted once, each posting balanced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum

from farms.models import Farm
from shares.models import Account, LedgerEntry, Order, Posting


class PostingDoesNotBalance(ValueError):
    """The entries of one event do not sum to zero."""


@dataclass(frozen=True)
class Event:
    """Something that moved money of a farm as a whole: what `post` is told of one event."""

    key: str
    kind: str
    moves: Mapping[Account, int]
    at: datetime


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


def post_many(*, farm: Farm, events: Sequence[Event]) -> int:
    """Write many events of a farm in two queries, all or none; how many. None when one of them stands there already:
    its twin is at it in this very moment, and the next look finds what it left."""
    for event in events:
        if sum(event.moves.values()) != 0:
            raise PostingDoesNotBalance(f"{event.key}: {dict(event.moves)}")
    postings = [Posting(farm=farm, key=e.key, kind=e.kind, currency=farm.currency, at=e.at) for e in events]
    try:
        with transaction.atomic():
            Posting.objects.bulk_create(postings)
    except IntegrityError:
        return 0
    LedgerEntry.objects.bulk_create(
        LedgerEntry(posting=posting, account=account, amount=amount)
        for posting, event in zip(postings, events, strict=True)
        for account, amount in event.moves.items()
        if amount
    )
    return len(events)


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
