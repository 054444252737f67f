"""The form of a season's rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deliveries.models import Change
from farms.models import HoldBecomes, Season
from people.fields import NumberField
from people.names import NameField
from shares.forms.wizard import ClockField, VersionedForm


class SeasonRulesForm(VersionedForm):
    """What holds for everyone in a season; may be changed while it runs."""

    deadline_days = NumberField(label=_("Days before the pickup"), places=0, min_value=0, max_value=14)
    deadline_time = ClockField(label=_("Until what time that day"))
    holds_allowed = NumberField(
        label=_("Weeks a household may hold"), places=0, min_value=0, max_value=52, help_text=_("0 for none.")
    )
    hold_becomes = forms.ChoiceField(
        label=_("What a week on hold becomes"),
        choices=HoldBecomes,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one of these.")},
    )
    gifts_to = NameField(
        label=_("Where shares go that are given away"),
        max_length=120,
        required=False,
        help_text=_("A food bank, a school kitchen, a fridge in the street. Empty: nobody can give a share away."),
    )
    gifts_first_to_households = forms.BooleanField(
        label=_("First to households that said they are glad of one, in turn"), required=False
    )
    percent_a = NumberField(
        label=_("Boxes in A weeks, of those of every second week"),
        places=0,
        min_value=0,
        max_value=100,
        help_text=_("50 for as many in A as in B."),
    )
    swaps_close = ClockField(
        label=_("The swap table closes the evening before at"), required=False, help_text=_("Empty: no swap table.")
    )

    def __init__(self, data: Any = None, *, season: Season) -> None:
        initial = {name: getattr(season, name) for name in self.base_fields if name != "gifts_to"}
        initial["gifts_to"] = season.gifts_to.name if season.gifts_to else ""
        super().__init__(data, initial=initial)
        self.season = season

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "gifts_to" in self.errors or data.get("gifts_to"):
            return data
        if data.get("hold_becomes") == HoldBecomes.GIFT or data.get("gifts_first_to_households"):
            self.add_error("gifts_to", _("Say where the shares go."))
        elif self.season.gifts_to_id and self._any_given():
            self.add_error("gifts_to", _("Shares are given away already for weeks to come: they need a place."))
        return data

    def _any_given(self) -> bool:
        ahead = Change.objects.standing().filter(day__week__season=self.season, day__drawn_up_at=None)
        return ahead.filter(kind=Change.Kind.GIFT).exists()
