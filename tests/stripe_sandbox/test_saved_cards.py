"""Cards kept at the first payment and charged later, when nobody is there; bank debits; amounts that must end in 0."""

import pytest
import stripe

from .conftest import GOOD_CARD, line, order, visit

LATER = {"customer_creation": "always", "payment_intent_data": {"setup_future_usage": "off_session"}}


@pytest.fixture
def kept(api, till):
    """Pay a session with a card that is kept; its customer and its name."""

    def keep(card="4242424242424242"):
        session = api.v1.checkout.sessions.create(order(**LATER))
        intent = till.pay(session.id, card=card)
        if intent["status"] == "requires_action":
            till.finish_challenge(intent["id"], passed=True)
        intent = api.v1.payment_intents.retrieve(intent["id"])
        return intent.customer, intent.payment_method

    return keep


def charge(api, kept, key=None):
    customer, method = kept
    facts = {"amount": 10_000, "currency": "eur", "customer": customer, "payment_method": method}
    options = {"idempotency_key": key} if key else {}
    return api.v1.payment_intents.create(facts | {"confirm": True, "off_session": True}, options)


def test_a_kept_card_is_charged_when_nobody_is_there(api, kept):
    card = kept()
    assert charge(api, card).status == "succeeded"
    assert api.v1.payment_methods.retrieve(card[1]).customer == card[0]


def test_a_card_that_was_not_kept_cannot_be_charged_again(api, till, session):
    intent = api.v1.payment_intents.retrieve(till.pay(session.id)["id"])
    with pytest.raises(stripe.InvalidRequestError, match="Customer attachment"):
        charge(api, (None, intent.payment_method))


def test_a_bank_that_was_asked_once_is_not_asked_again_and_one_that_insists_is(api, kept):
    assert charge(api, kept("4000002500003155")).status == "succeeded"
    with pytest.raises(stripe.CardError) as refused:
        charge(api, kept("4000002760003184"))
    assert refused.value.code == "authentication_required"
    assert refused.value.error.payment_intent.status == "requires_payment_method"


def test_a_kept_card_may_be_declined_later(api, till, kept):
    card = kept()
    till.control("becomes", payment_method=card[1], card="4000000000009995")
    with pytest.raises(stripe.CardError) as refused:
        charge(api, card)
    assert refused.value.error.decline_code == "insufficient_funds"


def test_a_declined_charge_answers_the_same_to_the_same_key(api, till, kept):
    card = kept()
    till.control("becomes", payment_method=card[1], card="4000000000000002")
    for _n in range(2):
        with pytest.raises(stripe.CardError):
            charge(api, card, key="part-1")
    assert len(api.v1.payment_intents.list({"customer": card[0]}).data) == 2  # the deposit's, and one


def test_a_card_is_given_for_later_without_a_payment(api):
    facts = {"mode": "setup", "currency": "eur", "success_url": "http://127.0.0.1:8000/ok"}
    session = api.v1.checkout.sessions.create(facts)
    page = visit(session.url)
    assert ("Save a card for later" in page.text, "Save card" in page.text) == (True, True)
    assert visit(session.url, GOOD_CARD | {"email": "sam@example.org"}).status == 303
    after = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    assert (after.status, after.setup_intent.status) == ("complete", "succeeded")
    assert charge(api, (after.setup_intent.customer, after.setup_intent.payment_method.id)).status == "succeeded"


def test_a_declined_card_is_not_kept(api):
    facts = {"mode": "setup", "currency": "eur", "success_url": "http://127.0.0.1:8000/ok"}
    session = api.v1.checkout.sessions.create(facts)
    typed = GOOD_CARD | {"email": "sam@example.org", "number": "4000000000000002"}
    assert visit(session.url, typed).status == 402
    assert api.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(("iban", "ends"), [("AT61 1904 3002 3457 3201", "paid"), ("AT861904300235473202", "unpaid")])
def test_a_bank_debit_is_known_days_later(api, till, farmhouse, session, iban, ends):
    assert visit(session.url, {"iban": iban}).status == 303
    meanwhile = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (meanwhile.status, meanwhile.payment_status, meanwhile.payment_intent.status) == (
        "complete", "unpaid", "processing",
    )  # fmt: skip
    till.control("debit", payment_intent=meanwhile.payment_intent.id, succeeded=str(ends == "paid").lower())
    after = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    status = "succeeded" if ends == "paid" else "requires_payment_method"
    assert (after.payment_status, after.payment_intent.status) == (ends, status)
    assert till.wait_until_delivered()
    assert farmhouse.types()[-1] == f"checkout.session.async_payment_{'succeeded' if ends == 'paid' else 'failed'}"


def test_an_account_that_is_none_is_told_beside_its_field(session):
    page = visit(session.url, {"iban": "DE00"})
    assert (page.status, 'id="iban-wrong"' in page.text) == (422, True)


@pytest.mark.parametrize(("currency", "amount", "taken"), [("kwd", 5_000, True), ("kwd", 5_005, False),
                                                           ("isk", 5_000, True), ("isk", 5_050, False)])  # fmt: skip
def test_some_currencies_are_charged_in_steps(api, currency, amount, taken):
    facts = order(line_items=[line("Full share", amount, 1, currency)])
    if taken:
        assert api.v1.checkout.sessions.create(facts).amount_total == amount
        return
    with pytest.raises(stripe.InvalidRequestError, match="divisible"):
        api.v1.checkout.sessions.create(facts)
