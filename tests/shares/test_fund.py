"""The solidarity fund: what is above the cost comes in once it is paid, what is below is met, never overdrawn."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import release_lapsed, start_purchase
from shares.models import Account, FundWish, LedgerEntry, Order, Share, ShareType, SolidarityFund
from shares.money.settling import record_by_hand, settle
from shares.prices.quotes import Line
from shares.prices.refusals import FundCannotMeet, PriceOutOfRange
from shares.solidarity import fund
from shares.solidarity.fund import (
    fund_of,
    give_back,
    in_balance,
    relieve_farm,
    set_rule,
    tell_who_waits,
    what_goes_back,
)
from tests.factories import NOW, make_household
from tests.shares.test_purchase_races import all_at_once

COST, LOWEST, HIGHEST = 65000, 39000, 78000


@pytest.fixture
def full(cast):
    """The full share costs 650; a household chooses between 390 and 780."""
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=LOWEST, suggested=70000, highest=HIGHEST)
    cast.full.refresh_from_db()
    return cast.full


def buy(cast, chosen=None, *, household=None, donation=0, method="offline", quantity=1, at=NOW):
    cast.full.refresh_from_db()
    lines = [Line(cast.full, cast.market, quantity=quantity, chosen=chosen)] if quantity else []
    return start_purchase(
        household=household or cast.sams,
        season=cast.season,
        lines=lines,
        method=method,
        token=uuid.uuid4(),
        language="en",
        by=None,
        at=at,
        donation=donation,
    )


def pay(order, at=NOW, amount=None):
    amount = amount or ledger.owed(order)
    return record_by_hand(order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=at)


def fill(cast, amount):
    """Somebody gives so much, and it is there."""
    pay(buy(cast, donation=amount, quantity=0))


def stands(cast):
    row = SolidarityFund.objects.get(farm=cast.farm)
    return row.balance, row.borne


def moves(order):
    entries = LedgerEntry.objects.filter(posting__order=order)
    return [(entry.posting.kind, entry.account, entry.amount) for entry in entries.order_by("pk")]


@pytest.fixture(autouse=True)
def the_books_hold(request, db):
    yield
    for row in SolidarityFund.objects.select_related("farm"):
        assert in_balance(row.farm)


def test_what_is_above_the_cost_is_promised_at_the_sale_and_comes_in_when_all_is_paid(cast, full):
    order = buy(cast, 70000, donation=1000)
    assert moves(order) == [("sale", "owed", 71000), ("sale", "shares", -65000), ("sale", "pledged", -6000)]
    pay(order, amount=70999)
    assert fund_of(cast.farm).balance == 0
    pay(order)
    assert stands(cast) == (6000, 0)
    assert moves(order)[-2:] == [("pledge", "pledged", 6000), ("pledge", "fund", -6000)]
    assert fund.receive(order, at=NOW) == 0
    assert stands(cast) == (6000, 0)


def test_a_price_below_the_cost_is_met_by_a_named_transfer_with_the_order(cast, full):
    fill(cast, 30000)
    order = buy(cast, 40000)
    assert moves(order) == [("sale", "owed", 40000), ("sale", "shares", -65000), ("sale", "fund", 25000)]
    assert stands(cast) == (5000, 0)
    share = Share.objects.get(order=order)
    assert (share.cost, share.price, ledger.owed(order)) == (65000, 40000, 40000)


def test_when_the_fund_is_short_nothing_is_bought(cast, full):
    fill(cast, 24999)
    with pytest.raises(FundCannotMeet) as refused:
        buy(cast, 40000)
    assert refused.value.needed == 25000
    assert (Share.objects.count(), stands(cast), ShareType.objects.get(pk=full.pk).taken) == (0, (24999, 0), 0)
    assert buy(cast, 40001).pk


def test_the_farm_bears_the_rest_up_to_its_limit(cast, full):
    fill(cast, 10000)
    set_rule(cast.farm, when_short="bear", limit=20000, at=NOW)
    first = buy(cast, 40000)
    assert moves(first)[-2:] == [("sale", "fund", 10000), ("sale", "borne", 15000)]
    with pytest.raises(FundCannotMeet):
        buy(cast, 59999)
    buy(cast, 60000)
    assert stands(cast) == (0, 20000)


def test_an_order_that_lapses_gives_everything_back(cast, full):
    fill(cast, 10000)
    set_rule(cast.farm, when_short="bear", limit=20000, at=NOW)
    below, above = buy(cast, 40000), buy(cast, 70000, donation=500)
    for order in (below, above):
        assert release_lapsed(order, at=order.held_until)
        assert {account: ledger.balance(order, account) for account in Account} == dict.fromkeys(Account, 0)
    assert stands(cast) == (10000, 0)


def test_who_pays_late_keeps_the_price_that_was_agreed(cast, full):
    fill(cast, 25000)
    late = buy(cast, 40000)
    release_lapsed(late, at=late.held_until)
    buy(cast, 45000, household=make_household(cast.farm))
    pay(late, at=late.held_until + timedelta(days=1), amount=40000)
    late.refresh_from_db()
    assert (late.settled_at is not None, ledger.owed(late), stands(cast)) == (True, 0, (0, 20000))


@pytest.mark.parametrize("chosen", [0, 38999, 78001, 2**62, -1])
def test_a_price_outside_the_range_is_refused_behind_the_form_too(cast, full, chosen):
    with pytest.raises(PriceOutOfRange):
        buy(cast, chosen)
    assert (Order.objects.count(), LedgerEntry.objects.count()) == (0, 0)


def test_pickups_not_delivered_give_the_grant_back_in_proportion(cast, full):
    fill(cast, 25000)
    order = buy(cast, 40000)
    pay(order)
    share = order.shares.get()
    told = what_goes_back(share, left=10)
    done = give_back(share, left=10, at=NOW)
    ledger.post(order=order, key="cancel:1", kind="cancel", moves=dict(done.moves), at=NOW)
    assert told == done
    assert (done.owed, done.moves[Account.SHARES], done.moves[Account.FUND]) == (16000, 26000, -10000)
    assert stands(cast) == (10000, 0)


def test_what_the_farm_has_borne_goes_back_to_it_first(cast, full):
    fill(cast, 10000)
    set_rule(cast.farm, when_short="bear", limit=20000, at=NOW)
    order = buy(cast, 40000)
    done = give_back(order.shares.get(), left=20, at=NOW)
    ledger.post(order=order, key="cancel:1", kind="cancel", moves=dict(done.moves), at=NOW)
    assert (done.moves[Account.BORNE], done.moves[Account.FUND], stands(cast)) == (-15000, -5000, (5000, 0))


def test_what_is_only_promised_goes_back_and_what_has_come_in_stays(cast, full):
    promised, given = buy(cast, 70000), buy(cast, 70000)
    pay(given)
    for order, owed in ((promised, 28000), (given, 26000)):
        done = give_back(order.shares.get(), left=10, at=NOW)
        ledger.post(order=order, key=f"cancel:{order.pk}", kind="cancel", moves=dict(done.moves), at=NOW)
        assert (done.owed, sum(done.moves.values())) == (owed, 0)
    assert stands(cast) == (5000, 0)


def test_the_fund_may_pay_back_what_the_farm_has_borne(cast, full):
    set_rule(cast.farm, when_short="bear", limit=30000, at=NOW)
    order = buy(cast, 40000)
    fill(cast, 10000)
    assert (relieve_farm(cast.farm, at=NOW), stands(cast)) == (10000, (0, 15000))
    assert relieve_farm(cast.farm, at=NOW) == 0
    release_lapsed(order, at=order.held_until)
    assert stands(cast) == (10000, 0)


def test_who_waits_is_told_once_in_turn_as_far_as_it_reaches(cast, full):
    facts = {"farm": cast.farm, "season": cast.season, "share_type": full, "language": "en", "asked_at": NOW}
    for name, needed in (("ada", 9000), ("bo", 5000), ("cy", 900)):
        FundWish.objects.create(name=name, email=f"{name}@example.org", needed=needed, **facts)
    fill(cast, 10000)
    assert tell_who_waits(cast.farm, at=NOW) == 0
    told = Letter.objects.filter(kind="fund_can_help").order_by("pk")
    assert list(told.values_list("to_email", flat=True)) == ["ada@example.org", "cy@example.org"]
    assert f"/f/{cast.farm.slug}/join/?season={cast.season.pk}&share={full.pk}" in told.first().text


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_overdraw_the_fund(cast, full):
    fill(cast, 60000)
    households = [make_household(cast.farm) for _n in range(8)]
    results = all_at_once(lambda n: buy_of(cast, households[n]), 8)
    assert sorted(type(result).__name__ for result in results) == ["FundCannotMeet"] * 6 + ["Order"] * 2
    assert (stands(cast), Share.objects.count()) == ((10000, 0), 2)


@pytest.mark.django_db(transaction=True)
def test_looking_before_taking_instead_of_the_guard_grants_too_much(cast, full, monkeypatch):
    """The twin: read, then write what was read. Behind the guard the database would refuse to fall below nothing."""
    fill(cast, 25000)
    looked = threading.Barrier(4)
    households = [make_household(cast.farm) for _n in range(4)]

    def act(n):
        seen = SolidarityFund.objects.get(farm=cast.farm).balance
        looked.wait()

        def take(farm, below, *, anyway):
            SolidarityFund.objects.filter(farm=farm).update(balance=seen - below)
            return below, 0

        takes[threading.get_ident()] = take
        return buy_of(cast, households[n])

    takes = {}
    monkeypatch.setattr(fund, "_take", lambda *told, **more: takes[threading.get_ident()](*told, **more))
    results = all_at_once(act, 4)
    assert [type(result).__name__ for result in results] == ["Order"] * 4
    assert not in_balance(cast.farm)
    SolidarityFund.objects.all().delete()  # so that the books of this test need not hold


def test_behind_the_guard_stands_the_database(cast):
    fund_of(cast.farm)
    with pytest.raises(IntegrityError), transaction.atomic():
        SolidarityFund.objects.filter(farm=cast.farm).update(balance=F("balance") - 1)


@pytest.mark.django_db(transaction=True)
def test_a_payment_told_twice_at_once_fills_the_fund_once(cast, full):
    order = buy(cast, 70000, method="card")
    payment = order.payments.get()
    all_at_once(lambda n: settle(payment=payment, provider_object="pi_1", amount=70000, fee=None, at=NOW), 4)
    assert stands(cast) == (5000, 0)


def buy_of(cast, household):
    return start_purchase(
        household=household,
        season=cast.season,
        lines=[Line(cast.full, cast.market, chosen=40000)],
        method="offline",
        token=uuid.uuid4(),
        language="en",
        by=None,
        at=NOW,
    )
