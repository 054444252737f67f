"""A household buys shares: places are taken, and wait for their money; or the purchase lapses.

The card provider is asked only after the order is committed, so an order is never lost, and an unknown outcome is asked
for, never charged again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from farms.models import Household, Season
from people.models import User
from shares import letters
from shares.books import ledger
from shares.cards import connect
from shares.in_parts import instalments, part_letters
from shares.models import Order, Payment, PaymentPlan, Share, ShareType
from shares.money import credits, settling
from shares.prices import balance, places
from shares.prices.quotes import Line, quote
from shares.prices.refusals import NothingLeft, NotInParts, NotOnSale, PriceOutOfRange
from shares.solidarity import fund

# Stripe wants a payment page to stay open for 30 minutes at least from when it first hears of it: so there are 15 in
# which an unanswered page can be asked for again. The place waits a little longer than the page.
CHECKOUT_OPEN = timedelta(minutes=45)
CARD_HOLD = timedelta(minutes=50)


@dataclass(frozen=True)
class Special:
    """What is unusual about a purchase: its places were taken already, by an offer from the waiting list; another
    household `collects` the shares: a gift; it may be made before the sale: a renewal; its shares are in force
    `at_once`, whatever is owed: a household changes its share."""

    keeps_places: bool = False
    collects: Household | None = None
    early: bool = False
    at_once: bool = False


USUAL = Special()


def start_purchase(
    *,
    household: Household,
    season: Season,
    lines: Sequence[Line],
    method: str,
    token: uuid.UUID,
    language: str,
    by: User | None,
    at: datetime,
    donation: int = 0,
    plan: PaymentPlan | None = None,
    special: Special = USUAL,
) -> Order:
    """Take the places and write the order; its shares are held until the money comes or `held_until` passes. Credit of
    the household pays first.

    With a `plan` it is paid in parts, and only the first of them is waited for. `donation` (minor units) is for the
    solidarity fund; an order may be of nothing else, at any time. The same `token` gives the same order again,
    whatever else was asked. Raises a CannotBuy, having changed nothing.
    """
    if lines and not special.early and not Season.objects.on_sale(at).filter(pk=season.pk).exists():
        raise NotOnSale
    try:
        with transaction.atomic():
            if plan is None and by is not None:
                credits.hold(household)  # as who cancels does: the household before the places
            order = _write_order(household, season, method, token, language, by, at, donation)
            lines = balance.decided(season, lines, at=at)
            shares = _shares_of(order, lines, at, collects=special.collects)
            if not special.keeps_places:
                places.take(season, lines, at, swap=special.at_once)
            Share.objects.bulk_create(shares)
            settling.post_sale(order, shares, key=f"sale:{order.pk}", at=at)
            if plan is None and by is not None:  # a stranger who types an address spends nobody's credit
                credits.use_credit(order, at=at)
            _lay_out_parts(order, plan, at)
            settling.settle_when_paid(order, at, at_once=special.at_once)  # shares that cost nothing wait for no money
            if method == Order.Method.CARD:
                _attempt_payment(order, at)
            elif method == Order.Method.OFFLINE and instalments.due_at_first(order):
                part_letters.write_how_to_pay(order, at=at)
    except IntegrityError:
        # The token was used by the same click a moment ago (its UNIQUE is the judge, not a look before).
        return Order.objects.get(farm=season.farm_id, token=token)
    return order


def release_lapsed(order: Order, *, at: datetime) -> bool:
    """Give back the places of an order whose time has passed unpaid; False when it was settled or released before.

    An order paid in part keeps its places: the farm has its money, and the two will talk about the rest.
    """
    with transaction.atomic():
        settling.hold(order)
        part_paid = Payment.objects.filter(order=order, succeeded_at__isnull=False)
        if part_paid.exists() or not Order.objects.overdue(at).filter(pk=order.pk).update(lapsed_at=at):
            return False
        shares = list(order.shares.select_related("share_type"))
        places.give_back(order.season, [(share.share_type, share.site_id, share.turn) for share in shares])
        moves = fund.undo_sale(order, shares, at=at)
        ledger.post(order=order, key=f"lapse:{order.pk}", kind="lapse", moves=moves, at=at)
        credits.return_used(order, at=at)
        if order.method == Order.Method.OFFLINE:
            letters.write_lapse(order, at=at)
    return True


def attempt_again(order: Order, *, at: datetime) -> None:
    """A new payment for what is due at first, where the last one came to nothing while the place is still held (a bank
    debit that was not paid). Harmless twice."""
    with transaction.atomic():
        settling.hold(order)
        waiting = Payment.objects.filter(order=order, method=Payment.Method.CARD, succeeded_at=None, expired_at=None)
        if Order.objects.open().filter(pk=order.pk, held_until__gt=at).exists() and not waiting.exists():
            _attempt_payment(order, at)


def _write_order(
    household: Household,
    season: Season,
    method: str,
    token: uuid.UUID,
    language: str,
    by: User | None,
    at: datetime,
    donation: int,
) -> Order:
    by_card = method == Order.Method.CARD
    held = CARD_HOLD if by_card else timedelta(days=season.offline_days)
    return Order.objects.create(
        farm=season.farm,
        season=season,
        household=household,
        token=token,
        method=method,
        currency=season.farm.currency,
        language=language,
        ordered_at=at,
        ordered_by=by,
        held_until=at + held,
        donation=donation,
    )


def _shares_of(order: Order, lines: Sequence[Line], at: datetime, *, collects: Household | None = None) -> list[Share]:
    """The order's shares, each from its first pickup that can still be changed, at the price of the pickups left."""
    shares = []
    for line, terms in quote(season=order.season, lines=lines, at=at).lines:
        if not terms.left:
            raise NothingLeft(line.share_type)
        if not line.settled and not may_be_paid(line.share_type, line.chosen):
            raise PriceOutOfRange(line.share_type)
        for _n in range(line.quantity):
            shares.append(
                Share(
                    order=order,
                    household=collects or order.household,
                    share_type=line.share_type,
                    site=line.site,
                    turn=line.turn,
                    any_turn=line.any_turn,
                    first_week=terms.first_week,
                    last_week=terms.last_week,
                    pickups=terms.left,
                    cost=terms.cost,
                    price=terms.price,
                )
            )
    return shares


def may_be_paid(share_type: ShareType, chosen: int | None) -> bool:
    """Whether a household may choose this price (for all pickups) for a share of this type."""
    if chosen is None or chosen == share_type.price:
        return True
    lowest, highest = share_type.lowest, share_type.highest
    return lowest is not None and highest is not None and lowest <= chosen <= highest


def _lay_out_parts(order: Order, plan: PaymentPlan | None, at: datetime) -> None:
    try:
        instalments.lay_out(order, plan=plan, at=at)
    except instalments.NoSuchPlan as refused:
        raise NotInParts from refused


def _attempt_payment(order: Order, at: datetime) -> None:
    due = instalments.due_at_first(order)
    if due > 0:
        Payment.objects.create(
            order=order,
            method=Payment.Method.CARD,
            amount=due,
            currency=order.currency,
            attempted_at=at,
            account=connect.account_of(order.farm),
        )
