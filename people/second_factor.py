"""A second factor for whoever holds a farm's money: a passkey, or codes from an app; its secrets are encrypted."""

from __future__ import annotations

import base64
from collections.abc import Callable

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from people.models import User

ENCRYPTED = "gAAAA"  # what each of Fernet's tokens begins with


class SecondFactorWanted(Exception):
    """Somebody with a passkey or an app's codes may go on here, and this person has neither yet."""


def must_have_second_factor(user: User | AnonymousUser) -> None:
    """Raises SecondFactorWanted for who signs in with one thing alone. Recovery codes are none."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    if not Authenticator.objects.filter(user=user.pk, type__in=kinds).exists():
        raise SecondFactorWanted(user.pk)


class AskForSecondFactor:
    """Middleware: who lacks a second factor where one is wanted is led to where they choose one."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, SecondFactorWanted):
            return None
        wanted = _("Who runs a farm signs in with two things. Choose a passkey or an app’s codes, then go to the desk.")
        messages.warning(request, wanted)
        return redirect("mfa_index")


class SecretsAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps what an app's codes are made of encrypted, with a key of SECRET_KEY's: a copy of the database alone lets
    nobody in. Those of SECRET_KEY_FALLBACKS are still read, and so is what was written before there was this."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        if not encrypted_text.startswith(ENCRYPTED):
            return encrypted_text
        return _box().decrypt(encrypted_text).decode()


def _box() -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    keys = (salted_hmac(__name__, "", secret=secret, algorithm="sha256").digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
