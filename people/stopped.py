"""Letters of choice: which there are, and who wants no more of them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people.models import StoppedLetter


def name_of(kind: str) -> str:
    """What a kind of letter is called, for the people who get it."""
    return str(settings.LETTERS_OF_CHOICE.get(kind, _("Letters like the one you came from")))


def stop(*, kind: str, email: str, at: datetime) -> None:
    """Write no more letters of this kind to this address. Harmless twice."""
    StoppedLetter.objects.get_or_create(kind=kind, email=email, defaults={"stopped_at": at})


def resume(*, kind: str, email: str) -> None:
    """Write letters of this kind to this address again."""
    StoppedLetter.objects.filter(kind=kind, email=email).delete()


def stopped_kinds(email: str) -> set[str]:
    return set(StoppedLetter.objects.filter(email=email).values_list("kind", flat=True))
