"""A bidding round from its opening to its outcome. What somebody bids is theirs: the farm sees sums and counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum

from farms.models import Farm, Household, Season
from shares.models import Bid, BiddingRound, Order, ShareType
from shares.solidarity import bid_letters, bidding
from shares.solidarity.bidding import Amounts

FEWEST = 3
"""From so many bids on their sums are shown: of fewer, somebody could be made out."""


class RoundIsOver(Exception):
    """The round is not open at this moment; nothing was changed."""


@dataclass(frozen=True)
class Sums:
    """What the farm sees of a round: how many bid, and, if enough did, what they offer together (minor units)."""

    count: int
    comfortable: int | None
    possible: int | None
    limit: int | None


def open_rounds(farm: Farm, *, at: datetime) -> list[BiddingRound]:
    """The rounds one may bid in at this moment."""
    return list(
        BiddingRound.objects.filter(
            season__farm=farm, opens_at__lte=at, closes_at__gt=at, settled_at=None
        ).select_related("season__farm")
    )


def sums_of(rounds: Iterable[BiddingRound]) -> dict[int, Sums]:
    """The sums of several rounds, by their ids. One query."""
    found = {each.pk: Sums(0, None, None, None) for each in rounds}
    rows = (
        Bid.objects.filter(round__in=found)
        .values_list("round")
        .annotate(Count("pk"), *(Sum(name) for name in Amounts._fields))
    )
    for number, count, *amounts in rows.order_by():
        shown = amounts if count >= FEWEST else [None, None, None]
        found[number] = Sums(count, *shown)
    return found


@transaction.atomic
def open_round(
    *,
    season: Season,
    types: Iterable[ShareType],
    budget: int,
    opens_at: datetime,
    closes_at: datetime,
    at: datetime,
) -> BiddingRound:
    """Open the season's next round; who bid in one that missed its budget is asked again."""
    Season.objects.filter(pk=season.pk).update(version=F("version"))
    last = season.rounds.order_by("-number").first()
    number = last.number + 1 if last else 1
    opened = BiddingRound.objects.create(
        season=season, number=number, budget=budget, opens_at=opens_at, closes_at=closes_at
    )
    opened.types.set(types)
    if last is not None and last.short:
        bid_letters.write_again(opened, last, at=at)
    return opened


@transaction.atomic
def make_bid(
    *,
    opened: BiddingRound,
    household: Household,
    share_type: ShareType,
    amounts: Amounts,
    language: str,
    at: datetime,
) -> Bid:
    """A household's bid, or what it bids instead of before. Raises RoundIsOver."""
    still_open = BiddingRound.objects.filter(pk=opened.pk, settled_at=None, opens_at__lte=at, closes_at__gt=at)
    if not still_open.update(budget=F("budget")):  # held until commit: nobody settles meanwhile
        raise RoundIsOver
    facts = {"share_type": share_type, "language": language, "made_at": at, **amounts._asdict()}
    made, is_new = Bid.objects.update_or_create(round=opened, household=household, defaults=facts)
    if is_new:
        bid_letters.write_in(made, at=at)
    return made


@transaction.atomic
def settle_round(opened: BiddingRound, *, at: datetime) -> BiddingRound:
    """Close a round and settle it, once: every bid gets its price and every bidder a letter with their own; or the
    round says by how much it misses the budget."""
    if BiddingRound.objects.filter(pk=opened.pk, settled_at=None, opens_at__lte=at).update(settled_at=at):
        bids = list(Bid.objects.filter(round=opened).order_by("pk"))
        outcome = bidding.settle([Amounts(bid.comfortable, bid.possible, bid.limit) for bid in bids], opened.budget)
        BiddingRound.objects.filter(pk=opened.pk).update(short=outcome.short)
        for bid, price in zip(bids, outcome.prices, strict=False):
            bid.price = price
        Bid.objects.bulk_update(bids, ["price"], batch_size=500)
        opened.refresh_from_db()
        if opened.covered:
            bid_letters.write_settled(opened, at=at)
    opened.refresh_from_db()
    return opened


def to_be_taken(farm: Farm) -> QuerySet[Bid]:
    """Settled bids whose share was not ordered yet, or whose order lapsed."""
    free = Q(order=None) | Q(order__lapsed_at__isnull=False)
    return Bid.objects.filter(free, round__season__farm=farm, price__isnull=False)


def take(bid: Bid, order: Order) -> bool:
    """The bid has become this order; False when it was taken before. In the order's transaction."""
    free = Q(order=None) | Q(order__lapsed_at__isnull=False)
    return bool(Bid.objects.filter(free, pk=bid.pk).update(order=order))
