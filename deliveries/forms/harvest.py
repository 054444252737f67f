"""What a farmer types into the harvest grid: a row is a crop, and saves itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.dividing.harvest_figures import Row
from deliveries.forms import crop_rules
from deliveries.forms.crop_rules import Ruled
from deliveries.harvesting.harvests import Picked, begin_crop, folded, whole_steps
from deliveries.harvesting.quantities import UNITS, QuantityUnreadable, amount, unit_choices
from deliveries.models import Crop, HarvestLine
from farms.models import Farm
from people.fields import MoneyField, NumberField
from people.formats import NotANumber, number, read_number
from people.names import NameField

BLANK_ROWS = 5


class UnitSelect(forms.Select):
    """A plain select written in one go: a template for each option of each row would take half the page's time."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((code, SafeString(" selected") if code == (value or "") else "", words) for code, words in self.choices),
        )
        given = self.build_attrs(self.attrs, attrs)
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(given), options)


class RowForm(forms.Form):
    """A row: crop, picked, unit, steps, price. `key` is the line's number, or new-1, new-2… for a blank row.

    Unit, step and price may be left empty: a crop the farm knows brings its own.
    """

    crop = NameField(label=gettext_lazy("Crop"), max_length=60, required=False)
    picked = forms.CharField(label=gettext_lazy("Picked"), max_length=40, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=[], required=False, widget=UnitSelect)
    step = NumberField(
        label=gettext_lazy("In steps of"), places=3, min_value=Decimal("0.001"), max_value=1000, required=False
    )
    price = MoneyField(label=gettext_lazy("Price per unit"), min_value=0, max_value=10**9, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        key: str,
        farm: Farm,
        crops: dict[str, Crop],
        line: HarvestLine | None = None,
        sees_money: bool = True,
        about: Ruled | None = None,
    ) -> None:
        super().__init__(data, prefix=key, initial=_initial(line), use_required_attribute=False)
        self.key, self.farm, self.crops, self.line = key, farm, crops, line
        self.note = ""
        self.saved: HarvestLine | None = None
        self.shown: RowForm = self
        self.figures: Row | None = None
        self.fields["unit"].choices = [("", ""), *unit_choices()]  # type: ignore[attr-defined]
        self.fields["price"].currency = farm.currency  # type: ignore[attr-defined]
        if not sees_money:
            del self.fields["price"]
        self.about = about
        self.rules: dict[str, Any] | None = None
        if line is not None and about is not None:
            crop_rules.add_fields(self, line, about)
        for name in self.fields:
            self.fields[name].widget.attrs |= _attributes(self, name)

    @property
    def rules_set(self) -> int:
        """How many rules the crop has this week."""
        return crop_rules.count_of(self.line) if self.line else 0

    @property
    def rules_open(self) -> bool:
        """Whether one of the rules needs a second look."""
        return bool(self.errors.keys() - {"crop", "picked", "unit", "step", "price"})

    def fixed(self) -> list[forms.BoundField]:
        """A field for each share type's fixed amount."""
        return [self[name] for name in self.fields if name.startswith("fixed-")]

    @property
    def is_blank(self) -> bool:
        """Nothing was typed: a row not used yet, or a line to take away."""
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in ("crop", "picked"))

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        known = self.crops.get(folded(facts.get("crop") or ""))
        if not facts.get("crop") and "crop" not in self.errors:
            self.add_error("crop", _("Which crop is it?"))
        unit = facts.get("unit") or (known.unit if known else "")
        if not unit and "unit" not in self.errors:
            self.add_error("unit", _("Choose what it is counted in."))
        if unit and not self.errors:
            step = facts.get("step") or (known.step if known and known.unit == unit else UNITS[unit].step)
            self._measure(facts, known, unit, step)
            if facts.get("rules") and self.about:
                self.rules = crop_rules.read_rules(self, step=step, about=self.about)
        return facts

    def _measure(self, facts: dict[str, Any], known: Crop | None, unit: str, step: Decimal) -> None:
        try:
            steps, rest = whole_steps(read_number(facts["picked"]), unit=unit, step=step)
        except NotANumber as odd:
            self.add_error("picked", odd.reason)
        except QuantityUnreadable as odd:
            self.add_error("picked", str(odd.message))
        else:
            if rest:
                told = {"rest": number(rest.normalize()), "unit": unit}
                self.note = _("%(rest)s %(unit)s are less than a step and left out.") % told
            price = facts.get("price")
            known_price = known.price if known else 0
            self.measured = (steps, unit, step, known_price if price is None else price)

    def picked_line(self) -> Picked:
        """What the row says came in; a crop not known yet is begun."""
        steps, unit, step, price = self.measured
        name = self.cleaned_data["crop"]
        crop = self.crops.get(folded(name))
        if crop is None:
            crop = begin_crop(farm=self.farm, name=name, unit=unit, step=step, price=price)
            self.crops[folded(name)] = crop
        return Picked(crop, steps, unit, step, price)


def _initial(line: HarvestLine | None) -> dict[str, Any]:
    if line is None:
        return {}
    return {
        "crop": line.crop.name,
        "picked": f"{amount(line.steps, line.step):f}",
        "unit": line.unit,
        "step": line.step,
        "price": line.price,
    }


def _attributes(form: RowForm, name: str) -> dict[str, str]:
    """Each input says which crop it is about; it belongs to the form below the table."""
    about = form.line.crop.name if form.line else _("new row")
    if name in ("sites", "rules"):  # each box has its own words, and what is hidden needs none
        return {"form": "grid", "data-field": name}
    words = _("%(what)s, %(row)s") % {"what": form.fields[name].label, "row": about}
    more = {
        "crop": {"list": "crops", "autocomplete": "off", "placeholder": "" if form.line else _("Next crop…")},
        "picked": {"inputmode": "decimal", "autocomplete": "off", "class": "n"},
    }.get(name, {})
    if name in ("most", "portion", "margin") or name.startswith("fixed-"):
        more = {"inputmode": "decimal", "autocomplete": "off", "class": "n boxed"}
    return {"form": "grid", "aria-label": words, "data-field": name, **more}


def rows_of(
    *,
    farm: Farm,
    crops: dict[str, Crop],
    lines: Iterable[HarvestLine],
    sees_money: bool,
    about: Ruled | None = None,
    blanks: int = BLANK_ROWS,
) -> list[RowForm]:
    """A row for each line, then blank ones."""
    known = [
        RowForm(key=str(line.pk), farm=farm, crops=crops, line=line, sees_money=sees_money, about=about)
        for line in lines
    ]
    blank = [
        RowForm(key=f"new-{place}", farm=farm, crops=crops, sees_money=sees_money) for place in range(1, blanks + 1)
    ]
    return known + blank


class PasteForm(forms.Form):
    """Rows from a spreadsheet or a message."""

    text = forms.CharField(
        label=gettext_lazy("Your list"),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "dir": "auto"}),
        max_length=100_000,
        strip=False,
    )
