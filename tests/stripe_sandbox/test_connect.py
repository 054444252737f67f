"""Farms with accounts of their own: what is made in one is not seen in another."""

import json

import pytest
import stripe

from .conftest import order, visit


@pytest.fixture
def farms(api, till):
    accounts = [api.v1.accounts.create({"type": "standard", "email": f"farm{n}@example.org"}).id for n in range(2)]
    for account in accounts:
        till.control("onboard", account=account)
    return accounts


def test_a_farm_fills_in_stripe_s_form_and_may_charge(api, till, farmhouse):
    account = api.v1.accounts.create({"type": "standard"})
    assert (account.charges_enabled, account.details_submitted) == (False, False)
    back = {"return_url": "http://127.0.0.1:8000/back", "refresh_url": "http://127.0.0.1:8000/again"}
    link = api.v1.account_links.create({"account": account.id, "type": "account_onboarding", **back})
    assert "Tell us about your business" in visit(link.url).text
    assert visit(link.url, {"answer": "finish"}).headers["Location"] == back["return_url"]
    assert api.v1.accounts.retrieve(account.id).charges_enabled is True
    assert visit(link.url).headers["Location"] == back["refresh_url"]
    assert till.wait_until_delivered()
    told = json.loads(farmhouse.heard[-1][0])
    assert (told["type"], told["account"]) == ("account.updated", account.id)


def test_each_account_has_its_own_payments_and_events(api, till, farms):
    ours, theirs = farms
    session = api.v1.checkout.sessions.create(order(), {"stripe_account": ours})
    intent = till.pay(session.id)
    assert api.v1.payment_intents.retrieve(intent["id"], None, {"stripe_account": ours}).status == "succeeded"
    for options in ({"stripe_account": theirs}, {}):
        with pytest.raises(stripe.InvalidRequestError, match="No such"):
            api.v1.payment_intents.retrieve(intent["id"], None, options)
        assert api.v1.payment_intents.list({}, options).data == []
        with pytest.raises(stripe.InvalidRequestError, match="No such"):
            api.v1.refunds.create({"payment_intent": intent["id"]}, options)
    events = api.v1.events.list({"type": "checkout.session.completed"}, {"stripe_account": ours}).data
    assert [event.account for event in events] == [ours]
    assert api.v1.events.list({"type": "checkout.session.completed"}).data == []


def test_the_page_of_a_farm_s_session_is_paid_at_the_farm_s_account(api, farms):
    from .conftest import GOOD_CARD

    session = api.v1.checkout.sessions.create(order(), {"stripe_account": farms[0]})
    assert visit(session.url, GOOD_CARD | {"number": "4000000000003220"}).status == 303
    [intent] = api.v1.payment_intents.list({}, {"stripe_account": farms[0]}).data
    base = session.url.split("/c/")[0]
    assert visit(f"{base}/3d_secure/{intent.id}", {"answer": "complete"}).status == 303
    assert api.v1.checkout.sessions.retrieve(session.id, None, {"stripe_account": farms[0]}).payment_status == "paid"


def test_the_same_key_is_another_one_at_another_account(api, farms):
    made = {
        api.v1.checkout.sessions.create(order(), {"stripe_account": account, "idempotency_key": "k"}).id
        for account in [*farms, farms[0]]
    }
    assert len(made) == 2


@pytest.mark.parametrize("account", ["acct_nobody", "left"])
def test_an_account_that_is_not_ours_is_refused(api, till, farms, account):
    till.control("leave", account=farms[0])
    with pytest.raises(stripe.PermissionError, match="does not have access"):
        api.v1.events.list({}, {"stripe_account": farms[0] if account == "left" else account})
