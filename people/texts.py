"""Names and words as people type them, in any script: one letter, an emoji, right to left."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# Direction marks that could turn the rest of a list around; ZWJ and ZWNJ belong to emoji and to Persian.
TURNING = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff"))


def plain(text: str) -> str:
    """The text without turning marks, in composed form; empty when nothing in it can be seen."""
    text = unicodedata.normalize("NFC", text.translate(TURNING)).strip()
    return text if any(unicodedata.category(char)[0] in "LNPS" for char in text) else ""


class LineField(forms.CharField):
    """One line that people wrote: a name, an address. NUL is refused, turning marks and line ends are taken out."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        if "\x00" in typed:  # the validator refuses it; leave it as it came
            return typed
        return plain(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", typed))


class WordsField(forms.CharField):
    """Several lines that people wrote."""

    widget = forms.Textarea(attrs={"rows": 4})

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        if "\x00" in typed:
            return typed
        return plain(re.sub(r"[\x01-\x08\x0b-\x1f\x7f-\x9f]+", " ", typed.replace("\r\n", "\n")))


class AddressField(forms.EmailField):
    """One e-mail address and no more: Django lets a quoted list through that reaches two people."""

    default_error_messages = {"invalid": _("Enter one e-mail address, like name@example.org.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 254} | kwargs)
        self.widget.attrs.update({"autocomplete": "email", "inputmode": "email", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        address: str = super().clean(value)
        if re.search(r"[\s,;<>\"\\()\[\]]", address):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return address.lower()
