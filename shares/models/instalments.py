"""Paying in parts: what a farm offers, what a household promised, and the card it may be taken from."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from farms.models import Household, Season
from shares.models.orders import Order


class PaymentPlan(models.Model):
    """A way to pay a season in parts: so much per cent at once, the rest on chosen days. One that is retired is offered
    no more; what was promised by it stands."""

    season = models.ForeignKey(Season, models.CASCADE, related_name="payment_plans")
    name = models.CharField(_("name"), max_length=60)
    deposit = models.PositiveSmallIntegerField(
        _("deposit, per cent"), validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(deposit__gte=1, deposit__lte=99), name="a_deposit_is_a_part")]

    def __str__(self) -> str:
        return self.name


class PlanDay(models.Model):
    """A day (at the farm) on which a part of a plan is due."""

    plan = models.ForeignKey(PaymentPlan, models.CASCADE, related_name="days")
    day = models.DateField()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint("plan", "day", name="one_part_a_day")]

    def __str__(self) -> str:
        return f"{self.day} of plan {self.plan_id}"


class PayAtPickup(models.Model):
    """A season whose shares may be paid pickup by pickup, by those who may not prepay (food benefits)."""

    season = models.OneToOneField(Season, models.CASCADE, primary_key=True, related_name="pay_at_pickup")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"season {self.season_id} may be paid at the pickup"


class InstalmentQuerySet(models.QuerySet["Instalment"]):
    def due_to_act(self, today: date) -> InstalmentQuerySet:
        """Parts for which something is to be done today or was to be done before: a notice, a charge, a reminder."""
        standing = self.filter(order__settled_at__isnull=False, order__lapsed_at=None)
        return standing.filter(next_on__lte=today)


class Instalment(models.Model):
    """A part of what an order costs, due on a day at its farm. Number 0 is what is due at once.

    Whether it is paid is the ledger's to say: what came pays the oldest part first. `next_on` is the day on which
    something is next done about it, none when it is left to people; `failures` counts charges that came to nothing,
    `trouble` says why the last one did (the provider's code).
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount = models.PositiveBigIntegerField()
    next_on = models.DateField(null=True, blank=True, db_index=True)
    failures = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=60, blank=True)
    waits_until = models.DateField(null=True, blank=True)  # the farmer gave more time

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        ordering = ["order_id", "number"]
        constraints = [
            models.UniqueConstraint("order", "number", name="each_part_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_part_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of order {self.order_id}"


class SavedCard(models.Model):
    """The card (or bank account) from which a household lets its farm take what it promised to pay. The provider keeps
    it; here stand only its names. The newest one counts."""

    household = models.OneToOneField(Household, models.CASCADE, primary_key=True, related_name="saved_card")
    account = models.CharField(max_length=120, blank=True)  # the farm's account at the provider; empty: the house's
    customer = models.CharField(max_length=120)
    method = models.CharField(max_length=120)
    words = models.CharField(max_length=60)  # "Visa •••• 4242"
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"card of household {self.household_id}"


class PickupStop(models.Model):
    """The farmer's word that an order is not packed until it is paid: never Hissa's own doing."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="stops")
    stopped_at = models.DateTimeField()
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("order", condition=Q(ended_at=None), name="one_stop_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("stopped_at")), name="a_stop_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"stop of order {self.order_id}"
