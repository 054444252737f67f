"""A household's calendar address."""

from __future__ import annotations

from django.db import models

from deliveries.models.week import fresh_token
from farms.models import Household


class CalendarFeed(models.Model):
    """The secret address at which a household's calendar fetches its pickups. A new token ends the old address."""

    household = models.OneToOneField(Household, models.CASCADE, related_name="calendar_feed")
    token = models.CharField(max_length=40, unique=True, default=fresh_token)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar of household {self.household_id}"
