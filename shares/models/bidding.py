"""Bidding rounds: households say in private what they can pay, and the budget is met."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from farms.models import Household, Season
from shares.models.orders import Order
from shares.models.types import ShareType


class BiddingRound(models.Model):
    """One round of a season: the `budget` that the shares of `types` shall cover together, in minor units.

    It is open from `opens_at` to `closes_at`. Settled once: either every bid has its price, or `short` says by how
    much all limits together miss the budget, and the farm opens another round.
    """

    season = models.ForeignKey(Season, models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    budget = models.PositiveBigIntegerField()
    types = models.ManyToManyField(ShareType, related_name="rounds")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    short = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-season__first_day", "-number"]
        constraints = [
            models.UniqueConstraint("season", "number", name="a_round_s_number_once_per_season"),
            models.CheckConstraint(condition=Q(budget__gt=0), name="a_round_needs_a_budget"),
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="a_round_opens_before_it_closes"),
        ]

    def __str__(self) -> str:
        return f"round {self.pk}"

    @property
    def covered(self) -> bool:
        """Whether it was settled and every bid has its price."""
        return self.settled_at is not None and not self.short


class Bid(models.Model):
    """What a household can pay for one share of the season, in private: gladly, possibly, at the very most (minor
    units). `price` is what the round settled; `order` is what became of it. `token` is the link in its letter."""

    round = models.ForeignKey(BiddingRound, models.CASCADE, related_name="bids")
    household = models.ForeignKey(Household, models.CASCADE, related_name="bids")
    share_type = models.ForeignKey(ShareType, models.CASCADE, related_name="bids")
    comfortable = models.PositiveBigIntegerField()
    possible = models.PositiveBigIntegerField()
    limit = models.PositiveBigIntegerField()
    price = models.PositiveBigIntegerField(null=True, blank=True)
    order = models.OneToOneField(Order, models.SET_NULL, null=True, blank=True, related_name="bid")
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    language = models.CharField(max_length=12)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("round", "household", name="one_bid_per_household_and_round"),
            models.CheckConstraint(
                condition=Q(comfortable__lte=F("possible"), possible__lte=F("limit")), name="a_bid_rises"
            ),
            models.CheckConstraint(
                condition=Q(price=None) | Q(price__gte=F("comfortable"), price__lte=F("limit")),
                name="nobody_is_asked_beyond_their_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"bid {self.pk}"
