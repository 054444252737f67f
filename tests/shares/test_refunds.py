"""Money goes back: as much as the farmer says, as far as there is any, once."""

from __future__ import annotations

import re
import time
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F

from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import start_purchase
from shares.cards import stripe_news
from shares.models import Account, Payment, Refund
from shares.money import refunds
from shares.money.settling import record_by_hand
from shares.paying import payments
from shares.prices.quotes import Line
from tests.factories import NOW
from tests.shares.test_purchase_races import all_at_once

at_once = pytest.mark.django_db(transaction=True)


def buy(cast, method="offline"):
    return start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(cast.full, cast.market)], method=method,
        token=uuid.uuid4(), language="en", by=cast.sam, at=NOW,
    )  # fmt: skip


def paid_in_cash(cast, amount=65000):
    order = buy(cast)
    return record_by_hand(order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=NOW)


def paid_by_card(cast, stripe, card=None):
    payment = buy(cast, "card").payments.get()
    payments.open_payment_page(payment)
    stripe.pay(payment.session_id, **({"card": card} if card else {}))
    payments.look_after(payment, at=NOW)
    payment.refresh_from_db()
    return payment


def give(payment, amount, **facts):
    facts = {"reason": "farmer", "because": "Hail", "way": "cash", "at": NOW} | facts
    return refunds.ask(payment=payment, amount=amount, **facts)


def books(order):
    return {account.value: sum for account in Account if (sum := ledger.balance(order, account))}


# --- the verbs -------------------------------------------------------------------------------------------------


def test_a_part_given_back_by_hand_is_let_off_the_price(cast):
    payment = paid_in_cash(cast)
    refund = give(payment, 5000)
    payment.refresh_from_db()
    assert (refund.reduced, refund.accepted_at, payment.refunded) == (5000, NOW, 5000)
    assert books(payment.order) == {"cash": 60000, "shares": -65000, "let_off": 5000}
    letter = Letter.objects.get(kind="refund")
    assert "Cedar Bend Farm has given you back €50.00. Cash." in letter.text
    assert "Why: Hail" in letter.text


def test_what_was_paid_too_much_goes_back_without_touching_the_price(cast):
    payment = paid_in_cash(cast, 70000)
    assert refunds.plan(payment=payment, amount=6000) == refunds.Plan(70000, 0, 6000, 5000, 1000)
    give(payment, 6000)
    assert books(payment.order) == {"cash": 64000, "shares": -65000, "let_off": 1000}


def test_what_is_on_its_way_back_is_not_paid_too_much_any_more(cast, stripe):
    payment = paid_by_card(cast, stripe)
    record_by_hand(order=payment.order, method="cash", amount=3000, note="", token=uuid.uuid4(), by=None, at=NOW)
    assert give(payment, 3000, way="card").reduced == 0
    assert give(payment, 3000, way="card").reduced == 3000


@pytest.mark.parametrize("amount", [-1, 0, 65001, 2**63])
def test_less_than_something_and_more_than_was_paid_is_refused_in_words(cast, amount):
    payment = paid_in_cash(cast)
    with pytest.raises(refunds.CannotRefund, match="at most €650"):
        give(payment, amount)
    assert (Refund.objects.count(), Payment.objects.get().refunded) == (0, 0)


def test_the_second_half_is_the_last(cast):
    payment = paid_in_cash(cast)
    give(payment, 32500)
    give(payment, 32500)
    with pytest.raises(refunds.CannotRefund, match="All of this payment has been given back already"):
        give(payment, 1)
    assert books(payment.order) == {"shares": -65000, "let_off": 65000}


def test_money_that_never_came_is_not_given_back(cast):
    order = buy(cast, "card")
    with pytest.raises(refunds.CannotRefund):
        give(order.payments.get(), 100)


def test_a_refund_by_card_is_in_the_books_once_the_provider_has_it(cast, stripe):
    payment = paid_by_card(cast, stripe)
    refund = give(payment, 20000, way="card")
    before = books(payment.order)
    assert before["card"] - before.get("owed", 0) > 0
    assert "let_off" not in before
    assert refunds.send(refund, at=NOW) is True
    assert refunds.send(refund, at=NOW) is True
    assert books(payment.order) == before | {"card": before["card"] - 20000, "let_off": 20000}
    assert Letter.objects.filter(kind="refund").count() == 1


def test_a_refund_whose_sender_died_is_sent_once_by_the_sweep(cast, stripe, monkeypatch):
    """kill -9 after the provider gave the money, before it was posted: the sweep asks with the same key."""
    payment = paid_by_card(cast, stripe)
    refund = give(payment, 20000, way="card")

    def killed(*_facts, **_more):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(refunds, "_accepted", killed)
        with pytest.raises(SystemExit):
            refunds.send(refund, at=NOW)
    assert payments.reconcile_payments(at=NOW) == 1
    assert payments.reconcile_payments(at=NOW) == 0
    assert (ledger.owed(payment.order), books(payment.order)["let_off"]) == (0, 20000)
    [known] = stripe_news.list_payments(NOW - timedelta(days=1))
    assert known.refunded == 20000


def test_a_provider_that_is_away_is_asked_again(cast, stripe):
    payment = paid_by_card(cast, stripe)
    refund = give(payment, 20000, way="card")
    stripe.faults.fail = 4
    assert refunds.send(refund, at=NOW) is False
    stripe.faults.fail = 0
    assert refunds.send_waiting(at=NOW) == 1


def test_a_refused_refund_changes_nothing_and_is_told_to_the_owner(cast, stripe):
    payment = paid_by_card(cast, stripe)
    Payment.objects.filter(pk=payment.pk).update(provider_object="pi_unknown")
    payment.refresh_from_db()
    before, refund = books(payment.order), give(payment, 20000, way="card")
    assert refunds.send(refund, at=NOW) is False
    payment.refresh_from_db()
    refund.refresh_from_db()
    assert (refund.refused_at, payment.refunded, books(payment.order)) == (NOW, 0, before)
    assert [letter.to_email for letter in Letter.objects.filter(kind="refund_failed")] == ["fern@cedarbend.example"]
    assert give(payment, 65000, way="cash").accepted_at == NOW


def test_a_refund_that_fails_later_stands_in_the_books_back_and_forth(cast, stripe):
    payment = paid_by_card(cast, stripe)
    before, refund = books(payment.order), give(payment, 20000, way="card")
    refunds.send(refund, at=NOW)
    later = NOW + timedelta(days=3)
    assert refunds.failed_later(refund, at=later) is True
    assert refunds.failed_later(refund, at=later) is False
    payment.refresh_from_db()
    assert payment.refunded == 0
    assert books(payment.order) == before | {"owed": -20000, "let_off": 20000}  # the farm owes it them
    assert Letter.objects.filter(kind="refund_failed").count() == 1
    assert give(payment, 20000, way="bank").reduced == 0
    assert ledger.owed(payment.order) == 0


def test_a_refund_that_never_was_accepted_cannot_fail_later(cast, stripe):
    payment = paid_by_card(cast, stripe)
    assert refunds.failed_later(give(payment, 20000, way="card"), at=NOW) is False


# --- two at once -----------------------------------------------------------------------------------------------


@at_once
def test_a_double_click_gives_back_once(cast):
    payment, token = paid_in_cash(cast), uuid.uuid4()
    results = all_at_once(lambda n: give(Payment.objects.get(), 65000, token=token), 6)
    assert {getattr(result, "pk", result) for result in results} == {Refund.objects.get().pk}
    assert books(payment.order) == {"shares": -65000, "let_off": 65000}


@at_once
def test_two_owners_at_once_never_give_back_more_than_came(cast):
    payment = paid_in_cash(cast)
    results = all_at_once(lambda n: give(Payment.objects.get(), 40000), 6)
    assert sorted(type(result).__name__ for result in results) == ["CannotRefund"] * 5 + ["Refund"]
    assert (Payment.objects.get().refunded, books(payment.order)["cash"]) == (40000, 25000)


@at_once
def test_without_the_guard_they_would(cast, monkeypatch):
    """The twin: look at what is left, then give."""
    payment = paid_in_cash(cast)
    looked = refunds.plan(payment=payment, amount=40000)
    monkeypatch.setattr(refunds, "plan", lambda **_facts: looked)
    monkeypatch.setattr(refunds, "_count", lambda _payment, _amount: None)
    results = all_at_once(lambda n: give(Payment.objects.get(), 40000), 4)
    assert [type(result) for result in results] == [Refund] * 4
    assert books(payment.order)["cash"] == 65000 - 4 * 40000


def test_behind_the_guard_stands_the_database(cast):
    paid_in_cash(cast)
    with pytest.raises(IntegrityError):
        Payment.objects.update(refunded=F("amount") + 1)


# --- the page --------------------------------------------------------------------------------------------------


@pytest.fixture
def fresh_fern(as_fern, cast):
    """Fern has signed in a moment ago."""
    session = as_fern.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session["account_authentication_methods_user"] = str(cast.fern.pk)
    session.save()
    return as_fern


def page_of(cast, payment):
    return f"/f/cedar-bend-farm/desk/people/{cast.sams.number}/refund/{payment.pk}/"


def fields(answer):
    text = answer.content.decode()
    return dict(re.findall(r'<input type="hidden" name="(token|shown)" value="([^"]*)"', text))


def test_the_farmer_sees_what_happens_then_does_it(cast, fresh_fern):
    payment = paid_in_cash(cast)
    where = page_of(cast, payment)
    typed = {"amount": "50", "way": "cash", "because": "Hail took the lettuce"}
    shown = fresh_fern.post(where, typed | fields(fresh_fern.get(where)))
    assert Refund.objects.count() == 0
    for words in ("Given back now", "The farm keeps of this payment", "€600.00", "is let off the price"):
        assert words in shown.content.decode()
    done = fresh_fern.post(where, typed | fields(shown) | {"give": ""}, follow=True)
    assert "€50.00 given back." in done.content.decode()
    assert "Hail took the lettuce" in done.content.decode()
    refund = Refund.objects.get()
    assert (refund.amount, refund.asked_by, refund.way) == (5000, cast.fern, "cash")
    fresh_fern.post(where, typed | fields(shown) | {"give": ""})
    assert Refund.objects.count() == 1


def test_what_changed_since_it_was_shown_is_shown_again(cast, fresh_fern):
    payment = paid_in_cash(cast)
    where = page_of(cast, payment)
    typed = {"amount": "50", "way": "cash", "because": "Hail"}
    shown = fields(fresh_fern.post(where, typed | fields(fresh_fern.get(where))))
    give(payment, 100)  # the other owner
    again = fresh_fern.post(where, typed | shown | {"give": ""})
    assert "This has changed since it was shown" in again.content.decode()
    other_amount = fresh_fern.post(where, typed | {"amount": "500"} | fields(again) | {"give": ""})
    assert "This has changed since it was shown" in other_amount.content.decode()
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("-1", "Error: "), ("0", "Error: "), ("650.01", "at most €650.00"), ("", "Enter the amount."),
        ("1e5", ""), ("NaN", ""), ("99999999999999999999", ""), ("1.234,56", ""), ("nothing", ""),
    ],
)  # fmt: skip
def test_amounts_that_cannot_be_are_refused_beside_the_field(cast, fresh_fern, amount, words):
    where = page_of(cast, paid_in_cash(cast))
    typed = {"amount": amount, "way": "cash", "because": "Hail", "give": ""} | fields(fresh_fern.get(where))
    answer = fresh_fern.post(where, typed)
    assert (answer.status_code, Refund.objects.count()) == (422, 0)
    assert words in answer.content.decode()
    assert not amount or f'value="{amount}"' in answer.content.decode()


def test_a_way_that_the_payment_did_not_come_is_refused(cast, fresh_fern):
    where = page_of(cast, paid_in_cash(cast))
    answer = fresh_fern.post(where, {"amount": "5", "way": "card", "because": "x"} | fields(fresh_fern.get(where)))
    assert (answer.status_code, Refund.objects.count()) == (422, 0)


def test_another_farm_s_payment_is_not_found(cast, fresh_fern, olga, as_olga):
    payment = paid_in_cash(cast)
    assert as_olga.get(page_of(cast, payment)).status_code in (302, 404)
    number = cast.sams.number
    assert fresh_fern.get(f"/f/cedar-bend-farm/desk/people/{number}/refund/{payment.pk + 1}/").status_code == 404
    assert fresh_fern.get(f"/f/other-farm/desk/people/{number}/refund/{payment.pk}/").status_code == 404


def test_a_sign_in_that_is_not_fresh_is_asked_for_again(cast, as_fern):
    answer = as_fern.get(page_of(cast, paid_in_cash(cast)))
    assert answer.status_code == 302
    assert "again" in answer.headers["Location"] or "reauthenticate" in answer.headers["Location"]


def test_a_refund_that_failed_is_told_on_the_household_s_page(cast, stripe, as_fern):
    payment = paid_by_card(cast, stripe)
    refund = give(payment, 20000, way="card")
    refunds.send(refund, at=NOW)
    refunds.failed_later(refund, at=NOW)
    page = as_fern.get(f"/f/cedar-bend-farm/desk/people/{cast.sams.number}/").content.decode()
    assert "did not go back to the card. Give it back another way." in page
