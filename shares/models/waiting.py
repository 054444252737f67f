"""Who waits for a place."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from farms.models import Household, PickupSite
from shares.models.orders import Order, Share
from shares.models.types import ShareType


class WaitingPlaceQuerySet(models.QuerySet["WaitingPlace"]):
    def open(self) -> WaitingPlaceQuerySet:
        """Still in the queue: waiting, or with an offer that is not answered yet."""
        return self.filter(left_at=None, passed_at=None, taken_at=None)

    def waiting(self) -> WaitingPlaceQuerySet:
        """In the queue and without an offer."""
        return self.open().filter(offered_at=None)

    def offered(self) -> WaitingPlaceQuerySet:
        """Those whose offered place is kept for them."""
        return self.open().exclude(offered_at=None)

    def overdue(self, at: datetime) -> WaitingPlaceQuerySet:
        return self.offered().filter(offered_until__lte=at)


class WaitingPlace(models.Model):
    """Someone waits for a share of a type, known by an address; first come, first offered.

    `turn` is A, B, or "" where either will do. An offer takes the place at once (`offered_site`, `offered_turn`) and
    keeps it until `offered_until`. It ends in one of three ways: taken (an order), passed (not answered), left.
    `token` leads to their own page: their position, their offer, the way out.
    """

    share_type = models.ForeignKey(ShareType, models.CASCADE, related_name="waiting_places")
    household = models.ForeignKey(Household, models.SET_NULL, null=True, blank=True, related_name="waiting_places")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"), max_length=254)
    language = models.CharField(max_length=12, blank=True)
    turn = models.CharField(max_length=1, choices=Share.Turn, blank=True, default="")
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    since = models.DateTimeField()
    offered_at = models.DateTimeField(null=True, blank=True)
    offered_until = models.DateTimeField(null=True, blank=True)
    offered_site = models.ForeignKey(PickupSite, models.PROTECT, null=True, blank=True, related_name="+")
    offered_turn = models.CharField(max_length=1, choices=Share.Turn, blank=True, default="")
    taken_at = models.DateTimeField(null=True, blank=True)
    order = models.OneToOneField(Order, models.SET_NULL, null=True, blank=True, related_name="waiting_place")
    passed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    position = 0  # in line, where somebody asked for it

    objects = WaitingPlaceQuerySet.as_manager()

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                "share_type",
                Lower("email"),
                condition=Q(left_at=None, passed_at=None, taken_at=None),
                name="one_place_in_the_queue_per_address",
            ),
            models.CheckConstraint(
                condition=Q(offered_at=None, offered_until=None, offered_site=None)
                | Q(offered_at__isnull=False, offered_until__isnull=False, offered_site__isnull=False),
                name="an_offer_is_of_a_place_until_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"waiting place {self.pk}"


class SiteWish(models.Model):
    """Where someone who waits would collect: up to three sites, the first one best."""

    place = models.ForeignKey(WaitingPlace, models.CASCADE, related_name="wishes")
    site = models.ForeignKey(PickupSite, models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint("place", "rank", name="one_wish_per_rank"),
            models.UniqueConstraint("place", "site", name="a_site_is_wished_once"),
            models.CheckConstraint(condition=Q(rank__gte=1, rank__lte=3), name="three_wishes_at_most"),
        ]

    def __str__(self) -> str:
        return f"wish {self.rank} of {self.place_id}"
