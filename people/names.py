"""Names as people have them: of one letter, in any script, with marks and emoji; never invisible or deceiving."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Marks that turn the direction of what follows, and everything else that neither shows nor joins.
HIDDEN = re.compile("[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_AS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŧ": "t"}
)
_MARKS = 8  # more combining marks than this on one letter are no script's


class NameField(forms.CharField):
    """One line of text in NFC. What cannot be seen is taken out; nothing visible left is refused."""

    default_error_messages = {
        "nothing": _("There is nothing to see in that. Write a name."),
        "marks": _("That has too many marks on one letter."),
    }

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text or "\x00" in text:  # a NUL is told of by the field's own validator
            return str(text or "")
        text = unicodedata.normalize("NFC", HIDDEN.sub("", text)).strip()
        if not any(unicodedata.category(sign)[0] in "LNPS" for sign in text):
            raise ValidationError(self.error_messages["nothing"], code="nothing")
        if _longest_run_of_marks(text) > _MARKS:
            raise ValidationError(self.error_messages["marks"], code="marks")
        return text


def _longest_run_of_marks(text: str) -> int:
    longest = run = 0
    for sign in text:
        run = run + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        longest = max(longest, run)
    return longest


def filed_under(name: str) -> str:
    """Where a name stands from A to Z: as a reader of paper looks it up, without case, marks, signs and emoji. Latin
    comes first, then script by script; figures before letters."""
    plain = name.casefold()
    if not plain.isascii():
        letters = unicodedata.normalize("NFKD", plain.translate(_AS))
        plain = "".join(sign for sign in letters if unicodedata.category(sign) != "Mn")
    return " ".join(
        "".join(
            sign if sign.isalnum() or unicodedata.category(sign) == "Mc" else " "
            for sign in plain.replace("'", "").replace("’", "")
        ).split()
    )
