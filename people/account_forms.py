"""allauth's forms where ours read more: a code typed in any script's digits is the same code."""

from __future__ import annotations

import unicodedata
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmEmailVerificationCodeForm, ConfirmLoginCodeForm, RequestLoginCodeForm
from django import forms
from django.utils.translation import gettext_lazy as _


class CodeField(forms.CharField):
    """The eight digits of a letter; dashes and spaces are nothing, ٣ is 3."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Code"),
            max_length=40,
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "one-time-code",
                    "inputmode": "numeric",
                    "dir": "ltr",
                    "class": "w-m",
                    "autofocus": True,
                }
            ),
            error_messages={"required": _("Write the eight digits from our letter.")},
        )

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        return "".join(str(unicodedata.decimal(sign, sign)) for sign in text)


class LoginCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    code = CodeField()


class EmailCodeForm(ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth has no types
    code = CodeField()


class AskForCodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    """Signing in by code takes the same addresses as signing up."""

    def clean_email(self) -> str:
        get_adapter().clean_email(self.cleaned_data["email"])
        return str(super().clean_email())
