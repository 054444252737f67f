"""What a household likes, and what it must not eat."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models.harvest import Crop
from farms.models import Household


class Liking(models.Model):
    """How a household likes a crop. A crop it has not rated is neutral and has no row."""

    class Level(models.IntegerChoices):  # the engine's own numbers: deliveries.allocation.NEVER … LOVE
        NEVER = 0, _("Never")
        DISLIKE = 1, _("Dislike")
        NEUTRAL = 2, _("Neutral")
        LIKE = 3, _("Like")
        LOVE = 4, _("Love")

    household = models.ForeignKey(Household, models.CASCADE, related_name="likings")
    crop = models.ForeignKey(Crop, models.CASCADE, related_name="likings")
    level = models.PositiveSmallIntegerField(choices=Level)

    class Meta:
        constraints = [
            models.UniqueConstraint("household", "crop", name="a_crop_is_rated_once"),
            models.CheckConstraint(condition=Q(level__lte=4), name="a_liking_is_never_to_love"),
        ]

    def __str__(self) -> str:
        return f"household {self.household_id} rates crop {self.crop_id} {self.level}"


class Exclusion(models.Model):
    """A crop that somebody in a household must not eat. It says something about health: there is a row only with their
    consent, and taking the row away forgets it."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="exclusions")
    crop = models.ForeignKey(Crop, models.CASCADE, related_name="exclusions")
    consented_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("household", "crop", name="a_crop_is_excluded_once")]

    def __str__(self) -> str:
        return f"exclusion {self.pk}"
