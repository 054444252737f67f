"""News to the farm's server: signed as Stripe signs, tried again, and out of order on demand."""

import hashlib
import hmac
import json
import time

import pytest
import stripe

from stripe_sandbox import StripeSandbox
from tests.services.stripe import SECRET_KEY, WEBHOOK_SECRET

from .conftest import client_of, order, visit

STORY = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "charge.updated",
    "checkout.session.completed",
]


def test_every_event_arrives_once_in_order_and_is_rightly_signed(farmhouse, till, session):
    till.pay(session.id)
    assert till.wait_until_delivered()
    assert farmhouse.types() == STORY
    for payload, signature in farmhouse.heard:
        event = stripe.Webhook.construct_event(payload, signature, WEBHOOK_SECRET)
        assert event.livemode is False
        assert event.api_version == stripe.api_version


def test_the_signature_is_the_documented_one(farmhouse, till, session):
    till.pay(session.id)
    till.wait_until_delivered()
    payload, signature = farmhouse.heard[0]
    parts = dict(part.split("=") for part in signature.split(","))
    signed = f"{parts['t']}.".encode() + payload
    assert parts["v1"] == hmac.new(WEBHOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert abs(int(parts["t"]) - time.time()) < 5


def test_an_answer_but_2xx_is_tried_again_until_one_comes(farmhouse, till, session, monkeypatch):
    monkeypatch.setattr("stripe_sandbox.webhooks.RETRY_AFTER", (0.05, 0.05, 0.05))
    farmhouse.answers = [500, 302]
    till.pay(session.id)
    assert till.wait_until_delivered()
    assert sorted(farmhouse.types()) == sorted([*STORY, "payment_intent.created", "charge.succeeded"])
    assert [(one["done"], one["answer"]) for one in till.deliveries()] == [(1, "200")] * 5
    assert [one["attempts"] for one in till.deliveries()] == [2, 2, 1, 1, 1]


def test_a_server_that_never_takes_it_is_given_up(api, farmhouse, till, session, monkeypatch):
    monkeypatch.setattr("stripe_sandbox.webhooks.RETRY_AFTER", (0.01,))
    farmhouse.answers = [500] * 100
    till.pay(session.id)
    assert till.wait_until_delivered()
    assert len(farmhouse.heard) == 10
    assert [event.pending_webhooks for event in api.v1.events.list()] == [1] * 5


def test_duplicates_and_last_first_on_demand(farmhouse, till, session):
    till.faults.duplicates, till.faults.reorder = 1, True
    till.pay(session.id)
    assert till.wait_until_delivered()
    assert farmhouse.types() == [kind for kind in reversed(STORY) for _ in range(2)]
    assert len({json.loads(payload)["id"] for payload, _ in farmhouse.heard}) == 5


def test_held_news_waits_until_it_is_released(farmhouse, till, session):
    till.faults.hold = True
    till.pay(session.id)
    assert till.wait_until_delivered()
    assert farmhouse.types() == []
    assert till.release(reverse=True) == 5
    assert till.wait_until_delivered()
    assert farmhouse.types() == list(reversed(STORY))


def test_news_can_be_late(farmhouse, till, session):
    till.faults.delay = 0.3
    began = time.monotonic()
    till.pay(session.id)
    assert till.wait_until_delivered()
    assert time.monotonic() - began >= 0.3
    assert farmhouse.types() == STORY


def test_news_that_was_not_told_is_told_after_a_restart(farmhouse, tmp_path):
    state = tmp_path / "stripe.sqlite"
    with StripeSandbox(state=state, webhook_url="http://127.0.0.1:9/") as till:
        till.faults.hold = True
        session = client_of(till).v1.checkout.sessions.create(order())
        till.pay(session.id)
    with StripeSandbox(state=state, webhook_url=farmhouse.url, webhook_secret=WEBHOOK_SECRET) as till:
        assert till.release() == 5
        assert till.wait_until_delivered()
        assert farmhouse.types() == STORY
        assert client_of(till).v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def control(till, name, **params):
    client = stripe.StripeClient(SECRET_KEY, base_addresses={"api": till.url})
    answer = client._requestor._client.request(
        "POST", f"{till.url}/_sandbox/{name}", {"Authorization": f"Bearer {SECRET_KEY}"},
        "&".join(f"{key}={value}" for key, value in params.items()),
    )  # fmt: skip
    return answer[1], json.loads(answer[0])


def test_the_knobs_turn_over_http(farmhouse, till, session):
    assert control(till, "faults", duplicates=2, reorder="true")[1]["duplicates"] == 2
    assert (till.faults.duplicates, till.faults.reorder) == (2, True)
    assert control(till, "faults", duplicates=0, reorder="false")[0] == 200
    status, intent = control(till, "pay", session=session.id, card="4000000000003220")
    assert (status, intent["status"]) == (200, "requires_action")
    status, intent = control(till, "challenge", payment_intent=intent["id"], passed="true")
    assert (status, intent["status"]) == (200, "succeeded")
    till.wait_until_delivered()
    told = len(farmhouse.heard)
    assert control(till, "redeliver", copies=2)[1] == {"sent": told * 2}
    till.wait_until_delivered()
    assert len(farmhouse.heard) == told * 3
    assert control(till, "reset")[1] == {"reset": True}
    assert visit(session.url).status == 404


@pytest.mark.parametrize(
    "params", [{"duplicates": "many"}, {"reorder": "perhaps"}, {"delay": "-1"}, {"delay": "nan"}, {"colour": "red"}]
)
def test_a_knob_turned_wrongly_says_so(till, params):
    assert control(till, "faults", **params)[0] == 400


def test_the_knobs_are_not_for_web_pages_that_happen_to_be_open(till):
    assert visit(f"{till.url}/_sandbox/reset", {}).status == 401


@pytest.mark.parametrize("url", ["https://example.org/hook", "http://10.0.0.1/", "ftp:///"])
def test_news_goes_nowhere_but_home(url):
    with pytest.raises(ValueError, match="loopback"):
        StripeSandbox(webhook_url=url)
    with pytest.raises(ValueError, match="loopback"):
        StripeSandbox(host="0.0.0.0")
