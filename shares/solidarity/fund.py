"""The solidarity fund: prices above the cost and gifts come in, prices below the cost are met from it.

The row's counters are the judge (a conditional UPDATE, a CHECK behind it); the ledger's FUND and BORNE accounts say
the same, event by event. What is above the cost and what was given is PLEDGED with the sale and enters the fund when
its order is fully paid: nobody is helped with money that never comes.

For those who cancel, refund or change shares: `what_goes_back` tells (for the preview) and `give_back` does the same;
post their moves, as they are, in the transaction that called them. For a whole order that lapses: `undo_sale`.
Call `receive` whenever an order may have become fully paid; twice is harmless.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum

from farms.models import Farm, Season
from shares.books import ledger
from shares.models import Account, FundWish, LedgerEntry, Order, Share, ShareType, SolidarityFund
from shares.prices.prices import part_of
from shares.prices.refusals import FundCannotMeet
from shares.solidarity import fund_letters

WhenShort = SolidarityFund.WhenShort
Moves = dict[Account, int]
FIRST = timedelta(days=3)


@dataclass(frozen=True)
class Back:
    """What pickups that are not delivered give back: `owed` to the household (what it no longer owes, or gets back),
    and the `moves` of it all, which sum to zero. What has entered the fund stays there: it was given."""

    owed: int
    moves: Mapping[Account, int]


def fund_of(farm: Farm) -> SolidarityFund:
    """The farm's fund, from the first time it is asked for."""
    return SolidarityFund.objects.get_or_create(farm=farm)[0]


def look_at_fund(farm: Farm) -> SolidarityFund:
    """The farm's fund as it is, to be read only."""
    return SolidarityFund.objects.filter(farm=farm).first() or SolidarityFund(farm=farm)


def moves_of_sale(order: Order, shares: Iterable[Share], *, anyway: bool = False) -> Moves:
    """The moves of a sale: its household owes the prices it chose, the farm owes the shares at what they cost, the
    fund (and after it the farm, by its rule) pays what a price lies below, and is promised what lies above.

    Takes the grant out of the fund's counters at once. Raises FundCannotMeet, having changed nothing. `anyway`: a price
    agreed before is kept; the farm bears what the fund has no longer.
    """
    sold = list(shares)
    above = sum(max(0, share.price - share.cost) for share in sold) + order.donation
    below = sum(max(0, share.cost - share.price) for share in sold)
    granted, borne = _take(order.farm, below, anyway=anyway) if below else (0, 0)
    return {
        Account.OWED: sum(share.price for share in sold) + order.donation,
        Account.SHARES: -sum(share.cost for share in sold),
        Account.PLEDGED: -above,
        Account.FUND: granted,
        Account.BORNE: borne,
    }


def undo_sale(order: Order, shares: Iterable[Share], *, at: datetime) -> Moves:
    """The moves that take a sale back of which nothing was paid: what it had from the fund returns there."""
    sold = list(shares)
    below = sum(max(0, share.cost - share.price) for share in sold)
    granted, borne = _split(order, below, _hold(order.farm)) if below else (0, 0)
    _return(order.farm, granted, borne, at=at)
    return {
        Account.OWED: -sum(share.price for share in sold) - order.donation,
        Account.SHARES: sum(share.cost for share in sold),
        Account.PLEDGED: -ledger.balance(order, Account.PLEDGED),
        Account.FUND: -granted,
        Account.BORNE: -borne,
    }


def what_goes_back(share: Share, *, left: int, already: int = 0) -> Back:
    """What `left` of a share's pickups give back when they are not delivered, `already` others having been given back
    before, so that all parts sum to the whole. Changes nothing.

    Below the cost: the household gets its price of them, the rest goes back to whoever met it, the farm first. Above
    the cost: the household gets what it has only promised; what has entered the fund stays.
    """
    cost, price = (
        part_of(amount, left=already + left, full=share.pickups) - part_of(amount, left=already, full=share.pickups)
        for amount in (share.cost, share.price)
    )
    below, above = max(0, cost - price), max(0, price - cost)
    granted, borne = _split(share.order, below, look_at_fund(share.order.farm)) if below else (0, 0)
    promised = min(above, -ledger.balance(share.order, Account.PLEDGED)) if above else 0
    owed = price - (above - promised)
    moves = {Account.SHARES: cost, Account.OWED: -owed, Account.PLEDGED: promised}
    return Back(owed, moves | {Account.FUND: -granted, Account.BORNE: -borne})


@transaction.atomic
def give_back(share: Share, *, left: int, already: int = 0, at: datetime) -> Back:
    """Do what `what_goes_back` tells: the fund's counters move now; the caller posts the moves in this transaction.

    Hold the order's row before (as `purchases` does), so that two who give back at once see each other.
    """
    _hold(share.order.farm)
    back = what_goes_back(share, left=left, already=already)
    _return(share.order.farm, -back.moves[Account.FUND], -back.moves[Account.BORNE], at=at)
    return back


def receive(order: Order, *, at: datetime) -> int:
    """What an order promised enters the fund once nothing of the order is owed; how much did now (minor units)."""
    promised = -ledger.balance(order, Account.PLEDGED)
    if promised <= 0 or ledger.owed(order) > 0:
        return 0
    with transaction.atomic():
        _hold(order.farm)
        promised = -ledger.balance(order, Account.PLEDGED)
        moves = {Account.PLEDGED: promised, Account.FUND: -promised}
        key = f"pledge:{order.pk}:{order.postings.filter(kind='pledge').count() + 1}"
        if promised <= 0 or ledger.post(order=order, key=key, kind="pledge", moves=moves, at=at) is None:
            return 0
        SolidarityFund.objects.filter(farm=order.farm_id).update(balance=F("balance") + promised)
        tell_who_waits(order.farm, at=at)
    return promised


@transaction.atomic
def relieve_farm(farm: Farm, *, at: datetime) -> int:
    """The fund pays back what the farm has borne, as far as it has; how much (minor units)."""
    fund = _hold(farm)
    amount = min(fund.balance, fund.borne)
    if amount <= 0:
        return 0
    SolidarityFund.objects.filter(pk=fund.pk).update(balance=F("balance") - amount, borne=F("borne") - amount)
    key = f"relief:{farm.postings.filter(kind='relief').count() + 1}"
    ledger.post(farm=farm, key=key, kind="relief", moves={Account.FUND: amount, Account.BORNE: -amount}, at=at)
    return amount


@transaction.atomic
def set_rule(farm: Farm, *, when_short: str, limit: int, at: datetime) -> None:
    """The farmer's rule for when the fund is short: from now on, for nobody who bought before."""
    fund = _hold(farm)
    SolidarityFund.objects.filter(pk=fund.pk).update(when_short=when_short, limit=limit)
    tell_who_waits(farm, at=at)


def can_meet(farm: Farm, below: int) -> bool:
    """Whether a price so much below the cost (minor units) would be met now: for words, never the judge."""
    return below <= 0 or below <= _at_hand(look_at_fund(farm))


def ask_to_be_told(
    *,
    season: Season,
    share_type: ShareType,
    name: str,
    email: str,
    language: str,
    needed: int,
    token: uuid.UUID,
    at: datetime,
) -> None:
    """Someone would like to hear when the fund can help; the same `token` asks once."""
    facts = {"season": season, "share_type": share_type, "name": name, "email": email, "language": language}
    FundWish.objects.get_or_create(farm=season.farm, token=token, defaults=facts | {"needed": needed, "asked_at": at})


def tell_who_waits(farm: Farm, *, at: datetime) -> int:
    """Tell those who asked, in turn, as far as what is there now would meet what they need; how many.

    Who was told has some days (FIRST) before others are told of the same money.
    """
    wishes = FundWish.objects.filter(farm=farm).select_related("farm", "season", "share_type")
    waiting = list(wishes.filter(told_at=None))
    there, told = (_at_hand(look_at_fund(farm)) if waiting else 0), 0
    there -= sum(wish.needed for wish in wishes.filter(told_at__gt=at - FIRST)) if waiting else 0
    for wish in waiting:
        if wish.needed <= there and FundWish.objects.filter(pk=wish.pk, told_at=None).update(told_at=at):
            there -= wish.needed
            fund_letters.write_fund_can_help(wish, at=at)
            told += 1
    return told


@dataclass(frozen=True)
class Flows:
    """What a fund was given, what it gave to prices below the cost, and what it gave the farm for what it had borne
    (minor units); `promised` comes in when it is paid."""

    given: int
    granted: int
    to_farm: int
    promised: int


def flows(farm: Farm, season: Season | None = None) -> Flows:
    """A farm's flows, or a season's; nobody can be told from them. One query."""
    moved = LedgerEntry.objects.filter(posting__farm=farm, account__in=(Account.FUND, Account.PLEDGED))
    if season is not None:
        moved = moved.filter(posting__order__season=season)
    sums: dict[tuple[str, str], int] = {
        (account, kind): amount
        for account, kind, amount in moved.values_list("account", "posting__kind")
        .annotate(sum=Sum("amount"))
        .order_by()
    }
    out = {kind: amount for (account, kind), amount in sums.items() if account == Account.FUND}
    given, to_farm = -out.pop("pledge", 0), out.pop("relief", 0)
    promised = -sum(amount for (account, _kind), amount in sums.items() if account == Account.PLEDGED)
    return Flows(given, sum(out.values()), to_farm, promised)


def in_balance(farm: Farm) -> bool:
    """I5: the counters say what the ledger says, and neither is below nothing."""
    fund = look_at_fund(farm)
    entries = LedgerEntry.objects.filter(posting__farm=farm, account__in=(Account.FUND, Account.BORNE))
    sums = dict(entries.values_list("account").annotate(sum=Sum("amount")).order_by())
    told = (-int(sums.get(Account.FUND, 0)), int(sums.get(Account.BORNE, 0)))
    return min(told) >= 0 and (fund.balance, fund.borne) == told


def _take(farm: Farm, below: int, *, anyway: bool) -> tuple[int, int]:
    """Take a grant: what comes out of the fund and what the farm bears. Raises FundCannotMeet."""
    fund = _hold(farm)
    granted = min(below, fund.balance)
    borne = below - granted
    if borne and not anyway and below > _at_hand(fund):
        raise FundCannotMeet(below)
    there = SolidarityFund.objects.filter(pk=fund.pk, balance__gte=granted)
    if not there.update(balance=F("balance") - granted, borne=F("borne") + borne):
        raise FundCannotMeet(below)
    return granted, borne


def _split(order: Order, below: int, fund: SolidarityFund) -> tuple[int, int]:
    """What of a grant goes back into the fund, and what to the farm: the farm comes first, for with less to meet it
    would have borne less; but no more than it bears still."""
    borne = min(below, max(0, ledger.balance(order, Account.BORNE)), fund.borne)
    return below - borne, borne


def _return(farm: Farm, granted: int, borne: int, *, at: datetime) -> None:
    if granted or borne:
        SolidarityFund.objects.filter(farm=farm).update(balance=F("balance") + granted, borne=F("borne") - borne)
        tell_who_waits(farm, at=at)


def _at_hand(fund: SolidarityFund) -> int:
    """What could be granted now, the farm's own part included."""
    own = max(0, fund.limit - fund.borne) if fund.when_short == WhenShort.BEAR else 0
    return fund.balance + own


def _hold(farm: Farm) -> SolidarityFund:
    """The fund's row, held until commit: what is read of it now stays so for us."""
    fund = fund_of(farm)
    SolidarityFund.objects.filter(pk=fund.pk).update(balance=F("balance"))
    fund.refresh_from_db()
    return fund
