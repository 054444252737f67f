"""The swap table: one item of a box offered for another."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from deliveries.models.harvest import Crop
from farms.models import PickupDay
from shares.models import Share


class SwapOffer(models.Model):
    """A share gives its portion of one crop and takes another's portion of one of `wanted`, worth at most `less` per
    cent less. `takes` is the offer whose item it gets, once a round has matched it."""

    share = models.ForeignKey(Share, models.CASCADE, related_name="swap_offers")
    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="swap_offers")
    gives = models.ForeignKey(Crop, models.CASCADE, related_name="+")
    wanted = models.ManyToManyField(Crop, related_name="+")
    less = models.PositiveSmallIntegerField(default=10)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    takes = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="taken_by")
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["share", "day", "gives"], condition=Q(withdrawn_at=None), name="an_item_is_offered_once"
            ),
            models.UniqueConstraint(fields=["takes"], name="an_offer_is_taken_once"),
            models.CheckConstraint(condition=Q(less__lte=100), name="at_most_all_of_it_less"),
            models.CheckConstraint(condition=Q(takes=None) | ~Q(takes=F("id")), name="nobody_swaps_with_themselves"),
        ]

    def __str__(self) -> str:
        return f"swap of share {self.share_id}"
