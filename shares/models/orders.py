"""What a household buys, and what it holds then."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Household, PickupSite, Season
from shares.models.types import ShareType


class OrderQuerySet(models.QuerySet["Order"]):
    def open(self) -> OrderQuerySet:
        """Orders whose places wait for their money."""
        return self.filter(settled_at=None, lapsed_at=None)

    def overdue(self, at: datetime) -> OrderQuerySet:
        return self.open().filter(held_until__lte=at)


class Order(models.Model):
    """What a household buys in one go. `token` came with the form: one intent makes one order.

    What is owed and paid is the ledger's to say; `held_until` is how long its places wait for the money. The household
    of an order pays it; the household of a share collects it: they differ when a share is a gift.
    """

    class Method(models.TextChoices):
        CARD = "card", _("By card")
        OFFLINE = "offline", _("Bank transfer or cash")
        PER_PICKUP = "pickup", _("At each pickup")

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="orders")
    season = models.ForeignKey(Season, models.PROTECT, related_name="orders")
    household = models.ForeignKey(Household, models.PROTECT, related_name="orders")
    token = models.UUIDField()
    method = models.CharField(max_length=10, choices=Method)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=12)
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    held_until = models.DateTimeField()
    donation = models.PositiveBigIntegerField(default=0)  # given to the solidarity fund with it, in minor units
    settled_at = models.DateTimeField(null=True, blank=True)  # what was due then was paid: its shares are in force
    lapsed_at = models.DateTimeField(null=True, blank=True)  # places given back unpaid

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-ordered_at", "-id"]
        constraints = [models.UniqueConstraint("farm", "token", name="one_intent_one_order")]
        indexes = [
            models.Index(fields=["held_until"], name="open_orders", condition=Q(settled_at=None, lapsed_at=None))
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"


class ShareQuerySet(models.QuerySet["Share"]):
    def paid(self) -> ShareQuerySet:
        """Shares whose order was settled. One that was cancelled is still collected until its last week."""
        return self.filter(order__settled_at__isnull=False)

    def in_force(self) -> ShareQuerySet:
        """Those of them that were not cancelled."""
        return self.paid().filter(cancelled_at=None)

    def packed(self) -> ShareQuerySet:
        """Those of them whose pickups the farmer has not stopped for want of money."""
        from shares.models.instalments import PickupStop  # it stands on orders itself

        return self.exclude(order__in=PickupStop.objects.filter(ended_at=None).values("order"))

    def for_season(self, season: Season) -> ShareQuerySet:
        return self.filter(share_type__season=season)


class Share(models.Model):
    """A household's share of a type for a season at a site, from its first week on. Two shares are two rows.

    `cost` is what the farm gets for it, in minor units: the type's price × its own pickups ÷ all pickups. `price` is
    what its household chose to pay; they differ only where the type's price may be chosen.
    """

    class Turn(models.TextChoices):
        EVERY = "", _("every week")
        A = "A", _("A weeks")
        B = "B", _("B weeks")

    order = models.ForeignKey(Order, models.PROTECT, related_name="shares")
    household = models.ForeignKey(Household, models.PROTECT, related_name="shares")
    share_type = models.ForeignKey(ShareType, models.PROTECT, related_name="shares")
    site = models.ForeignKey(PickupSite, models.PROTECT, related_name="shares")
    turn = models.CharField(max_length=1, choices=Turn, blank=True, default="")
    any_turn = models.BooleanField(default=False)  # A or B is all the same to its household: it evens out boxes
    first_week = models.PositiveSmallIntegerField()
    last_week = models.PositiveSmallIntegerField()
    pickups = models.PositiveSmallIntegerField()  # how many it was sold with
    cost = models.PositiveBigIntegerField()
    price = models.PositiveBigIntegerField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["share_type__is_addon", "share_type__position", "id"]
        indexes = [models.Index(fields=["site", "share_type"], name="shares_by_site")]

    def __str__(self) -> str:
        return f"share {self.pk}"
