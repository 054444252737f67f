"""One request: who asks, what is asked for, and the same key twice."""

import http.client
import json
import threading
import time

import pytest
import stripe

from stripe_sandbox import Faults, StripeSandbox
from tests.services.stripe import SECRET_KEY

from .conftest import client_of, line, order


def raw(till, method, path, body=b"", **headers):
    connection = http.client.HTTPConnection(*till.world_address, timeout=5)
    connection.request(method, path, body=body, headers={"Authorization": f"Bearer {SECRET_KEY}"} | headers)
    answer = connection.getresponse()
    found = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return found


@pytest.fixture(autouse=True)
def _address(till):
    till.world_address = ("127.0.0.1", int(till.url.rsplit(":", 1)[1]))


# --- the same key --------------------------------------------------------------------------------------------


def test_the_same_key_gets_the_same_answer(api):
    first = api.v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
    second = api.v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
    assert first.to_dict() == second.to_dict()
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert second.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert len(api.v1.checkout.sessions.list().data) == 1


def test_the_same_key_for_other_words_is_refused(api, paid):
    api.v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        api.v1.checkout.sessions.create(order(client_reference_id="order-8"), {"idempotency_key": "k"})
    assert (refused.value.http_status, refused.value.error.type) == (400, "idempotency_error")
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        api.v1.refunds.create({"payment_intent": paid().id}, {"idempotency_key": "k"})


def test_a_refund_asked_for_twice_with_one_key_goes_once(api, paid):
    ask = {"payment_intent": paid().id, "amount": 1_000}
    made = {api.v1.refunds.create(ask, {"idempotency_key": "r"}).id for _ in range(3)}
    assert len(made) == 1
    assert len(api.v1.refunds.list().data) == 1


def test_a_refusal_is_kept_with_its_key_but_a_slip_of_the_pen_is_not(api, till, session):
    declined = {"amount": 500, "currency": "eur", "confirm": True, "payment_method": "pm_card_chargeDeclined"}
    requests = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            api.v1.payment_intents.create(declined, {"idempotency_key": "d"})
        requests.add(refused.value.error.payment_intent.id)
    assert len(requests) == 1
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_intents.create({"amount": "x", "currency": "eur"}, {"idempotency_key": "s"})
    assert api.v1.payment_intents.create({"amount": 500, "currency": "eur"}, {"idempotency_key": "s"}).amount == 500


def test_forty_at_once_with_one_key_make_one(till):
    outcomes = []

    def create():
        client = client_of(till)
        try:
            outcomes.append(client.v1.checkout.sessions.create(order(), {"idempotency_key": "k"}).id)
        except stripe.StripeError as e:
            outcomes.append(e.http_status)

    threads = [threading.Thread(target=create) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one for one in outcomes if one != 409}) == 1
    assert len(client_of(till).v1.checkout.sessions.list().data) == 1


def test_a_key_still_being_answered_says_wait(till):
    till.faults.latency = 0.3
    first = threading.Thread(
        target=lambda: client_of(till).v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
    )
    first.start()
    time.sleep(0.1)
    with pytest.raises(stripe.StripeError) as refused:
        client_of(till).v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
    first.join()
    assert (refused.value.http_status, refused.value.error.code) == (409, "idempotency_key_in_use")


# --- what goes wrong on purpose -----------------------------------------------------------------------------


def test_a_time_out_after_the_deed_is_found_done_by_the_same_key(till, api):
    till.faults.stall, till.faults.stall_for = 1, 1.0
    impatient = stripe.StripeClient(
        SECRET_KEY, base_addresses={"api": till.url}, http_client=stripe.RequestsClient(timeout=0.3)
    )
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
    assert len(api.v1.checkout.sessions.list().data) == 1
    impatient.v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
    assert len(api.v1.checkout.sessions.list().data) == 1


def test_a_failure_does_nothing(till, api):
    till.faults.fail = 1
    with pytest.raises(stripe.APIError) as failed:
        api.v1.checkout.sessions.create(order(), {"idempotency_key": "k"})
    assert failed.value.http_status == 500
    assert api.v1.checkout.sessions.list().data == []
    assert api.v1.checkout.sessions.create(order(), {"idempotency_key": "k"}).status == "open"


def test_latency_slows_the_answer():
    with StripeSandbox(faults=Faults(latency=0.2)) as till:
        began = time.monotonic()
        client_of(till).v1.events.list()
    assert time.monotonic() - began >= 0.2


# --- who asks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer sk_live_abcdefgh", "Basic !!", "Bearer pk_test_x"])
def test_only_a_test_key_is_served(till, authorization):
    status, body, _ = raw(till, "GET", "/v1/events", Authorization=authorization)
    assert status == 401
    assert json.loads(body)["error"]["type"] == "invalid_request_error"


def test_curl_may_give_its_key_as_a_user_name(till):
    assert raw(till, "GET", "/v1/events", Authorization="Basic c2tfdGVzdF94Og==")[0] == 200


# --- what is asked for ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        ({"mode": "barter"}, "mode", None),
        ({"mode": "subscription"}, "mode", None),
        ({"locale": "ar"}, "locale", None),
        ({"success_url": "/thanks"}, "success_url", "url_invalid"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"customer_email": "a@b.co, e@x.yy"}, "customer_email", "email_invalid"),
        ({"customer_email": ""}, "customer_email", "parameter_invalid_empty"),
        ({"expires_at": "soon"}, "expires_at", "parameter_invalid_integer"),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata", None),
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"line_items": "x"}, "line_items", None),
        ({"line_items": [line("A", 100, 0)]}, "line_items[0][quantity]", "parameter_invalid_integer"),
        ({"line_items": [line("A", -1, 1)]}, "line_items[0][price_data][unit_amount]", "parameter_invalid_integer"),
        ({"line_items": [line("A", 100, 1, "xyz")]}, "line_items[0][price_data][currency]", None),
        ({"line_items": [line("A", 100, 1), line("B", 100, 1, "usd")]}, "line_items", None),
        ({"line_items": [line("A", 49, 1)]}, "line_items", "amount_too_small"),
        ({"line_items": [line("A", 99_999_999, 2)]}, "line_items", "amount_too_large"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0]", None),
        (
            {"line_items": [{"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 5}}]},
            "line_items[0][price_data]",
            None,
        ),
        (
            {"line_items": [{"quantity": 1, "price_data": {"unit_amount": 5, "product_data": {"name": "A"}}}]},
            "line_items[0][price_data][currency]",
            "parameter_missing",
        ),
    ],
)
def test_a_wrong_parameter_is_named(api, change, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.checkout.sessions.create(order(**change))
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)
    assert api.v1.checkout.sessions.list().data == []


def test_what_does_not_exist_is_not_found(api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.checkout.sessions.retrieve("cs_test_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"payment_intent": "pi_none"})
    assert (refused.value.http_status, refused.value.param) == (400, "payment_intent")


def test_what_cannot_be_expanded_says_so(api, session):
    for path in ("colour", "metadata.season", "payment_intent.a.b.c.d.e"):
        with pytest.raises(stripe.InvalidRequestError, match="expand"):
            api.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})


def slowly(said):
    """A caller who still speaks when it has been refused: it must be able to finish, and to read the answer."""
    for letter in said:
        yield bytes([letter])
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/v1/refunds", b"a" * (256 * 1024 + 1), {}, 413),
        ("POST", "/v1/refunds", b"\xff\xfe", {}, 400),
        ("POST", "/v1/refunds", b"amount=%ff", {}, 400),
        ("POST", "/v1/refunds", b"&".join(b"a[%d]=1" % n for n in range(3000)), {}, 400),
        ("POST", "/v1/refunds", b"a" + b"[b]" * 50 + b"=1", {}, 400),
        ("POST", "/v1/refunds", b"metadata=1&metadata[a]=2", {}, 400),
        ("POST", "/v1/refunds", b"metadata[a]=2&metadata=1", {}, 400),
        ("POST", "/v1/refunds", b"amount[0]=1&payment_intent=x", {}, 400),
        ("POST", "/v1/refunds", b"%00=1", {}, 400),
        ("POST", "/v1/refunds", b"", {"Idempotency-Key": "k" * 256}, 400),
        ("POST", "/v1/refunds", b"", {"Transfer-Encoding": "chunked"}, 411),
        ("GET", "/v1/events?limit=0", b"", {}, 400),
        ("GET", "/v1/events?limit=101", b"", {}, 400),
        ("GET", "/v1/events?starting_after=evt_none", b"", {}, 400),
        ("GET", "/v1/events?created[gte]=9999999999999999999999", b"", {}, 400),
        ("GET", "/v1/events?created[soon]=1", b"", {}, 400),
        ("GET", "/v1/events/%00", b"", {}, 404),
        ("GET", "/v1/invoices", b"", {}, 404),
        ("GET", "/v1/" + "a" * 20_000, b"", {}, 414),
        ("DELETE", "/v1/customers/cus_x", b"", {}, 501),
    ],
)
def test_bad_input_is_refused_and_never_breaks_it(till, method, path, body, headers, status):
    if "Transfer-Encoding" in headers:
        connection = http.client.HTTPConnection(*till.world_address, timeout=5)
        connection.request(method, path, body=slowly(b"xyz"), headers={"Authorization": f"Bearer {SECRET_KEY}"})
        assert connection.getresponse().status == status
        return
    assert raw(till, method, path, body, **headers)[0] == status


def test_a_hosts_name_made_up_by_the_caller_does_not_reach_the_page(till):
    body = (
        b"mode=payment&success_url=http://127.0.0.1/&line_items[0][quantity]=1"
        b"&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=500"
        b"&line_items[0][price_data][product_data][name]=A"
    )
    made = json.loads(raw(till, "POST", "/v1/checkout/sessions", body, Host='x"><script>')[1])
    assert made["url"].startswith(till.url)


def test_it_is_quick_enough_for_a_busy_test(api):
    api.v1.events.list()
    began = time.monotonic()
    for _ in range(50):
        api.v1.events.list({"limit": 1})
    assert time.monotonic() - began < 1.0  # 40 ms each, were packets held back
