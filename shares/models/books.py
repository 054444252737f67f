"""The books: accounts, postings and their entries."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from farms.models import Farm
from shares.models.orders import Order


class Account(models.TextChoices):
    """Where money is. A debit is positive, a credit negative; a posting sums to zero."""

    OWED = "owed", _("Owed by households")
    CARD = "card", _("With the card processor")
    BANK = "bank", _("Bank")
    CASH = "cash", _("Cash")
    FEES = "fees", _("Processor’s fees")
    SHARES = "shares", _("Shares still to be delivered")
    INCOME = "income", _("Shares delivered")
    PLEDGED = "pledged", _("Promised to the solidarity fund")
    FUND = "fund", _("Solidarity fund")
    BORNE = "borne", _("Borne by the farm")
    CREDIT = "credit", _("Credit of households")
    LET_OFF = "let_off", _("Let off by the farm")
    KEPT = "kept", _("Kept of shares given up")


class Posting(models.Model):
    """One event in a farm's books: what happened, when, why. Never edited; its entries sum to zero.

    `key` names the event ("sale:17", a provider's object): it is posted once, however often it is told.
    """

    farm = models.ForeignKey(Farm, models.PROTECT, related_name="postings")
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=20)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="postings")
    at = models.DateTimeField()
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint("farm", "key", name="each_event_is_posted_once")]

    def __str__(self) -> str:
        return self.key


class LedgerEntry(models.Model):
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="entries")
    account = models.CharField(max_length=12, choices=Account)
    amount = models.BigIntegerField()  # minor units; debit positive

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="an_entry_moves_something")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"


class ProviderEvent(models.Model):
    """A webhook that was heard and acted on: each provider event once."""

    event_id = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=80)
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.event_id
