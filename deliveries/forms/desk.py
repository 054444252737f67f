"""What the farm's desk asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deliveries.models import Instead
from farms.models import PickupDay
from people.formats import day as words_of_day


class CallOffForm(forms.Form):
    """Why a pickup does not take place: everybody due there reads it."""

    because = forms.CharField(
        label=_("Why?"),
        help_text=_("Everybody due there reads this in the letter."),
        max_length=250,
        error_messages={"required": _("Write a few words: people would like to know.")},
    )
    instead = forms.ChoiceField(
        label=_("What do they get instead?"), choices=Instead, initial=Instead.MOVE, widget=forms.RadioSelect
    )
    to_day = forms.TypedChoiceField(label=_("Which day?"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, days: Sequence[PickupDay], **kwargs: Any) -> None:
        """`days` are those that have room for everybody."""
        super().__init__(*args, **kwargs)
        self.fields["instead"].required = False
        self.days = {day.pk: day for day in days}
        to_day = self.fields["to_day"]
        assert isinstance(to_day, forms.TypedChoiceField)
        to_day.choices = [("", "—"), *((day.pk, f"{words_of_day(day.date)} · {day.site.name}") for day in days)]

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or {}
        facts["instead"] = facts.get("instead") or Instead.MOVE
        if facts["instead"] == Instead.DAY and not facts.get("to_day") and "to_day" not in self.errors:
            self.add_error("to_day", _("Choose the day on which everybody collects instead."))
        facts["to_day"] = self.days.get(facts.get("to_day") or 0) if facts["instead"] == Instead.DAY else None
        return facts
