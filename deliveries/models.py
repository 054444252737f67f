"""The week: who changes it, what was harvested, how it was divided, who collected."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Household, Packing, PickupDay, Season, Week
from shares.models import Share, ShareType


class ChangeQuerySet(models.QuerySet["Change"]):
    def standing(self) -> ChangeQuerySet:
        return self.filter(undone_at=None)


class Change(models.Model):
    """A household's exception to one share's turn, made before the deadline: who, when, what. Undoing keeps the row."""

    class Kind(models.TextChoices):
        HOLD = "hold", _("Held")
        MOVE = "move", _("Moved")

    share = models.ForeignKey(Share, models.CASCADE, related_name="changes")
    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="changes")  # the turn that is changed
    kind = models.CharField(max_length=10, choices=Kind)
    to_day = models.ForeignKey(PickupDay, models.CASCADE, null=True, blank=True, related_name="moved_here")
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
                condition=Q(kind="move", to_day__isnull=False) | Q(kind="hold", to_day=None),
                name="a_move_goes_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of share {self.share_id}"


class Pickup(models.Model):
    """A share's turn, drawn up at the deadline. `day` is where it takes place, `turn_of` whose turn it is:
    they differ when the household moved it."""

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
    """A volunteer's way in without an account: one site, one day, revocable."""

    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="host_links")
    token = models.CharField(max_length=40, unique=True, default=fresh_token)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day"], condition=Q(revoked_at=None), name="one_live_link_per_day")
        ]

    def __str__(self) -> str:
        return f"link to day {self.day_id}"


class Unit(models.TextChoices):
    """What crops are counted in: the same codes as deliveries.quantities.UNITS."""

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
    """A list as it was printed for a division: a PDF. Kept in the database, so that it changes with its division."""

    class Kind(models.TextChoices):
        HARVEST = "harvest", _("Harvest list")
        PACKING = "packing", _("Packing list")
        SITE = "site", _("Site sheet")
        ALL = "all", _("Everything")

    allocation = models.ForeignKey(Allocation, models.CASCADE, related_name="printed")
    kind = models.CharField(max_length=10, choices=Kind)
    day = models.ForeignKey(PickupDay, models.CASCADE, null=True, blank=True, related_name="printed")
    pdf = models.BinaryField()
    printed_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "day__date", "day__site__position"]
        constraints = [
            models.UniqueConstraint("allocation", "kind", "day", name="a_site_s_list_once"),
            models.UniqueConstraint(fields=["allocation", "kind"], condition=Q(day=None), name="a_list_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of allocation {self.allocation_id}"
