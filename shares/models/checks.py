"""Whether the books are right: what was looked at, and what was found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from farms.models import Farm


class BooksCheck(models.Model):
    """The last look at a farm's books: through themselves every night, and against the payment provider's list.

    `asked_at` is when somebody wants another look; the worker leases it. `found` are differences
    (`shares.books.differences.Difference` as dicts), no names in them.
    """

    class Kind(models.TextChoices):
        BOOKS = "books", _("The books by themselves")
        PROVIDER = "provider", _("The books and the payment provider")

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=10, choices=Kind)
    asked_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True)  # what is older was not looked at
    finished_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.PositiveIntegerField(default=0)  # how many postings or payments
    found = models.JSONField(default=list, blank=True)
    sums = models.JSONField(default=dict, blank=True)  # of the provider's list and of the books (`reconciling.Sums`)
    silent = models.BooleanField(default=False)  # the provider did not answer: what stands here is older

    class Meta:
        constraints = [models.UniqueConstraint("farm", "kind", name="one_check_of_a_kind_per_farm")]
        indexes = [models.Index(fields=["asked_at"], name="checks_asked_for", condition=Q(asked_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.kind} of farm {self.farm_id}"
