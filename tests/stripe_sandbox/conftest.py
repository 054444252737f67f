"""A till, Stripe's own library to speak to it, a browser without JavaScript, and a farmhouse that hears the news."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from stripe_sandbox import StripeSandbox
from tests.services.stripe import SECRET_KEY, WEBHOOK_SECRET, Farmhouse, listening_farmhouse

GOOD_CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 40", "cvc": "123", "name": "Sam"}


@dataclass
class Visit:
    status: int
    text: str
    headers: dict[str, str]


def visit(url: str, typed: dict[str, str] | None = None, *, method: str = "") -> Visit:
    """One request of a plain browser: GET, or POST of what was typed; redirects are not followed."""
    where = urlsplit(url)
    line = http.client.HTTPConnection(where.hostname, where.port, timeout=5)
    body = urlencode(typed) if typed is not None else None
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    path = where.path + (f"?{where.query}" if where.query else "")
    line.request(method or ("GET" if typed is None else "POST"), path, body=body, headers=headers)
    answer = line.getresponse()
    found = Visit(answer.status, answer.read().decode(), dict(answer.getheaders()))
    line.close()
    return found


@pytest.fixture
def farmhouse() -> Iterator[Farmhouse]:
    with listening_farmhouse() as farmhouse:
        yield farmhouse


@pytest.fixture
def till(farmhouse) -> Iterator[StripeSandbox]:
    with StripeSandbox(webhook_url=farmhouse.url, webhook_secret=WEBHOOK_SECRET) as till:
        yield till


def client_of(till: StripeSandbox) -> stripe.StripeClient:
    return stripe.StripeClient(SECRET_KEY, base_addresses={"api": till.url}, max_network_retries=0)


@pytest.fixture
def api(till) -> stripe.StripeClient:
    return client_of(till)


def order(**more: Any) -> dict[str, Any]:
    """A session for two full shares and a box of eggs, 1,130.50 EUR."""
    return {
        "mode": "payment",
        "success_url": "http://127.0.0.1:8000/thanks?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:8000/cedar-bend/join",
        "client_reference_id": "order-7",
        "customer_email": "sam@example.org",
        "metadata": {"season": "Summer"},
        "payment_intent_data": {"metadata": {"reference": "order-7"}},
        "line_items": [line("Full share", 52_000, 2), line("Eggs", 9_050, 1)],
        **more,
    }


def line(name: str, unit_amount: int, quantity: int, currency: str = "eur") -> dict[str, Any]:
    price = {"currency": currency, "unit_amount": unit_amount, "product_data": {"name": name}}
    return {"quantity": quantity, "price_data": price}


@pytest.fixture
def session(api) -> stripe.checkout.Session:
    return api.v1.checkout.sessions.create(order())


@pytest.fixture
def paid(api, till, session) -> Callable[..., stripe.PaymentIntent]:
    """Pay a session with a card, and the payment as the API then shows it."""

    def pay(card: str = "4242424242424242") -> stripe.PaymentIntent:
        intent = till.pay(session.id, card=card)
        return api.v1.payment_intents.retrieve(intent["id"], {"expand": ["latest_charge.balance_transaction"]})

    return pay
