"""Charging a kept card when nobody is there, and keeping another one: the gateway's second story.

As everywhere with Stripe: what is asked bears our key; what became of it is asked for, never charged again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shares.cards.stripe_gateway import (
    Checkout,
    PaymentProviderDown,
    PaymentRefused,
    checked_id,
    client,
    fee_of,
    from_seconds,
    id_of,
    locale_of,
    options,
    talking,
)

SKEW = timedelta(hours=1)  # between our clock and Stripe's
AUTHENTICATION = "authentication_required"  # https://docs.stripe.com/error-codes#authentication-required


@dataclass(frozen=True)
class ChargeState:
    """What became of a charge: paid, on its way (`pending`), or neither, and then why (`code`)."""

    paid: bool
    pending: bool
    payment_intent: str | None
    amount: int
    fee: int | None
    code: str


@dataclass(frozen=True)
class KeptCard:
    customer: str
    method: str
    words: str  # "Visa •••• 4242"
    owner: str  # what was said to Stripe of whose it is


def charge_kept(
    *, key: str, customer: str, method: str, amount: int, currency: str, description: str, account: str, since: datetime
) -> ChargeState:
    """Charge a kept card, once per key, whenever and however often it is asked: first Stripe is asked whether it was
    done. `since` is when it was asked for the first time.

    Raises PaymentProviderDown while nobody knows; a card that is refused is an answer, not an exception.
    """
    if known := _made_before(key, customer, account, since):
        return known
    try:
        with talking():
            intent = client().v1.payment_intents.create(
                {
                    "amount": amount,
                    "currency": currency.lower(),
                    "customer": checked_id(customer),
                    "payment_method": checked_id(method),
                    "confirm": True,
                    "off_session": True,
                    # no return_url is needed then: https://docs.stripe.com/api/payment_intents/create
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "description": description[:500],
                    "metadata": {"reference": key},
                    "expand": ["latest_charge.balance_transaction"],
                },
                options(account, f"charge-{key}"),
            )
    except PaymentRefused as refused:
        if refused.code == "idempotency_error":  # the card was changed meanwhile: the first asking decides
            raise PaymentProviderDown("asked before with another card") from refused
        # A declined charge left a payment that did not succeed: that one says why.
        known = _made_before(key, customer, account, since)
        return known or ChargeState(False, False, None, 0, None, refused.code or "refused")
    return _state(intent)


def _made_before(key: str, customer: str, account: str, since: datetime) -> ChargeState | None:
    with talking():
        found = client().v1.payment_intents.list(
            {
                "customer": checked_id(customer),
                "created": {"gte": int((since - SKEW).timestamp())},
                "limit": 100,
                "expand": ["data.latest_charge.balance_transaction"],
            },
            options(account),
        )
        for intent in found.auto_paging_iter():
            if intent.metadata.to_dict().get("reference") == key:
                return _state(intent)
    return None


def _state(intent: Any) -> ChargeState:
    error = intent.last_payment_error
    code = ""
    if intent.status not in ("succeeded", "processing"):
        waits = intent.status == "requires_action"
        code = AUTHENTICATION if waits else (error and (error.decline_code or error.code)) or intent.status
    return ChargeState(
        paid=intent.status == "succeeded",
        pending=intent.status == "processing",
        payment_intent=intent.id,
        amount=intent.amount,
        fee=fee_of(intent.latest_charge),
        code=str(code),
    )


def open_card_page(
    *, owner: str, customer: str, email: str, currency: str, language: str, back: str, cancel: str, account: str
) -> Checkout:
    """A page on which another card is given for later; nothing is charged there. `owner` names whose it is, and comes
    back with the card. `{CHECKOUT_SESSION_ID}` in `back` becomes the page's name."""
    params: Any = {
        "mode": "setup",
        "currency": currency.lower(),
        "client_reference_id": owner,
        "locale": locale_of(language),
        "success_url": back,
        "cancel_url": cancel,
        "metadata": {"owner": owner},
    }
    if customer:
        params["customer"] = customer
    elif email:
        params["customer_email"] = email
    with talking():
        session = client().v1.checkout.sessions.create(params, options(account))
    return Checkout(session.id, session.url or "", from_seconds(session.expires_at))


def card_given(session_id: str, *, account: str) -> KeptCard | None:
    """The card that was given on such a page; None when none was, or it was another kind of page."""
    with talking():
        session = client().v1.checkout.sessions.retrieve(
            checked_id(session_id), {"expand": ["setup_intent.payment_method"]}, options(account)
        )
    setup = session.setup_intent
    if session.mode != "setup" or session.status != "complete" or setup is None or isinstance(setup, str):
        return None
    if setup.status != "succeeded" or setup.payment_method is None:
        return None
    return KeptCard(str(setup.customer), id_of(setup.payment_method), _words(setup.payment_method), _owner(session))


def words_of(method: str, *, account: str) -> str:
    """What its owner knows a kept card by."""
    with talking():
        return _words(client().v1.payment_methods.retrieve(checked_id(method), None, options(account)))


def _owner(session: Any) -> str:
    return str(session.client_reference_id or "")


def _words(method: Any) -> str:
    kind = method.type
    facts = getattr(method, kind, None)
    last4 = getattr(facts, "last4", "") or ""
    name = str(getattr(facts, "brand", "") or kind).replace("_", " ").title()
    return f"{name} •••• {last4}" if last4 else name
