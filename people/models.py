"""Who signs in, and what is written to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts: Any) -> User:
        user = self.model(email=email.strip().lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_newcomer(self, email: str, **facts: Any) -> User:
        """Someone whom others know by an address: a buyer, an invited farmhand. The first code that they type from
        a letter sent there both signs them in and confirms it."""
        from allauth.account.models import EmailAddress  # its models stand on this one

        with transaction.atomic(using=self._db):
            user = self.create_user(email, **facts)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **facts)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in, by e-mail address. What they may do is told by facts, never by a flag here:
    a StaffMember row at a farm, a place among a Household's people."""

    email = models.EmailField(_("e-mail address"), unique=True, max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_address")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self, at: datetime) -> LetterQuerySet:
        """Letters that someone should send now: unsent, not given up, not leased, not stale."""
        return self.waiting().filter(Q(due_at__lte=at), Q(leased_until=None) | Q(leased_until__lte=at))

    def waiting(self) -> LetterQuerySet:
        return self.filter(sent_at=None, given_up_at=None)


class Letter(models.Model):
    """An e-mail to be sent, written in the same transaction as what it tells of (the outbox).

    `occasion` names what it is about ("order:17"): nobody gets two letters of one kind for one occasion.
    """

    kind = models.CharField(max_length=40)
    to_email = models.EmailField(max_length=254)
    occasion = models.CharField(max_length=120)
    language = models.CharField(max_length=12)
    from_name = models.CharField(max_length=120, blank=True)
    reply_to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    may_stop = models.BooleanField(default=False)  # a letter of choice: it bears List-Unsubscribe
    message_id = models.CharField(max_length=120, unique=True)
    written_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stale_at = models.DateTimeField(null=True, blank=True)  # not worth sending any more after this
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=250, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("kind", "to_email", "occasion", name="one_letter_per_occasion")]
        indexes = [models.Index(fields=["due_at"], name="waiting_letters", condition=Q(sent_at=None, given_up_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.occasion}"


class StoppedLetter(models.Model):
    """An address that wants no more letters of this kind."""

    email = models.EmailField(max_length=254)
    kind = models.CharField(max_length=40)
    stopped_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("email", "kind", name="stopped_once")]

    def __str__(self) -> str:
        return self.kind


class BouncedAddress(models.Model):
    """Letters to this address came back for good: what must be written is still tried, letters of choice are not."""

    email = models.EmailField(max_length=254, unique=True)
    because = models.CharField(max_length=250, blank=True)
    bounced_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"bounced {self.pk}"


class WantedLetter(models.Model):
    """An address that asked for a kind of letter nobody gets unasked (settings.LETTERS_ON_WISH)."""

    email = models.EmailField(max_length=254)
    kind = models.CharField(max_length=40)
    wanted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("email", "kind", name="wanted_once")]

    def __str__(self) -> str:
        return self.kind
