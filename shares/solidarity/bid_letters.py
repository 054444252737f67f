"""What bidders are told, each in their own letter: their bid is in, its outcome, or that another round is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from farms.models import HouseholdPerson
from people.letters import Draft, page_url, write_letters
from people.models import User
from shares.models import Bid, BiddingRound


def write_in(bid: Bid, *, at: datetime) -> None:
    """The bid is in, and where it can be changed."""
    _write([bid], "bid_in", bid.round, at=at)


def write_settled(opened: BiddingRound, *, at: datetime) -> None:
    """The budget is covered: what each bidder pays, and where to take the share."""
    _write(_bids_of(opened), "bid_settled", opened, at=at)


def write_again(opened: BiddingRound, missed: BiddingRound, *, at: datetime) -> None:
    """All limits together missed the budget: another round is open."""
    _write(_bids_of(missed), "bid_again", opened, at=at)


def _bids_of(opened: BiddingRound) -> list[Bid]:
    return list(Bid.objects.filter(round=opened).select_related("share_type", "round__season__farm"))


def _write(bids: Iterable[Bid], kind: str, about: BiddingRound, *, at: datetime) -> None:
    """To everybody of each household, once per round. Few queries, however many they are."""
    made = list(bids)
    readers: dict[int, list[User]] = defaultdict(list)
    rows = HouseholdPerson.objects.filter(household__in=[bid.household_id for bid in made], user__is_active=True)
    for row in rows.select_related("user").order_by("pk"):
        readers[row.household_id].append(row.user)
    write_letters(_draft(bid, reader, kind, about, at) for bid in made for reader in readers[bid.household_id])


def _draft(bid: Bid, reader: User, kind: str, about: BiddingRound, at: datetime) -> Draft:
    farm = about.season.farm
    page = (
        reverse("bid", args=[farm.slug]) if kind == "bid_again" else reverse("bid_by_link", args=[farm.slug, bid.token])
    )
    return Draft(
        kind=kind,
        to=reader,
        occasion=f"round:{about.pk}:household:{bid.household_id}",
        template=f"shares/emails/{kind}",
        context={"farm": farm, "bid": bid, "round": about, "short": bid.round.short, "address": page_url(page)},
        language=reader.language or bid.language,
        at=at,
        from_name=farm.name,
        reply_to=farm.email,
    )
