"""A pickup's end: who came unexpected, what became of what nobody collected, and what was given away."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from deliveries.models.week import HostLink, Pickup
from farms.models import Household, PickupDay


class WalkUp(models.Model):
    """Somebody who stood there and was not on the list, written down by the host: the farmer is told."""

    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="walk_ups")
    household = models.ForeignKey(Household, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(_("name or number"), max_length=120)
    took = models.CharField(_("what they took"), max_length=120, blank=True)
    uuid = models.UUIDField(unique=True)
    came_at = models.DateTimeField()
    received_at = models.DateTimeField()
    host_link = models.ForeignKey(HostLink, models.SET_NULL, null=True, related_name="walk_ups")

    class Meta:
        ordering = ["came_at", "id"]

    def __str__(self) -> str:
        return f"walk-up {self.pk}"


class ClosingQuerySet(models.QuerySet["Closing"]):
    def standing(self) -> ClosingQuerySet:
        return self.filter(reopened_at=None)


class Closing(models.Model):
    """The pickup of a day is over, said by its host or the farm, with a note for whoever comes next. Opened again, the
    row is kept and counts no more, nor do the fates and gifts that hang on it."""

    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="closings")
    closed_at = models.DateTimeField()
    note = models.CharField(_("handover note"), max_length=1000, blank=True)
    host_link = models.ForeignKey(HostLink, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = ClosingQuerySet.as_manager()

    class Meta:
        ordering = ["closed_at"]
        constraints = [
            models.UniqueConstraint(fields=["day"], condition=Q(reopened_at=None), name="a_day_is_closed_once")
        ]

    def __str__(self) -> str:
        return f"closing of day {self.day_id}"


class Unclaimed(models.Model):
    """A pickup that nobody had collected when the day was closed, and what became of it."""

    class Fate(models.TextChoices):
        KEEP = "keep", _("Kept for them")
        GIFT = "gift", pgettext_lazy("a share", "Given away")
        HOST = "host", _("The host takes it")

    closing = models.ForeignKey(Closing, models.CASCADE, related_name="unclaimed")
    pickup = models.ForeignKey(Pickup, models.CASCADE, related_name="unclaimed")
    fate = models.CharField(max_length=10, choices=Fate)
    keep_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("closing", "pickup", name="an_unclaimed_pickup_has_one_fate"),
            models.CheckConstraint(
                condition=Q(fate="keep", keep_until__isnull=False) | (~Q(fate="keep") & Q(keep_until=None)),
                name="what_is_kept_is_kept_until",
            ),
        ]

    def __str__(self) -> str:
        return f"pickup {self.pickup_id}: {self.fate}"


class Gift(models.Model):
    """What `place` was given when a pickup was closed: shares that nobody collected, as their boxes were then.

    `lines` are crops with how much: [{"crop", "name", "unit", "amount", "value"}]; `value` in minor units, `grams` of
    what is weighed. Kept as it was given, however the harvest is divided afterwards: a receipt stands on it.
    """

    closing = models.ForeignKey(Closing, models.CASCADE, related_name="gifts")
    place = models.CharField(_("to whom"), max_length=80)
    given_at = models.DateTimeField()
    shares = models.PositiveIntegerField()
    value = models.BigIntegerField(default=0)
    grams = models.BigIntegerField(default=0)
    lines: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [
            models.UniqueConstraint("closing", "place", name="one_gift_per_closing_and_place"),
            models.CheckConstraint(condition=Q(shares__gt=0), name="a_gift_is_something"),
        ]

    def __str__(self) -> str:
        return f"gift {self.pk}"
