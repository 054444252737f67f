"""Rules for dividing one crop this week: a maximum, a smallest portion, a margin, only some places, fixed amounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.harvesting.quantities import QuantityUnreadable, amount, read_quantity
from deliveries.models import Harvest, HarvestLine
from farms.models import PickupSite
from people.fields import NumberField
from shares.models import ShareType

if TYPE_CHECKING:
    from deliveries.forms.harvest import RowForm

MOST_MARGIN = 90


@dataclass(frozen=True)
class Ruled:
    """What rules can be about: the season's places and its share types, add-ons apart."""

    sites: list[PickupSite]
    types: list[ShareType]


def ruled(harvest: Harvest) -> Ruled:
    """Two queries."""
    season = harvest.week.season
    return Ruled(list(season.sites.all()), list(season.share_types.filter(is_addon=False)))


def add_fields(form: RowForm, line: HarvestLine, about: Ruled) -> None:
    """The rules' own fields in a crop's row, as they stand. Amounts are typed in the crop's unit."""
    form.fields["rules"] = forms.CharField(required=False, widget=forms.HiddenInput, initial="yes")
    form.fields["most"] = _amount(gettext_lazy("Most for one share"), line.most, line)
    form.fields["portion"] = _amount(gettext_lazy("Smallest portion"), line.portion if line.portion > 1 else None, line)
    form.fields["margin"] = NumberField(
        label=gettext_lazy("Kept back for what shrinks, %"), places=0, min_value=0, max_value=MOST_MARGIN,
        required=False, initial=line.margin or None,
    )  # fmt: skip
    if len(about.sites) > 1:
        form.fields["sites"] = forms.TypedMultipleChoiceField(
            label=gettext_lazy("Only for"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
            choices=[(site.pk, site.name) for site in about.sites],
            initial=line.sites or [site.pk for site in about.sites],
        )  # fmt: skip
    for kind in about.types:
        form.fields[f"fixed-{kind.pk}"] = _amount(kind.name, line.locked.get(str(kind.pk)), line)


def _amount(label: Any, steps: int | None, line: HarvestLine) -> forms.CharField:
    shown = "" if steps is None else f"{amount(steps, line.step):f}"
    return forms.CharField(label=label, max_length=40, required=False, initial=shown)


def count_of(line: HarvestLine) -> int:
    """How many rules a crop has."""
    return sum((line.most is not None, line.portion > 1, line.margin > 0, bool(line.sites), bool(line.locked)))


def read_rules(form: RowForm, *, step: Decimal, about: Ruled) -> dict[str, Any]:
    """What the row says, as fields of HarvestLine, counted in steps. Faults stand beside their fields."""
    most, portion = _steps(form, "most", step), _steps(form, "portion", step) or 1
    locked = {str(kind.pk): _steps(form, f"fixed-{kind.pk}", step, zero=True) for kind in about.types}
    fixed = {kind: steps for kind, steps in locked.items() if steps is not None}
    if most is not None and most < portion:
        form.add_error("most", _("That is less than the smallest portion."))
    for kind, steps in fixed.items():
        if steps % portion:
            form.add_error(f"fixed-{kind}", _("That is not a whole number of portions."))
    return {
        "most": most,
        "portion": portion,
        "margin": form.cleaned_data.get("margin") or 0,
        "sites": _sites(form, about.sites),
        "locked": fixed,
    }


def _steps(form: RowForm, name: str, step: Decimal, *, zero: bool = False) -> int | None:
    """A typed amount in whole steps; nothing typed is no rule. Only a fixed amount may be none at all."""
    text = form.cleaned_data.get(name, "")
    if not text:
        return None
    try:
        steps = read_quantity(text, step=step)
    except QuantityUnreadable as odd:
        form.add_error(name, str(odd.message))
        return None
    if steps < 0 or not (steps or zero):
        form.add_error(name, _("Write more than nothing, or leave it empty."))
        return None
    return steps


def _sites(form: RowForm, sites: Iterable[PickupSite]) -> list[int]:
    """The places it is kept for; all of them is no rule."""
    if "sites" not in form.fields:
        return []
    chosen: list[int] = form.cleaned_data.get("sites", [])
    if not chosen and "sites" not in form.errors:
        form.add_error("sites", _("Choose at least one place."))
    return [] if set(chosen) == {site.pk for site in sites} else sorted(chosen)
