"""What is sold, to whom, and what was paid for it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Household, PickupSite, Season


class ShareType(models.Model):
    """What is sold: its size as a weight in the division, its price, its rhythm, its places.

    `price` is for all its pickups in the season, in minor units; who joins later pays for the pickups left.
    `taken` counts places held or paid; the database refuses one too many.
    """

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("Every week")
        BIWEEKLY = "biweekly", _("Every second week")

    season = models.ForeignKey(Season, models.CASCADE, related_name="share_types")
    name = models.CharField(_("name"), max_length=60)
    feeds = models.CharField(_("what it is, whom it feeds"), max_length=160, blank=True)
    is_addon = models.BooleanField(_("an add-on"), default=False)  # eggs, bread: not part of the harvest's division
    weight = models.PositiveIntegerField(
        _("size in the division"), default=2, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    price = models.PositiveBigIntegerField(_("price for the season"))
    rhythm = models.CharField(_("rhythm"), max_length=10, choices=Rhythm, default=Rhythm.WEEKLY)
    first_week = models.PositiveSmallIntegerField(_("first week"), default=1, validators=[MinValueValidator(1)])
    weeks = models.PositiveSmallIntegerField(_("number of weeks"), null=True, blank=True)  # none: to the season's end
    places = models.PositiveIntegerField(_("places"))
    taken = models.PositiveIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["is_addon", "position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("places")), name="never_oversold"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="a_share_weighs_something"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def left(self) -> int:
        """Places nobody has taken."""
        return self.places - self.taken


class OrderQuerySet(models.QuerySet["Order"]):
    def open(self) -> OrderQuerySet:
        """Orders whose places wait for their money."""
        return self.filter(settled_at=None, lapsed_at=None)

    def overdue(self, at: datetime) -> OrderQuerySet:
        return self.open().filter(held_until__lte=at)


class Order(models.Model):
    """What a household buys in one go. `token` came with the form: one intent makes one order.

    What is owed and paid is the ledger's to say; `held_until` is how long its places wait for the money.
    """

    class Method(models.TextChoices):
        CARD = "card", _("By card")
        OFFLINE = "offline", _("Bank transfer or cash")

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="orders")
    season = models.ForeignKey(Season, models.PROTECT, related_name="orders")
    household = models.ForeignKey(Household, models.PROTECT, related_name="orders")
    token = models.UUIDField()
    method = models.CharField(max_length=10, choices=Method)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=12)
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    held_until = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)  # paid in full, places kept
    lapsed_at = models.DateTimeField(null=True, blank=True)  # places given back unpaid

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-ordered_at", "-id"]
        constraints = [models.UniqueConstraint("farm", "token", name="one_intent_one_order")]
        indexes = [
            models.Index(fields=["held_until"], name="open_orders", condition=Q(settled_at=None, lapsed_at=None))
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"


class ShareQuerySet(models.QuerySet["Share"]):
    def paid(self) -> ShareQuerySet:
        """Shares that are in force: their order was settled, and they were not cancelled."""
        return self.filter(order__settled_at__isnull=False, cancelled_at=None)

    def for_season(self, season: Season) -> ShareQuerySet:
        return self.filter(share_type__season=season)


class Share(models.Model):
    """A household's share of a type for a season at a site, from its first week on. Two shares are two rows.

    `price` is what this share costs, in minor units: the type's price × its own pickups ÷ all pickups.
    """

    class Turn(models.TextChoices):
        EVERY = "", _("every week")
        A = "A", _("A weeks")
        B = "B", _("B weeks")

    order = models.ForeignKey(Order, models.PROTECT, related_name="shares")
    household = models.ForeignKey(Household, models.PROTECT, related_name="shares")
    share_type = models.ForeignKey(ShareType, models.PROTECT, related_name="shares")
    site = models.ForeignKey(PickupSite, models.PROTECT, related_name="shares")
    turn = models.CharField(max_length=1, choices=Turn, blank=True, default="")
    first_week = models.PositiveSmallIntegerField()
    last_week = models.PositiveSmallIntegerField()
    pickups = models.PositiveSmallIntegerField()  # how many it was sold with
    price = models.PositiveBigIntegerField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["share_type__is_addon", "share_type__position", "id"]
        indexes = [models.Index(fields=["site", "share_type"], name="shares_by_site")]

    def __str__(self) -> str:
        return f"share {self.pk}"


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
    currency = models.CharField(max_length=3)
    reference = models.UUIDField(unique=True, default=uuid.uuid4)
    attempted_at = models.DateTimeField()
    session_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    checkout_url = models.TextField(blank=True)
    provider_object = models.CharField(max_length=120, null=True, blank=True, unique=True)  # the PaymentIntent
    succeeded_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["attempted_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_is_of_something")]

    def __str__(self) -> str:
        return f"payment {self.pk}"


class Refund(models.Model):
    """Money to give back. It is in the ledger only once the provider accepted it."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=160)
    reference = models.UUIDField(unique=True, default=uuid.uuid4)
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    provider_object = models.CharField(max_length=120, null=True, blank=True, unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="a_refund_is_of_something")]

    def __str__(self) -> str:
        return f"refund {self.pk}"


class Account(models.TextChoices):
    """Where money is. A debit is positive, a credit negative; a posting sums to zero."""

    OWED = "owed", _("Owed by households")
    CARD = "card", _("With the card processor")
    BANK = "bank", _("Bank")
    CASH = "cash", _("Cash")
    FEES = "fees", _("Processor’s fees")
    SHARES = "shares", _("Shares still to be delivered")


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
