"""Households of a season order the next one before others can: their order is prefilled, one press makes it.

From `renewal_opens_at` of the new season until its sale opens only they may; afterwards everybody may, they still by
one press. They are written to when their window opens, and once more before it ends.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Q

from farms.models import Household, Season
from people.letters import Draft, write_letters
from people.models import User
from shares.buying import purchases, renewal_letters
from shares.models import Order, OrderQuerySet, Share
from shares.money import credits
from shares.prices import refusals
from shares.prices.quotes import Line

log = logging.getLogger("hissa.renewals")

REMINDED = timedelta(days=3)  # before the public sale
SPACE = UUID("6f2b5c0e-6f0a-4c0e-9a53-0e5b1f6d7a11")

Prices = Mapping[int, int | None]
"""What is paid for all pickups of a share, by its type's id (minor units); a type that is missing at its cost."""


def open_windows(at: datetime) -> list[Season]:
    """Seasons whose households of the earlier season may renew at this moment, the early window or after it."""
    opened = Season.objects.exclude(opened_at=None).exclude(renews=None).filter(closed_at=None)
    now = Q(renewal_opens_at__lte=at) | Q(opens_at__lte=at)
    return list(opened.filter(now).select_related("farm", "renews").order_by("first_day", "pk"))


def may_renew(household: Household, season: Season, *, at: datetime) -> bool:
    """Whether a household may order this season now: it pays a share of the one before, which is in force."""
    if season.opened_at is None or season.closed_at is not None or season.renews_id is None:
        return False
    starts = [moment for moment in (season.renewal_opens_at, season.opens_at) if moment]
    held = Share.objects.in_force().filter(order__household=household, order__season=season.renews_id)
    return bool(starts) and min(starts) <= at and held.exists()


def has_ordered(household: Household, season: Season) -> bool:
    """Whether a household has an order of this season that stands; what it gives to others is none."""
    return _standing(season).filter(household=household).exists()


def _standing(season: Season) -> OrderQuerySet:
    own = Share.objects.filter(order__season=season, household=F("order__household"))
    return Order.objects.filter(pk__in=own.values("order"), lapsed_at=None)


def prefilled(household: Household, season: Season) -> list[Line]:
    """What it has now, as the new season sells it: types by their name, at the same site if the season has it, else at
    its first one. What is not sold any more is left out. Three queries."""
    kinds = {kind.name.casefold(): kind for kind in season.share_types.all()}
    sites = {row.site_id: row.site for row in season.season_sites.select_related("site")}
    held = Share.objects.in_force().filter(
        order__household=household, household=household, order__season=season.renews_id
    )
    lines = []
    for share in held.select_related("share_type").order_by("share_type__is_addon", "share_type__position", "pk"):
        kind = kinds.get(share.share_type.name.casefold())
        if kind is not None and sites:
            turn = (share.turn or "A") if kind.rhythm == kind.Rhythm.BIWEEKLY else ""
            lines.append(Line(kind, sites.get(share.site_id) or next(iter(sites.values())), turn))
    return lines


def at_prices(lines: Iterable[Line], prices: Prices) -> list[Line]:
    """The same at the prices that were chosen."""
    return [replace(line, chosen=prices.get(line.share_type.pk)) for line in lines]


def renew(
    *,
    household: Household,
    season: Season,
    method: str,
    language: str,
    by: User | None,
    at: datetime,
    prices: Prices = MappingProxyType({}),
) -> Order:
    """Order the new season as prefilled, at these prices. However often, and by whomever of the household, there is one
    order: the first that stands. Raises NotOnSale for who may not, and what a purchase may raise (CannotBuy)."""
    lines = at_prices(prefilled(household, season), prices)
    if not lines or not may_renew(household, season, at=at):
        raise refusals.NotOnSale
    with transaction.atomic():
        credits.hold(household)  # who asks in the same moment waits here, and finds what was ordered
        known = _standing(season).filter(household=household).order_by("pk").first()
        return known or purchases.start_purchase(
            household=household,
            season=season,
            lines=lines,
            method=method,
            token=_token(household, season),
            language=language,
            by=by,
            at=at,
            special=purchases.Special(early=True),
        )


def _token(household: Household, season: Season) -> UUID:
    """The same for whoever renews before the last order has lapsed: the database lets each token make one order."""
    lapsed = Order.objects.filter(household=household, season=season).exclude(lapsed_at=None).count()
    return uuid5(SPACE, f"{season.pk}:{household.pk}:{lapsed}")


def write_reminders(*, at: datetime) -> int:
    """Sweep: who may renew is told when their window opens, and again before the sale is everybody's; how many letters.
    Whoever has ordered, or has nothing to renew, is not. One season's failure stops no other."""
    written = 0
    for season in open_windows(at):
        if season.renewal_opens_at is None or season.opens_at is None or season.opens_at <= at:
            continue
        kind = "renewal_ends" if season.opens_at - REMINDED <= at else "renewal"
        try:
            written += len(write_letters(_drafts(season, kind, at)))
        except Exception:
            log.exception("nobody could be told of renewing season %s", season.pk)
    return written


def _drafts(season: Season, kind: str, at: datetime) -> Iterator[Draft]:
    held = Share.objects.in_force().filter(order__season=season.renews_id).values("order__household")
    ordered = _standing(season).values("household")
    households = Household.objects.filter(pk__in=held).exclude(pk__in=ordered).prefetch_related("people")
    for household in households.order_by("pk"):
        yield from renewal_letters.drafts(household, season, kind=kind, at=at)
