"""A farm's own account at the card provider."""

from __future__ import annotations

from django.db import models

from farms.models import Farm


class ProviderAccount(models.Model):
    """The Stripe account that takes a farm's cards, where an installation serves many farms. `ready_at` is when the
    provider said that it may charge; `stopped_at` when it said that it may not any more."""

    farm = models.OneToOneField(Farm, models.CASCADE, primary_key=True, related_name="provider_account")
    account = models.CharField(max_length=120, unique=True)
    opened_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.account
