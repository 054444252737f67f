"""Whose account takes a farm's cards: the house's one key, or, where the house serves many farms, the farm's own."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from farms.models import Farm
from shares.cards import stripe_accounts
from shares.cards.stripe_gateway import PaymentRefused
from shares.models import ProviderAccount


def takes_cards(farm: Farm) -> bool:
    """Whether a card can be paid with at this farm: always, but where each farm needs an account and has none."""
    return not settings.STRIPE_CONNECT or bool(account_of(farm))


def account_of(farm: Farm) -> str:
    """The account at which this farm's payments are made; empty: the house's own, or none yet (`takes_cards`)."""
    if not settings.STRIPE_CONNECT:
        return ""
    ready = ProviderAccount.objects.filter(farm=farm, ready_at__isnull=False, stopped_at=None)
    return ready.values_list("account", flat=True).first() or ""


def way_to_connect(farm: Farm, *, back: str, again: str, at: datetime) -> str:
    """The address of the provider's form where this farm opens its account, or goes on filling it in.

    Raises PaymentProviderDown, PaymentRefused.
    """
    known = ProviderAccount.objects.filter(farm=farm).first()
    if known is None:
        key = f"{farm.pk}-{int(farm.created_at.timestamp())}"
        made = stripe_accounts.open_account(key=key, email=farm.email, country=farm.country, name=farm.name)
        known, _made = ProviderAccount.objects.get_or_create(
            farm=farm, defaults={"account": made.account, "opened_at": at}
        )
    return stripe_accounts.form_for(known.account, back=back, again=again)


def look_at(known: ProviderAccount, *, at: datetime) -> ProviderAccount:
    """Ask the provider whether the account may charge, and keep the answer. Raises PaymentProviderDown."""
    try:
        may_charge = stripe_accounts.find_account(known.account).may_charge
    except PaymentRefused:  # the farm took our right away, in its own dashboard
        may_charge = False
    if may_charge and (known.ready_at is None or known.stopped_at):
        known.ready_at, known.stopped_at = known.ready_at or at, None
    elif not may_charge and known.ready_at and known.stopped_at is None:
        known.stopped_at = at
    known.save(update_fields=["ready_at", "stopped_at"])
    return known
