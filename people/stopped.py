"""Letters of choice: which there are, who wants no more of them, and who asked for those that come on wish only."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people.models import StoppedLetter, WantedLetter


def name_of(kind: str) -> str:
    """What a kind of letter is called, for the people who get it."""
    named = {**settings.LETTERS_OF_CHOICE, **settings.LETTERS_ON_WISH}
    return str(named.get(kind, _("Letters like the one you came from")))


def stop(*, kind: str, email: str, at: datetime) -> None:
    """Write no more letters of this kind to this address. Harmless twice."""
    WantedLetter.objects.filter(kind=kind, email=email).delete()
    StoppedLetter.objects.get_or_create(kind=kind, email=email, defaults={"stopped_at": at})


def resume(*, kind: str, email: str) -> None:
    """Write letters of this kind to this address again."""
    StoppedLetter.objects.filter(kind=kind, email=email).delete()


def wish(*, kind: str, email: str, at: datetime) -> None:
    """Write letters of this kind to this address, which asked for them."""
    resume(kind=kind, email=email)
    WantedLetter.objects.get_or_create(kind=kind, email=email, defaults={"wanted_at": at})


def wish_no_more(*, kind: str, email: str) -> None:
    WantedLetter.objects.filter(kind=kind, email=email).delete()


def unwanted_kinds(email: str) -> set[str]:
    """The kinds this address does not get: stopped, or never asked for."""
    wished = set(WantedLetter.objects.filter(email=email).values_list("kind", flat=True))
    return stopped_kinds(email) | (set(settings.LETTERS_ON_WISH) - wished)


def stopped_kinds(email: str) -> set[str]:
    return set(StoppedLetter.objects.filter(email=email).values_list("kind", flat=True))
