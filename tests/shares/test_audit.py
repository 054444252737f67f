"""The nightly look at the books: each law is broken once by hand, and named."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from farms.models import SeasonSite
from shares.books import audit, ledger
from shares.buying import purchases
from shares.models import (
    Account,
    BooksCheck,
    Document,
    Instalment,
    LedgerEntry,
    Order,
    Payment,
    Posting,
    Refund,
    Series,
    ShareType,
    SolidarityFund,
)
from shares.money import refunds, settling
from shares.prices.quotes import Line
from shares.tasks import audit_books
from tests.factories import NOW, make_household


def buy(cast, kind=None, *, method="offline", household=None):
    return purchases.start_purchase(
        household=household or cast.sams, season=cast.season, lines=[Line(kind or cast.full, cast.market)],
        method=method, token=uuid.uuid4(), language="en", by=None, at=NOW,
    )  # fmt: skip


def cash(order, amount):
    return settling.record_by_hand(
        order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=NOW
    )


@pytest.fixture
def paid(cast):
    """An order of a full share, paid by card, its money partly given back by hand."""
    order = buy(cast, method="card")
    payment = order.payments.get()
    settling.settle(payment=payment, provider_object="pi_1", amount=65000, fee=1005, at=NOW)
    refunds.ask(payment=payment, amount=5000, reason="farmer", way="cash", at=NOW)
    return Order.objects.get(pk=order.pk)


def named(farm):
    return [(found.rule, found.code) for found in audit.audit(farm, at=NOW)]


def test_a_farm_whose_books_hold_is_told_so(cast, paid):
    waiting, lapsed = buy(cast), buy(cast)
    cash(waiting, 20000)
    purchases.release_lapsed(lapsed, at=lapsed.held_until)
    assert named(cast.farm) == []
    check = BooksCheck.objects.get(farm=cast.farm, kind="books")
    assert (check.finished_at, check.found, check.looked_at) == (NOW, [], Posting.objects.count())


def unbalanced(cast, order):
    LedgerEntry.objects.filter(posting__key="charge:pi_1", account="card").update(amount=64999)


def not_posted(cast, order):
    LedgerEntry.objects.filter(posting__kind="payment").delete()
    Posting.objects.filter(kind="payment").delete()


def posted_with_another_amount(cast, order):
    LedgerEntry.objects.filter(posting__key="charge:pi_1", account="card").update(amount=64000)
    LedgerEntry.objects.filter(posting__key="charge:pi_1", account="owed").update(amount=-64000)


def told_by_two_events(cast, order):
    moves = {Account.CARD: 65000, Account.OWED: -65000}
    ledger.post(order=order, key="charge:ch_1", kind="payment", moves=moves, at=NOW)


def refund_of_nothing(cast, order):
    moves = {Account.OWED: 5000, Account.CASH: -5000}
    ledger.post(order=order, key="refund:re_9", kind="refund", moves=moves, at=NOW)


def refund_not_posted(cast, order):
    LedgerEntry.objects.filter(posting__kind="refund").delete()
    Posting.objects.filter(kind="refund").delete()


def refunded_twice(cast, order):
    facts = {"payment": order.payments.get(), "amount": 60001, "reason": "farmer", "asked_at": NOW}
    Refund.objects.create(**facts, accepted_at=NOW, provider_object="re_2")
    moves = {Account.OWED: 60001, Account.CARD: -60001}
    ledger.post(order=order, key="refund:re_2", kind="refund", moves=moves, at=NOW)


def counted_wrongly(cast, order):
    Payment.objects.update(refunded=4999)


def parts_short_of_the_whole(cast, order):
    for number, amount in enumerate((21667, 21667, 21667)):
        Instalment.objects.create(order=order, number=number, due_on=NOW.date(), amount=amount)


def fund_overdrawn(cast, order):
    ledger.post(order=order, key="grant:1", kind="sale", moves={Account.FUND: 1, Account.SHARES: -1}, at=NOW)


def fund_miscounted(cast, order):
    SolidarityFund.objects.create(farm=cast.farm, balance=100)


def place_lost(cast, order):
    ShareType.objects.filter(pk=cast.full.pk).update(taken=0)


def room_lost(cast, order):
    SeasonSite.objects.filter(site=cast.market).update(taken_b=0)


def settled_and_lapsed(cast, order):
    Order.objects.filter(pk=order.pk).update(lapsed_at=NOW)


def open_again(cast, order):
    cash(order, 5000)
    Order.objects.filter(pk=order.pk).update(settled_at=None)


def lapsed_and_owing(cast, order):
    other = buy(cast, household=make_household(cast.farm))
    Order.objects.filter(pk=other.pk).update(lapsed_at=NOW)
    ShareType.objects.filter(pk=cast.full.pk).update(taken=1)
    SeasonSite.objects.filter(site=cast.market).update(taken_a=1, taken_b=1)


def paid_and_expired(cast, order):
    Payment.objects.update(expired_at=NOW)


def refused_and_given(cast, order):
    Refund.objects.update(refused_at=NOW)
    Payment.objects.update(refunded=0)


def number_missing(cast, order):
    Document.objects.all().delete()
    Series.objects.update_or_create(farm=cast.farm, year=2027, defaults={"last": 1})


BROKEN = {
    unbalanced: [("I1", "unbalanced")],
    not_posted: [("I2", "not_posted")],
    posted_with_another_amount: [("I2", "posted_otherwise")],
    told_by_two_events: [("I6", "posted_for_nothing")],
    refund_of_nothing: [("I6", "posted_for_nothing")],
    refund_not_posted: [("I2", "not_posted")],
    refunded_twice: [("I3", "refunded_too_much"), ("I3", "refunds_miscounted")],
    counted_wrongly: [("I3", "refunds_miscounted")],
    parts_short_of_the_whole: [("I4", "parts_do_not_sum")],
    fund_overdrawn: [("I5", "fund_overdrawn"), ("I5", "fund_miscounted")],
    fund_miscounted: [("I5", "fund_miscounted")],
    place_lost: [("I7", "places_miscounted")],
    room_lost: [("I7", "room_miscounted")],
    settled_and_lapsed: [("I7", "places_miscounted"), *[("I7", "room_miscounted")] * 2, ("I8", "settled_and_lapsed")],
    open_again: [("I8", "open_but_paid")],
    lapsed_and_owing: [("I8", "lapsed_but_owed")],
    paid_and_expired: [("I8", "paid_and_expired")],
    refused_and_given: [("I8", "refund_unclear")],
    number_missing: [("", "gap_in_numbers")],
}


@pytest.mark.parametrize("seed", BROKEN, ids=lambda seed: seed.__name__)
def test_what_breaks_a_law_is_found_and_named(cast, paid, seed):
    seed(cast, paid)
    assert named(cast.farm) == BROKEN[seed]
    stored = BooksCheck.objects.get(farm=cast.farm, kind="books").found
    assert [(found["rule"], found["code"]) for found in stored] == BROKEN[seed]


def test_a_night_looks_at_every_farm_and_one_failure_stops_no_other(cast, olga, paid, monkeypatch, caplog):
    def fund_holds(farm):
        if farm == cast.farm:
            raise RuntimeError("poison")
        return iter(())

    monkeypatch.setattr(audit, "LAWS", (fund_holds,))
    audit_books(at=(NOW + timedelta(days=1)).isoformat())
    assert BooksCheck.objects.get().farm == olga.staffed.get().farm
    assert f"farm {cast.farm.pk} could not" in caplog.text


def test_health_tells_how_old_the_last_look_is_and_how_much_it_found(client, cast, paid, clock):
    assert client.get("/health").json()["books"] == {"age_seconds": None, "differences": 0}
    place_lost(cast, paid)
    audit_books(at=NOW.isoformat())
    clock(NOW + timedelta(hours=2))
    assert client.get("/health").json()["books"] == {"age_seconds": 7200, "differences": 1}


def test_the_queries_of_a_look_do_not_grow_with_orders(cast, paid, django_assert_max_num_queries):
    named(cast.farm)
    with django_assert_max_num_queries(30) as few:
        assert named(cast.farm) == []
    for _n in range(3):
        cash(buy(cast, household=make_household(cast.farm)), 65000)
    with django_assert_max_num_queries(len(few)):
        assert named(cast.farm) == []
