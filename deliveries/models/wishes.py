"""What a household says about its weeks beside changing one: elsewhere from now on, who comes, what it asks late."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models.week import fresh_token
from farms.models import Household, PickupDay, PickupSite
from shares.models import Share


class PlanChangeQuerySet(models.QuerySet["PlanChange"]):
    def standing(self) -> PlanChangeQuerySet:
        return self.filter(undone_at=None)


class PlanChange(models.Model):
    """From week `from_week` on a share is collected at `site`, in `turn` (A, B or every week), laid over the plan.

    The latest `from_week` counts, and the share bears its place; before the first row it was at that row's `left_site`.
    The new place is taken when it is made; the one left (`left_site`, `left_turn`) is given back when the week's
    deadline has passed (`released_at`).
    """

    share = models.ForeignKey(Share, models.CASCADE, related_name="plan_changes")
    from_week = models.PositiveSmallIntegerField()
    site = models.ForeignKey(PickupSite, models.PROTECT, related_name="+")
    turn = models.CharField(max_length=1, choices=Share.Turn, blank=True, default="")
    left_site = models.ForeignKey(PickupSite, models.PROTECT, related_name="+")
    left_turn = models.CharField(max_length=1, choices=Share.Turn, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    objects = PlanChangeQuerySet.as_manager()

    class Meta:
        ordering = ["from_week", "made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["share", "from_week"], condition=Q(undone_at=None), name="one_plan_change_per_week"
            )
        ]

    def __str__(self) -> str:
        return f"share {self.share_id} from week {self.from_week} on"


class FriendPass(models.Model):
    """Somebody without an account collects for a household: once (`day`), or until further notice."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="friend_passes")
    name = models.CharField(_("name"), max_length=80)
    day = models.ForeignKey(PickupDay, models.CASCADE, null=True, blank=True, related_name="friend_passes")
    token = models.CharField(max_length=40, unique=True, default=fresh_token)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=Q(revoked_at=None, day=None), name="one_standing_friend"
            ),
            models.UniqueConstraint(
                fields=["household", "day"], condition=Q(revoked_at=None), name="one_friend_per_day"
            ),
        ]

    def __str__(self) -> str:
        return f"pass of household {self.household_id}"


class LateWish(models.Model):
    """What a household asks for after the deadline: the farm accepts or declines it."""

    class Kind(models.TextChoices):
        HOLD = "hold", _("Hold the week")
        MOVE = "move", _("Collect it on another day")

    household = models.ForeignKey(Household, models.CASCADE, related_name="late_wishes")
    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="late_wishes")  # the turn it is about
    kind = models.CharField(max_length=10, choices=Kind)
    to_day = models.ForeignKey(PickupDay, models.CASCADE, null=True, blank=True, related_name="+")
    words = models.CharField(_("what the farm should know"), max_length=250, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    accepted = models.BooleanField(null=True, blank=True)  # none when it was taken back
    answer = models.CharField(_("a word to the household"), max_length=250, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "day"], condition=Q(answered_at=None), name="one_open_wish_per_turn"
            ),
            models.CheckConstraint(
                condition=Q(kind="move", to_day__isnull=False) | Q(kind="hold", to_day=None),
                name="a_wish_to_move_goes_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} asked by household {self.household_id}"
