"""Each farm with an account of its own: opened, used, and never mixed with another's."""

from __future__ import annotations

import json
import time
import uuid

import pytest
from django.test import Client

from shares.books import ledger
from shares.buying.purchases import start_purchase
from shares.cards import connect
from shares.cards.stripe_gateway import PaymentRefused
from shares.models import Order, Payment, ProviderAccount, Refund, SavedCard
from shares.money import charging, refunds
from shares.paying import payments
from shares.prices.quotes import Line
from stripe_sandbox.webhooks import signature
from tests.factories import NOW, make_household, make_user

WAYS = "/f/cedar-bend-farm/desk/money/ways/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def many_farms(settings):
    settings.STRIPE_CONNECT = True


def connected(farm, stripe):
    there = connect.way_to_connect(farm, back="http://127.0.0.1:8000/", again="http://127.0.0.1:8000/", at=NOW)
    known = ProviderAccount.objects.get(farm=farm)
    stripe.control("onboard", account=known.account)
    connect.look_at(known, at=NOW)
    assert there.startswith(stripe.url)
    return known.account


def buy(farm, household=None):
    season = farm.seasons.get()
    return start_purchase(
        household=household or make_household(farm, user=make_user()), season=season, method="card", at=NOW,
        lines=[Line(season.share_types.first(), season.sites.first())], token=uuid.uuid4(), language="en", by=None,
    )  # fmt: skip


def paid(farm, stripe):
    payment = buy(farm).payments.get()
    payments.open_payment_page(payment)
    intent = stripe.pay(payment.session_id)
    return payment, intent


def tell(stripe, kind, thing, *, account):
    event = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind, "created": int(NOW.timestamp()),
             "livemode": False, "account": account, "data": {"object": thing}}  # fmt: skip
    payload = json.dumps(event).encode()
    signed = signature(payload, stripe.webhook_secret, int(time.time()))
    return Client().post(
        "/webhooks/stripe/", payload, content_type="application/json", headers={"Stripe-Signature": signed}
    )


def session_of(payment):
    return {"id": payment.session_id, "object": "checkout.session", "client_reference_id": str(payment.reference)}


def test_a_farm_connects_its_own_account_and_is_told_so(as_fern, cast, stripe):
    assert "Not connected." in as_fern.get(WAYS).content.decode()
    there = as_fern.post(f"{WAYS}connect/")["Location"]
    account = ProviderAccount.objects.get().account
    assert there.startswith(f"{stripe.url}/setup/s/{account}/")
    assert "Begun, not finished" in as_fern.get(f"{WAYS}?back=1").content.decode()
    assert as_fern.post(f"{WAYS}connect/").status_code == 302  # it goes on with the same account
    assert ProviderAccount.objects.get().account == account
    stripe.control("onboard", account=account)
    assert "Connected since" in as_fern.get(f"{WAYS}?back=1").content.decode()


def test_a_farm_that_is_not_connected_sells_by_transfer_and_no_card(client, cast, stripe):
    from tests.shares.test_join import URL, wish

    assert 'value="card"' not in client.get(URL).content.decode()
    assert client.post(URL, wish(cast)).status_code == 422
    assert Order.objects.count() == 0
    with pytest.raises(PaymentRefused):
        payments.open_payment_page(buy(cast.farm).payments.get())


def test_what_is_paid_goes_to_the_farm_s_own_account(cast, olga, stripe):
    ours, theirs = connected(cast.farm, stripe), connected(olga.staffed.get().farm, stripe)
    payment, intent = paid(cast.farm, stripe)
    assert tell(stripe, "checkout.session.completed", session_of(payment), account=ours).status_code == 200
    payment.refresh_from_db()
    assert (payment.account, payment.provider_object, payment.succeeded_at) == (ours, intent["id"], NOW)
    with stripe.world.store.as_account(theirs):
        assert stripe.world.store.find("payment_intent") == []
    with stripe.world.store.as_account(""):
        assert stripe.world.store.find("payment_intent") == []


@pytest.mark.parametrize("whose", ["theirs", "nobody's", ""])
def test_another_account_s_word_settles_nothing_of_ours(cast, olga, stripe, whose):
    connected(cast.farm, stripe)
    theirs = connected(olga.staffed.get().farm, stripe)
    payment, _intent = paid(cast.farm, stripe)
    account = {"theirs": theirs, "nobody's": "acct_nobody", "": ""}[whose]
    assert tell(stripe, "checkout.session.completed", session_of(payment), account=account).status_code == 400
    payment.refresh_from_db()
    assert (payment.succeeded_at, ledger.owed(payment.order)) == (None, 65000)


def test_where_there_is_one_key_no_account_s_word_is_heard(cast, stripe, settings):
    settings.STRIPE_CONNECT = False
    payment, _intent = paid(cast.farm, stripe)
    assert tell(stripe, "checkout.session.completed", session_of(payment), account="acct_1").status_code == 400


def test_money_goes_back_from_the_account_it_came_to(cast, stripe):
    account = connected(cast.farm, stripe)
    payment, _intent = paid(cast.farm, stripe)
    payments.look_after(payment, at=NOW)
    payment.refresh_from_db()
    refund = refunds.ask(payment=payment, amount=1000, reason="farmer", at=NOW)
    assert refunds.send(refund, at=NOW)
    with stripe.world.store.as_account(account):
        assert [made["amount"] for made in stripe.world.store.find("refund")] == [1000]


def test_a_farm_that_takes_our_right_away_is_told_and_sells_no_card(as_fern, cast, stripe):
    account = connected(cast.farm, stripe)
    assert connect.takes_cards(cast.farm)
    stripe.control("leave", account=account)
    thing = {"id": "ca_1", "object": "application"}
    assert tell(stripe, "account.application.deauthorized", thing, account=account).status_code == 200
    assert connect.takes_cards(cast.farm) is False
    assert "Stripe takes no cards for you any more" in as_fern.get(WAYS).content.decode()


def test_parts_are_taken_from_cards_kept_at_the_farm_s_own_account(cast, stripe, clock):
    from shares.in_parts import plans
    from tests.shares.test_instalments import DAYS, local

    account = connected(cast.farm, stripe)
    plan = plans.make_plan(season=cast.season, name="Parts", deposit=20, days=DAYS, at=NOW)
    order = start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(cast.full, cast.market)], method="card",
        token=uuid.uuid4(), language="en", by=cast.sam, at=NOW, plan=plan,
    )  # fmt: skip
    payment = order.payments.get()
    payments.open_payment_page(payment)
    stripe.pay(payment.session_id)
    payments.look_after(payment, at=NOW)
    assert SavedCard.objects.get().account == account
    clock(local(DAYS[0], 9))
    charging.take_due(at=local(DAYS[0], 9))
    assert ledger.owed(order) == 52000 - 17334
    assert set(Payment.objects.values_list("account", flat=True)) == {account}
    assert Refund.objects.count() == 0
