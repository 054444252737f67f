"""What the farm's desk asks."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CallOffForm(forms.Form):
    """Why a pickup does not take place: everybody due there reads it."""

    because = forms.CharField(
        label=_("Why?"),
        help_text=_("Everybody due there reads this in the letter."),
        max_length=250,
        error_messages={"required": _("Write a few words: people would like to know.")},
    )
