"""The farm's bank account, and what its statements say came in."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from farms.models import Farm
from shares.models.orders import Order
from shares.models.payments import Payment


class BankAccount(models.Model):
    """Where households transfer money to; `words` are for countries without an IBAN."""

    farm = models.OneToOneField(Farm, models.CASCADE, primary_key=True, related_name="bank_account")
    holder = models.CharField(_("account holder"), max_length=70)
    iban = models.CharField(_("IBAN"), max_length=42, blank=True)  # in groups of four
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    words = models.CharField(_("or in words"), max_length=250, blank=True)

    def __str__(self) -> str:
        return f"bank account of farm {self.farm_id}"


class BankStatement(models.Model):
    """A statement file the farmer brought. `content` is kept until its lines are read, `columns` is how they are."""

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="bank_statements")
    name = models.CharField(max_length=120)
    brought_at = models.DateTimeField()
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    content = models.BinaryField(null=True)
    columns = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True, blank=True)
    known = models.PositiveIntegerField(default=0)  # lines that an earlier statement had brought
    going_out = models.PositiveIntegerField(default=0)  # lines of money that left the account
    unread = models.JSONField(default=list)  # [line number, words] of lines that could not be read

    class Meta:
        ordering = ["-brought_at", "-id"]

    def __str__(self) -> str:
        return f"statement {self.pk}"


class BankLine(models.Model):
    """Money that came in by a statement's word. `mark` is made of all that the line says: the same line in another
    statement is the same money. `order` is whose it is, by the reference or the farmer's word; `payment` is how it was
    recorded. `token` records it once."""

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="bank_lines")
    statement = models.ForeignKey(BankStatement, models.CASCADE, related_name="lines")
    mark = models.CharField(max_length=64)
    day = models.DateField()
    amount = models.PositiveBigIntegerField()
    payer = models.CharField(max_length=140, blank=True)
    words = models.CharField(max_length=500, blank=True)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="bank_lines")
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="bank_line")
    ignored_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint("farm", "mark", name="each_line_of_a_bank_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_line_brings_something"),
        ]

    def __str__(self) -> str:
        return f"bank line {self.pk}"
