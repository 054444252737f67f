"""What is sold."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from farms.models import Season


class ShareType(models.Model):
    """What is sold: its size as a weight in the division, its price, its rhythm, its places.

    `price` is what it costs the farm for all its pickups in the season, in minor units; who joins later pays for the
    pickups left. Where `lowest` and `highest` are given, a household chooses what it pays between them, also for all
    pickups: what is above the price goes into the solidarity fund, what is below comes out of it.
    `taken` counts places held or paid; the database refuses one too many.
    """

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("Every week")
        BIWEEKLY = "biweekly", _("Every second week")

    season = models.ForeignKey(Season, models.CASCADE, related_name="share_types")
    name = models.CharField(_("name"), max_length=60)
    feeds = models.CharField(_("what it is, whom it feeds"), max_length=160, blank=True)
    is_addon = models.BooleanField(_("an add-on"), default=False)  # eggs, bread: not part of the harvest's division
    weight = models.PositiveIntegerField(
        _("size in the division"), default=2, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    price = models.PositiveBigIntegerField(_("price for the season"))
    lowest = models.PositiveBigIntegerField(_("lowest price"), null=True, blank=True)
    suggested = models.PositiveBigIntegerField(_("suggested price"), null=True, blank=True)
    highest = models.PositiveBigIntegerField(_("highest price"), null=True, blank=True)
    vat_rate = models.PositiveSmallIntegerField(  # in hundredths of a per cent: 5.5 % is 550; included in the price
        _("VAT included in the price"), default=0, validators=[MaxValueValidator(10_000)]
    )
    rhythm = models.CharField(_("rhythm"), max_length=10, choices=Rhythm, default=Rhythm.WEEKLY)
    first_week = models.PositiveSmallIntegerField(_("first week"), default=1, validators=[MinValueValidator(1)])
    weeks = models.PositiveSmallIntegerField(_("number of weeks"), null=True, blank=True)  # none: to the season's end
    places = models.PositiveIntegerField(_("places"))
    taken = models.PositiveIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["is_addon", "position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("places")), name="never_oversold"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="a_share_weighs_something"),
            models.CheckConstraint(
                condition=Q(lowest=None, highest=None) | Q(lowest__lte=F("price"), highest__gte=F("price")),
                name="the_cost_lies_between_lowest_and_highest",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    kept = 0  # for those who wait: told by `kept.mark`

    @property
    def left(self) -> int:
        """Places nobody has taken, nor are kept for those who wait."""
        return max(0, self.places - self.taken - self.kept)
