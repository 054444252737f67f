"""Money and time meet at an order: paid while it lapses, in parts at once, twice, in part and late, or not at all."""

from __future__ import annotations

import contextlib
import threading
import uuid
from datetime import timedelta

import pytest

from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import release_lapsed, start_purchase
from shares.models import Order, Payment, Refund, ShareType
from shares.money import settling
from shares.money.settling import record_by_hand
from shares.paying.payments import look_after, open_payment_page
from shares.prices.quotes import Line
from tests.factories import NOW
from tests.shares.test_purchase_races import all_at_once

at_once = pytest.mark.django_db(transaction=True)
PATIENCE = 1.0  # seconds somebody waits for another who must wait for them


def buy(cast, method="offline"):
    return start_purchase(
        household=cast.sams,
        season=cast.season,
        lines=[Line(cast.full, cast.market)],
        method=method,
        token=uuid.uuid4(),
        language="en",
        by=cast.sam,
        at=NOW,
    )


def cash(order, amount, at=NOW):
    return record_by_hand(order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=at)


def stands(order):
    """Whether it is settled, whether it lapsed, and what is owed."""
    order.refresh_from_db()
    return order.settled_at is not None, order.lapsed_at is not None, ledger.owed(order)


@at_once
def test_an_order_never_lapses_in_the_middle_of_its_payment(cast, monkeypatch):
    order = buy(cast)
    late, looked, released = order.held_until, threading.Event(), threading.Event()
    post = settling._post_payment

    def slowly(*facts):
        looked.set()
        released.wait(PATIENCE)
        post(*facts)

    def act(n):
        if n:
            looked.wait(10)
            found = release_lapsed(order, at=late)
            released.set()
            return found
        return cash(order, 65000, at=late).pk

    monkeypatch.setattr(settling, "_post_payment", slowly)
    results = all_at_once(act, 2)
    assert results == [Payment.objects.get().pk, False]
    assert stands(order) == (True, False, 0)


@at_once
def test_two_halves_of_the_money_at_once_settle_the_order(cast, monkeypatch):
    order = buy(cast)
    both, settle = threading.Barrier(2, timeout=PATIENCE), settling.settle_when_paid

    def together(*facts):
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait()
        settle(*facts)

    monkeypatch.setattr(settling, "settle_when_paid", together)
    results = all_at_once(lambda n: cash(order, 32500), 2)
    assert [type(result) for result in results] == [Payment, Payment]
    assert stands(order) == (True, False, 0)


@at_once
def test_a_card_that_pays_what_was_paid_in_cash_meanwhile_gets_its_money_back(cast, stripe):
    order = buy(cast, "card")
    payment = order.payments.get()
    open_payment_page(payment)
    cash(order, 65000)
    stripe.pay(payment.session_id)
    look_after(payment, at=NOW)
    assert [(refund.amount, refund.reason, refund.accepted_at) for refund in Refund.objects.all()] == [
        (65000, "twice", NOW)
    ]
    assert stands(order) == (True, False, 0)
    assert "had been paid already" in Letter.objects.get(kind="refund").text


def test_cash_beyond_what_is_owed_is_not_asked_of_the_card_processor(cast):
    order = buy(cast)
    cash(order, 65000)
    cash(order, 65000)
    assert (stands(order), Refund.objects.count()) == ((True, False, -65000), 0)


def test_an_order_paid_in_part_keeps_its_places(cast):
    order = buy(cast)
    cash(order, 20000)
    assert release_lapsed(order, at=order.held_until + timedelta(days=1)) is False
    assert (stands(order), ShareType.objects.get(pk=cast.full.pk).taken) == ((False, False, 45000), 1)


@pytest.mark.parametrize("method", ["card", "offline"])
def test_a_share_that_costs_nothing_is_the_household_s_at_once(cast, method):
    ShareType.objects.filter(pk=cast.full.pk).update(price=0)
    cast.full.refresh_from_db()
    order = buy(cast, method)
    assert stands(order) == (True, False, 0)
    assert sorted(Letter.objects.values_list("kind", flat=True)) == ["receipt", "welcome"]
    assert (Order.objects.overdue(order.held_until).count(), Payment.objects.count()) == (0, 0)
