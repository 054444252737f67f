"""News from the payment provider: forged, stale, doubled and reordered ones included."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid

import pytest
from django.db import connection
from django.test import Client

from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import start_purchase
from shares.cards.stripe_gateway import PaymentProviderDown
from shares.models import Order, Payment, Posting, ProviderEvent
from shares.prices.quotes import Line
from stripe_sandbox.webhooks import signature
from tests.factories import NOW, make_household, make_user

URL = "/webhooks/stripe/"


def an_order(cast, household=None):
    """A household has chosen a full share and gone to the payment page."""
    from shares.paying.payments import open_payment_page

    order = start_purchase(
        household=household or cast.sams,
        season=cast.season,
        lines=[Line(cast.full, cast.market)],
        method="card",
        token=uuid.uuid4(),
        language="en",
        by=cast.sam,
        at=NOW,
    )
    payment = order.payments.get()
    open_payment_page(payment)
    return payment


def news_of(payment, kind="checkout.session.completed", *, event="evt_1"):
    facts = {
        "id": event,
        "object": "event",
        "type": kind,
        "created": int(NOW.timestamp()),
        "livemode": False,
        "data": {
            "object": {
                "id": payment.session_id,
                "object": "checkout.session",
                "client_reference_id": str(payment.reference),
                "payment_status": "paid",
                "status": "complete",
                "payment_intent": "pi_1",
            }
        },
    }
    return json.dumps(facts).encode()


def tell(client, stripe, payload, *, secret=None, minutes=0):
    signed = signature(payload, secret or stripe.webhook_secret, int(time.time()) + 60 * minutes)
    return client.post(URL, payload, content_type="application/json", headers={"Stripe-Signature": signed})


def test_a_payment_told_of_settles_the_order(client, cast, stripe):
    payment = an_order(cast)
    stripe.pay(payment.session_id)
    assert tell(client, stripe, news_of(payment)).status_code == 200
    assert Order.objects.get().settled_at == NOW
    assert sorted(Letter.objects.values_list("kind", flat=True)) == ["receipt", "welcome"]


def test_news_of_a_payment_that_was_not_made_changes_nothing(client, cast, stripe):
    payment = an_order(cast)
    assert tell(client, stripe, news_of(payment)).status_code == 200
    assert Order.objects.get().settled_at is None


@pytest.mark.parametrize(
    ("secret", "minutes"), [("whsec_somebody_else", 0), (None, -6), (None, 6)], ids=["forged", "stale", "future"]
)
def test_news_that_is_not_the_provider_s_is_refused(client, cast, stripe, secret, minutes):
    payment = an_order(cast)
    stripe.pay(payment.session_id)
    answer = tell(client, stripe, news_of(payment), secret=secret, minutes=minutes)
    assert answer.status_code == 400
    assert (Order.objects.get().settled_at, ProviderEvent.objects.count()) == (None, 0)


@pytest.mark.parametrize("payload", [b"", b"not json", b"[]", b"\xff\xfe", b'{"id": 7}', b"{" * 5000])
def test_unreadable_news_is_refused(client, cast, stripe, payload):
    assert tell(client, stripe, payload).status_code == 400
    assert client.post(URL, payload, content_type="application/json").status_code == 400


def test_news_of_someone_else_s_payment_page_is_heard_and_left(client, cast, stripe):
    payment = an_order(cast)
    payment.session_id, payment.reference = "cs_test_of_nobody_here", "not ours"
    assert tell(client, stripe, news_of(payment)).status_code == 200
    assert Order.objects.get().settled_at is None


def test_while_the_provider_cannot_be_asked_it_is_told_to_tell_again(client, cast, stripe):
    payment = an_order(cast)
    stripe.pay(payment.session_id)
    stripe.faults.fail = 50
    assert tell(client, stripe, news_of(payment)).status_code == 503
    assert (Order.objects.get().settled_at, ProviderEvent.objects.count()) == (None, 0)
    stripe.faults.fail = 0
    assert tell(client, stripe, news_of(payment)).status_code == 200
    assert Order.objects.get().settled_at == NOW


@pytest.mark.django_db(transaction=True)
def test_news_in_any_order_any_number_of_times_settles_each_order_once(cast, stripe, clock):
    payments = [an_order(cast, make_household(cast.farm, user=make_user())) for _n in range(6)]
    for payment in payments:
        stripe.pay(payment.session_id)
    kinds = ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded", "charge.updated"]
    news = [
        news_of(payment, kind, event=f"evt_{payment.pk}_{kind}")
        for payment in payments
        for kind in kinds
        for _n in range(3)
    ]
    random.Random(7).shuffle(news)
    answers: list[int] = []

    def teller(part):
        client = Client()
        answers.extend(tell(client, stripe, payload).status_code for payload in part)
        connection.close()

    threads = [threading.Thread(target=teller, args=(news[n::6],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * len(news)
    assert Order.objects.exclude(settled_at=None).count() == 6
    assert Posting.objects.filter(kind="payment").count() == 6
    assert {ledger.owed(order) for order in Order.objects.all()} == {0}
    assert Letter.objects.filter(kind="receipt").count() == 6


def test_a_time_out_after_the_charge_never_opens_a_second_page(cast, stripe, monkeypatch):
    from shares.paying import payments

    stripe.faults.fail = 50
    with pytest.raises(PaymentProviderDown):
        an_order(cast)
    stripe.faults.fail = 0
    payment = Payment.objects.get()
    first = payments.open_payment_page(payment)
    payment.session_id, payment.checkout_url = None, ""  # the answer was lost on its way
    payment.save()
    assert payments.open_payment_page(payment) == first
