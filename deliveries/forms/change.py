"""What a household fills in to change its weeks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deliveries.due.turns import Turn
from deliveries.models import LateWish
from farms.models import PickupDay, PickupSite, Season
from people.names import NameField
from people.texts import LineField
from shares.forms.wizard import DayField

NO_DAY = {
    "required": _("Choose the day on which you will collect it."),
    "invalid_choice": _("Choose one of the days in the list."),
}


class MoveForm(forms.Form):
    """Another day for a turn. Every day of the season is understood, so that the verb can say why one is refused."""

    to_day: forms.ModelChoiceField[PickupDay] = forms.ModelChoiceField(
        PickupDay.objects.none(), label=_("Another day"), widget=forms.RadioSelect, error_messages=NO_DAY
    )

    def __init__(self, data: Any = None, *, turn: Turn, season: Season) -> None:
        super().__init__(data, auto_id=f"turn{turn.day.pk}_%s")
        self.fields["to_day"].queryset = PickupDay.objects.filter(week__season=season)  # type: ignore[attr-defined]


class FriendForm(forms.Form):
    """Who collects instead, this once or always."""

    name = NameField(label=_("Who collects?"), max_length=80, error_messages={"required": _("Write their name.")})
    always = forms.BooleanField(label=_("Always, until I say otherwise"), required=False)

    def __init__(self, data: Any = None, *, turn: Turn) -> None:
        super().__init__(data, auto_id=f"friend{turn.day.pk}_%s")


class SiteForm(forms.Form):
    """Another place for good, from this week on."""

    site: forms.ModelChoiceField[PickupSite] = forms.ModelChoiceField(
        PickupSite.objects.none(),
        label=_("Another place"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a place."), "invalid_choice": _("Choose one of the places in the list.")},
    )

    def __init__(self, data: Any = None, *, turn: Turn, season: Season) -> None:
        super().__init__(data, auto_id=f"site{turn.day.pk}_%s")
        self.fields["site"].queryset = PickupSite.objects.filter(seasons=season)  # type: ignore[attr-defined]


class WishForm(forms.Form):
    """What a household asks of the farm after the deadline. Choosing a day asks for that day, none for a hold."""

    to_day: forms.ModelChoiceField[PickupDay] = forms.ModelChoiceField(
        PickupDay.objects.none(),
        label=_("What do you ask for?"),
        required=False,
        empty_label=_("Hold it: we do not collect it"),
        error_messages=NO_DAY,
    )
    words = LineField(
        label=_("What the farm should know"), max_length=250, required=False, widget=forms.TextInput({"dir": "auto"})
    )

    def __init__(self, data: Any = None, *, turn: Turn, season: Season) -> None:
        super().__init__(data, auto_id=f"wish{turn.day.pk}_%s")
        days = PickupDay.objects.filter(week__season=season)
        self.fields["to_day"].queryset = days  # type: ignore[attr-defined]

    @property
    def kind(self) -> str:
        return LateWish.Kind.MOVE if self.cleaned_data.get("to_day") else LateWish.Kind.HOLD


class SwapForm(forms.Form):
    """One item of a turn's boxes for one of several others. `gives` bears share and crop: "17:4"."""

    gives = forms.ChoiceField(label=_("I give"), error_messages={"invalid_choice": _("That is not in your share.")})
    wanted = forms.TypedMultipleChoiceField(
        label=_("I would take"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose what you would take for it."),
            "invalid_choice": _("No box holds that on this day."),
        },
    )
    less = forms.TypedChoiceField(
        label=_("What comes may be worth less, by at most"),
        coerce=int,
        choices=[(0, _("nothing less")), (10, "10 %"), (25, "25 %"), (50, "50 %"), (100, _("I don’t mind"))],
        initial=10,
    )

    def __init__(
        self, data: Any = None, *, turn: Turn, gives: Sequence[tuple[str, str]], wanted: Sequence[tuple[int, str]]
    ) -> None:
        super().__init__(data, auto_id=f"swap{turn.day.pk}_%s")
        self.fields["gives"].choices = gives  # type: ignore[attr-defined]
        self.fields["wanted"].choices = wanted  # type: ignore[attr-defined]

    @property
    def given(self) -> tuple[int, int]:
        """The share and the crop (ids) that are given."""
        share, crop = self.cleaned_data["gives"].split(":")
        return int(share), int(crop)


class PauseForm(forms.Form):
    """The first day on which the household collects again."""

    until = DayField(label=_("You collect again from"), error_messages={"required": _("Choose a day.")})


class AnswerForm(forms.Form):
    """A word with the farm's yes or no."""

    answer = LineField(label=_("A word to them"), max_length=250, required=False)

    def __init__(self, data: Any = None, *, number: int) -> None:
        super().__init__(data, auto_id=f"wish{number}_%s")
