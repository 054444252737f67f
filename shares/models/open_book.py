"""What a farm tells in the open of a season's money."""

from __future__ import annotations

from django.db import models

from farms.models import Season


class OpenBook(models.Model):
    """A season's open book: public from `published_at` on, until it is taken back."""

    season = models.OneToOneField(Season, models.CASCADE, related_name="open_book")
    published_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"open book of season {self.season_id}"


class BudgetLine(models.Model):
    """One line of a season's budget: seed, wages, rent. Minor units; together they are the season's costs."""

    season = models.ForeignKey(Season, models.CASCADE, related_name="budget_lines")
    name = models.CharField(max_length=80)
    amount = models.PositiveBigIntegerField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"budget line {self.pk}"
