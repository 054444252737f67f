"""Payments and refunds: money comes once and never goes back more than it came."""

import time

import pytest
import stripe


def test_part_of_a_payment_goes_back_and_then_the_rest(api, paid):
    intent = paid()
    first = api.v1.refunds.create({"payment_intent": intent.id, "amount": 13_050, "reason": "requested_by_customer"})
    assert (first.status, first.amount, first.charge) == ("succeeded", 13_050, intent.latest_charge.id)
    rest = api.v1.refunds.create({"payment_intent": intent.id})
    assert rest.amount == 100_000
    charge = api.v1.charges.retrieve(intent.latest_charge.id)
    assert (charge.amount_refunded, charge.refunded) == (113_050, True)
    lines = api.v1.balance_transactions.list({"type": "refund"}).data
    assert sorted((line.amount, line.fee) for line in lines) == [(-100_000, 0), (-13_050, 0)]


@pytest.mark.parametrize("before", [0, 100_000])
def test_more_than_is_left_never_goes_back(api, paid, before):
    intent = paid()
    if before:
        api.v1.refunds.create({"payment_intent": intent.id, "amount": before})
    with pytest.raises(stripe.InvalidRequestError, match=r"is greater than (charge|unrefunded) amount"):
        api.v1.refunds.create({"payment_intent": intent.id, "amount": 113_050 - before + 1})
    assert api.v1.charges.retrieve(intent.latest_charge.id).amount_refunded == before


def test_what_is_wholly_refunded_cannot_be_refunded_again(api, paid):
    intent = paid()
    api.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"payment_intent": intent.id, "amount": 1})
    assert refused.value.code == "charge_already_refunded"


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_and_less_cannot_be_refunded(api, paid, amount):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"payment_intent": paid().id, "amount": amount})
    assert refused.value.param == "amount"


def test_a_declined_payment_has_nothing_to_refund(api, paid):
    intent = paid("4000000000000002")
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        api.v1.refunds.create({"payment_intent": intent.id})


def test_one_card_makes_refunds_that_take_their_time_and_one_that_come_back(api, till, paid, monkeypatch):
    monkeypatch.setattr("stripe_sandbox.refunds.LATER", 0.0)
    slow = api.v1.refunds.create({"payment_intent": paid("4000000000007726").id, "amount": 100})
    assert slow.status == "pending"
    assert _in_the_end(api, slow.id, "succeeded")


def test_a_refund_the_bank_sends_back_fails_and_the_charge_is_whole_again(api, till, paid, monkeypatch):
    monkeypatch.setattr("stripe_sandbox.refunds.LATER", 0.0)
    intent = paid("4000000000005126")
    refund = api.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    assert _in_the_end(api, refund.id, "failed")
    assert api.v1.charges.retrieve(intent.latest_charge.id).amount_refunded == 0
    assert "refund.failed" in [event.type for event in api.v1.events.list()]


def _in_the_end(api, refund_id, status):
    until = time.monotonic() + 3
    while time.monotonic() < until:
        if api.v1.refunds.retrieve(refund_id).status == status:
            return True
        time.sleep(0.05)
    return False


def test_an_instalment_off_session_pays_or_is_declined(api):
    ask = {"amount": 4_000, "currency": "eur", "confirm": True, "off_session": True}
    assert api.v1.payment_intents.create(ask | {"payment_method": "pm_card_visa"}).status == "succeeded"
    with pytest.raises(stripe.CardError) as refused:
        api.v1.payment_intents.create(ask | {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"})
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
    assert refused.value.error.decline_code == "insufficient_funds"
    with pytest.raises(stripe.CardError) as refused:
        api.v1.payment_intents.create(ask | {"payment_method": "pm_card_authenticationRequired"})
    assert refused.value.code == "authentication_required"


def test_a_payment_that_succeeded_cannot_be_cancelled(api, paid):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.cancel(paid().id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_lists_turn_their_pages_and_look_between_two_moments(api):
    made = [api.v1.payment_intents.create({"amount": 1_000 + n, "currency": "eur"}) for n in range(5)]
    first = api.v1.payment_intents.list({"limit": 2})
    assert ([one.amount for one in first.data], first.has_more) == ([1_004, 1_003], True)
    second = api.v1.payment_intents.list({"limit": 3, "starting_after": first.data[-1].id})
    assert ([one.amount for one in second.data], second.has_more) == ([1_002, 1_001, 1_000], False)
    before = api.v1.payment_intents.list({"limit": 2, "ending_before": made[0].id})
    assert ([one.amount for one in before.data], before.has_more) == ([1_002, 1_001], True)
    assert [one.amount for one in first.auto_paging_iter()] == [1_004, 1_003, 1_002, 1_001, 1_000]
    after = made[-1].created + 1
    assert api.v1.payment_intents.list({"created": {"gte": after}}).data == []
    assert len(api.v1.payment_intents.list({"created": {"lt": after}}).data) == 5


def test_the_story_of_a_payment_is_told_in_events(api, paid):
    paid()
    told = list(api.v1.events.list())
    assert [event.type for event in reversed(told)] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]
    assert told[0].data.object.payment_status == "paid"
    assert told[-1].data.object.status == "requires_payment_method"
    assert [event.type for event in api.v1.events.list({"type": "payment_intent.*"})] == [
        "payment_intent.succeeded", "payment_intent.created",
    ]  # fmt: skip
    assert [event.type for event in api.v1.events.list({"types": ["charge.updated"]})] == ["charge.updated"]
