"""The signed address by which a reader stops letters of one kind, from the letter itself, without signing in."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

_signer = signing.Signer(salt="people.letter_links", sep="~")


def stop_url(kind: str, email: str) -> str:
    """The whole address for this reader and kind."""
    return f"{settings.SITE_URL}{reverse('letter_link', args=[_signer.sign_object([kind, email])])}"


def read_token(token: str) -> tuple[str, str]:
    """(kind, e-mail address) of a token we signed. Raises signing.BadSignature for any other."""
    kind, email = _signer.unsign_object(token)
    return kind, email
