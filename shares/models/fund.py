"""The solidarity fund of a farm, and who waits for it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Household, Season
from shares.models.types import ShareType


class SolidarityFund(models.Model):
    """What a farm has for prices below the cost, and what it does when that is not enough.

    `balance` counts what the ledger's FUND account says; the database refuses to let it fall below nothing. `borne`
    counts what the farm itself bears of such prices (the BORNE account), at most `limit`. All in minor units.
    """

    class WhenShort(models.TextChoices):
        WAIT = "wait", _("Ask the household to wait, or to choose another price")
        BEAR = "bear", _("The farm bears the rest, up to a limit")

    farm = models.OneToOneField(Farm, models.CASCADE, related_name="fund")
    balance = models.BigIntegerField(default=0)
    when_short = models.CharField(max_length=6, choices=WhenShort, default=WhenShort.WAIT)
    limit = models.PositiveBigIntegerField(default=0)
    borne = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="the_fund_is_never_overdrawn"),
            models.CheckConstraint(condition=Q(borne__gte=0), name="the_farm_bears_nothing_or_something"),
        ]

    def __str__(self) -> str:
        return f"solidarity fund of farm {self.farm_id}"


class FundWish(models.Model):
    """Someone who asked to be told when the fund can help them to a share. `needed` (minor units) is for the sweep
    that tells them; no page shows it."""

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="fund_wishes")
    season = models.ForeignKey(Season, models.CASCADE, related_name="fund_wishes")
    share_type = models.ForeignKey(ShareType, models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254)
    language = models.CharField(max_length=12)
    needed = models.PositiveBigIntegerField()
    token = models.UUIDField(default=uuid.uuid4)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [models.UniqueConstraint("farm", "token", name="one_intent_one_wish")]

    def __str__(self) -> str:
        return f"wish {self.pk}"


class OpenPrice(models.Model):
    """A household that lets its farm see which price it chose. Without this row no page of the farm's shows it."""

    household = models.OneToOneField(Household, models.CASCADE, related_name="open_price")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"household {self.household_id} shows its price"
