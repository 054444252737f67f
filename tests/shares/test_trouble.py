"""Money that takes days, comes back, or is disputed."""

from __future__ import annotations

import json
import time
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from people.models import Letter
from shares.books import ledger
from shares.buying import purchases
from shares.cards import stripe_refunds
from shares.models import Account, Order, Payment, Posting, ProviderEvent, Refund, Share, ShareType
from shares.money import refunds
from shares.paying import payments
from shares.prices import privacy
from stripe_sandbox.webhooks import signature
from tests.factories import NOW
from tests.shares.test_settling import buy

pytestmark = pytest.mark.django_db


def tell(stripe, kind, thing):
    event = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind, "created": int(NOW.timestamp()),
             "livemode": False, "data": {"object": thing}}  # fmt: skip
    payload = json.dumps(event).encode()
    signed = signature(payload, stripe.webhook_secret, int(time.time()))
    return Client().post(
        "/webhooks/stripe/", payload, content_type="application/json", headers={"Stripe-Signature": signed}
    )


@pytest.fixture
def debit(cast, stripe):
    """Sam gave a bank debit: it takes days."""
    order = buy(cast, "card")
    payment = order.payments.get()
    payments.open_payment_page(payment)
    stripe.control("debit", session=payment.session_id)
    payments.look_after(payment, at=NOW)
    payment.refresh_from_db()
    return payment


def news(payment, ends):
    thing = {"id": payment.session_id, "object": "checkout.session", "client_reference_id": str(payment.reference)}
    return f"checkout.session.async_payment_{ends}", thing


def test_a_bank_debit_keeps_its_place_until_the_bank_has_answered(client, cast, stripe, debit, clock):
    order = Order.objects.get()
    page = f"/f/cedar-bend-farm/join/done/?order={order.token}"
    assert "Your bank has been asked" in client.get(page).content.decode()
    for days in range(1, 8):
        clock(NOW + timedelta(days=days, minutes=1))
        assert payments.release_lapsed_holds(at=NOW + timedelta(days=days, minutes=1)) == 0
    assert ShareType.objects.get(pk=cast.full.pk).taken == 1
    stripe.control("debit", payment_intent=debit.provider_object)
    assert tell(stripe, *news(debit, "succeeded")).status_code == 200
    order.refresh_from_db()
    assert (order.settled_at is not None, ledger.owed(order)) == (True, 0)


def test_a_debit_that_is_not_paid_asks_for_another_way_and_then_lapses(client, cast, stripe, debit, clock):
    stripe.control("debit", payment_intent=debit.provider_object, succeeded="false")
    for _n in range(2):
        assert tell(stripe, *news(debit, "failed")).status_code == 200
    order = Order.objects.get()
    assert (order.settled_at, order.held_until) == (None, NOW + timedelta(days=3))
    assert Letter.objects.filter(kind="debit_failed").count() == 1
    page = f"/f/cedar-bend-farm/join/done/?order={order.token}"
    for _n in range(2):
        assert client.post(page)["Location"].startswith(stripe.url)
    assert order.payments.filter(expired_at=None).count() == 1
    late = order.held_until + timedelta(minutes=1)
    clock(late)
    assert payments.release_lapsed_holds(at=late) == 1


@pytest.fixture
def payment(cast, stripe):
    order = buy(cast, "card")
    payment = order.payments.get()
    payments.open_payment_page(payment)
    stripe.pay(payment.session_id)
    payments.look_after(payment, at=NOW)
    payment.refresh_from_db()
    return payment


def balances(order):
    return {name: ledger.balance(order, Account(name)) for name in ("owed", "card", "fees")}


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_is_posted_and_the_farm_is_told(cast, stripe, payment, won):
    order, before = payment.order, balances(payment.order)
    dispute = stripe.control("dispute", payment_intent=payment.provider_object)
    for kind in ("charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.created"):
        assert tell(stripe, kind, dispute).status_code == 200
    assert balances(order) == {
        "owed": 65000, "card": before["card"] - 65000 - 2000, "fees": before["fees"] + 2000,
    }  # fmt: skip
    assert [letter.to_email for letter in Letter.objects.filter(kind="dispute")] == [cast.fern.email]
    assert Share.objects.paid().count() == 1
    closed = stripe.control("close_dispute", dispute=dispute["id"], won=str(won).lower())
    for _n in range(2):
        tell(stripe, "charge.dispute.closed", closed)
    after = before if won else {"owed": 65000, "card": before["card"] - 67000, "fees": before["fees"] + 2000}
    assert balances(order) == after
    assert Letter.objects.filter(kind="dispute").count() == 2
    assert Posting.objects.filter(kind="dispute").count() == (2 if won else 1)


@pytest.mark.parametrize("opened", [False, True])
def test_the_letter_of_a_dispute_names_no_price_that_was_chosen_in_private(cast, stripe, payment, opened):
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=39000, suggested=65000, highest=78000)
    if opened:
        privacy.let_see(cast.sams, by=cast.sam, at=NOW)
    dispute = stripe.control("dispute", payment_intent=payment.provider_object)
    assert tell(stripe, "charge.dispute.created", dispute).status_code == 200
    for won in ("true", "false"):
        closed = stripe.control("close_dispute", dispute=dispute["id"], won=won)
        assert tell(stripe, "charge.dispute.closed", closed).status_code == 200
    letters = Letter.objects.filter(kind="dispute")
    told = [("650" in letter.text, "650" in letter.html, cast.sams.name in letter.text) for letter in letters]
    assert told == [(opened, opened, True)] * 3


def test_a_refund_that_comes_back_is_posted_back(cast, stripe, payment):
    refund = refunds.ask(payment=payment, amount=1000, reason="farmer", at=NOW)
    refunds.send(refund, at=NOW)
    refund.refresh_from_db()
    card = ledger.balance(payment.order, Account.CARD)
    failed = stripe.control("fail_refund", refund=refund.provider_object)
    for kind in ("refund.failed", "charge.refund.updated"):
        assert tell(stripe, kind, failed).status_code == 200
    assert ledger.balance(payment.order, Account.CARD) == card + 1000
    assert Refund.objects.get().failed_at == NOW


@pytest.mark.parametrize("early", [True, False], ids=["before we heard it accepted", "after"])
def test_a_refund_that_fails_is_posted_once_whenever_it_is_told(cast, stripe, payment, monkeypatch, early):
    def it_fails(refund):
        failed = stripe.control("fail_refund", refund=refund)
        for kind in ("refund.failed", "charge.refund.updated", "refund.failed"):
            assert tell(stripe, kind, failed).status_code == 200

    ask = stripe_refunds.refund

    def ask_while_it_fails(**facts):
        made = ask(**facts)
        if early:
            it_fails(made.refund_id)
        return made  # as it was when it was accepted

    before = balances(payment.order)
    refund = refunds.ask(payment=payment, amount=1000, reason="farmer", at=NOW)
    monkeypatch.setattr(stripe_refunds, "refund", ask_while_it_fails)
    assert refunds.send(refund, at=NOW) is True
    refund.refresh_from_db()
    if not early:
        it_fails(refund.provider_object)
        refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.accepted_at, refund.failed_at, refund.refused_at, payment.refunded) == (NOW, NOW, None, 0)
    assert balances(payment.order) == before | {"owed": -1000}  # let off, and still with the farm
    kinds = ("let_off", "refund", "refund_failed")
    assert list(Posting.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", flat=True)) == list(kinds)
    assert (refunds.send_waiting(at=NOW), Letter.objects.filter(kind="refund_failed").count()) == (0, 1)
    assert Letter.objects.filter(kind="refund").exists() is not early  # nobody is told of money that does not come


def test_news_of_a_refund_that_stands_changes_nothing(cast, stripe, payment):
    refund = refunds.ask(payment=payment, amount=1000, reason="farmer", at=NOW)
    refunds.send(refund, at=NOW)
    refund.refresh_from_db()
    thing = {"id": refund.provider_object, "object": "refund", "payment_intent": payment.provider_object}
    assert tell(stripe, "refund.failed", thing).status_code == 200  # a lie: the provider is asked
    assert Refund.objects.get().failed_at is None


def test_while_the_provider_cannot_be_asked_of_a_dispute_it_is_told_to_tell_again(stripe, payment):
    dispute = stripe.control("dispute", payment_intent=payment.provider_object)
    stripe.faults.fail = 50
    assert tell(stripe, "charge.dispute.created", dispute).status_code == 503
    stripe.faults.fail = 0
    assert (Posting.objects.filter(kind="dispute").count(), ProviderEvent.objects.count()) == (0, 0)


# --- currencies of steps -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "step", "price", "left"),
    [
        ("KWD", 10, 650_010, 390_010),  # 15 of 25 pickups are 390.006
        ("TND", 10, 650_010, 390_010),
        ("ISK", 100, 650_100, 390_100),
        ("EUR", 1, 650_001, 390_001),
        ("JPY", 1, 650_001, 390_001),
    ],
)
def test_what_is_left_of_a_season_costs_an_amount_that_a_card_can_pay(cast, stripe, clock, currency, step, price, left):
    cast.farm.currency = currency
    cast.farm.save()
    cast.season.farm, cast.full.season = cast.farm, cast.season
    ShareType.objects.filter(pk=cast.full.pk).update(price=price)
    cast.full.price = price
    at = NOW + timedelta(weeks=10)
    clock(at)
    from shares.prices.quotes import Line

    order = purchases.start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(cast.full, cast.market)], method="card",
        token=uuid.uuid4(), language="en", by=None, at=at,
    )  # fmt: skip
    payment = Payment.objects.get(order=order)
    assert (payment.amount, payment.amount % step) == (left, 0)
    assert payments.open_payment_page(payment).startswith(stripe.url)


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("12.34", "KWD", 12340), ("12", "ISK", 1200), ("1.5", "TND", 1500)]
)
def test_amounts_are_typed_in_steps_a_card_can_pay(text, currency, minor):
    from people.read_numbers import read_money

    assert read_money(text, currency) == minor


@pytest.mark.parametrize(("text", "currency"), [("12.345", "KWD"), ("12.5", "ISK"), ("0.001", "TND")])
def test_amounts_between_the_steps_are_refused_in_words(text, currency):
    from people.read_numbers import NotANumber, read_money

    with pytest.raises(NotANumber) as refused:
        read_money(text, currency)
    assert refused.value.code in ("too_fine", "whole", "ambiguous")
