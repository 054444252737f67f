"""Invoices and credit notes: numbered, and never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Household
from shares.models.orders import Order
from shares.models.payments import Refund


class Series(models.Model):
    """The last number given in a farm's year. It moves in the transaction of the document that bears it: no gap, no
    number twice."""

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="series")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("farm", "year", name="one_series_a_year")]

    def __str__(self) -> str:
        return f"{self.year} of farm {self.farm_id}"


class Document(models.Model):
    """An invoice for an order, once; or a credit note for money given back. `facts` is all that is printed on it, as it
    stood that day (`shares.books.invoices.Facts`)."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CREDIT = "credit", _("Credit note")

    farm = models.ForeignKey(Farm, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=Kind)
    year = models.PositiveSmallIntegerField()  # at the farm's clock
    number = models.PositiveIntegerField()
    household = models.ForeignKey(Household, models.PROTECT, related_name="documents")
    order = models.ForeignKey(Order, models.PROTECT, related_name="documents")
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, blank=True, related_name="document")
    at = models.DateTimeField()
    language = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    total = models.PositiveBigIntegerField()  # minor units, VAT included
    facts = models.JSONField()

    class Meta:
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint("farm", "year", "number", name="a_document_s_number_once"),
            models.UniqueConstraint("order", condition=Q(kind="invoice"), name="one_invoice_per_order"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Its number as it is written: 2027-0042."""
        return f"{self.year}-{self.number:04}"
