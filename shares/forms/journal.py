"""The period a farmer wants the journal of."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

REASONABLE = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 12, 31))]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), validators=REASONABLE
    )


class PeriodForm(forms.Form):
    """Two days, both in the period."""

    first = _day(_("From"))
    last = _day(_("Until"))

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if "first" in facts and "last" in facts and facts["last"] < facts["first"]:
            self.add_error("last", _("The period ends before it begins."))
        return facts
