"""The season wizard's page of share types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from farms.calendars import WeekRow
from people.fields import MoneyField, NumberField
from people.texts import LineField
from shares.in_parts.offers import PRICES, TypePlan, pickups_of
from shares.models import ShareType

DEAREST = 10**10  # minor units
RANGE = PRICES[1:]


class TypeForm(forms.Form):
    """What is sold: its name, whom it feeds, its size, rhythm, places and price."""

    name = LineField(label=_("Name"), max_length=60)
    feeds = LineField(label=_("Whom it feeds"), max_length=160, required=False)
    places = NumberField(label=_("Places"), places=0, min_value=0, max_value=1_000_000)
    price = MoneyField(label=_("Price"), min_value=0, max_value=DEAREST)
    rhythm = forms.ChoiceField(label=_("Rhythm"), choices=ShareType.Rhythm)
    chooses = forms.BooleanField(label=_("Households choose what they pay"), required=False)
    lowest = MoneyField(label=_("Lowest"), min_value=0, max_value=DEAREST, required=False)
    suggested = MoneyField(
        label=_("You suggest"), min_value=0, max_value=DEAREST, required=False, help_text=_("Empty: what it costs.")
    )
    highest = MoneyField(label=_("Highest"), min_value=0, max_value=DEAREST, required=False)
    weight = NumberField(
        label=_("Size"), places=0, min_value=1, max_value=1000, required=False,
        help_text=_("Half share 1, full share 2: a 2 gets twice as much of the harvest as a 1."),
    )  # fmt: skip
    is_addon = forms.BooleanField(label=_("An add-on (eggs, bread): apart from the harvest"), required=False)
    first_week = NumberField(label=_("First week"), places=0, min_value=1, max_value=53, required=False)
    weeks = NumberField(
        label=_("Number of weeks"), places=0, min_value=1, max_value=53, required=False,
        help_text=_("Empty: to the end of the season."),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, length: int, sold: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PRICES:
            price = self.fields[name]
            assert isinstance(price, MoneyField)
            price.currency = currency
        first_week = self.fields["first_week"]
        assert isinstance(first_week, NumberField)
        first_week.max_value = length
        self.is_sold = sold and bool(self.initial.get("share_type"))
        if self.is_sold:
            for promised in ("chooses", *PRICES, "rhythm", "weight", "is_addon", "first_week", "weeks"):
                del self.fields[promised]

    @property
    def rhythm_name(self) -> str:
        return str(ShareType.Rhythm(self.initial["rhythm"]).label)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "weight" in self.fields and "weight" not in self.errors:
            data["weight"] = data.get("weight") or 1
        if "first_week" in self.fields and "first_week" not in self.errors:
            data["first_week"] = data.get("first_week") or 1
        if "chooses" in self.fields:
            self._clean_range(data)
        return data

    def _clean_range(self, data: dict[str, Any]) -> None:
        """Lowest, cost, suggestion and highest in their order; none of them where the price is fixed."""
        if not data.get("chooses"):
            data |= dict.fromkeys(RANGE)
            for name in RANGE:
                self.errors.pop(name, None)
            return
        if data.get("is_addon"):
            self.add_error("chooses", _("An add-on has one price."))
        if self.errors.keys() & {*PRICES}:
            return
        price, lowest, highest = data["price"], data["lowest"], data["highest"]
        if lowest is None or lowest > price:
            self.add_error("lowest", _("Enter the lowest price: what it costs, or less."))
        if highest is None or highest < price:
            self.add_error("highest", _("Enter the highest price: what it costs, or more."))
        if not self.errors.keys() & {*PRICES}:
            data["suggested"] = price if data["suggested"] is None else data["suggested"]
            if not lowest <= data["suggested"] <= highest:
                self.add_error("suggested", _("Suggest a price between the lowest and the highest."))


class TypeRows(forms.BaseFormSet):  # type: ignore[type-arg]  # generic only in the stubs
    """The share types of a season. Prices are for the season, or for each pickup when `per` says so."""

    per_week = False
    rows: Sequence[WeekRow] = ()
    suggestions: Sequence[dict[str, Any]] = ()

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        kwargs = super().get_form_kwargs(index)
        if index is None or index >= self.initial_form_count():
            nth = (index or 0) - self.initial_form_count()
            usual = {"rhythm": "weekly", "weight": 1, "first_week": 1}
            kwargs["initial"] = usual | (self.suggestions[nth] if 0 <= nth < len(self.suggestions) else {})
        return kwargs

    def add_fields(self, form: TypeForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove this one")

    def plans(self) -> list[TypePlan]:
        """What to write, for each row that was filled in, prices for the season."""
        filled = [form for form in self.forms if form.initial.get("share_type") or form.has_changed()]
        return [self._plan(form) for form in filled]

    def _plan(self, form: TypeForm) -> TypePlan:
        facts = dict(form.cleaned_data)
        removed = facts.pop("DELETE", False)
        facts.pop("chooses", None)
        if not removed and self.per_week and "price" in facts:
            pickups = pickups_of(_as_type(facts), self.rows)
            facts |= {name: facts[name] * pickups for name in PRICES if facts.get(name) is not None}
        return TypePlan(facts=facts, share_type=form.initial.get("share_type"), removed=removed)

    def as_types(self) -> list[ShareType]:
        """The rows that can be read so far, as share types that are not saved: for the preview."""
        found = []
        for form in self.forms:
            form.full_clean()
            if form.has_changed() or form.initial.get("share_type"):
                facts = dict(form.initial) | getattr(form, "cleaned_data", {})
                if not facts.get("DELETE") and facts.get("places") is not None and facts.get("price") is not None:
                    priced_now = self.per_week and "price" in form.fields
                    each = _as_type(facts)
                    pickups = pickups_of(each, self.rows) if priced_now else 1
                    for name in PRICES:
                        amount = facts.get(name) if name == "price" or facts.get("chooses") else None
                        setattr(each, name, None if amount is None else amount * pickups)
                    found.append(each)
        return found


def _as_type(facts: dict[str, Any]) -> ShareType:
    names = ("name", "is_addon", "rhythm", "first_week", "weeks", "places", *PRICES)
    return ShareType(**{name: facts[name] for name in names if facts.get(name) is not None})


TypeFormSet = cast(
    "type[TypeRows]",
    forms.formset_factory(
        TypeForm,
        formset=TypeRows,
        extra=0,
        can_delete=True,
        can_delete_extra=False,
        max_num=60,
        absolute_max=61,
        validate_max=True,
    ),
)
