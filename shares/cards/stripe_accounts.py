"""A farm's own account at Stripe (Connect, standard accounts, direct charges): the gateway's third story.

https://docs.stripe.com/connect/standard-accounts: the farm has the whole of Stripe's dashboard, its own fees and its
own disputes; the platform's key acts for it, account by account.
"""

from __future__ import annotations

from dataclasses import dataclass

from shares.cards.stripe_gateway import checked_id, client, options, talking


@dataclass(frozen=True)
class AccountState:
    account: str
    may_charge: bool
    filled_in: bool


def open_account(*, key: str, email: str, country: str, name: str) -> AccountState:
    """A new account for a farm, still to be filled in by it; once per key."""
    with talking():
        made = client().v1.accounts.create(
            {
                "type": "standard",
                "email": email,
                "country": country,
                "business_profile": {"name": name[:100]},
                "metadata": {"farm": key},
            },
            options("", f"account-{key}"),
        )
    return AccountState(made.id, bool(made.charges_enabled), bool(made.details_submitted))


def form_for(account: str, *, back: str, again: str) -> str:
    """The address of Stripe's own form for this account: good for one visit, within minutes."""
    with talking():
        link = client().v1.account_links.create(
            {"account": checked_id(account), "type": "account_onboarding", "return_url": back, "refresh_url": again}
        )
    return link.url


def find_account(account: str) -> AccountState:
    """How the account stands. Raises PaymentRefused when it is ours no more."""
    with talking():
        found = client().v1.accounts.retrieve(checked_id(account))
    return AccountState(found.id, bool(found.charges_enabled), bool(found.details_submitted))
