"""What is given up before its time."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from farms.models import PickupDay
from shares.models.orders import Share


class Cancellation(models.Model):
    """A share was cancelled: `left` of its `pickups` were not collected any more. Once per share.

    Minor units: `worth` is what its household had to pay for those left, `kept` what the farm keeps of that,
    `returned` what the household need not pay or gets back. What `worth` has beyond both, the solidarity fund did not
    have any more.
    """

    share = models.OneToOneField(Share, models.PROTECT, related_name="cancellation")
    left = models.PositiveSmallIntegerField()
    pickups = models.PositiveSmallIntegerField()
    worth = models.PositiveBigIntegerField()
    kept = models.PositiveBigIntegerField()
    returned = models.PositiveBigIntegerField()
    because = models.CharField(max_length=250, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"cancellation of share {self.share_id}"


class PickupCredit(models.Model):
    """A pickup of a share whose price its household got back as credit: it held that week, or the farm called it off.
    `amount`: minor units. Once per pickup."""

    share = models.ForeignKey(Share, models.PROTECT, related_name="credits")
    day = models.ForeignKey(PickupDay, models.PROTECT, related_name="+")
    amount = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("share", "day", name="a_pickup_is_credited_once")]

    def __str__(self) -> str:
        return f"credit of share {self.share_id}"
