"""The till's memory: a restart, even a violent one, loses nothing that was answered."""

import os
import re
import signal
import subprocess
import sys

import stripe

from stripe_sandbox import StripeSandbox
from tests.services.stripe import SECRET_KEY

from .conftest import client_of, order


def test_everything_is_there_after_a_restart(tmp_path):
    state = tmp_path / "stripe.sqlite"
    with StripeSandbox(state=state) as till:
        api = client_of(till)
        session = api.v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
        intent = till.pay(session.id)
        api.v1.refunds.create({"payment_intent": intent["id"], "amount": 50})
        told = [event.id for event in api.v1.events.list()]
    with StripeSandbox(state=state) as till:
        api = client_of(till)
        assert api.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        assert api.v1.checkout.sessions.create(order(), {"idempotency_key": "k"}).id == session.id
        assert api.v1.charges.list().data[0].amount_refunded == 50
        assert [event.id for event in api.v1.events.list()] == told


def _started(state):
    process = subprocess.Popen(
        [sys.executable, "-m", "stripe_sandbox", "--port", "0", "--state", str(state)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "CSA_NOW": "2027-06-15T12:00:00+02:00"},
    )  # fmt: skip
    url = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
    return process, stripe.StripeClient(SECRET_KEY, base_addresses={"api": url})


def test_killed_from_outside_it_comes_back_with_what_it_answered(tmp_path):
    state = tmp_path / "var" / "stripe.sqlite"
    process, api = _started(state)
    made = api.v1.payment_intents.create({"amount": 500, "currency": "eur", "payment_method": "pm_card_visa"})
    assert made.created == 1_813_053_600  # CSA_NOW stops its clock too
    api.v1.payment_intents.confirm(made.id)
    process.kill()
    process.communicate()
    process, api = _started(state)
    try:
        assert api.v1.payment_intents.retrieve(made.id).status == "succeeded"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=5)
    assert process.returncode == 0
