"""Every address of the API this server answers, with the stripe-python type its parameters must fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from stripe import params as shapes
from stripe.params import checkout as checkout_shapes

from . import accounts, catalogue, checkout, disputes, events, payments, payouts, refunds, saved
from .store import Json


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    shape: type
    answer: Callable[..., Json]


def _route(method: str, path: str, shape: type, answer: Callable[..., Json]) -> Route:
    return Route(method, re.compile(path.replace("ID", "([A-Za-z0-9_]{1,255})")), shape, answer)


ROUTES = (
    _route("POST", "/v1/checkout/sessions", checkout_shapes.SessionCreateParams, checkout.create),
    _route("GET", "/v1/checkout/sessions", checkout_shapes.SessionListParams, checkout.list_sessions),
    _route("GET", "/v1/checkout/sessions/ID", checkout_shapes.SessionRetrieveParams, checkout.retrieve),
    _route("POST", "/v1/checkout/sessions/ID/expire", checkout_shapes.SessionExpireParams, checkout.expire),
    _route(
        "GET", "/v1/checkout/sessions/ID/line_items",
        checkout_shapes.SessionLineItemListParams, checkout.line_items,
    ),
    _route("POST", "/v1/payment_intents", shapes.PaymentIntentCreateParams, payments.create),
    _route("GET", "/v1/payment_intents", shapes.PaymentIntentListParams, payments.list_intents),
    _route("GET", "/v1/payment_intents/ID", shapes.PaymentIntentRetrieveParams, payments.retrieve),
    _route("POST", "/v1/payment_intents/ID/confirm", shapes.PaymentIntentConfirmParams, payments.confirm),
    _route("POST", "/v1/payment_intents/ID/cancel", shapes.PaymentIntentCancelParams, payments.cancel),
    _route("GET", "/v1/charges", shapes.ChargeListParams, payments.list_charges),
    _route("GET", "/v1/charges/ID", shapes.ChargeRetrieveParams, payments.retrieve_charge),
    _route(
        "GET", "/v1/balance_transactions",
        shapes.BalanceTransactionListParams, payments.list_balance_transactions,
    ),
    _route(
        "GET", "/v1/balance_transactions/ID",
        shapes.BalanceTransactionRetrieveParams, payments.retrieve_balance_transaction,
    ),
    _route("POST", "/v1/refunds", shapes.RefundCreateParams, refunds.create),
    _route("GET", "/v1/refunds", shapes.RefundListParams, refunds.list_refunds),
    _route("GET", "/v1/refunds/ID", shapes.RefundRetrieveParams, refunds.retrieve),
    _route("GET", "/v1/events", shapes.EventListParams, events.list_events),
    _route("GET", "/v1/events/ID", shapes.EventRetrieveParams, events.retrieve),
    _route("POST", "/v1/customers", shapes.CustomerCreateParams, catalogue.create_customer),
    _route("GET", "/v1/customers/ID", shapes.CustomerRetrieveParams, catalogue.retrieve_customer),
    _route("GET", "/v1/payment_methods", shapes.PaymentMethodListParams, saved.list_methods),
    _route("GET", "/v1/payment_methods/ID", shapes.PaymentMethodRetrieveParams, saved.retrieve_method),
    _route("GET", "/v1/setup_intents/ID", shapes.SetupIntentRetrieveParams, saved.retrieve_setup),
    _route("GET", "/v1/disputes", shapes.DisputeListParams, disputes.list_disputes),
    _route("GET", "/v1/disputes/ID", shapes.DisputeRetrieveParams, disputes.retrieve),
    _route("GET", "/v1/payouts", shapes.PayoutListParams, payouts.list_payouts),
    _route("GET", "/v1/payouts/ID", shapes.PayoutRetrieveParams, payouts.retrieve),
    _route("POST", "/v1/accounts", shapes.AccountCreateParams, accounts.create),
    _route("GET", "/v1/accounts", shapes.AccountListParams, accounts.list_accounts),
    _route("GET", "/v1/accounts/ID", shapes.AccountRetrieveParams, accounts.retrieve),
    _route("POST", "/v1/account_links", shapes.AccountLinkCreateParams, accounts.create_link),
    _route("POST", "/v1/products", shapes.ProductCreateParams, catalogue.create_product),
    _route("GET", "/v1/products/ID", shapes.ProductRetrieveParams, catalogue.retrieve_product),
    _route("POST", "/v1/prices", shapes.PriceCreateParams, catalogue.create_price),
    _route("GET", "/v1/prices/ID", shapes.PriceRetrieveParams, catalogue.retrieve_price),
)  # fmt: skip


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match and route.method == method:
            return route, match.groups()
    return None
