"""Who stood on the lists of a division: what later lists tell their changes from."""

from __future__ import annotations

from django.db import models

from deliveries.models.division import Allocation
from farms.models import PickupDay


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
