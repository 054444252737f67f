"""The farmer's budget, line by line."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import MoneyField
from people.texts import LineField

MOST = 10**12  # minor units
EMPTY = 3  # rows more than are filled in


class BudgetLineForm(forms.Form):
    """What something costs in the season; left empty, it is no line."""

    name = LineField(label=_("What for"), max_length=80, required=False)
    amount = MoneyField(label=_("Amount"), min_value=0, max_value=MOST, required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)
        amount.currency = currency

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors:
            if facts.get("name") and facts.get("amount") is None:
                self.add_error("amount", _("Enter the amount."))
            if facts.get("amount") and not facts.get("name"):
                self.add_error("name", _("Say what it is for."))
        return facts


BudgetFormSet = cast(
    "type[forms.BaseFormSet[BudgetLineForm]]",
    forms.formset_factory(BudgetLineForm, extra=EMPTY, max_num=60, absolute_max=61),
)
