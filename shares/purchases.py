"""A household buys shares: places are taken, money comes, the purchase is settled; or it lapses.

The places are the database's: a conditional UPDATE takes them, a CHECK stands behind it. The card provider is asked
only after the order is committed, so an order is never lost, and an unknown outcome is asked for, never charged again.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from farms.models import Household, PickupDay, PickupSite, Season, SeasonSite
from people.currencies import step_of
from people.models import User
from shares import balance, connect, credits, fund, instalments, invoices, kept, ledger, letters, part_letters, refunds
from shares.models import Account, Order, Payment, PaymentPlan, Share, ShareType
from shares.quotes import Line, quote

# Stripe wants a payment page to stay open for 30 minutes at least from when it first hears of it: so there are 15 in
# which an unanswered page can be asked for again. The place waits a little longer than the page.
CHECKOUT_OPEN = timedelta(minutes=45)
CARD_HOLD = timedelta(minutes=50)


class CannotBuy(Exception):
    """The purchase cannot be made as asked; nothing was changed."""


class SoldOut(CannotBuy):
    """The places of a share type went meanwhile."""

    def __init__(self, share_type: ShareType) -> None:
        super().__init__(f"share type {share_type.pk} is sold out")
        self.share_type = share_type


class SiteFull(CannotBuy):
    """A site has no room for another share."""

    def __init__(self, site: PickupSite) -> None:
        super().__init__(f"site {site.pk} is full")
        self.site = site


class NothingLeft(CannotBuy):
    """No pickup of a share is left in the season."""

    def __init__(self, share_type: ShareType) -> None:
        super().__init__(f"share type {share_type.pk} has no pickup left")
        self.share_type = share_type


class PriceOutOfRange(CannotBuy):
    """The price chosen is not one that this share type may be bought at."""

    def __init__(self, share_type: ShareType) -> None:
        super().__init__(f"share type {share_type.pk} is not sold at this price")
        self.share_type = share_type


class FundCannotMeet(CannotBuy):
    """The solidarity fund cannot meet a price below the cost at this moment; `needed` minor units."""

    def __init__(self, needed: int) -> None:
        super().__init__(f"the fund is short of {needed}")
        self.needed = needed


class NotInParts(CannotBuy):
    """This order cannot be paid in the parts that were chosen: too small, or too late for them."""


class PlacesGone(CannotBuy):
    """The places of a lapsed order have been sold to others meanwhile."""


class OwedOtherwise(Exception):
    """What is owed has changed since the farmer looked."""


class NotOnSale(CannotBuy):
    """The season is not open for sale at this moment."""


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
                take_places(season, lines, at, swap=special.at_once)
            Share.objects.bulk_create(shares)
            _post_sale(order, shares, key=f"sale:{order.pk}", at=at)
            if plan is None and by is not None:  # a stranger who types an address spends nobody's credit
                credits.use_credit(order, at=at)
            _lay_out_parts(order, plan, at)
            _settle_when_paid(order, at, at_once=special.at_once)  # shares that cost nothing wait for no money
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
        _keep_to_ourselves(order)
        part_paid = Payment.objects.filter(order=order, succeeded_at__isnull=False)
        if part_paid.exists() or not Order.objects.overdue(at).filter(pk=order.pk).update(lapsed_at=at):
            return False
        shares = list(order.shares.select_related("share_type"))
        give_places(order.season, [(share.share_type, share.site_id, share.turn) for share in shares])
        moves = fund.undo_sale(order, shares, at=at)
        ledger.post(order=order, key=f"lapse:{order.pk}", kind="lapse", moves=moves, at=at)
        credits.return_used(order, at=at)
        if order.method == Order.Method.OFFLINE:
            letters.write_lapse(order, at=at)
    return True


def settle(*, payment: Payment, provider_object: str | None, amount: int, fee: int | None, at: datetime) -> bool:
    """A payment has come, as the provider or the farmer says: post it once, and settle the order when all is paid.

    Called by the webhook, the return page and the reconciling sweep alike, any number of times, in any order.
    True the first time. A payment that comes after its places lapsed takes them again, or is given back; so is what
    comes by card although it was paid by hand meanwhile.
    """
    with transaction.atomic():
        _keep_to_ourselves(payment.order)
        facts = {"succeeded_at": at, "provider_object": provider_object}
        if not Payment.objects.filter(pk=payment.pk, succeeded_at=None).update(**facts):
            return False
        payment.refresh_from_db()
        order = Order.objects.select_related("farm", "season", "household").get(pk=payment.order_id)
        _post_payment(payment, order, amount, fee, at)
        if order.lapsed_at and not _take_back(order, at):
            _give_back(payment, amount, reason="late", at=at)
            return True
        _settle_when_paid(order, at)
        if payment.instalment_id:
            part_letters.write_part_paid(payment, at=at)
        _give_back(payment, min(amount, -ledger.owed(order)), reason="twice", at=at)
    return True


def record_by_hand(
    *,
    order: Order,
    method: str,
    amount: int,
    note: str,
    token: uuid.UUID,
    by: User | None,
    at: datetime,
    owed: int | None = None,
) -> Payment:
    """The farmer has taken money for an order: cash, a transfer, a cheque. The same `token` records it once.

    `owed` is what the farmer saw to be owed: raises OwedOtherwise, having recorded nothing, when it is not so any more
    (another owner was at it in the same moment). Money for a lapsed order takes its places again; raises PlacesGone,
    having recorded nothing, when they are sold.
    """
    with transaction.atomic():
        payment, is_new = Payment.objects.get_or_create(
            reference=token,
            defaults={
                "order": order,
                "method": method,
                "amount": amount,
                "currency": order.currency,
                "attempted_at": at,
                "recorded_by": by,
                "note": note,
            },
        )
        if is_new:
            _keep_to_ourselves(order)
            order.refresh_from_db()
            if owed is not None and not order.lapsed_at and ledger.owed(order) != owed:
                raise OwedOtherwise
            if order.lapsed_at and not _take_back(order, at):
                raise PlacesGone
            settle(payment=payment, provider_object=None, amount=amount, fee=None, at=at)
    return payment


def _keep_to_ourselves(order: Order) -> None:
    """Hold the order's row until commit, so that two payments of it, or a payment and its lapse, never pass each
    other: what the statements after this one read is what the other has done. (SQLite lets one writer in anyway.)"""
    Order.objects.filter(pk=order.pk).update(held_until=F("held_until"))


def _settle_when_paid(order: Order, at: datetime, *, at_once: bool = False) -> None:
    """Settle the order and write its letters, once nothing is owed that was due at first (or `at_once`); what it
    promised enters the fund when nothing is owed at all."""
    fund.receive(order, at=at)
    if not at_once and instalments.due_at_first(order) > 0:
        return
    if Order.objects.open().filter(pk=order.pk).update(settled_at=at):
        if not at_once:
            letters.write_receipt(order, at=at)
        invoices.issue_invoice(order, at=at)
        if order.shares.filter(household=order.household_id).exists() and not at_once:
            letters.write_welcome(order, at=at)


def _give_back(payment: Payment, amount: int, *, reason: str, at: datetime) -> None:
    """Money that nobody owes goes back the way it came. What came by hand only the farmer can give back by hand."""
    amount -= amount % step_of(payment.currency)  # what a card cannot be given back stays as credit
    if amount > 0 and payment.provider_object:
        refund = refunds.ask(payment=payment, amount=amount, reason=reason, at=at)
        transaction.on_commit(lambda: refunds.send(refund, at=at))


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


def take_places(
    season: Season, lines: Sequence[Line], at: datetime, *, from_queue: bool = False, swap: bool = False
) -> None:
    """All the places of an order or none, types and sites each in one order, so that two buyers never deadlock. One
    place is kept for each who waits for it, unless who takes it is the first of them (`from_queue`); who has just left
    the same site (`swap`) finds its room there."""
    kept_of, kept_at = (Counter[int](), Counter[int]()) if from_queue else kept.for_queue(season)
    kept_at = Counter() if swap else kept_at
    types = {line.share_type.pk: line.share_type for line in lines}
    wanted = Counter[int]()
    for line in lines:
        wanted[line.share_type.pk] += line.quantity
    for pk in sorted(wanted):
        taken = ShareType.objects.filter(pk=pk, taken__lte=F("places") - wanted[pk] - kept_of[pk])
        if not taken.update(taken=F("taken") + wanted[pk]):
            raise SoldOut(types[pk])
    sites = {line.site.pk: line.site for line in lines}
    needed = _room_needed((s.share_type, s.site.pk, s.turn, s.quantity) for s in lines)
    for pk, (in_a, in_b) in sorted(needed.items()):
        room = SeasonSite.objects.filter(
            Q(taken_a__lte=F("capacity") - in_a - kept_at[pk]) if in_a else Q(),
            Q(taken_b__lte=F("capacity") - in_b - kept_at[pk]) if in_b else Q(),
            season=season,
            site=pk,
        )
        if not room.update(taken_a=F("taken_a") + in_a, taken_b=F("taken_b") + in_b):
            raise SiteFull(sites[pk])
    if crowded := _crowded(season, needed, at):
        raise SiteFull(sites[crowded])


def _crowded(season: Season, needed: dict[int, tuple[int, int]], at: datetime) -> int | None:
    """A site (id) that has, on a day still open, no room for what was just sold beside the boxes moved to that day.

    Asked after the site's row was taken, so that buyers at once see each other.
    """
    rooms = {row.site_id: row for row in SeasonSite.objects.filter(season=season, site__in=needed)}
    days = PickupDay.objects.open_for_change(at).filter(week__season=season, site__in=needed, moved_in__gt=0)
    for day in days.select_related("week").order_by("pk"):
        row, in_a_week = rooms[day.site_id], day.week.turn == "A"
        taken, wanted = (row.taken_a if in_a_week else row.taken_b), needed[day.site_id][0 if in_a_week else 1]
        if wanted and taken + day.moved_in > row.capacity:
            return day.site_id
    return None


def give_places(season: Season, places: Sequence[tuple[ShareType, int, str]]) -> None:
    """Give places back: each a share type, a site (its id) and a turn."""
    for pk, number in sorted(Counter(kind.pk for kind, _site, _turn in places).items()):
        ShareType.objects.filter(pk=pk).update(taken=F("taken") - number)
    for pk, (in_a, in_b) in sorted(_room_needed((*place, 1) for place in places).items()):
        SeasonSite.objects.filter(season=season, site=pk).update(
            taken_a=F("taken_a") - in_a, taken_b=F("taken_b") - in_b
        )


def _room_needed(wishes: Iterable[tuple[ShareType, int, str, int]]) -> dict[int, tuple[int, int]]:
    """Room by site in A and in B weeks. Add-ons ride along in the box and need none."""
    room: dict[int, tuple[int, int]] = {}
    for share_type, site, turn, quantity in wishes:
        if not share_type.is_addon:
            in_a, in_b = room.get(site, (0, 0))
            room[site] = in_a + quantity * (turn != "B"), in_b + quantity * (turn != "A")
    return room


def _take_back(order: Order, at: datetime) -> bool:
    """Take the places of a lapsed order again, when they are still free."""
    shares = list(order.shares.select_related("share_type", "site"))
    try:
        with transaction.atomic():
            take_places(order.season, [Line(share.share_type, share.site, share.turn) for share in shares], at)
    except CannotBuy:
        return False
    order.lapsed_at = None
    order.save(update_fields=["lapsed_at"])
    _post_sale(order, shares, key=f"sale:{order.pk}:again", at=at, anyway=True)
    return True


def _post_sale(order: Order, shares: Sequence[Share], *, key: str, at: datetime, anyway: bool = False) -> None:
    """The sale's moves, the solidarity fund's part among them (`anyway`: at a price that was agreed before)."""
    try:
        moves = fund.moves_of_sale(order, shares, anyway=anyway)
    except fund.FundShort as short:
        raise FundCannotMeet(short.needed) from short
    ledger.post(order=order, key=key, kind="sale", moves=moves, at=at)


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


def attempt_again(order: Order, *, at: datetime) -> None:
    """A new payment for what is due at first, where the last one came to nothing while the place is still held (a bank
    debit that was not paid). Harmless twice."""
    with transaction.atomic():
        _keep_to_ourselves(order)
        waiting = Payment.objects.filter(order=order, method=Payment.Method.CARD, succeeded_at=None, expired_at=None)
        if Order.objects.open().filter(pk=order.pk, held_until__gt=at).exists() and not waiting.exists():
            _attempt_payment(order, at)


_WHERE = {
    Payment.Method.CARD: Account.CARD,
    Payment.Method.BANK: Account.BANK,
    Payment.Method.CASH: Account.CASH,
    Payment.Method.CHEQUE: Account.BANK,
}


def _post_payment(payment: Payment, order: Order, amount: int, fee: int | None, at: datetime) -> None:
    where = _WHERE[Payment.Method(payment.method)]
    key = f"charge:{payment.provider_object}" if payment.provider_object else f"by-hand:{payment.reference}"
    ledger.post(order=order, key=key, kind="payment", moves={where: amount, Account.OWED: -amount}, at=at)
    if fee:
        moves = {Account.FEES: fee, where: -fee}
        ledger.post(order=order, key=f"fee:{payment.provider_object}", kind="fee", moves=moves, at=at)
