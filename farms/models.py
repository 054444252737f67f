"""A farm, its calendar (seasons, weeks, sites, pickup days) and its people."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class FarmQuerySet(models.QuerySet["Farm"]):
    def published(self) -> FarmQuerySet:
        return self.exclude(published_at=None)


LETTER_IN = ("US", "CA")


class Paper(models.TextChoices):
    A4 = "a4", _("A4")
    LETTER = "us-letter", _("Letter")


class Farm(models.Model):
    """The tenant: everything personal hangs off a farm. It is public from its first season on sale."""

    name = models.CharField(_("name of the farm"), max_length=80)
    slug = models.SlugField(unique=True, max_length=60)
    tagline = models.CharField(_("in one sentence"), max_length=160, blank=True)
    story = models.TextField(_("who farms here"), max_length=4000, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    town = models.CharField(_("town"), max_length=80)
    email = models.EmailField(_("e-mail address"), max_length=254)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="UTC")
    country = models.CharField(_("country"), max_length=2)  # whose public holidays count, ISO 3166
    currency = models.CharField(_("currency"), max_length=3)  # ISO 4217
    language = models.CharField(_("language of its letters"), max_length=12, default="en")
    legal_name = models.CharField(_("name on invoices"), max_length=120, blank=True)  # empty: its name
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    tax_note = models.CharField(_("note on invoices"), max_length=200, blank=True)  # such as why there is no VAT
    paper = models.CharField(_("paper of its lists"), max_length=10, choices=Paper, blank=True, default="")
    households_numbered = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects = FarmQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def prints_on(self) -> Paper:
        """What its printer holds: as it said, else what is usual in its country."""
        return Paper(self.paper) if self.paper else Paper.LETTER if self.country in LETTER_IN else Paper.A4


class StaffMember(models.Model):
    """A person's role at a farm. A host sees one site's days and nothing else."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        PACKER = "packer", _("Packer")
        HOST = "host", _("Host")

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staffed")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    site = models.ForeignKey("PickupSite", models.CASCADE, null=True, blank=True, related_name="hosts")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("farm", "user", name="one_role_per_farm"),
            models.CheckConstraint(
                condition=Q(role="host", site__isnull=False) | (~Q(role="host") & Q(site=None)),
                name="a_host_has_a_site",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of farm {self.farm_id}"


class PickupSite(models.Model):
    """A place where shares are collected every week, on its weekday, in its window (local time)."""

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="sites")
    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(_("address"), max_length=200)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    host_email = models.EmailField(_("host’s e-mail address"), max_length=254, blank=True)
    public_note = models.CharField(_("how to find it"), max_length=250, blank=True)
    private_note = models.CharField(_("note for its households (door code)"), max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="a_site_opens_before_it_closes")]

    def __str__(self) -> str:
        return self.name


class Packing(models.TextChoices):
    """How a harvest is divided: the same for all shares of a type, or each share by what its household likes."""

    UNIFORM = "uniform", _("The same for everyone")
    CHOICE = "choice", _("To each what they like")


class HoldBecomes(models.TextChoices):
    """What a week on hold becomes: the farm's rule for a season."""

    MAKEUP = "makeup", _("The share is collected in another week, before or after")
    GIFT = "gift", _("The share is packed and given away")
    CREDIT = "credit", _("The household gets its price back as credit")
    NOTHING = "nothing", _("A week without a share")


class SeasonQuerySet(models.QuerySet["Season"]):
    def on_sale(self, at: datetime) -> SeasonQuerySet:
        """Open for sale at this moment: opened, and not closed."""
        return self.filter(opens_at__lte=at, opened_at__isnull=False, closed_at=None)

    def opened(self) -> SeasonQuerySet:
        return self.exclude(opened_at=None)


class Season(models.Model):
    """About 25 numbered weeks of one farm: draft → on sale → running → closed.

    A draft is laid out anew whenever its dates change. `opened_at` is when the farmer opened it for sale,
    `opens_at` from when people may buy. It runs from its first pickup on.
    """

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="seasons")
    name = models.CharField(_("name"), max_length=60)
    first_day = models.DateField(_("first pickup"))
    length = models.PositiveSmallIntegerField(
        _("number of weeks"), default=25, validators=[MinValueValidator(1), MaxValueValidator(53)]
    )
    sites = models.ManyToManyField(PickupSite, through="SeasonSite", related_name="seasons")
    mode = models.CharField(_("how it is packed"), max_length=10, choices=Packing, default=Packing.UNIFORM)
    deadline_days = models.PositiveSmallIntegerField(
        _("days before the pickup"), default=2, validators=[MaxValueValidator(14)]
    )
    deadline_time = models.TimeField(_("at"), default=time(23, 59))
    holds_allowed = models.PositiveSmallIntegerField(
        _("weeks a household may hold"), default=3, validators=[MaxValueValidator(52)]
    )
    hold_becomes = models.CharField(
        _("what a week on hold becomes"), max_length=10, choices=HoldBecomes, default=HoldBecomes.MAKEUP
    )
    gifts_to = models.ForeignKey(  # the place that gets the shares given away; none: nobody gives any
        "Household", models.PROTECT, null=True, blank=True, related_name="gets_gifts_of"
    )
    gifts_first_to_households = models.BooleanField(default=False)  # to those who asked (`takes_gifts`), in turn
    percent_a = models.PositiveSmallIntegerField(  # how many of the boxes of every second week go into A weeks
        _("boxes in A weeks, per cent"), default=50, validators=[MaxValueValidator(100)]
    )
    swaps_close = models.TimeField(_("swaps close, the evening before"), null=True, blank=True, default=time(20))
    costs = models.PositiveBigIntegerField(_("what the season costs the farm"), null=True, blank=True)  # minor units
    terms = models.TextField(_("what members agree to"), max_length=4000, blank=True)
    offline_days = models.PositiveSmallIntegerField(default=14)  # how long a place waits for cash or a transfer
    cancel_until = models.DateField(  # by the household itself; none: only the farm cancels a share
        _("a household may cancel until"), null=True, blank=True
    )
    cancel_percent = models.PositiveSmallIntegerField(  # of what the pickups left were paid with
        _("the farm keeps, per cent"), default=0, validators=[MaxValueValidator(100)]
    )
    cancel_fee = models.PositiveBigIntegerField(_("and keeps besides"), default=0)  # minor units
    offer_hours = models.PositiveSmallIntegerField(  # how long a freed place is kept for the first in line
        _("hours to answer an offer"), default=48, validators=[MinValueValidator(1), MaxValueValidator(336)]
    )
    renews = models.ForeignKey(  # the season whose households may order this one before the public sale
        "self", models.SET_NULL, null=True, blank=True, related_name="renewed_by"
    )
    renewal_opens_at = models.DateTimeField(_("current households may renew from"), null=True, blank=True)
    created_at = models.DateTimeField()
    opens_at = models.DateTimeField(_("sale opens"), null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)  # grows with each edit: two tabs notice each other

    objects = SeasonQuerySet.as_manager()

    class Meta:
        ordering = ["-first_day", "-id"]
        constraints = [models.UniqueConstraint(Lower("name"), "farm", name="a_season_s_name_once_per_farm")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_draft(self) -> bool:
        return self.opened_at is None


class SeasonSite(models.Model):
    """A site in a season. Capacity counts full-time boxes per pickup day; biweekly shares take one in A or in B."""

    season = models.ForeignKey(Season, models.CASCADE, related_name="season_sites")
    site = models.ForeignKey(PickupSite, models.PROTECT, related_name="season_sites")
    capacity = models.PositiveIntegerField(_("shares it has room for"), default=200)
    taken_a = models.PositiveIntegerField(default=0)
    taken_b = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["site__position", "site_id"]
        constraints = [
            models.UniqueConstraint("season", "site", name="a_site_once_per_season"),
            models.CheckConstraint(
                condition=Q(taken_a__lte=F("capacity"), taken_b__lte=F("capacity")), name="a_site_is_never_overfull"
            ),
        ]

    def __str__(self) -> str:
        return f"site {self.site_id} in season {self.season_id}"


class Week(models.Model):
    """A numbered week of a season. A skipped week keeps its number, so A and B never swap."""

    season = models.ForeignKey(Season, models.CASCADE, related_name="weeks")
    number = models.PositiveSmallIntegerField()
    starts_on = models.DateField()  # its pickups are in the seven days from here
    skipped = models.BooleanField(default=False)
    note = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint("season", "number", name="a_week_s_number_once")]

    def __str__(self) -> str:
        return f"week {self.number}"

    @property
    def turn(self) -> str:
        """Whose biweekly turn it is: A in odd weeks, B in even ones."""
        return "A" if self.number % 2 else "B"


class PickupDayQuerySet(models.QuerySet["PickupDay"]):
    def standing(self) -> PickupDayQuerySet:
        """Days that take place."""
        return self.filter(cancelled_at=None)

    def open_for_change(self, at: datetime) -> PickupDayQuerySet:
        return self.standing().filter(deadline_at__gt=at)


class PickupDay(models.Model):
    """One dated pickup: a week at a site. `date` is local to the site; the instants are derived from it."""

    week = models.ForeignKey(Week, models.CASCADE, related_name="days")
    site = models.ForeignKey(PickupSite, models.PROTECT, related_name="days")
    date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    deadline_at = models.DateTimeField()  # every change to this day must be made before
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_because = models.CharField(max_length=250, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    drawn_up_at = models.DateTimeField(null=True, blank=True)  # when the roster became Pickups
    moved_in = models.PositiveIntegerField(default=0)  # boxes moved here from other days: beside those sold for here
    rewritten = models.PositiveIntegerField(default=0)  # how often its time or its place's name became another

    objects = PickupDayQuerySet.as_manager()

    class Meta:
        ordering = ["date", "site__position", "site_id"]
        constraints = [models.UniqueConstraint("week", "site", name="one_day_per_week_and_site")]
        indexes = [models.Index(fields=["deadline_at"], name="days_by_deadline")]

    def __str__(self) -> str:
        return f"{self.date} at site {self.site_id}"


class Household(models.Model):
    """Who holds shares at one farm. `number` is its own at the farm, said aloud at the pickup."""

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="households")
    name = models.CharField(_("name"), max_length=120)
    number = models.PositiveIntegerField()
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    note = models.CharField(_("note for the pickup"), max_length=250, blank=True)
    is_place = models.BooleanField(default=False)  # a food bank or the like: gets what is given away, has no people
    takes_gifts = models.BooleanField(default=False)  # glad of a share that another household gives away
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, through="HouseholdPerson", related_name="households")
    since = models.DateTimeField()

    class Meta:
        ordering = ["name", "number"]
        constraints = [models.UniqueConstraint("farm", "number", name="a_household_s_number_once_per_farm")]

    def __str__(self) -> str:
        return self.name


class HouseholdPerson(models.Model):
    """A person who may act for a household, and gets its letters."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("household", "user", name="a_person_once_per_household")]

    def __str__(self) -> str:
        return f"user {self.user_id} of household {self.household_id}"
