"""The till as a buyer and as the farm's server see it."""

import time

import pytest
import stripe

from stripe_sandbox import StripeSandbox

from .conftest import GOOD_CARD, client_of, line, order, visit


def test_a_session_adds_up_its_lines_and_has_no_payment_yet(session):
    assert (session.amount_total, session.currency, session.status, session.payment_status) == (
        113_050, "eur", "open", "unpaid",
    )  # fmt: skip
    assert session.payment_intent is None
    assert session.metadata.to_dict() == {"season": "Summer"}
    assert session.expires_at == session.created + 24 * 3600


def test_line_items_come_only_when_asked_for(api, session):
    plain = api.v1.checkout.sessions.retrieve(session.id)
    expanded = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert "line_items" not in plain
    listed = [(item.description, item.quantity, item.amount_total) for item in expanded.line_items.data]
    assert listed == [("Full share", 2, 104_000), ("Eggs", 1, 9_050)]
    assert [item.id for item in api.v1.checkout.sessions.line_items.list(session.id)] == [
        item.id for item in expanded.line_items
    ]


def test_the_page_is_on_the_address_the_api_was_asked_at(till, session):
    assert session.url == f"{till.url}/c/pay/{session.id}"


def test_behind_another_address_the_page_says_so():
    with StripeSandbox(public_url="https://till.example/") as till:
        session = client_of(till).v1.checkout.sessions.create(order())
    assert session.url == f"https://till.example/c/pay/{session.id}"


def test_the_page_lists_what_is_bought_and_leads_back(session):
    page = visit(session.url)
    assert page.status == 200
    for words in ("Full share", "1,040.00 EUR", "90.50 EUR", "1,130.50 EUR", "sam@example.org"):
        assert words in page.text
    assert '<a class="back" href="http://127.0.0.1:8000/cedar-bend/join">' in page.text
    assert "<script" not in page.text
    assert "style=" not in page.text


def test_names_of_shares_cannot_become_markup(api):
    session = api.v1.checkout.sessions.create(order(line_items=[line("<img src=x onerror=alert(1)>", 500, 1)]))
    page = visit(session.url)
    assert "<img" not in page.text
    assert "&lt;img src=x" in page.text


def test_looking_at_the_page_changes_nothing(api, session):
    visit(session.url)
    visit(session.url, method="HEAD")
    assert api.v1.checkout.sessions.retrieve(session.id).payment_intent is None
    assert api.v1.events.list().data == []


def test_a_good_card_pays_and_sends_the_buyer_back(api, session):
    page = visit(session.url, GOOD_CARD)
    assert (page.status, page.headers["Location"]) == (303, f"http://127.0.0.1:8000/thanks?session={session.id}")
    after = api.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    assert (after.status, after.payment_status, after.url) == ("complete", "paid", None)
    charge = after.payment_intent.latest_charge
    assert (charge.amount, charge.paid, charge.payment_method_details.card.last4) == (113_050, True, "4242")
    # 1.5 % of 1,130.50 is 16.9575, and 25 cents
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (1_721, 113_050 - 1_721)
    assert charge.metadata.to_dict() == {"reference": "order-7"}


def test_the_browser_may_follow_the_form_to_the_shop(session):
    policy = visit(session.url).headers["Content-Security-Policy"]
    assert policy.split("form-action ")[1] == "'self' http://127.0.0.1:8000"


def test_paying_twice_charges_once(api, session):
    first, second = visit(session.url, GOOD_CARD), visit(session.url, GOOD_CARD)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(api.v1.charges.list().data) == 1
    assert "This is paid" in visit(session.url).text


@pytest.mark.parametrize(
    ("number", "words", "decline_code"),
    [
        ("4000000000000002", "Your card was declined.", "generic_decline"),
        ("4000 0000 0000 9995", "Your card has insufficient funds.", "insufficient_funds"),
        ("4111111111111111", "but used a non test card", "test_mode_live_card"),
    ],
)
def test_a_declined_card_says_why_and_keeps_what_was_typed(api, session, number, words, decline_code):
    page = visit(session.url, GOOD_CARD | {"number": number})
    assert page.status == 402
    assert words in page.text
    assert f'value="{number}"' in page.text
    after = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (after.status, after.payment_status) == ("open", "unpaid")
    assert after.payment_intent.status == "requires_payment_method"
    assert after.payment_intent.last_payment_error.decline_code == decline_code
    assert after.payment_intent.latest_charge.status == "failed"


def test_another_card_after_a_declined_one_pays_the_same_payment(api, session):
    visit(session.url, GOOD_CARD | {"number": "4000000000000002"})
    first = api.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert visit(session.url, GOOD_CARD).status == 303
    after = api.v1.checkout.sessions.retrieve(session.id)
    assert (after.payment_intent, after.payment_status) == (first, "paid")


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("number", "", "Enter the card number."),
        ("number", "4242424242424241", "Your card number is invalid."),
        ("number", "card", "Your card number is invalid."),
        ("expiry", "", "Enter the expiry date as MM / YY."),
        ("expiry", "13/40", "expiration month is invalid"),
        ("expiry", "01/20", "expiration date is in the past"),
        ("cvc", "12", "security code is incomplete"),
        ("name", "", "Enter the name on the card."),
    ],
)
def test_a_field_typed_wrongly_is_told_beside_it_and_tries_no_card(api, session, field, typed, words):
    page = visit(session.url, GOOD_CARD | {field: typed})
    assert page.status == 422
    assert page.text.count('aria-invalid="true"') == 1
    assert f'id="{field}-wrong"' in page.text
    assert words in page.text.replace("&#x27;", "'")
    assert api.v1.payment_intents.list().data == []


def test_digits_of_any_script_are_understood(api, session):
    typed = {"number": "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "expiry": "١٢/٤٠", "cvc": "١٢٣", "name": "سام"}
    assert visit(session.url, typed).status == 303


@pytest.mark.parametrize("number", ["4000002500003155", "4000000000003220"])
def test_a_card_that_asks_pays_once_its_bank_is_answered(api, session, number):
    page = visit(session.url, GOOD_CARD | {"number": number})
    intent = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).payment_intent
    assert (page.status, page.headers["Location"]) == (303, f"/3d_secure/{intent.id}")
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    bank = intent.next_action.redirect_to_url.url
    assert "Is it you?" in visit(bank).text
    done = visit(bank, {"answer": "complete"})
    assert (done.status, done.headers["Location"]) == (303, f"http://127.0.0.1:8000/thanks?session={session.id}")
    assert visit(bank, {"answer": "complete"}).headers["Location"] == f"/c/pay/{session.id}"
    assert api.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(api.v1.charges.list().data) == 1


def test_failing_the_bank_charges_nothing_and_another_card_may_be_tried(api, session):
    bank = visit(session.url, GOOD_CARD | {"number": "4000000000003220"}).headers["Location"]
    page = visit(session.url.split("/c/")[0] + bank, {"answer": "fail"})
    assert page.status == 402
    assert "unable to authenticate" in page.text
    assert api.v1.charges.list().data == []
    assert visit(session.url, GOOD_CARD).status == 303


def test_an_expired_session_takes_no_card(api, session):
    api.v1.checkout.sessions.expire(session.id)
    for page in (visit(session.url), visit(session.url, GOOD_CARD)):
        assert page.status == 410
        assert "has expired" in page.text
    assert api.v1.payment_intents.list().data == []
    assert [event.type for event in api.v1.events.list()] == ["checkout.session.expired"]


def test_expiring_while_the_bank_asks_gives_the_payment_up(api, session):
    bank = visit(session.url, GOOD_CARD | {"number": "4000000000003220"}).headers["Location"]
    api.v1.checkout.sessions.expire(session.id)
    assert visit(session.url.split("/c/")[0] + bank, {"answer": "complete"}).status == 303
    after = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (after.status, after.payment_status, after.payment_intent.status) == ("expired", "unpaid", "canceled")


def test_a_paid_session_cannot_be_expired(api, till, session):
    till.pay(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        api.v1.checkout.sessions.expire(session.id)


def test_a_session_expires_by_itself_when_its_time_is_over():
    at = [time.time()]
    with StripeSandbox(clock=lambda: at[0]) as till:
        api = client_of(till)
        session = api.v1.checkout.sessions.create(order(expires_at=int(at[0]) + 1800))
        at[0] += 1799
        assert api.v1.checkout.sessions.retrieve(session.id).status == "open"
        at[0] += 1
        assert visit(session.url, GOOD_CARD).status == 410
        assert api.v1.checkout.sessions.retrieve(session.id).status == "expired"


@pytest.mark.parametrize("seconds", [1799, 24 * 3600 + 1])
def test_a_session_lasts_from_half_an_hour_to_a_day(seconds):
    with StripeSandbox(clock=lambda: 1_800_000_000) as till, pytest.raises(stripe.InvalidRequestError) as refused:
        client_of(till).v1.checkout.sessions.create(order(expires_at=1_800_000_000 + seconds))
    assert refused.value.param == "expires_at"


def test_an_order_that_costs_nothing_needs_no_card(api):
    session = api.v1.checkout.sessions.create(order(line_items=[line("Gift share", 0, 1)]))
    assert visit(session.url, {}).status == 303
    after = api.v1.checkout.sessions.retrieve(session.id)
    assert (after.status, after.payment_status, after.payment_intent) == ("complete", "no_payment_required", None)


def test_sessions_are_found_by_their_payment(api, till, session):
    api.v1.checkout.sessions.create(order())
    intent = till.pay(session.id)
    assert [one.id for one in api.v1.checkout.sessions.list({"payment_intent": intent["id"]})] == [session.id]
    assert [one.id for one in api.v1.checkout.sessions.list({"status": "complete"})] == [session.id]


def test_an_address_that_is_nobodys_is_not_found(till):
    for path in ("/c/pay/cs_test_nothing", "/3d_secure/pi_nothing", "/", "/c/pay/../x"):
        assert visit(till.url + path).status == 404
