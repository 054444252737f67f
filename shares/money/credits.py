"""Credit: a pickup that a household does not get, whose price it gets back, and how that pays what it buys next.

Credit is what an order was paid too much: it stays with the order until it pays another one, or is given back.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from farms.models import Household, PickupDay
from people.currencies import step_of
from shares.books import deferred, invoices, ledger
from shares.models import Account, Order, PickupCredit, Posting, Refund, Share
from shares.solidarity import fund
from shares.solidarity.fund import Back


def worth_of_pickup(share: Share, *, nth: int) -> Back:
    """What the `nth` of a share’s pickups gives back when not delivered; nothing beyond those it was sold with."""
    if not 1 <= nth <= share.pickups:
        return Back(0, {})
    return fund.what_goes_back(share, left=1, already=share.pickups - nth)


def credit_for_pickup(*, share: Share, day: PickupDay, at: datetime) -> int:
    """Give the price of one pickup of a share back to its household as credit, once per day; how much (minor units).

    The parts of all pickups, delivered, credited or cancelled, sum exactly to what the share cost. Nothing is credited
    for a share that is not paid or was cancelled before: 0.
    """
    days = deferred.days_of_seasons([share.share_type.season_id])
    nth = deferred.positions(share, days).get(day.week.number, 0)
    with transaction.atomic():
        Order.objects.filter(pk=share.order_id).update(held_until=F("held_until"))
        known = PickupCredit.objects.filter(share=share, day__week=day.week_id).first()
        if known is not None:
            return known.amount
        if not 1 <= nth <= share.pickups or not Share.objects.paid().filter(pk=share.pk).exists():
            return 0
        back = fund.give_back(share, left=1, already=share.pickups - nth, at=at)
        PickupCredit.objects.create(share=share, day=day, amount=back.owed, at=at)
        key = f"credit:{share.pk}:{day.pk}"
        ledger.post(order=share.order, key=key, kind="credit", moves=back.moves, at=at)
        fund.receive(share.order, at=at)
        invoices.credit_what_was_reduced(share.order, at=at)
    return back.owed


def credit_of(household: Household) -> int:
    """What a household has to its credit, in minor units: what its paid orders were paid too much."""
    orders = list(household.orders.exclude(settled_at=None))
    return sum(-owed for owed in ledger.owed_by_order(orders).values() if owed < 0)


def hold(household: Household) -> None:
    """Hold a household's row and its settled orders until commit, before places are taken: what a refund, a
    cancellation and a purchase at once read of its credit is what the other has left."""
    Household.objects.filter(pk=household.pk).update(number=F("number"))
    Order.objects.filter(household=household).exclude(settled_at=None).update(held_until=F("held_until"))


def use_credit(order: Order, *, at: datetime) -> int:
    """Pay an order with what its household has to its credit, the oldest first; how much (minor units).

    In the transaction that wrote the order. Two orders at once never use the same credit, nor
    an order and a refund: the household's rows are held.
    """
    hold(order.household)
    due, used = ledger.owed(order), 0
    others = list(Order.objects.filter(household=order.household_id).exclude(settled_at=None).order_by("pk"))
    balances = ledger.owed_by_order([other for other in others if other.pk != order.pk])
    for other in others:
        amount = min(due - used, -balances.get(other.pk, 0) - _leaving(other))
        amount -= amount % step_of(order.currency)  # so that a card can pay what is left
        if amount > 0:
            key = f"use-credit:{other.pk}:{order.pk}"
            moves = {Account.OWED: amount, Account.CREDIT: -amount}
            ledger.post(order=other, key=f"{key}:from", kind="credit_used", moves=moves, at=at)
            back = {Account.OWED: -amount, Account.CREDIT: amount}
            ledger.post(order=order, key=f"{key}:to", kind="credit_used", moves=back, at=at)
            used += amount
    return used


def return_used(order: Order, *, at: datetime) -> int:
    """An order came to nothing: the credit that paid towards it goes back to where it came from; how much."""
    back = 0
    used = Posting.objects.filter(order=order, kind="credit_used", key__endswith=":to").order_by("pk")
    for posting in used:
        amount = sum(entry.amount for entry in posting.entries.all() if entry.account == Account.CREDIT)
        other = Order.objects.get(pk=int(posting.key.split(":")[1]))
        key = posting.key.removesuffix(":to")
        moves = {Account.OWED: amount, Account.CREDIT: -amount}
        if ledger.post(order=order, key=f"{key}:back", kind="credit_back", moves=moves, at=at) is not None:
            moves = {Account.OWED: -amount, Account.CREDIT: amount}
            ledger.post(order=other, key=f"{key}:home", kind="credit_back", moves=moves, at=at)
            back += amount
    return back


def _leaving(order: Order) -> int:
    """What of an order's credit is on its way back to a card already."""
    leaving = Refund.objects.on_its_way().filter(payment__order=order)
    return sum(refund.amount - refund.reduced for refund in leaving)
