"""How a harvest was divided: the run, the boxes, why, what was left over, and the lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models.harvest import Crop, Harvest, HarvestLine, Unit
from farms.models import Paper, PickupDay, Season
from shares.models import Share, ShareType


class Fairness(models.Model):
    """What a farmer may turn in the division, for a season; a season without a row is divided as these defaults say.

    `variety` is the most of a crop that one share may get, in even parts; `band` how far a share's worth may lie off
    what it is due; `rotation` what a turn owed is worth, in points; `thrift` how much more a step given counts than an
    even worth, 0 = as the engine sees fit. Units as in deliveries.allocation.Problem.
    """

    season = models.OneToOneField(Season, models.CASCADE, related_name="fairness")
    variety = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("2.00"))
    band = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal("0.020"))
    rotation = models.PositiveSmallIntegerField(default=30)
    thrift = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)  # grows with each edit: two tabs notice each other

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(variety__gte=1, variety__lte=10), name="variety_from_1_to_10"),
            models.CheckConstraint(condition=Q(band__gte=0, band__lte=Decimal("0.2")), name="band_up_to_a_fifth"),
            models.CheckConstraint(condition=Q(rotation__lte=200), name="rotation_up_to_200"),
            models.CheckConstraint(condition=Q(thrift__lte=1000), name="thrift_up_to_1000"),
        ]

    def __str__(self) -> str:
        return f"fairness of season {self.season_id}"


class Allocation(models.Model):
    """A run that divides a harvest: asked for by the farmer, done by the worker, kept with its inputs and seed.

    `number` counts a harvest's runs. `inputs` holds the engine's problem, `record` what it says of its result:
    enough to run it again and get the same portions.
    """

    harvest = models.ForeignKey(Harvest, models.CASCADE, related_name="allocations")
    number = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    seed = models.PositiveBigIntegerField()
    inputs: models.JSONField[Any, Any] = models.JSONField(default=dict)
    record: models.JSONField[Any, Any] = models.JSONField(default=dict)
    leased_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failed_because = models.CharField(max_length=250, blank=True)
    parts = models.PositiveSmallIntegerField(default=0)  # of its print, as soon as it is known; and those that are set
    parts_set = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint("harvest", "number", name="a_run_s_number_once"),
            # Two people press Publish at once: one run is asked for, the other is told.
            models.UniqueConstraint(
                fields=["harvest"], condition=Q(finished_at=None, failed_at=None), name="one_run_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"allocation {self.number} of harvest {self.harvest_id}"


class Box(models.Model):
    """What every share of a type at a pickup day gets: how many shares, what each was to be worth, and is worth.
    In choice mode a box is one `share`'s own: `count` is 1, and a share that collects two turns that day has one box.

    The memory over the season is the sum over the boxes in force: owed = Σ due − Σ got (minor units), by share type
    and site, or by share.
    """

    allocation = models.ForeignKey(Allocation, models.CASCADE, related_name="boxes")
    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="boxes")
    share_type = models.ForeignKey(ShareType, models.PROTECT, related_name="boxes")
    share = models.ForeignKey(Share, models.PROTECT, null=True, blank=True, related_name="boxes")
    count = models.PositiveIntegerField()
    target = models.BigIntegerField()
    value = models.BigIntegerField()
    due = models.BigIntegerField(default=0)
    got = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "day", "share_type"], condition=Q(share=None), name="one_box_per_type_and_day"
            ),
            models.UniqueConstraint(fields=["allocation", "day", "share"], name="one_box_per_share_and_day"),
        ]

    def __str__(self) -> str:
        return f"box of type {self.share_type_id} on day {self.day_id}"


class Portion(models.Model):
    """One share's amount of one crop, for every share of a box; and the turn it had where the crop was scarce."""

    box = models.ForeignKey(Box, models.CASCADE, related_name="portions")
    crop = models.ForeignKey(Crop, models.PROTECT, related_name="portions")
    steps = models.PositiveIntegerField()
    turn_due = models.IntegerField(default=0)  # thousandths of a turn
    turn_got = models.IntegerField(default=0)
    reason: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint("box", "crop", name="a_crop_once_per_box")]

    def __str__(self) -> str:
        return f"{self.steps} steps of crop {self.crop_id}"


class Leftover(models.Model):
    """What a division could not give fairly."""

    allocation = models.ForeignKey(Allocation, models.CASCADE, related_name="leftovers")
    crop = models.ForeignKey(Crop, models.PROTECT, related_name="+")
    steps = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("allocation", "crop", name="leftover_once_per_crop"),
            models.CheckConstraint(condition=Q(steps__gt=0), name="leftover_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.steps} steps of crop {self.crop_id} left"


class PassedOn(models.Model):
    """Where some of what was left over of a crop went. It stays with the harvest when that is divided again: what was
    given once is not there to be given twice. Undoing keeps the row.

    `steps` are counted as the harvest counted them then; carried over, they stand in `line`, a line of a later harvest.
    """

    class Kind(models.TextChoices):
        SWAP = "swap", _("Swap table")
        GIFT = "gift", _("Gift")
        NEXT = "next", _("Next harvest")

    harvest = models.ForeignKey(Harvest, models.CASCADE, related_name="passed_on")
    crop = models.ForeignKey(Crop, models.PROTECT, related_name="+")
    steps = models.PositiveIntegerField()
    unit = models.CharField(max_length=10, choices=Unit)
    step = models.DecimalField(max_digits=8, decimal_places=3)
    kind = models.CharField(max_length=10, choices=Kind)
    site = models.ForeignKey("farms.PickupSite", models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(max_length=80, blank=True, default="")
    line = models.ForeignKey(HarvestLine, models.SET_NULL, null=True, blank=True, related_name="carried_over")
    line_steps = models.PositiveIntegerField(default=0)  # as the later harvest counts
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(steps__gt=0), name="what_is_passed_on_is_something")]

    def __str__(self) -> str:
        return f"{self.steps} steps of crop {self.crop_id}: {self.kind}"

    @property
    def quantity(self) -> Decimal:
        """How much it was, in its unit."""
        return self.steps * self.step


class PrintedList(models.Model):
    """A list as it was printed for a division, in one language on one paper: a PDF. Kept in the database, so that it
    changes with its division."""

    class Kind(models.TextChoices):
        HARVEST = "harvest", _("Harvest list")
        PACKING = "packing", _("Packing list")
        SITE = "site", _("Site sheet")
        TRUCK = "truck", _("Truck sheet")
        ADD_ONS = "add_ons", _("Supplier counts")
        LABELS = "labels", _("Box labels")
        ALL = "all", _("Everything")

    allocation = models.ForeignKey(Allocation, models.CASCADE, related_name="printed")
    kind = models.CharField(max_length=10, choices=Kind)
    day = models.ForeignKey(PickupDay, models.CASCADE, null=True, blank=True, related_name="printed")
    language = models.CharField(max_length=12, default="")
    paper = models.CharField(max_length=10, choices=Paper, default=Paper.A4)
    pdf = models.BinaryField()
    printed_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "day__date", "day__site__position"]
        constraints = [
            models.UniqueConstraint("allocation", "language", "paper", "kind", "day", name="a_site_s_list_once_each"),
            models.UniqueConstraint(
                fields=["allocation", "language", "paper", "kind"], condition=Q(day=None), name="a_list_once_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of allocation {self.allocation_id}"
