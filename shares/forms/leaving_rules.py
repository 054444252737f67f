"""A season's rules for shares that are given up, and for offers to those who wait: part of the form of its rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from farms.models import Season
from people.fields import MoneyField, NumberField

NAMES = ("cancel_until", "cancel_percent", "cancel_fee", "offer_hours", "renews", "renewal_opens_at")

MUST = ("cancel_percent", "cancel_fee", "offer_hours")


def offer(form: forms.Form, season: Season) -> None:
    """Give the form its fields."""
    _offer_renewal(form, season)
    form.fields["cancel_until"] = forms.DateField(
        label=_("Households may cancel a share themselves until"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty if only you cancel shares."),
        error_messages={"invalid": _("Enter a day, like 2027-03-01.")},
    )
    form.fields["cancel_percent"] = NumberField(
        label=_("Of what the pickups left are worth, you keep, per cent"),
        places=0, min_value=0, max_value=100, required=False,
    )  # fmt: skip
    form.fields["cancel_fee"] = MoneyField(
        label=_("And besides, a fixed amount"), currency=season.farm.currency, min_value=0, max_value=10**9,
        required=False,
    )  # fmt: skip
    form.fields["offer_hours"] = NumberField(
        label=_("Hours a free place is kept for the first in line"), places=0, min_value=1, max_value=336,
        required=False,
    )  # fmt: skip


def _offer_renewal(form: forms.Form, season: Season) -> None:
    earlier = season.farm.seasons.opened().exclude(pk=season.pk)
    form.fields["renews"] = forms.ModelChoiceField(
        earlier, label=_("It renews"), required=False, empty_label=_("no season"),
        help_text=_("Households of that season may order this one first, by one press."),
    )  # fmt: skip
    form.fields["renewal_opens_at"] = forms.DateTimeField(
        label=_("They may order from"), required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Enter a day and a time, like 2027-03-01 09:00.")},
    )  # fmt: skip


def as_it_was(form: forms.Form, facts: dict[str, Any], season: Season) -> None:
    """What the page did not ask, or was left empty where there must be something, stays as it was."""
    for name in NAMES:
        if form.add_prefix(name) not in form.data or (name in MUST and facts.get(name) is None):
            facts[name] = getattr(season, name)
