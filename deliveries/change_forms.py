"""What a household fills in to change a week."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deliveries.turns import Turn
from farms.models import PickupDay, Season


class MoveForm(forms.Form):
    """Another day for a turn. Every day of the season is understood, so that the verb can say why one is refused."""

    to_day: forms.ModelChoiceField[PickupDay] = forms.ModelChoiceField(
        PickupDay.objects.none(),
        label=_("Another day"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the day on which you will collect it."),
            "invalid_choice": _("Choose one of the days in the list."),
        },
    )

    def __init__(self, data: Any = None, *, turn: Turn, season: Season) -> None:
        super().__init__(data, auto_id=f"turn{turn.day.pk}_%s")
        self.fields["to_day"].queryset = PickupDay.objects.filter(week__season=season)  # type: ignore[attr-defined]
