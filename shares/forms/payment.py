"""What a farmer types about ways to pay: plans, the bank account, money at the pickup."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from farms.models import Season
from people.fields import NumberField
from people.texts import LineField
from shares.forms.wizard import DayField
from shares.in_parts import plans

IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")


class PlanForm(forms.Form):
    """A plan: so much at once, the rest in parts from a day on."""

    name = LineField(label=_("Name"), max_length=60, help_text=_("As members read it: “By the month”."))
    deposit = NumberField(
        label=_("Deposit, per cent"),
        places=0,
        min_value=1,
        max_value=99,
        help_text=_("Due at once: it takes the place."),
    )
    parts = NumberField(label=_("Parts after it"), places=0, min_value=1, max_value=plans.MOST_PARTS)
    first = DayField(label=_("First part on"))
    every = forms.ChoiceField(
        label=_("Then every"),
        choices=[("month", _("month")), ("fortnight", _("two weeks")), ("week", _("week"))],
        error_messages={"invalid_choice": _("Choose one of these.")},
    )

    def __init__(self, *args: Any, season: Season, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.season, self.today = season, today

    def clean_first(self) -> date:
        first: date = self.cleaned_data["first"]
        if first <= self.today:
            raise forms.ValidationError(_("Choose a day to come."))
        return first

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.season.payment_plans.filter(retired_at=None, name__iexact=name).exists():
            raise forms.ValidationError(_("There is a plan of this name. Choose another."))
        return name

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors:
            days = self.days()
            last = self.season.weeks.order_by("-number").values_list("starts_on", flat=True).first()
            if last and days[-1] > date.fromordinal(last.toordinal() + 6):
                self.add_error(
                    "parts", _("The last part would be due after the last pickup. Choose fewer, or begin earlier.")
                )
        return facts

    def days(self) -> list[date]:
        """The days of the parts after the deposit."""
        facts = self.cleaned_data
        return plans.days_from(facts["first"], parts=facts["parts"], every=facts["every"])


class BankAccountForm(forms.Form):
    """Where transfers go."""

    holder = LineField(label=_("Account holder"), max_length=70)
    iban = LineField(label=_("IBAN"), max_length=42, required=False)
    bic = LineField(label=_("BIC"), max_length=11, required=False)
    words = LineField(
        label=_("Or in words"), max_length=250, required=False, help_text=_("Where accounts have other numbers.")
    )

    def clean_iban(self) -> str:
        """In capitals without spaces; its two check digits must be right."""
        iban = "".join(self.cleaned_data["iban"].split()).upper()
        if not iban:
            return ""
        if not IBAN.fullmatch(iban) or int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 != 1:
            raise forms.ValidationError(_("This is not an IBAN: look at each figure again."))
        return " ".join(iban[n : n + 4] for n in range(0, len(iban), 4))[:42]

    def clean_bic(self) -> str:
        bic = "".join(self.cleaned_data["bic"].split()).upper()
        if bic and not BIC.fullmatch(bic):
            raise forms.ValidationError(_("A BIC has 8 or 11 letters and figures."))
        return bic

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors and not (facts.get("iban") or facts.get("words")):
            self.add_error("iban", _("Enter an IBAN, or say in words where the money goes."))
        return facts
