"""What is bought for others, or by several."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from farms.models import Household
from shares.models.orders import Order
from shares.models.payments import Payment


class GiftOrder(models.Model):
    """An order that one household pays for another: `recipient` collects its shares, and is told on `tell_on` (local
    to the farm), once the order is paid."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="gift")
    recipient = models.ForeignKey(Household, models.PROTECT, related_name="gifts")
    name = models.CharField(_("their name"), max_length=120)
    email = models.EmailField(_("their e-mail address"), max_length=254)
    giver = models.CharField(_("from whom"), max_length=120)
    message = models.CharField(_("a few words"), max_length=500, blank=True)
    tell_on = models.DateField(_("when they are told"))
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tell_on"], name="gifts_to_tell", condition=Q(told_at=None))]

    def __str__(self) -> str:
        return f"gift of order {self.order_id}"


class SharedPart(models.Model):
    """What one of several co-holders pays of an order; all parts sum to what was owed when it was split. `token` leads
    to their own payment page. `payment` is the last attempt; the part is paid when that succeeded."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="shared_parts")
    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254)
    amount = models.PositiveBigIntegerField()  # minor units
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="shared_part")
    split_at = models.DateTimeField()
    lapsed_at = models.DateTimeField(null=True, blank=True)  # not paid in time: the others were told

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("order", "email", name="one_part_per_co_holder"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_co_holder_pays_something"),
        ]

    def __str__(self) -> str:
        return f"part {self.pk} of order {self.order_id}"
