"""What a household says of the farm's crops: how it likes each, and what it must not eat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.models import Crop, Liking

ICONS = {
    Liking.Level.NEVER: "ban",
    Liking.Level.DISLIKE: "chevron-down",
    Liking.Level.NEUTRAL: "minus",
    Liking.Level.LIKE: "chevron-up",
    Liking.Level.LOVE: "heart",
}


@dataclass(frozen=True)
class Rated:
    """A crop's row of the page: its field, and each level with its icon and whether it is chosen."""

    crop: Crop
    field: forms.BoundField
    options: list[tuple[int, str, str, bool]]


class RatingsForm(forms.Form):
    """A row of five for each crop; a row that was not sent keeps what it was."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, crops: Sequence[Crop], levels: Mapping[int, int]
    ) -> None:
        super().__init__(data)
        self.crops, self.levels = crops, levels
        for crop in crops:
            self.fields[f"crop-{crop.pk}"] = forms.TypedChoiceField(
                label=crop.name, choices=Liking.Level.choices, coerce=int, required=False, empty_value=None,
                error_messages={"invalid_choice": gettext_lazy("Choose one of the five.")},
            )  # fmt: skip

    def rows(self) -> Iterator[Rated]:
        for crop in self.crops:
            field = self[f"crop-{crop.pk}"]
            chosen = str(self.levels.get(crop.pk, Liking.Level.NEUTRAL))
            if self.is_bound and field.data in {str(level) for level in Liking.Level.values}:
                chosen = str(field.data)
            options = [
                (level.value, str(level.label), sign, str(level.value) == chosen) for level, sign in ICONS.items()
            ]
            yield Rated(crop, field, options)

    def ratings(self) -> dict[Crop, int]:
        """What was chosen, for each crop that was sent."""
        sent = ((crop, self.cleaned_data[f"crop-{crop.pk}"]) for crop in self.crops)
        return {crop: level for crop, level in sent if level is not None}


class ExclusionsForm(forms.Form):
    """What somebody must not eat. Anything new needs consent; taking away needs none."""

    without = forms.TypedMultipleChoiceField(
        label=gettext_lazy("What must not be in your share"), coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("The farm does not grow one of these any more.")},
    )  # fmt: skip
    consent = forms.BooleanField(
        label=gettext_lazy("I agree that the farm keeps this, and that the people described here see it."),
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, crops: Sequence[Crop], known: set[int]) -> None:
        super().__init__(data, initial={"without": sorted(known)})
        self.crops, self.known = {crop.pk: crop for crop in crops}, known
        self.fields["without"].choices = [(crop.pk, crop.name) for crop in crops]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if set(facts.get("without", ())) - self.known and not facts.get("consent"):
            self.add_error("consent", _("This is about health: it is kept only if you agree."))
        return facts

    def chosen(self) -> list[Crop]:
        return [self.crops[number] for number in self.cleaned_data["without"]]
