"""What the farm grows, what it expects, and what was picked."""

from __future__ import annotations

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Packing, PickupDay, Season, Week


class Unit(models.TextChoices):
    """What crops are counted in: the same codes as deliveries.harvesting.quantities.UNITS."""

    KG = "kg", _("kilogram")
    GRAM = "g", _("gram")
    POUND = "lb", _("pound")
    OUNCE = "oz", _("ounce")
    LITRE = "l", _("litre")
    MILLILITRE = "ml", _("millilitre")
    PIECE = "piece", _("piece")
    BUNCH = "bunch", _("bunch")
    HEAD = "head", _("head")
    PUNNET = "punnet", _("punnet")
    BAG = "bag", _("bag")
    JAR = "jar", _("jar")
    BOTTLE = "bottle", _("bottle")
    LOAF = "loaf", _("loaf")
    CRATE = "crate", _("crate")
    DOZEN = "dozen", _("dozen")


class Crop(models.Model):
    """What the farm grows. `step` is the smallest useful amount in the crop's unit (0.05 kg, 1 bunch);
    `price` is per unit, in minor units."""

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="crops")
    name = models.CharField(_("crop"), max_length=60)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    step = models.DecimalField(
        _("smallest useful amount"), max_digits=8, decimal_places=3, validators=[MinValueValidator(0.001)]
    )
    price = models.PositiveBigIntegerField(_("price per unit"))

    class Meta:
        ordering = [Lower("name")]
        constraints = [
            models.UniqueConstraint(Lower("name"), "farm", name="a_crop_s_name_once_per_farm"),
            models.CheckConstraint(condition=Q(step__gt=0), name="a_step_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class PlannedCrop(models.Model):
    """What the farmer expects of a crop in a week of the season. Unit and step are as it was planned in."""

    season = models.ForeignKey(Season, models.CASCADE, related_name="planned")
    crop = models.ForeignKey(Crop, models.CASCADE, related_name="planned")
    number = models.PositiveSmallIntegerField()  # of the week; a season laid out anew keeps its plan
    steps = models.PositiveIntegerField()
    unit = models.CharField(max_length=10, choices=Unit)
    step = models.DecimalField(max_digits=8, decimal_places=3)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint("season", "crop", "number", name="a_crop_is_planned_once_a_week"),
            models.CheckConstraint(condition=Q(number__gte=1), name="plans_are_for_numbered_weeks"),
            models.CheckConstraint(condition=Q(steps__gt=0), name="a_plan_is_something"),
            models.CheckConstraint(condition=Q(step__gt=0), name="a_planned_step_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.steps} steps of crop {self.crop_id} in week {self.number}"


class Harvest(models.Model):
    """What was picked for one or more pickup days of a week. `version` grows with each edit.

    `current` is the division in force, swapped in only when it and its lists are whole.
    """

    week = models.ForeignKey(Week, models.CASCADE, related_name="harvests")
    date = models.DateField()  # the first of its days: its address
    days = models.ManyToManyField(PickupDay, through="HarvestDay", related_name="harvests")
    version = models.PositiveIntegerField(default=0)
    mode = models.CharField(max_length=10, choices=Packing, blank=True, default="")  # empty: as the season
    current = models.OneToOneField("Allocation", models.SET_NULL, null=True, blank=True, related_name="in_force_for")
    note = models.TextField(_("a word to your households"), max_length=1000, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["date"]
        constraints = [models.UniqueConstraint("week", "date", name="one_harvest_per_date")]

    def __str__(self) -> str:
        return f"harvest for {self.date}"

    @property
    def packing(self) -> Packing:
        """How it is divided: as its season, unless this week is packed otherwise."""
        return Packing(self.mode or self.week.season.mode)


class HarvestDay(models.Model):
    """A pickup day belongs to one harvest at most."""

    harvest = models.ForeignKey(Harvest, models.CASCADE, related_name="harvest_days")
    day = models.OneToOneField(PickupDay, models.CASCADE, related_name="harvest_day")

    def __str__(self) -> str:
        return f"day {self.day_id} of harvest {self.harvest_id}"


class HarvestLine(models.Model):
    """One crop of a harvest. Unit, step and price are as they were that week.

    Rules for dividing it, all in steps: no share gets more than `most`; a portion is `portion` steps or a multiple of
    it; `margin` per cent are kept back for what shrinks; only these `sites` (ids) get it, if any are named; a share
    of a type in `locked` (its id as text) gets exactly that.
    """

    harvest = models.ForeignKey(Harvest, models.CASCADE, related_name="lines")
    crop = models.ForeignKey(Crop, models.PROTECT, related_name="lines")
    steps = models.PositiveIntegerField()
    unit = models.CharField(max_length=10, choices=Unit)
    step = models.DecimalField(max_digits=8, decimal_places=3)
    price = models.PositiveBigIntegerField()  # per unit, minor units
    position = models.PositiveSmallIntegerField(default=0)
    most = models.PositiveIntegerField(null=True, blank=True)
    portion = models.PositiveIntegerField(default=1)
    margin = models.PositiveSmallIntegerField(default=0)
    sites: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    locked: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("harvest", "crop", name="a_crop_once_per_harvest"),
            models.CheckConstraint(condition=Q(most=None) | Q(most__gt=0), name="a_maximum_is_something"),
            models.CheckConstraint(condition=Q(portion__gt=0), name="a_portion_is_something"),
            models.CheckConstraint(condition=Q(margin__lte=90), name="a_margin_leaves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.steps} steps of crop {self.crop_id}"
