"""Connect, standard accounts with direct charges: https://docs.stripe.com/connect/standard-accounts,
https://docs.stripe.com/connect/direct-charges. A platform's key with the Stripe-Account header acts for the account;
what it makes there is the account's own."""

from __future__ import annotations

from . import lists
from .errors import ApiError, bad_parameter, missing_parameter, no_such
from .events import tell
from .store import Json
from .world import World, current_request, new_id, public

LINK_FOR = 5 * 60  # "expire a few minutes after creation": https://docs.stripe.com/api/account_links


def check_access(world: World, account: str) -> None:
    """https://docs.stripe.com/error-codes#account-invalid"""
    if not account:
        return
    with world.store.as_account(""):
        known = world.store.get(account, "account")
    if known is None or known["_left"]:
        raise ApiError(
            f"The provided key does not have access to account '{account[:40]}' (or that account does not exist). "
            "Application access may have been revoked.",
            status=403, code="account_invalid", replayed=False,
        )  # fmt: skip


def create(world: World, params: Json) -> Json:
    if params.get("type", "standard") != "standard":
        raise bad_parameter("This sandbox only speaks of standard accounts.", param="type")
    account = {
        "id": new_id("acct_1", 15),
        "object": "account",
        "business_profile": params.get("business_profile") or {},
        "charges_enabled": False,
        "country": params.get("country", "US"),
        "created": world.now(),
        "default_currency": params.get("default_currency", "usd"),
        "details_submitted": False,
        "email": params.get("email"),
        "metadata": params.get("metadata") or {},
        "payouts_enabled": False,
        "type": "standard",
        "_left": False,
    }
    return world.store.put(account)


def retrieve(world: World, params: Json, id: str) -> Json:
    check_access(world, id)
    account = world.store.get(id, "account")
    if account is None:
        raise no_such("account", id)
    return account


def list_accounts(world: World, params: Json) -> Json:
    return lists.page(world, "account", params, url="/v1/accounts")


def create_link(world: World, params: Json) -> Json:
    """A single-use address of Stripe's own form (https://docs.stripe.com/connect/standard-accounts#create-link)."""
    retrieve(world, {}, params["account"])
    for name in ("return_url", "refresh_url"):
        if name not in params:
            raise missing_parameter(name)
    link = {
        "id": new_id("link_"),  # Stripe shows none: the address is all there is
        "object": "account_link",
        "created": world.now(),
        "expires_at": world.now() + LINK_FOR,
        "_account": params["account"],
        "_return": params["return_url"],
        "_refresh": params["refresh_url"],
        "_used": False,
    }
    request = current_request.get()
    base = world.public_url or (request.base_url if request else "")
    link["url"] = f"{base}/setup/s/{params['account']}/{link['id']}"
    world.store.put(link)
    return {key: value for key, value in link.items() if key != "id"}


def onboard(world: World, account: Json, *, finished: bool) -> None:
    """The farm filled the form in (or left it half done): the account may charge from now on."""
    before = {name: account[name] for name in ("charges_enabled", "details_submitted", "payouts_enabled")}
    account |= dict.fromkeys(before, finished)
    world.store.put(account)
    with world.store.as_account(account["id"]):
        tell(world, "account.updated", account, before=before)


def leave(world: World, account: Json) -> None:
    """The farm took the platform's right away, in its own dashboard (https://docs.stripe.com/connect/oauth-standard-
    accounts#revoked-access)."""
    account["_left"] = True
    world.store.put(account)
    with world.store.as_account(account["id"]):
        application = {"id": "ca_sandbox", "object": "application", "name": "Hissa"}
        tell(world, "account.application.deauthorized", public(application))
