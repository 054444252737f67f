"""Silence, impatience and sudden death around payments: nobody is charged twice, nothing is bought twice or lost."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from people.models import Letter
from shares.books import audit, ledger
from shares.buying import purchases
from shares.cards import stripe_gateway
from shares.cards.stripe_gateway import PaymentProviderDown
from shares.models import Document, Order, Posting, Share, ShareType
from shares.paying import payments
from shares.prices.quotes import Line
from tests.factories import NOW, make_household, make_user
from tests.services.plugin import database_url
from tests.services.stripe import environment
from tests.shares.test_purchase_races import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


def buy(cast, *, household=None, token=None, method="card"):
    return purchases.start_purchase(
        household=household or make_household(cast.farm, user=make_user()), season=cast.season,
        lines=[Line(cast.full, cast.market)], method=method, token=token or uuid.uuid4(), language="en", by=None,
        at=NOW,
    )  # fmt: skip


def until_answered(act):
    """Ask again until the provider answers; how often it was silent."""
    for silent in range(40):
        with suppress(PaymentProviderDown):
            act()
            return silent
    raise AssertionError("never answered")


def test_fifty_time_outs_after_the_page_was_made_are_fifty_charges(cast, stripe, monkeypatch):
    """The page is opened and the answer lost; it is asked for again by its key, and is the same page."""
    monkeypatch.setattr(stripe_gateway, "ANSWER_WITHIN", 0.4)
    monkeypatch.setattr(stripe_gateway, "TRIES_AGAIN", 0)
    stripe_gateway._client_for.cache_clear()
    opened = [buy(cast).payments.get() for _n in range(50)]
    stripe.faults.stall, stripe.faults.stall_for = 50, 0.8
    silences = []

    def open_pages(n):
        silences.extend(until_answered(lambda p=p: payments.open_payment_page(p)) for p in opened[n::10])

    failures = [one for one in all_at_once(open_pages, 10) if one]
    for payment in opened:
        stripe.pay(payment.session_id)
    payments.reconcile_payments(at=NOW + timedelta(minutes=3))
    stripe_gateway._client_for.cache_clear()
    store = stripe.world.store
    assert (failures, sum(silences) >= 50) == ([], True)
    assert len(store.find("checkout.session")) == 50
    assert len([one for one in store.find("payment_intent") if one["status"] == "succeeded"]) == 50
    assert Posting.objects.filter(kind="payment").count() == Order.objects.exclude(settled_at=None).count() == 50


def test_forty_checkouts_of_five_clicks_are_forty_orders(cast):
    households, tokens = [make_household(cast.farm) for _n in range(40)], [uuid.uuid4() for _n in range(40)]

    def click(n):
        for each in range(n % 2, 40, 2):
            buy(cast, household=households[each], token=tokens[each], method="offline")

    assert [one for one in all_at_once(click, 10) if one] == []
    assert (Order.objects.count(), Share.objects.count(), ShareType.objects.get(pk=cast.full.pk).taken) == (40, 40, 40)


@pytest.mark.parametrize("role", ["web", "worker"])
def test_killed_in_the_midst_of_settling_the_books_balance_and_the_end_is_the_same(cast, stripe, role):
    for _n in range(4):
        payment = buy(cast).payments.get()
        payments.open_payment_page(payment)
        stripe.pay(payment.session_id)
    killed_after = 2
    with started(role, stripe) as process:
        for _word in range(killed_after):
            assert process.stdout.readline() == b"posted\n"
        process.kill()
    assert process.returncode == -9
    assert found(cast) == []
    assert 1 <= Order.objects.exclude(settled_at=None).count() < 4
    payments.reconcile_payments(at=NOW + timedelta(minutes=5))
    assert found(cast) == []
    assert {ledger.owed(order) for order in Order.objects.all()} == {0}
    assert (Posting.objects.filter(kind="payment").count(), Letter.objects.filter(kind="receipt").count()) == (4, 4)
    assert sorted(Document.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def started(role, stripe):
    surroundings = {
        **os.environ, **environment(stripe), "DATABASE_URL": database_url(), "TEST_DATABASE_NAME": "", "REDIS_URL": "",
        "CSA_NOW": (NOW + timedelta(minutes=3)).isoformat(), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.shares.storm_process", role]
    return subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def found(cast):
    return [(one.rule, one.code, one.what) for law in audit.LAWS for one in law(cast.farm)]
