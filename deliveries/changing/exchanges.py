"""A household changes its share for one of another type, from its next open pickup on: what the old one still had pays
the new one; the difference is paid, or goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from deliveries.changing import exchange_letters, leaving
from deliveries.due.plans import leg_in, plans_of
from farms.models import Household, PickupSite
from people.models import User
from shares.buying import purchases
from shares.models import Order, Refund, Share, ShareType
from shares.money import refunds
from shares.prices.prices import Terms, turns_of
from shares.prices.quotes import Line, quote


class CannotExchange(ValueError):
    """The share cannot be changed for this one; the words say why. Nothing was changed."""


@dataclass(frozen=True)
class Exchange:
    """What changing a share comes to, in minor units: what the pickups left of the old one are worth (`left` of them),
    and the terms of the new one. `difference`: to be paid, or, below nothing, given back."""

    left: int
    worth: int
    new: Terms

    @property
    def difference(self) -> int:
        return self.new.price - self.worth

    @property
    def back(self) -> int:
        """What comes back, when the new share costs less."""
        return max(0, -self.difference)


def preview(share: Share, *, kind: ShareType, turn: str = "", chosen: int | None = None, at: datetime) -> Exchange:
    """What it comes to: the arithmetic of the preview and of the act alike. `chosen`: the price for all pickups of the
    new share, where it may be chosen; none: what it costs. Raises CannotExchange."""
    _must_be(share, kind)
    old = leaving.preview(share, keeps=0, at=at)
    [(_line, terms)] = quote(season=share.order.season, lines=[_line_of(share, kind, turn, chosen)], at=at).lines
    if not terms.left:
        raise CannotExchange(_("“%(share)s” has no pickup left this season.") % {"share": kind.name})
    return Exchange(left=old.left, worth=old.returned, new=terms)


def exchange(
    *,
    share: Share,
    kind: ShareType,
    turn: str = "",
    chosen: int | None = None,
    token: UUID,
    language: str,
    by: User | None,
    at: datetime,
) -> Order:
    """Change a share for one of another type; its new order is in force at once, and what is more to pay is owed on it.
    The same `token` gives the same order again. Raises CannotExchange, and what a purchase may raise (CannotBuy)."""
    with transaction.atomic():
        Household.objects.filter(pk=share.household_id).update(number=F("number"))
        known = Order.objects.filter(farm=share.order.farm_id, token=token).first()
        if known is not None:
            return known
        share.refresh_from_db()
        told = preview(share, kind=kind, turn=turn, chosen=chosen, at=at)
        leaving.cancel_share(share=share, keeps=0, by=by, at=at, changed=True)
        order = purchases.start_purchase(
            household=share.order.household,
            season=share.order.season,
            lines=[_line_of(share, kind, turn, chosen)],
            method=Order.Method.OFFLINE,
            token=token,
            language=language,
            by=by,
            at=at,
            special=purchases.Special(collects=share.household, at_once=True),
        )
        refunds.return_overpaid(share.order, reason=Refund.Reason.CANCELLED, by=by, at=at, most=told.back)
        exchange_letters.write_exchange(order, old=share, told=told, at=at)
    return order


def choices(share: Share, *, at: datetime) -> list[tuple[ShareType, str, Exchange]]:
    """What a share could be changed for now, with what each comes to at its cost. As many queries for one type as for
    ten."""
    old, site = leaving.preview(share, keeps=0, at=at), _site_of(share)
    kinds = share.order.season.share_types.filter(is_addon=share.share_type.is_addon).exclude(pk=share.share_type_id)
    lines = [Line(kind, site, turn) for kind in kinds for turn in turns_of(kind)]
    quoted = quote(season=share.order.season, lines=lines, at=at).lines
    return [
        (line.share_type, line.turn, Exchange(left=old.left, worth=old.returned, new=terms))
        for line, terms in quoted
        if terms.left
    ]


def _must_be(share: Share, kind: ShareType) -> None:
    if share.cancelled_at is not None:
        raise CannotExchange(_("This share is cancelled."))
    if kind.pk == share.share_type_id or kind.season_id != share.share_type.season_id:
        raise CannotExchange(_("Choose another share of this season."))


def _line_of(share: Share, kind: ShareType, turn: str, chosen: int | None) -> Line:
    return Line(kind, _site_of(share), turn, chosen=chosen)


def _site_of(share: Share) -> PickupSite:
    """Where the share is collected by now, and the new one will be."""
    legs = plans_of([share]).get(share.pk, ())
    site, _turn = leg_in(leaving.LAST, site=share.site_id, turn=share.turn, legs=legs)
    return PickupSite.objects.get(pk=site)
