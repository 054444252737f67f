"""The plan's grid as it is typed, a crop a row and a week a column; and a crop the farm has not grown before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.dividing.plan import Row, read_steps
from deliveries.harvesting.harvests import folded
from deliveries.harvesting.quantities import UNITS, QuantityUnreadable, amount, show_quantity, unit_choices
from deliveries.models import Crop
from farms.models import Farm, Week
from people.fields import MoneyField
from people.formats import NotANumber, language, number, read_number
from people.names import NameField


@dataclass
class Place:
    """A crop in a week: the input's name, what stands in it, why it was refused; and what came in that week."""

    name: str
    week: int
    value: str
    came: str = ""
    error: str = ""
    steps: int | None = None


@dataclass
class GridRow:
    row: Row
    places: list[Place]
    planned: str = ""
    came: str = ""


@dataclass
class PlanGrid:
    """The grid of some weeks. `sent` is what was typed; without it the plan as it is."""

    rows: list[Row]
    weeks: Sequence[Week]
    sent: Mapping[str, Any] | None = None
    lines: list[GridRow] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = [GridRow(row, [self._place(row, week.number) for week in self.weeks]) for row in self.rows]
        for line in self.lines:
            line.planned, line.came = _sums(line.row)

    def _place(self, row: Row, week: int) -> Place:
        name = f"crop-{row.crop.pk}-{week}"
        came = number(row.came[week]) if row.came.get(week) else ""
        if self.sent is None or name not in self.sent:
            steps = row.steps.get(week, 0)
            return Place(name, week, number(amount(steps, row.step)) if steps else "", came)
        place = Place(name, week, str(self.sent[name])[:40].replace("\x00", ""), came)
        try:
            place.steps = read_steps(read_number(place.value), row) if place.value.strip() else 0
        except NotANumber as odd:
            place.error = odd.reason
        except QuantityUnreadable as odd:
            place.error = str(odd.message)
        return place

    @property
    def wrong(self) -> list[tuple[GridRow, Place]]:
        return [(line, place) for line in self.lines for place in line.places if place.error]

    @property
    def cells(self) -> dict[tuple[int, int], int]:
        """What was typed, in steps by crop and week number."""
        return {
            (line.row.crop.pk, place.week): place.steps
            for line in self.lines
            for place in line.places
            if place.steps is not None
        }


def _sums(row: Row) -> tuple[str, str]:
    """A crop over the whole season: planned, and what came in so far."""
    steps, came = sum(row.steps.values()), int(sum(row.came.values()) / row.step)
    return tuple(show_quantity(many, row.step, row.unit, language()) if many else "" for many in (steps, came))  # type: ignore[return-value]  # two in, two out


class CropForm(forms.Form):
    """A crop to plan that stands in no harvest yet."""

    crop = NameField(label=gettext_lazy("Crop"), max_length=60)
    unit = forms.ChoiceField(label=gettext_lazy("Counted in"), choices=[])
    price = MoneyField(label=gettext_lazy("Price per unit"), min_value=0, max_value=10**9)

    def __init__(self, data: Mapping[str, Any] | None = None, *, farm: Farm) -> None:
        super().__init__(data, use_required_attribute=False)
        self.farm = farm
        self.fields["unit"].choices = unit_choices()  # type: ignore[attr-defined]
        self.fields["price"].currency = farm.currency  # type: ignore[attr-defined]

    def clean_crop(self) -> str:
        name: str = self.cleaned_data["crop"]
        if any(folded(known) == folded(name) for known in self.farm.crops.values_list("name", flat=True)):
            raise forms.ValidationError(_("The farm has this crop already: it is in the plan above."), code="twice")
        return name

    def add(self) -> Crop:
        facts = self.cleaned_data
        step = UNITS[facts["unit"]].step
        return Crop.objects.create(
            farm=self.farm, name=facts["crop"], unit=facts["unit"], step=step, price=facts["price"]
        )
