"""Letters that come back: what the mail server or the mail provider (django-anymail's webhooks) tells of an address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from people import clock, stopped
from people.models import BouncedAddress


def come_back(*, email: str, because: str, at: datetime) -> None:
    """Letters to this address came back for good."""
    facts = {"because": because.replace("\x00", "")[:250], "bounced_at": at}
    BouncedAddress.objects.update_or_create(email=email.strip().lower(), defaults=facts)


def arrived(*, email: str) -> None:
    """A letter arrived after all: the address works."""
    BouncedAddress.objects.filter(email=email.strip().lower()).delete()


def bounced_among(emails: Iterable[str]) -> set[str]:
    """Those of these addresses from which letters come back. One query."""
    return set(BouncedAddress.objects.filter(email__in=set(emails)).values_list("email", flat=True))


def heard(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """What a mail provider says became of a letter (anymail.signals.tracking)."""
    at, email = clock.now(), event.recipient or ""
    if not email:
        return
    if event.event_type in ("bounced", "rejected", "failed"):
        come_back(email=email, because=event.description or event.reject_reason or event.event_type, at=at)
    elif event.event_type == "delivered":
        arrived(email=email)
    elif event.event_type in ("complained", "unsubscribed"):  # they want none of ours: no more letters of choice
        for kind in {**settings.LETTERS_OF_CHOICE, **settings.LETTERS_ON_WISH}:
            stopped.stop(kind=kind, email=email.strip().lower(), at=at)
