"""The week in hands: who changes a turn, whose turn it is, who collected, and the link that lets somebody host."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from farms.models import HoldBecomes, Household, PickupDay
from shares.models import Share


class ChangeQuerySet(models.QuerySet["Change"]):
    def standing(self) -> ChangeQuerySet:
        return self.filter(undone_at=None)


class Change(models.Model):
    """A household's exception to one share's turn: who, when, what, laid over the plan. Undoing keeps the row.

    A share has one turn a week: the change stands for that of the `day`'s week, wherever the share is collected by
    then. `becomes` is what the season's rule made of a hold when it was made. A gift stays where it was (`to_day` when
    it had been moved before) and is collected by another household.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", _("Held")
        MOVE = "move", _("Moved")
        GIFT = "gift", pgettext_lazy("a share", "Given away")

    share = models.ForeignKey(Share, models.CASCADE, related_name="changes")
    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="changes")  # the turn that is changed
    kind = models.CharField(max_length=10, choices=Kind)
    to_day = models.ForeignKey(PickupDay, models.CASCADE, null=True, blank=True, related_name="moved_here")
    becomes = models.CharField(max_length=10, choices=HoldBecomes, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["share", "day"], condition=Q(undone_at=None), name="one_standing_change_per_turn"
            ),
            models.CheckConstraint(
                condition=Q(kind="move", to_day__isnull=False) | Q(kind="hold", to_day=None) | Q(kind="gift"),
                name="a_move_goes_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of share {self.share_id}"


class Pickup(models.Model):
    """A share's turn, drawn up at the deadline. `day` is where it takes place, `turn_of` whose turn it is:
    they differ when the household moved it. `household` collects it: not the share's when it was given away."""

    share = models.ForeignKey(Share, models.PROTECT, related_name="pickups_drawn")
    household = models.ForeignKey(Household, models.PROTECT, related_name="pickups")
    day = models.ForeignKey(PickupDay, models.PROTECT, related_name="pickups")
    turn_of = models.ForeignKey(PickupDay, models.PROTECT, related_name="turns")

    class Meta:
        constraints = [models.UniqueConstraint("share", "turn_of", name="a_turn_is_drawn_up_once")]

    def __str__(self) -> str:
        return f"pickup {self.pk}"


class CheckIn(models.Model):
    """Someone tapped: collected, or undone. The phone gave the uuid; the latest tap counts, collected wins a tie."""

    class Action(models.TextChoices):
        COLLECTED = "collected", _("Collected")
        UNDONE = "undone", _("Undone")

    pickup = models.ForeignKey(Pickup, models.CASCADE, related_name="check_ins")
    uuid = models.UUIDField(unique=True)
    action = models.CharField(max_length=10, choices=Action)
    tapped_at = models.DateTimeField()  # the device's clock, held within the day
    received_at = models.DateTimeField()
    said_at = models.DateTimeField(null=True, blank=True)  # what the device's clock said, right or wrong
    device = models.CharField(max_length=36, blank=True, default="")
    host_link = models.ForeignKey("HostLink", models.SET_NULL, null=True, related_name="check_ins")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["tapped_at", "id"]
        indexes = [models.Index(fields=["pickup", "tapped_at"], name="latest_tap")]

    def __str__(self) -> str:
        return f"{self.action} {self.pickup_id}"


def fresh_token() -> str:
    """A link that cannot be guessed: 128 bits."""
    return secrets.token_urlsafe(16)


class HostLink(models.Model):
    """A volunteer's way in without an account: one site, one day, revocable. With a `pin` (kept as its hash) the link
    alone opens nothing; `wrong_pins` counts what was typed wrong since `wrong_since`."""

    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="host_links")
    token = models.CharField(max_length=40, unique=True, default=fresh_token)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    pin = models.CharField(max_length=128, blank=True, default="")
    wrong_pins = models.PositiveSmallIntegerField(default=0)
    wrong_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day"], condition=Q(revoked_at=None), name="one_live_link_per_day")
        ]

    def __str__(self) -> str:
        return f"link to day {self.day_id}"
