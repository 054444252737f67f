"""Shifts, who signed up for them, and the hours each household gave."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Household, PickupDay, Season


class ShiftQuerySet(models.QuerySet["Shift"]):
    def standing(self) -> ShiftQuerySet:
        return self.filter(cancelled_at=None)

    def ahead(self, at: datetime) -> ShiftQuerySet:
        """Shifts that take place and have not begun."""
        return self.standing().filter(starts_at__gt=at)


class Shift(models.Model):
    """Work at a time and a place, for so many people. `day` is the pickup it helps with, if any; who `hosts` it gets
    that pickup's check-in link. `taken` counts places; the database refuses one too many."""

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="shifts")
    day = models.ForeignKey(PickupDay, models.CASCADE, null=True, blank=True, related_name="shifts")
    title = models.CharField(_("what is done"), max_length=80)
    place = models.CharField(_("where"), max_length=120)
    note = models.CharField(_("good to know"), max_length=250, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    needed = models.PositiveSmallIntegerField(
        _("how many people"), default=1, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    taken = models.PositiveSmallIntegerField(default=0)
    hosts = models.BooleanField(_("checks people in"), default=False)
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_because = models.CharField(max_length=250, blank=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("needed")), name="a_shift_is_never_overfull"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="a_shift_begins_before_it_ends"),
            models.CheckConstraint(condition=Q(hosts=False) | Q(day__isnull=False), name="a_host_has_a_pickup"),
        ]
        indexes = [models.Index(fields=["farm", "starts_at"], name="shifts_by_time")]

    def __str__(self) -> str:
        return self.title

    @property
    def left(self) -> int:
        return self.needed - self.taken

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def standing(self) -> SignUpQuerySet:
        return self.filter(withdrawn_at=None)


class SignUp(models.Model):
    """Someone comes to a shift, for a household. A substitute's row says whose place they took over."""

    shift = models.ForeignKey(Shift, models.CASCADE, related_name="sign_ups")
    household = models.ForeignKey(Household, models.CASCADE, related_name="sign_ups")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ups")
    signed_at = models.DateTimeField()
    substitute_wanted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    took_over = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="taken_over_by")

    objects = SignUpQuerySet.as_manager()

    class Meta:
        ordering = ["signed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shift", "user"], condition=Q(withdrawn_at=None), name="nobody_comes_twice_to_a_shift"
            )
        ]

    def __str__(self) -> str:
        return f"sign-up {self.pk}"


class SwapProposal(models.Model):
    """Who looks for a substitute (`wanted`) is offered another's shift (`offered`) in exchange."""

    wanted = models.ForeignKey(SignUp, models.CASCADE, related_name="swaps_proposed")
    offered = models.ForeignKey(SignUp, models.CASCADE, related_name="swaps_offered")
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(default=False)

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["wanted", "offered"], condition=Q(answered_at=None), name="a_swap_is_proposed_once"
            )
        ]

    def __str__(self) -> str:
        return f"swap {self.pk}"


class HoursAgreed(models.Model):
    """How much work a household agreed to give in a season, in minutes."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="hours_agreed")
    season = models.ForeignKey(Season, models.CASCADE, related_name="hours_agreed")
    minutes = models.PositiveIntegerField(validators=[MaxValueValidator(60 * 2000)])

    class Meta:
        constraints = [models.UniqueConstraint("household", "season", name="hours_are_agreed_once_a_season")]

    def __str__(self) -> str:
        return f"{self.minutes} minutes of household {self.household_id}"


class HoursEntry(models.Model):
    """One line of the hours ledger: never edited, corrected by another line. `key` names the event: told twice, it
    stands once. Minutes given away are negative for one household and positive for the other."""

    class Kind(models.TextChoices):
        WORKED = "worked", _("Worked")
        CORRECTED = "corrected", _("Corrected")
        GIVEN = "given", _("Given to another household")
        RECEIVED = "received", _("Given by another household")

    household = models.ForeignKey(Household, models.CASCADE, related_name="hours")
    season = models.ForeignKey(Season, models.CASCADE, related_name="hours")
    kind = models.CharField(max_length=10, choices=Kind)
    minutes = models.IntegerField()
    sign_up = models.ForeignKey(SignUp, models.SET_NULL, null=True, blank=True, related_name="hours")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    key = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(minutes=0), name="an_hours_entry_is_of_something")]

    def __str__(self) -> str:
        return self.key
