"""Explain my bill: whatever happened, its lines sum to what the ledger says is owed, and each tells its cause."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest

from shares.books import ledger
from shares.buying.purchases import release_lapsed, start_purchase
from shares.models import Account, Order, ShareType
from shares.money.settling import record_by_hand, settle
from shares.prices.quotes import Line
from shares.prices.refusals import CannotBuy
from shares.solidarity import bill
from shares.solidarity.fund import give_back, set_rule
from tests.factories import NOW
from tests.shares.test_fund import buy, fill, full, pay
from tests.shares.test_join import words

__all__ = ["full"]
LATE = NOW + timedelta(weeks=7)  # 18 of 25 pickups are left


def bill_of(order):
    order = Order.objects.select_related("season", "farm", "bid").prefetch_related(*bill.NEEDED).get(pk=order.pk)
    return bill.bills([order])[0]


def lines(order):
    return [(line.words, line.amount, line.why, line.chosen) for line in bill_of(order).lines]


def test_a_share_is_told_as_the_arithmetic_by_which_it_was_sold(cast):
    ShareType.objects.filter(pk=cast.full.pk).update(price=60000)
    whole, part = buy(cast), buy(cast, at=LATE)
    assert lines(whole) == [("Full share", 60000, ("€24.00 × 25 pickups = €600.00",), ())]
    assert lines(part) == [("Full share", 43200, ("€24.00 × 18 of 25 pickups = €432.00",), ())]


def test_a_price_that_does_not_divide_evenly_is_told_as_a_division(cast):
    ShareType.objects.filter(pk=cast.full.pk).update(price=60010)
    assert lines(buy(cast, at=LATE))[0][2] == ("€600.10 ÷ 25 pickups × 18 = €432.07",)


def test_the_solidarity_difference_the_gift_and_the_payment_are_told(cast, full):
    fill(cast, 25000)
    low, high = buy(cast, 40000), buy(cast, 70000, donation=1000)
    assert lines(low)[0][3] == ("You chose €400.00: the solidarity fund gives €250.00, so that the farm has its cost.",)
    pay(high, amount=20000)
    assert [line[:2] for line in lines(high)] == [
        ("Full share", 70000), ("For the solidarity fund", 1000), ("Paid: Cash", -20000)
    ]  # fmt: skip
    assert lines(high)[0][3] == ("You chose €700.00: €50.00 goes into the solidarity fund.",)


def test_who_met_a_price_below_the_cost_is_told_as_it_is(cast, full):
    set_rule(cast.farm, when_short="bear", limit=100000, at=NOW)
    own = buy(cast, 40000)
    assert lines(own)[0][3] == ("You chose €400.00: the farm bears the other €250.00 of its cost itself.",)
    fill(cast, 10000)
    both = buy(cast, 40000)
    assert lines(both)[0][3] == (
        "You chose €400.00: the solidarity fund and the farm together bear the other €250.00.",
    )


def test_a_lapse_takes_all_of_it_back_and_says_why(cast):
    order = buy(cast)
    release_lapsed(order, at=order.held_until)
    assert lines(order)[1][:2] == ("The order lapsed", -65000)
    assert lines(order)[1][2] == ("No money had come by Tuesday 15 June 2027, so its places went back on sale.",)


def test_a_kind_nobody_has_worded_ties_all_the_same(cast):
    order = buy(cast)
    moves = {Account.OWED: -123, Account.CREDIT: 123}
    ledger.post(order=order, key="x", kind="not_yet_worded", moves=moves, at=NOW)
    assert [line[:2] for line in lines(order)] == [("Full share", 65000), ("A change", -123)]
    assert bill_of(order).total == ledger.owed(order) == 64877


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happened_the_lines_sum_to_what_is_owed(cast, full, seed):
    draw = random.Random(seed)
    fill(cast, 60000)
    orders = []
    for step in range(14):
        at = NOW + timedelta(days=3 * step)
        if not orders or draw.random() < 0.4:
            orders += _bought(cast, draw, at)
        else:
            _something_happens(draw.choice(orders), draw, at, step)
    assert orders
    for told in bill.bills(
        list(Order.objects.select_related("season", "farm", "bid").prefetch_related(*bill.NEEDED).order_by("pk"))
    ):
        assert told.total == ledger.owed(told.order)
        assert all(line.words for line in told.lines)


def _bought(cast, draw, at):
    chosen = draw.choice([None, 39000, 52345, 65000, 70001, 78000])
    wish = Line(cast.full, cast.market, quantity=draw.choice([1, 1, 2]), chosen=chosen)
    wishes = [wish, Line(cast.eggs, cast.market, "B")] if draw.random() < 0.5 else [wish]
    facts = {"method": draw.choice(["card", "offline"]), "donation": draw.choice([0, 0, 777])}
    try:
        return [
            start_purchase(
                household=cast.sams, season=cast.season, lines=wishes, token=uuid.uuid4(), language="en", by=None,
                at=at, **facts,
            )
        ]  # fmt: skip
    except CannotBuy:
        return []


def _something_happens(order, draw, at, step):
    order.refresh_from_db()
    owed, what = ledger.owed(order), draw.choice(["cash", "part", "card", "lapse", "give back", "refund", "new"])
    if what in ("cash", "part") and owed > 2 and not order.lapsed_at:
        amount = owed if what == "cash" else owed // 2
        record_by_hand(order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=at)
    elif what == "card" and (payment := order.payments.filter(method="card", succeeded_at=None).first()):
        settle(payment=payment, provider_object=f"pi_{step}", amount=payment.amount, fee=30, at=at)
    elif what == "lapse":
        release_lapsed(order, at=order.held_until)
    elif what == "give back" and order.settled_at:
        share = order.shares.first()
        back = give_back(share, left=1, at=at)
        ledger.post(order=order, key=f"back:{step}", kind="credit", moves=dict(back.moves), at=at)
    elif what == "refund" and order.settled_at:
        moves = {Account.OWED: 500, Account.CASH: -500}
        ledger.post(order=order, key=f"refund:{step}", kind="refund", moves=moves, at=at)
    elif what == "new":
        moves = {Account.OWED: -7, Account.CREDIT: 7}
        ledger.post(order=order, key=f"new:{step}", kind="something_new", moves=moves, at=at)


def test_a_household_opens_every_amount_on_its_page(as_sam, cast, full):
    order = buy(cast, 70000)
    pay(order)
    page = words(as_sam.get("/my/money/"))
    for told in ("Full share €700.00", "€26.00 × 25 pickups = €650.00", "€50.00 goes into the solidarity fund", "Paid"):
        assert told in page
