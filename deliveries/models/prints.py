"""What a division's lists say, and who stood on them: what other languages and later lists are made from."""

from __future__ import annotations

from django.db import models

from deliveries.models.division import Allocation
from farms.models import Paper, PickupDay


class PrintedRoster(models.Model):
    """Everybody who stood on one pickup's lists when a division's were printed.

    `version` counts the rosters of the harvest that differed, from 1. `rows`, A–Z, one a household, as compact as JSON
    is: [household id, number, name, who collects in its stead, [[share type id, how many], …]].
    """

    allocation = models.ForeignKey(Allocation, models.CASCADE, related_name="rosters")
    day = models.ForeignKey(PickupDay, models.CASCADE, related_name="printed_rosters")
    version = models.PositiveIntegerField()
    printed_at = models.DateTimeField()
    rows = models.JSONField()

    class Meta:
        ordering = ["day__date", "day__site__position", "pk"]
        constraints = [models.UniqueConstraint("allocation", "day", name="a_roster_is_printed_once_a_division")]

    def __str__(self) -> str:
        return f"roster {self.version} of day {self.day_id}"


class Manuscript(models.Model):
    """What all lists of a division say in one language, worded when it was published; and, once somebody asked for them
    on paper, how far the worker is.

    `words` is gzipped JSON, a `deliveries.lists.Manuscript`. `parts` of the print, of which `parts_set` are set.
    """

    allocation = models.ForeignKey(Allocation, models.CASCADE, related_name="manuscripts")
    language = models.CharField(max_length=12)
    words = models.BinaryField()
    paper = models.CharField(max_length=10, choices=Paper, blank=True, default="")
    asked_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    parts = models.PositiveSmallIntegerField(default=0)
    parts_set = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint("allocation", "language", name="worded_once_a_language")]

    def __str__(self) -> str:
        return f"lists of allocation {self.allocation_id} in {self.language}"

    @property
    def under_way(self) -> bool:
        return self.asked_at is not None and self.finished_at is None and self.failed_at is None
