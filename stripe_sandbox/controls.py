"""The knobs behind the counter: POST /_sandbox/… with a test key, for tests, drills and demonstrations.

GET  /_sandbox/faults                     what goes wrong now
POST /_sandbox/faults    duplicates=2&reorder=true&hold=true&stall=1&…   (see world.Faults)
POST /_sandbox/release   [reverse=true]   let held webhooks go
POST /_sandbox/redeliver [event=evt_…] [copies=3]   send one event, or all, again
GET  /_sandbox/deliveries                 every webhook, attempts and answers
POST /_sandbox/pay       session=cs_…[&card=4242…][&name=…][&email=…]   pay without the page
POST /_sandbox/challenge payment_intent=pi_…&passed=true                answer 3-D Secure
POST /_sandbox/debit     payment_intent=pi_…[&succeeded=false]          a bank debit comes to its end
POST /_sandbox/becomes   payment_method=pm_…&card=4000…                 a kept card behaves like this one from now on
POST /_sandbox/dispute   payment_intent=pi_…                            its buyer disputes a payment
POST /_sandbox/close_dispute dispute=dp_…[&won=true]                    the bank decides
POST /_sandbox/fail_refund   refund=re_…                                a refund comes back from the buyer's bank
POST /_sandbox/pay_out   [account=acct_…]                               what stands in the account goes to the bank
POST /_sandbox/onboard   account=acct_…[&finished=false]                fill the account's form in without its page
POST /_sandbox/leave     account=acct_…                                 the farm takes the platform's right away
POST /_sandbox/reset                      forget everything
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from . import accounts, cards, checkout, debits, disputes, payments, payouts, refunds, saved, webhooks
from .errors import ApiError, bad_parameter, missing_parameter, no_such
from .parameters import decode
from .store import Json
from .world import Faults, World, public


def control(world: World, method: str, name: str, raw: str) -> Json:
    if method == "GET":
        if name == "faults":
            return asdict(world.faults)
        if name == "deliveries":
            return {"outstanding": webhooks.outstanding(world), "deliveries": webhooks.all_deliveries(world)}
    verb = VERBS.get(name) if method == "POST" else None
    if verb is None:
        raise ApiError(f"The sandbox has no control {method} {name[:50]}.", status=404)
    return verb(world, decode(raw))


def _faults(world: World, params: Json) -> Json:
    for name in params:
        if name not in {field.name for field in fields(Faults)}:
            raise bad_parameter(f"Received unknown parameter: {name}", param=name)
    for field in fields(Faults):
        if field.name in params:
            setattr(world.faults, field.name, _value(field.default, params[field.name], field.name))
    return asdict(world.faults)


def _value(like: Any, text: str, name: str) -> bool | int | float | str:
    try:
        if isinstance(like, bool):
            return {"true": True, "1": True, "false": False, "0": False}[text]
        value: int | float | str = type(like)(text)
    except (KeyError, ValueError) as e:
        raise bad_parameter(f"Invalid {name}: {text[:50]}", param=name) from e
    if isinstance(value, int | float) and not 0 <= value <= 3600:
        raise bad_parameter(f"Invalid {name}: 0 to 3600", param=name)
    return value


def _release(world: World, params: Json) -> Json:
    return {"released": webhooks.release(world, reverse=params.get("reverse") in ("true", "1"))}


def _redeliver(world: World, params: Json) -> Json:
    copies = int(_value(1, params.get("copies", "1"), "copies"))
    if "event" in params:
        with world.store.as_account(None):
            known = world.store.get(params["event"], "event")
        if known is None:
            raise no_such("event", params["event"], param="event")
        ids = [params["event"]]
    else:
        with world.store.as_account(None):
            ids = [event["id"] for event in world.store.find("event", order="seq ASC")]
    return {"sent": webhooks.deliver_again(world, ids, copies)}


def _pay(world: World, params: Json) -> Json:
    if "session" not in params:
        raise missing_parameter("session")
    with world.store.transaction(), world.store.as_owner_of(params["session"]):
        session = checkout.found(world, params["session"])
        if session["status"] != "open":
            raise ApiError(f"This session is {session['status']}.", param="session")
        card = cards.card_of(cards.digits(params.get("card", "4242424242424242")))
        email = params.get("email") or session["customer_email"] or "buyer@example.com"
        intent = checkout.pay(world, session, card, name=params.get("name", "Sam Sandbox"), email=email)
    return public(intent)


def _challenge(world: World, params: Json) -> Json:
    with world.store.transaction(), world.store.as_owner_of(params.get("payment_intent", "")):
        intent = payments.retrieve(world, {}, params.get("payment_intent", ""))
        return public(checkout.finish_challenge(world, intent, passed=params.get("passed", "true") == "true"))


def _debit(world: World, params: Json) -> Json:
    """With `session` and `iban` a session is paid by debit; with `payment_intent` a debit comes to its end."""
    with world.store.transaction(), world.store.as_owner_of(params.get("session") or params.get("payment_intent", "")):
        if "session" in params:
            debit = debits.debit_of(params.get("iban", "AT611904300234573201"))
            if debit is None:
                raise bad_parameter("Not one of the test accounts.", param="iban")
            session = checkout.found(world, params["session"])
            return public(debits.pay(world, session, debit, name="Sam Sandbox", email="buyer@example.com"))
        intent = payments.retrieve(world, {}, params.get("payment_intent", ""))
        return public(debits.finish(world, intent, succeeded=params.get("succeeded", "true") == "true"))


def _becomes(world: World, params: Json) -> Json:
    method = params.get("payment_method", "")
    with world.store.transaction(), world.store.as_owner_of(method):
        return public(saved.becomes(world, method, params.get("card", "4242424242424242")))


def _dispute(world: World, params: Json) -> Json:
    with world.store.transaction(), world.store.as_owner_of(params.get("payment_intent", "")):
        return public(disputes.open_dispute(world, payments.retrieve(world, {}, params.get("payment_intent", ""))))


def _close_dispute(world: World, params: Json) -> Json:
    with world.store.transaction(), world.store.as_owner_of(params.get("dispute", "")):
        dispute = disputes.retrieve(world, {}, params.get("dispute", ""))
        return public(disputes.close(world, dispute, won=params.get("won") == "true"))


def _fail_refund(world: World, params: Json) -> Json:
    with world.store.transaction(), world.store.as_owner_of(params.get("refund", "")):
        return public(refunds.finish(world, refunds.retrieve(world, {}, params.get("refund", "")), "failed"))


def _pay_out(world: World, params: Json) -> Json:
    with world.store.transaction(), world.store.as_account(params.get("account", "")):
        return public(payouts.pay_out(world))


def _onboard(world: World, params: Json) -> Json:
    with world.store.transaction():
        account = accounts.retrieve(world, {}, params.get("account", ""))
        accounts.onboard(world, account, finished=params.get("finished", "true") == "true")
        return public(account)


def _leave(world: World, params: Json) -> Json:
    with world.store.transaction():
        account = accounts.retrieve(world, {}, params.get("account", ""))
        accounts.leave(world, account)
        return public(account)


def _reset(world: World, params: Json) -> Json:
    world.store.forget_everything()
    world.faults = Faults()
    return {"reset": True}


VERBS = {
    "faults": _faults,
    "release": _release,
    "redeliver": _redeliver,
    "pay": _pay,
    "challenge": _challenge,
    "debit": _debit,
    "becomes": _becomes,
    "dispute": _dispute,
    "close_dispute": _close_dispute,
    "fail_refund": _fail_refund,
    "pay_out": _pay_out,
    "onboard": _onboard,
    "leave": _leave,
    "reset": _reset,
}
