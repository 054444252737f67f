"""What households get instead of a pickup that the farm called off."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from farms.models import PickupDay
from shares.models import Share


class Instead(models.TextChoices):
    MOVE = "move", _("Each household collects it on another day, which it chooses")
    DAY = "day", _("Everybody collects it on the same other day")
    CREDIT = "credit", _("Its price becomes credit with the farm")
    REFUND = "refund", _("Its price goes back to whoever paid it")


class MadeGood(models.Model):
    """One share's turn of a day that was called off, and what it gets instead: its price, as credit or refund, or
    another day. Written with the calling off; done by a sweep (`done_at`), each by itself. `amount`: minor units."""

    share = models.ForeignKey(Share, models.CASCADE, related_name="made_good")
    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="made_good")  # that was called off
    turn_of = models.ForeignKey(PickupDay, models.CASCADE, related_name="+")  # whose turn it was: moved here, another
    instead = models.CharField(max_length=10, choices=Instead)
    amount = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("share", "turn_of", name="a_turn_is_made_good_once")]
        indexes = [models.Index(fields=["day"], name="to_be_made_good", condition=models.Q(done_at=None))]

    def __str__(self) -> str:
        return f"turn of share {self.share_id} made good"
