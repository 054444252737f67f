"""News of payments as a provider tells it: four events of each payment, each copied, all shuffled, heard by many
threads at once through the webhook's own view; against a bare insert of the same rows in the same run.

python -m benchmarks settlements --intents 60 --copies 10 [--threads 12] [--database sqlite|postgresql] --json
→ {"wrong", "events", "events_per_second", "ratio_to_bare_insert", "intents", "threads", "database"}

`wrong` counts payments whose order, books, receipt or events are not exactly as if each had been told once.
`ratio_to_bare_insert`: how many times the wall time of writing the same postings, entries and events bare.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.database import KINDS, fresh_database

EVENTS = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded", "charge.updated")


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="benchmarks settlements")
    parser.add_argument("--intents", type=int, default=60)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--threads", type=int, default=12)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    with fresh_database(asked.database):
        return _measure(asked)


def _measure(asked: argparse.Namespace) -> dict[str, Any]:
    from django.conf import settings

    from tests.factories import NOW
    from tests.services.stripe import SECRET_KEY, start_stripe_sandbox

    with start_stripe_sandbox(clock=NOW.timestamp) as till:
        settings.CSA_NOW, settings.ALLOWED_HOSTS = NOW, ["testserver"]
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = till.url, SECRET_KEY
        settings.STRIPE_WEBHOOK_SECRET = till.webhook_secret
        payments = _paid_and_untold(asked.intents, till)
        news = [_news(payment, kind) for payment in payments for kind in EVENTS for _n in range(asked.copies)]
        random.Random(7).shuffle(news)
        seconds = _tell_all(news, asked.threads, till)
        wrong = _wrong(payments)
    bare = _bare_insert(payments, asked.threads)
    return {
        "wrong": wrong,
        "events": len(news),
        "events_per_second": round(len(news) / seconds),
        "ratio_to_bare_insert": round(seconds / bare, 2),
        "intents": asked.intents,
        "threads": asked.threads,
        "database": asked.database,
    }


def _paid_and_untold(number: int, till: Any) -> list[Any]:
    """So many households have paid by card at the till, and nobody was told."""
    from shares.buying.purchases import start_purchase
    from shares.paying.payments import open_payment_page
    from shares.prices.quotes import Line
    from tests import factories

    season = factories.make_season(factories.make_farm(), capacity=number)
    kind, site = factories.make_share_type(season, places=number), season.sites.get()
    payments = []
    for _n in range(number):
        order = start_purchase(
            household=factories.make_household(season.farm, user=factories.make_user()), season=season,
            lines=[Line(kind, site)], method="card", token=uuid.uuid4(), language="en", by=None, at=factories.NOW,
        )  # fmt: skip
        payment = order.payments.get()
        open_payment_page(payment)
        till.pay(payment.session_id)
        payments.append(payment)
    return payments


def _news(payment: Any, kind: str) -> bytes:
    thing = {
        "id": payment.session_id, "object": "checkout.session", "client_reference_id": str(payment.reference),
        "payment_status": "paid", "status": "complete", "payment_intent": f"pi_{payment.pk}",
    }  # fmt: skip
    event = {
        "id": f"evt_{payment.pk}_{kind}", "object": "event", "type": kind, "created": 1, "livemode": False,
        "data": {"object": thing},
    }  # fmt: skip
    return json.dumps(event).encode()


def _tell_all(news: list[bytes], threads: int, till: Any) -> float:
    """Everything told by so many threads at once; what was not heard (503, or a database too busy) is told again, as a
    provider does. Seconds."""
    from django.test import Client

    from stripe_sandbox.webhooks import signature

    def tell(part: list[bytes]) -> None:
        client = Client(raise_request_exception=False)
        waiting = list(part)
        while waiting:
            payload = waiting.pop(0)
            signed = {"Stripe-Signature": signature(payload, till.webhook_secret, int(time.time()))}
            answer = client.post("/webhooks/stripe/", payload, content_type="application/json", headers=signed)
            if answer.status_code != 200:
                waiting.append(payload)

    return _all_at_once([lambda n=n: tell(news[n::threads]) for n in range(threads)])


def _wrong(payments: list[Any]) -> int:
    from people.models import Letter
    from shares.books import ledger
    from shares.models import Order, Posting, ProviderEvent

    wrong = 0
    for payment in payments:
        order = Order.objects.get(pk=payment.order_id)
        told = (
            order.settled_at is not None,
            ledger.owed(order),
            Posting.objects.filter(order=order, kind="payment").count(),
            Letter.objects.filter(kind="receipt", occasion=f"order:{order.pk}").count(),
            ProviderEvent.objects.filter(event_id__startswith=f"evt_{payment.pk}_").count(),
        )
        wrong += told != (True, 0, 1, 1, len(EVENTS))
    return wrong


def _bare_insert(payments: list[Any], threads: int) -> float:
    """The rows that settling wrote, written again with nothing around them, by as many threads. Seconds."""
    from shares.models import Account, LedgerEntry, Posting, ProviderEvent
    from tests.factories import NOW

    farm = payments[0].order.farm

    def insert(part: list[Any]) -> None:
        for payment in part:
            posting = Posting.objects.create(farm=farm, key=f"bare:{payment.pk}", kind="bare", at=NOW, currency="EUR")
            LedgerEntry.objects.bulk_create(
                LedgerEntry(posting=posting, account=account, amount=amount)
                for account, amount in ((Account.CARD, payment.amount), (Account.OWED, -payment.amount))
            )
            for kind in EVENTS:
                ProviderEvent.objects.create(event_id=f"bare_{payment.pk}_{kind}", kind=kind, heard_at=NOW)

    return _all_at_once([lambda n=n: insert(payments[n::threads]) for n in range(threads)])


def _all_at_once(acts: list[Callable[[], object]]) -> float:
    """Seconds from the first to the last."""
    from django.db import connection

    gate = threading.Barrier(len(acts) + 1)

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began
