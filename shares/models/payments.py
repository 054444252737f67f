"""Money that comes, and money that goes back."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shares.models.orders import Order


class Payment(models.Model):
    """An attempt to pay an order, committed before the provider is asked; or money the farmer took by hand.

    `reference` goes to the provider as idempotency key and client reference; an unknown outcome is asked for again,
    never charged again.
    """

    class Method(models.TextChoices):
        CARD = "card", _("Card")
        BANK = "bank", _("Bank transfer")
        CASH = "cash", _("Cash")
        CHEQUE = "cheque", _("Cheque")

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    method = models.CharField(max_length=10, choices=Method)
    amount = models.PositiveBigIntegerField()
    refunded = models.PositiveBigIntegerField(default=0)  # asked back of it and not refused: never more than it was
    currency = models.CharField(max_length=3)
    reference = models.UUIDField(unique=True, default=uuid.uuid4)
    attempted_at = models.DateTimeField()
    session_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    checkout_url = models.TextField(blank=True)
    provider_object = models.CharField(max_length=120, null=True, blank=True, unique=True)  # the PaymentIntent
    succeeded_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)  # came to nothing: the page closed, the card was declined
    pending_at = models.DateTimeField(null=True, blank=True)  # made, and on its way for days (a bank debit)
    failure = models.CharField(max_length=60, blank=True)  # why it came to nothing, the provider's code
    instalment = models.ForeignKey(  # the part it was asked for; money counts for the oldest part whichever it is
        "shares.Instalment", models.PROTECT, null=True, blank=True, related_name="payments"
    )
    unattended = models.BooleanField(default=False)  # a kept card, charged when nobody was there
    account = models.CharField(max_length=120, blank=True)  # the farm's own account at the provider; empty: the house's
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["attempted_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_is_of_something"),
            models.CheckConstraint(condition=Q(refunded__lte=F("amount")), name="never_refunded_more_than_paid"),
            models.UniqueConstraint(
                "instalment", condition=Q(succeeded_at=None, expired_at=None), name="one_attempt_at_a_part_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"


class RefundQuerySet(models.QuerySet["Refund"]):
    def on_its_way(self) -> RefundQuerySet:
        """Asked for, and not answered yet by the provider."""
        return self.filter(accepted_at=None, refused_at=None)

    def standing(self) -> RefundQuerySet:
        """Neither refused nor failed: asked for, or given back."""
        return self.filter(refused_at=None, failed_at=None)


class Refund(models.Model):
    """Money to give back. It is in the ledger only once the provider accepted it; where that failed later
    (`failed_at`), it is there twice, back and forth.

    `way` is how it goes: back to the card, or by hand. `reduced` is the part of it that the household had not paid too
    much: the farm lets it off. `because` is what the farmer typed.
    """

    class Reason(models.TextChoices):
        LATE = "late", _("Paid after the places had gone")
        TWICE = "twice", _("Paid twice")
        CANCELLED = "cancelled", _("A share was cancelled")
        CALLED_OFF = "called_off", _("A pickup was called off")
        FARMER = "farmer", _("Given back by the farm")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = models.PositiveBigIntegerField()
    reduced = models.PositiveBigIntegerField(default=0)
    way = models.CharField(max_length=10, choices=Payment.Method, default=Payment.Method.CARD)
    reason = models.CharField(max_length=160, choices=Reason)
    because = models.CharField(max_length=250, blank=True)
    reference = models.UUIDField(unique=True, default=uuid.uuid4)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    provider_object = models.CharField(max_length=120, null=True, blank=True, unique=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_refund_is_of_something"),
            models.CheckConstraint(condition=Q(reduced__lte=F("amount")), name="no_more_is_let_off_than_given_back"),
        ]

    def __str__(self) -> str:
        return f"refund {self.pk}"
