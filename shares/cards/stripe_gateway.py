"""The only room that knows Stripe: how it is asked, and its payment page: opened, looked at, closed.

Frozen answers come out, no model goes in. Amounts are integers in the currency's minor unit, as Stripe counts
them. Every change bears the caller's own key, so that asking again after a silence never charges or refunds
twice. `account` is a farm's own account, where an installation serves many farms; empty, it is the key's own.
Settings: STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE (a stand-in for Stripe; never with a live key),
STRIPE_CONNECT (farms have accounts of their own). Its other stories stand on what is public here: kept cards are
`stripe_saved`'s, accounts `stripe_accounts`'s, news `stripe_news`'s, money that goes back `stripe_refunds`'s.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from stripe import RequestOptions
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

log = logging.getLogger("hissa.stripe")

CONNECT_WITHIN, ANSWER_WITHIN = 2, 10  # seconds
TRIES_AGAIN = 1  # with the same key; the buyer waits meanwhile, sweeps come back later
LONGEST_ID = 255
# Languages of Stripe's page that we also speak, or may; Arabic is not among them, so Stripe decides ("auto").
LOCALES = frozenset(
    (
        *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fil", "fr", "hr", "hu", "id", "it", "ja", "ko", "lt"),
        *("lv", "ms", "mt", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh"),
        *("en-GB", "es-419", "fr-CA", "hi-IN", "pt-BR", "zh-HK", "zh-TW"),
    )
)
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, in minor units
LEAST = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip


class PaymentProviderDown(Exception):
    """Stripe did not answer, or not sensibly: what happened is unknown. Asking again with the same key is safe."""


class PaymentRefused(Exception):
    """Stripe understood and said no: `reason` is its English sentence, `code` its error code, else the parameter."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass(frozen=True)
class CheckoutLine:
    name: str
    quantity: int
    unit_amount: int


@dataclass(frozen=True)
class Checkout:
    session_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class CheckoutState:
    session_id: str
    reference: str
    status: str  # open, complete, expired
    paid: bool
    payment_intent: str | None
    amount: int
    currency: str  # as Stripe writes it: lower case
    fee: int | None  # what Stripe kept, in its own currency; None until known
    url: str | None  # while open
    pending: bool = False  # a bank debit was given; whether it pays is known in some days
    failed: bool = False  # … and it did not pay
    customer: str = ""  # whose card was kept
    kept: str = ""  # the card that was kept for later, when it was asked for


def open_checkout(
    *,
    key: str,
    amount_lines: Sequence[CheckoutLine],
    currency: str,
    reference: str,
    email: str,
    language: str,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    metadata: Mapping[str, str],
    account: str = "",
    keep: bool = False,
    customer: str = "",
) -> Checkout:
    """A payment page for these lines. The same key with the same words gives the same page, however often asked.

    `expires_at` must be 30 minutes to 24 hours ahead when Stripe first hears of it. Both the session and the
    payment it leads to bear the reference. Which ways to pay it offers (cards, wallets, bank debits) is the farm's
    choice at Stripe. With `keep` the card is kept for later, with those of `customer` if it has any. Raises
    PaymentProviderDown, PaymentRefused.
    """
    tags = {**metadata, "reference": reference}
    params: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": reference,
        "line_items": [_line(line, currency) for line in amount_lines],
        "locale": locale_of(language),
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "metadata": tags,
        "payment_intent_data": {"metadata": tags, "description": reference},
    }
    if customer:
        params["customer"] = customer
    elif email:
        params["customer_email"] = email
    if keep:
        params["payment_intent_data"]["setup_future_usage"] = "off_session"
        if not customer:
            params["customer_creation"] = "always"
    with talking():
        session = client().v1.checkout.sessions.create(params, options(account, f"checkout-{key}"))
    if not session.url:
        # A repeated key brings the first answer back, so this is only Stripe changing its mind.
        raise PaymentRefused(f"The payment page is {session.status}.", "session_not_open")
    return Checkout(session.id, session.url, from_seconds(session.expires_at))


def find_checkout(session_id: str, *, account: str = "") -> CheckoutState:
    """What became of a payment page. Raises PaymentProviderDown, PaymentRefused when there is none such."""
    with talking():
        session = client().v1.checkout.sessions.retrieve(
            checked_id(session_id),
            {"expand": ["payment_intent.latest_charge.balance_transaction"]},
            options(account),
        )
    return _checkout_state(session)


def expire_checkout(session_id: str, *, account: str = "") -> CheckoutState:
    """Close a payment page so that nobody can pay there any more, and say how it stands: it may be paid already."""
    try:
        with talking():
            client().v1.checkout.sessions.expire(checked_id(session_id), None, options(account))
    except PaymentRefused as e:
        if e.code == "resource_missing":
            raise
        # Not open any more; which of the two it is, the look below tells.
    return find_checkout(session_id, account=account)


def client() -> stripe.StripeClient:
    key, base = settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE or stripe.DEFAULT_API_BASE
    if not key:
        log.error("STRIPE_SECRET_KEY is not set: no card can be taken")
        raise PaymentProviderDown("STRIPE_SECRET_KEY is not set")
    return _client_for(key, base.rstrip("/"))


@lru_cache(maxsize=4)
def _client_for(key: str, base: str) -> stripe.StripeClient:
    """One client per key and address, so that connections are kept."""
    if is_live(key) and base != stripe.DEFAULT_API_BASE:
        raise ImproperlyConfigured(f"A live Stripe key must not be sent to {base}: unset STRIPE_API_BASE.")
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=TRIES_AGAIN,
        http_client=stripe.RequestsClient(timeout=(CONNECT_WITHIN, ANSWER_WITHIN)),
    )


def options(account: str, key: str = "") -> RequestOptions:
    """For whom is asked, and by which key it is known when it is asked again."""
    found: RequestOptions = {}
    if account:
        found["stripe_account"] = checked_id(account)
    if key:
        found["idempotency_key"] = key
    return found


@contextmanager
def talking() -> Iterator[None]:
    """Stripe's many errors as our two; what it said is logged by code only, never with names."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError, stripe.PermissionError) as e:
        if e.http_status == 409 or e.code == "lock_timeout":
            raise PaymentProviderDown("still busy with the same request") from e
        log.warning("Stripe refused: %s %s (%s)", type(e).__name__, e.code, e.request_id)
        raise PaymentRefused(e.user_message or "", e.code or _kind(e)) from e
    except stripe.StripeError as e:
        log.error("Stripe did not answer: %s %s (%s)", type(e).__name__, e.http_status, e.request_id)
        raise PaymentProviderDown(type(e).__name__) from e


def _kind(error: stripe.StripeError) -> str:
    """What stands for a code where Stripe gives none: the parameter it did not like."""
    if isinstance(error, stripe.IdempotencyError):
        return "idempotency_error"
    return str(getattr(error, "param", None) or "")


def checked_id(text: str) -> str:
    """An id as it may stand in an address; anything else would be no payment of ours."""
    if not text or len(text) > LONGEST_ID or not all(c.isascii() and (c.isalnum() or c == "_") for c in text):
        raise PaymentRefused("No such payment", "resource_missing")
    return text


def locale_of(language: str) -> Any:
    """Stripe's name for the language of a page, or "auto" when it does not speak it."""
    name = language.replace("_", "-")
    main, _, region = name.partition("-")
    exact = f"{main.lower()}-{region.upper()}" if region else main.lower()
    return exact if exact in LOCALES else main.lower() if main.lower() in LOCALES else "auto"


def _line(line: CheckoutLine, currency: str) -> SessionCreateParamsLineItem:
    return {
        "quantity": line.quantity,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": line.unit_amount,
            "product_data": {"name": line.name},
        },
    }


def _checkout_state(session: Any) -> CheckoutState:
    intent = session.payment_intent
    unpaid = session.status == "complete" and session.payment_status == "unpaid"
    given_up = bool(intent) and intent.status in ("requires_payment_method", "canceled")
    kept = bool(intent) and intent.setup_future_usage and intent.customer and intent.payment_method
    return CheckoutState(
        session_id=session.id,
        reference=session.client_reference_id or "",
        status=session.status or "",
        paid=session.status == "complete" and session.payment_status in ("paid", "no_payment_required"),
        payment_intent=intent.id if intent else None,
        amount=session.amount_total or 0,
        currency=session.currency or "",
        fee=fee_of(intent.latest_charge) if intent else None,
        url=session.url,
        pending=unpaid and not given_up,
        failed=unpaid and given_up,
        customer=id_of(intent.customer) if kept else "",
        kept=id_of(intent.payment_method) if kept else "",
    )


def id_of(thing: Any) -> str:
    """The id of what may be there in full or by its id alone."""
    return str(thing if isinstance(thing, str) else thing.id)


def fee_of(charge: Any) -> int | None:
    """Stripe works the fee out a moment after the charge: until then there is none to tell."""
    if charge is None or not charge.paid or charge.balance_transaction is None:
        return None
    fee: int = charge.balance_transaction.fee
    return fee


def from_seconds(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def signed_at(payload: bytes, signature: str) -> int | None:
    """When (in seconds) a webhook was signed with our secret; None when it was not. May raise UnicodeDecodeError."""
    if not signature.isascii():
        return None
    try:
        stripe.WebhookSignature.verify_header(payload, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=None)
    except stripe.SignatureVerificationError:
        return None
    return next(int(part.split("=")[1]) for part in signature.split(",") if part.startswith("t="))


def is_live(key: str) -> bool:
    return key.startswith(("sk_live_", "rk_live_"))
