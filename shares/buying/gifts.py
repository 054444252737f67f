"""Gift shares: one pays, another collects. Who gets it is told on the day the giver chose, once it is paid."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from farms.models import Household, Season
from people.formats import local_day
from people.models import User
from shares.buying import gift_letters, joining, purchases
from shares.models import GiftOrder, Order
from shares.prices.quotes import Line

log = logging.getLogger("hissa.gifts")

LATEST = timedelta(days=366)


@dataclass(frozen=True)
class Recipient:
    """Who gets it, the giver's words for them, and the day on which they are told."""

    name: str
    email: str
    giver: str
    message: str
    tell_on: date


def give(
    *,
    household: Household,
    season: Season,
    lines: Sequence[Line],
    to: Recipient,
    method: str,
    token: UUID,
    language: str,
    by: User | None,
    at: datetime,
) -> Order:
    """A household buys a share for somebody else, whose household is opened by their address. The same `token` gives
    the same order again. Raises what a purchase raises (CannotBuy), having changed nothing."""
    with transaction.atomic():
        recipient = joining.household_for(
            farm=season.farm, user=None, name=to.name, email=to.email, phone="", language=language, at=at
        )
        order = purchases.start_purchase(
            household=household,
            season=season,
            lines=lines,
            method=method,
            token=token,
            language=language,
            by=by,
            at=at,
            special=purchases.Special(collects=recipient),
        )
        facts = {"name": to.name, "email": to.email.lower(), "giver": to.giver, "message": to.message}
        GiftOrder.objects.get_or_create(order=order, defaults={"recipient": recipient, "tell_on": to.tell_on, **facts})
    return order


def tell_recipients(*, at: datetime) -> int:
    """Sweep: whose gift is paid and whose day has come is told; how many. One failure stops no other."""
    told = 0
    tomorrow = at + timedelta(days=1)  # it is so already where the sun rises first
    waiting = GiftOrder.objects.filter(told_at=None, order__settled_at__isnull=False, tell_on__lte=tomorrow)
    for gift in waiting.select_related("order__farm", "order__season", "recipient").order_by("pk"):
        try:
            told += _tell(gift, at)
        except Exception:
            log.exception("the recipient of gift %s could not be told", gift.pk)
    return told


def _tell(gift: GiftOrder, at: datetime) -> bool:
    """Tell them once, on their day at the farm; nobody is told of a share that was cancelled meanwhile."""
    if gift.tell_on > local_day(at, gift.order.farm.zone):
        return False
    with transaction.atomic():
        if not GiftOrder.objects.filter(pk=gift.pk, told_at=None).update(told_at=at):
            return False
        if not gift.order.shares.filter(cancelled_at=None).exists():
            return False
        gift_letters.write_gift(gift, at=at)
    return True
