"""The choices of the division as a farmer types them; only those that change something in the season's packing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.dividing.engine_choices import LEVERS
from deliveries.models import Fairness
from farms.models import Packing
from people.fields import NumberField

THRIFT = (
    ("0", gettext_lazy("As it fits: where a share goes to several sites nearly all is given and sites take turns")),
    ("2", gettext_lazy("Each week as even as can be: more is left over")),
    ("100", gettext_lazy("Give nearly everything out: the weeks after make up for what is uneven")),
)


class FairnessForm(forms.Form):
    """`version` is that of the choices the page was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    thrift = forms.TypedChoiceField(
        label=gettext_lazy("When pieces do not come out even"), choices=THRIFT, coerce=int, widget=forms.RadioSelect
    )
    band = NumberField(
        label=gettext_lazy("Band"),
        help_text=gettext_lazy(
            "How far a share’s worth may lie off what it is due in one week. Wider: each gets more of what it likes, "
            "and the weeks after make up for the worth."
        ),
        places=1,
        min_value=0,
        max_value=20,
    )
    rotation = NumberField(
        label=gettext_lazy("Rotation"),
        help_text=gettext_lazy(
            "What having waited a turn for a scarce crop counts for, in points; loving a crop counts for 100. At 0 "
            "only likings decide who gets it."
        ),
        places=0,
        min_value=0,
        max_value=200,
    )
    variety = NumberField(label=gettext_lazy("Variety"), places=2, min_value=1, max_value=10)

    def __init__(self, data: Mapping[str, Any] | None = None, *, fairness: Fairness, mode: str) -> None:
        super().__init__(data, initial=_initial(fairness), use_required_attribute=False)
        for name in set(self.fields) - {"version", *LEVERS[mode]}:
            del self.fields[name]
        self.order_fields(LEVERS[mode])
        self.fields["variety"].help_text = (
            _(
                "A share gets at most this many times its even part of a crop. Higher: more of what each loves, fewer "
                "kinds in a box."
            )
            if mode == Packing.CHOICE
            else _(
                "A share gets at most this many times its even part of a crop. Packed alike, this shows only near 1: "
                "then a site can hardly be given more to make up for an earlier week."
            )
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What was chosen, as Fairness keeps it."""
        chosen = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        if "band" in chosen:
            chosen["band"] = chosen["band"] / 100
        return chosen


def _initial(fairness: Fairness) -> dict[str, Any]:
    return {
        "version": fairness.version,
        "thrift": str(fairness.thrift),
        "band": Decimal(fairness.band) * 100,
        "rotation": fairness.rotation,
        "variety": Decimal(fairness.variety),
    }
