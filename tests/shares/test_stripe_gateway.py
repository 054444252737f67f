"""The room that speaks with Stripe, against a till that speaks Stripe's language over real HTTP."""

import hashlib
import hmac
import json
import logging
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured

from shares.cards import stripe_gateway as gateway
from shares.cards import stripe_news, stripe_refunds
from shares.cards.stripe_gateway import CheckoutLine, PaymentProviderDown, PaymentRefused
from shares.cards.stripe_news import ForgedEvent, StaleEvent
from tests.factories import NOW
from tests.services.stripe import SECRET_KEY, WEBHOOK_SECRET, listening_farmhouse, start_stripe_sandbox

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning")


@pytest.fixture
def farmhouse():
    with listening_farmhouse() as farmhouse:
        yield farmhouse


@pytest.fixture
def till(settings, farmhouse):
    with start_stripe_sandbox(webhook_url=farmhouse.url) as till:
        settings.STRIPE_API_BASE = till.url
        settings.STRIPE_SECRET_KEY = SECRET_KEY
        settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
        yield till


def open_page(key="attempt-1", **changes):
    words = {
        "amount_lines": [CheckoutLine("Full share · Tuesday Market", 2, 52_000), CheckoutLine("بيض", 1, 9_050)],
        "currency": "EUR",
        "reference": "order-7",
        "email": "sam@example.org",
        "language": "en",
        "success_url": "http://127.0.0.1:8000/thanks",
        "cancel_url": "http://127.0.0.1:8000/join",
        "expires_at": NOW + timedelta(minutes=40),
        "metadata": {"order": "7"},
    }
    return gateway.open_checkout(key=key, **(words | changes))


@pytest.fixture
def patience(monkeypatch):
    """Waits as short as a test can bear; clients made before are forgotten."""
    monkeypatch.setattr(gateway, "ANSWER_WITHIN", 0.3)
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    gateway._client_for.cache_clear()
    yield
    gateway._client_for.cache_clear()


# --- opening, finding, closing -------------------------------------------------------------------------------


def test_a_page_is_opened_for_the_order(till):
    checkout = open_page()
    assert checkout.url == f"{till.url}/c/pay/{checkout.session_id}"
    assert checkout.expires_at == NOW + timedelta(minutes=40)
    state = gateway.find_checkout(checkout.session_id)
    assert state == gateway.CheckoutState(
        session_id=checkout.session_id, reference="order-7", status="open", paid=False, payment_intent=None,
        amount=113_050, currency="eur", fee=None, url=checkout.url,
    )  # fmt: skip


def test_five_clicks_open_one_page(till):
    assert len({open_page().session_id for _ in range(5)}) == 1
    assert open_page(key="attempt-2").session_id != open_page().session_id


def test_a_paid_page_tells_the_payment_and_what_stripe_kept(till):
    checkout = open_page()
    intent = till.pay(checkout.session_id)
    state = gateway.find_checkout(checkout.session_id)
    assert (state.status, state.paid, state.payment_intent, state.fee, state.url) == (
        "complete", True, intent["id"], 1_721, None,
    )  # fmt: skip


@pytest.mark.parametrize("card", ["4000000000000002", "4000000000003220"])
def test_a_declined_or_unanswered_card_is_not_a_payment(till, card):
    checkout = open_page()
    till.pay(checkout.session_id, card=card)
    state = gateway.find_checkout(checkout.session_id)
    assert (state.status, state.paid, state.fee) == ("open", False, None)


def test_an_order_that_costs_nothing_is_not_done_before_the_buyer_says_so(till):
    checkout = open_page(amount_lines=[CheckoutLine("Gift share", 1, 0)], success_url=f"{till.url}/_sandbox/health")
    assert gateway.find_checkout(checkout.session_id).paid is False
    urlopen(checkout.url, data=b"").close()
    state = gateway.find_checkout(checkout.session_id)
    assert (state.status, state.paid, state.payment_intent, state.fee) == ("complete", True, None, None)


def test_a_closed_page_is_expired_and_closing_twice_is_harmless(till):
    checkout = open_page()
    assert gateway.expire_checkout(checkout.session_id).status == "expired"
    assert gateway.expire_checkout(checkout.session_id).status == "expired"


def test_closing_a_page_that_was_paid_meanwhile_tells_that_it_was_paid(till):
    checkout = open_page()
    till.pay(checkout.session_id)
    state = gateway.expire_checkout(checkout.session_id)
    assert (state.status, state.paid) == ("complete", True)


def test_a_page_lapses_when_its_time_is_over(till, clock):
    checkout = open_page()
    clock(NOW + timedelta(minutes=40))
    assert gateway.find_checkout(checkout.session_id).status == "expired"


@pytest.mark.parametrize("session_id", ["cs_test_none", "", "../events", "cs_test_\x00", "a" * 300, "cs_é"])
def test_a_page_that_is_not_ours_is_refused(till, session_id):
    for look in (gateway.find_checkout, gateway.expire_checkout):
        with pytest.raises(PaymentRefused) as refused:
            look(session_id)
        assert refused.value.code == "resource_missing"


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en"), ("ar", "auto"), ("fr", "fr"), ("pt-br", "pt-BR"), ("de-at", "de"), ("zh_TW", "zh-TW"), ("", "auto")],
)
def test_the_page_speaks_the_buyers_language_where_stripe_can(till, language, locale):
    open_page(language=language)
    assert till.world.store.find("checkout.session")[0]["locale"] == locale


def test_stripe_knows_every_language_we_may_name(till):
    assert {open_page(key=name, language=name).url != "" for name in gateway.LOCALES} == {True}


def test_what_stripe_refuses_is_told_with_its_code(till):
    with pytest.raises(PaymentRefused) as refused:
        open_page(amount_lines=[CheckoutLine("Radish", 1, 10)])
    assert refused.value.code == "amount_too_small"
    assert "0.50" in refused.value.reason


def test_a_page_that_would_close_within_half_an_hour_is_refused_by_name(till):
    with pytest.raises(PaymentRefused) as refused:
        open_page(expires_at=NOW + timedelta(minutes=29))
    assert refused.value.code == "expires_at"


def test_a_key_used_for_other_words_is_refused(till):
    open_page()
    with pytest.raises(PaymentRefused) as refused:
        open_page(reference="order-8")
    assert refused.value.code == "idempotency_error"


# --- giving back ---------------------------------------------------------------------------------------------


def paid_page(till, key="attempt-1"):
    return till.pay(open_page(key=key).session_id)["id"]


def test_a_refund_goes_back_once_per_key(till):
    intent = paid_page(till)
    made = [stripe_refunds.refund(key="r1", payment_intent=intent, amount=13_050, reason="ill") for _ in range(3)]
    assert [(one.status, one.amount) for one in made] == [("succeeded", 13_050)] * 3
    assert len({one.refund_id for one in made}) == 1
    assert [one.refunded for one in stripe_news.list_payments(NOW)] == [13_050]


def test_a_refund_is_known_again_when_stripe_has_forgotten_its_key(till, clock):
    intent = paid_page(till)
    first = stripe_refunds.refund(key="r1", payment_intent=intent, amount=13_050, reason="ill")
    clock(NOW + timedelta(hours=25))
    assert stripe_refunds.refund(key="r1", payment_intent=intent, amount=13_050, reason="ill") == first
    assert [one.refunded for one in stripe_news.list_payments(NOW)] == [13_050]


def test_more_than_was_paid_does_not_go_back(till):
    intent = paid_page(till)
    stripe_refunds.refund(key="r1", payment_intent=intent, amount=113_000, reason="")
    with pytest.raises(PaymentRefused) as refused:
        stripe_refunds.refund(key="r2", payment_intent=intent, amount=51, reason="")
    assert refused.value.code == "amount_too_large"
    stripe_refunds.refund(key="r3", payment_intent=intent, amount=50, reason="")
    with pytest.raises(PaymentRefused) as refused:
        stripe_refunds.refund(key="r4", payment_intent=intent, amount=1, reason="")
    assert refused.value.code == "charge_already_refunded"


# --- when Stripe does not answer -----------------------------------------------------------------------------


def test_an_answer_lost_on_its_way_is_asked_for_again_with_the_same_key(till, patience):
    till.faults.stall, till.faults.stall_for = 1, 0.6
    checkout = open_page()
    assert [one["id"] for one in till.world.store.find("checkout.session")] == [checkout.session_id]


def test_silence_is_an_unknown_outcome_and_asking_again_later_does_nothing_twice(till, patience):
    intent = paid_page(till)
    till.faults.stall, till.faults.stall_for = 2, 0.6
    with pytest.raises(PaymentProviderDown):
        stripe_refunds.refund(key="r1", payment_intent=intent, amount=100, reason="")
    assert stripe_refunds.refund(key="r1", payment_intent=intent, amount=100, reason="").amount == 100
    assert [one.refunded for one in stripe_news.list_payments(NOW)] == [100]


@pytest.mark.parametrize("fault", ["fails", "is gone", "has no key"])
def test_a_stripe_that_is_down_is_not_a_refusal(till, patience, settings, fault):
    if fault == "fails":
        till.faults.fail = 2
    elif fault == "is gone":
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    else:
        settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(PaymentProviderDown):
        open_page()


def test_one_failure_is_not_noticed(till, patience):
    till.faults.fail = 1
    assert gateway.find_checkout(open_page().session_id).status == "open"


def test_a_key_stripe_does_not_know_is_no_refusal_of_the_buyer(till, settings):
    settings.STRIPE_SECRET_KEY = "sk_toast"
    with pytest.raises(PaymentProviderDown):
        open_page()


def test_a_live_key_is_never_sent_to_a_stand_in(till, settings):
    settings.STRIPE_SECRET_KEY = "sk_live_abc"
    with pytest.raises(ImproperlyConfigured, match="live Stripe key"):
        open_page()


def test_nothing_personal_is_logged(till, caplog, patience):
    caplog.set_level(logging.DEBUG)
    till.faults.fail = 2
    with pytest.raises(PaymentProviderDown):
        open_page(email="canary@example.org")
    with pytest.raises(PaymentRefused):
        open_page(email="canary@example.org", amount_lines=[CheckoutLine("Canary share", 1, 1)])
    assert "anary" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("hissa"))
    assert "hissa.stripe" in {record.name for record in caplog.records}


# --- hearing the news ----------------------------------------------------------------------------------------


def told(till, farmhouse):
    assert till.wait_until_delivered()
    return [stripe_news.read_event(payload, signature) for payload, signature in farmhouse.heard]


def test_the_news_of_a_payment_names_the_order(till, farmhouse):
    checkout = open_page()
    intent = till.pay(checkout.session_id)["id"]
    events = told(till, farmhouse)
    done = events[-1]
    assert (done.type, done.object_id, done.session_id) == (
        "checkout.session.completed", checkout.session_id, checkout.session_id,
    )  # fmt: skip
    assert done.created == NOW
    assert {event.reference for event in events} == {"order-7"}
    assert {event.payment_intent for event in events} == {intent}
    assert len({event.id for event in events}) == 5


def test_the_news_of_a_refund_names_the_payment(till, farmhouse):
    intent = paid_page(till)
    refund = stripe_refunds.refund(key="r1", payment_intent=intent, amount=100, reason="")
    created, refunded = told(till, farmhouse)[-2:]
    assert (created.type, created.object_id, created.payment_intent) == ("refund.created", refund.refund_id, intent)
    assert (refunded.type, refunded.reference, refunded.payment_intent) == ("charge.refunded", "order-7", intent)


def an_event(**changes):
    return {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1_800_000_000,
        "livemode": False,
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"reference": "order-7"}}},
    } | changes


def signed(payload, *, secret=WEBHOOK_SECRET, age=0):
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    at = int(time.time()) - age
    v1 = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return payload, f"t={at},v1={v1}"


def test_an_event_signed_with_our_secret_is_read(till):
    event = stripe_news.read_event(*signed(an_event()))
    assert event == stripe_news.Event(
        id="evt_1", type="payment_intent.succeeded", created=datetime.fromtimestamp(1_800_000_000, UTC),
        object_id="pi_1", reference="order-7", session_id=None, payment_intent="pi_1",
    )  # fmt: skip


def test_while_the_secret_is_changed_either_signature_will_do(till):
    payload, signature = signed(an_event())
    at, v1 = signature.split(",")
    assert stripe_news.read_event(payload, f"{at},v1={'0' * 64},{v1},v0=abc").id == "evt_1"


@pytest.mark.parametrize(
    "signature",
    ["", "t=1", "v1=abc", "t=x,v1=abc", "t=1,v1=", "t=1,v1=é", "t=1=2,v1=a", "t" * 10_000, "t=1,v1=abc,t=\x00"],
)
def test_a_signature_that_is_none_is_forged(till, signature):
    with pytest.raises(ForgedEvent):
        stripe_news.read_event(signed(an_event())[0], signature)


def test_a_signature_by_another_or_over_other_words_is_forged(till, settings):
    with pytest.raises(ForgedEvent):
        stripe_news.read_event(*signed(an_event(), secret="whsec_other"))
    payload, signature = signed(an_event())
    with pytest.raises(ForgedEvent):
        stripe_news.read_event(payload.replace(b"order-7", b"order-8"), signature)
    settings.STRIPE_WEBHOOK_SECRET = ""
    with pytest.raises(ForgedEvent):
        stripe_news.read_event(*signed(an_event(), secret=""))


@pytest.mark.parametrize(("age", "fresh"), [(295, True), (302, False), (-50, True), (-65, False), (-3600, False)])
def test_old_news_and_news_from_the_future_are_stale(till, age, fresh):
    if fresh:
        assert stripe_news.read_event(*signed(an_event(), age=age)).id == "evt_1"
    else:
        with pytest.raises(StaleEvent):
            stripe_news.read_event(*signed(an_event(), age=age))


def test_news_of_real_money_or_of_another_account_is_not_for_us(till):
    for change in ({"livemode": True}, {"livemode": None}, {"account": "acct_1"}):
        with pytest.raises(ForgedEvent):
            stripe_news.read_event(*signed(an_event(**change)))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b"null",
        b"[]",
        {"object": "v2.core.event"},
        an_event(id=None),
        an_event(id="x" * 300),
        an_event(id="evt_\x00"),
        an_event(id="\ud800"),
        an_event(created="soon"),
        an_event(created=1e300),
        an_event(data=None),
        an_event(data={"object": []}),
        an_event(data={"object": {"object": "charge", "id": 7}}),
        an_event(data={"object": {"object": "charge", "id": "ch_1", "metadata": "x"}}),
        an_event(data={"object": {"object": "charge", "id": "ch_1", "metadata": {"reference": 7}}}),
    ],
)
def test_what_is_rightly_signed_but_no_event_is_unreadable(till, payload):
    with pytest.raises(stripe_news.UnreadableEvent):
        stripe_news.read_event(*signed(payload))


# --- catching up ---------------------------------------------------------------------------------------------


def test_what_no_webhook_told_is_found_by_asking(till, clock):
    early = paid_page(till)
    clock(NOW + timedelta(minutes=5))
    late = paid_page(till, key="attempt-2")
    both = [event.payment_intent for event in stripe_news.list_events(NOW) if event.type == "payment_intent.succeeded"]
    assert both == [early, late]
    since = [event.payment_intent for event in stripe_news.list_events(NOW + timedelta(minutes=5))]
    assert set(since) == {late}
    payments = list(stripe_news.list_payments(NOW + timedelta(minutes=5)))
    assert [(one.payment_intent, one.paid, one.amount, one.fee, one.reference) for one in payments] == [
        (late, True, 113_050, 1_721, "order-7")
    ]


def test_a_long_absence_is_read_page_by_page(till):
    for n in range(60):
        paid_page(till, key=f"attempt-{n}")
    assert len(list(stripe_news.list_events(NOW))) == 120  # a payment and a session each; other news is not ours
    assert len(list(stripe_news.list_payments(NOW))) == 60


def test_the_page_stands_where_the_api_stands(till):
    assert urlsplit(open_page().url).netloc == urlsplit(till.url).netloc
