"""A gift to the solidarity fund, and the farmer's rule for when it is short."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from farms.models import Household
from people.fields import MoneyField
from people.models import User
from people.names import NameField
from people.texts import AddressField
from shares.models import Order
from shares.prices.price_choice import MOST
from shares.solidarity.fund import WhenShort


class GiftForm(forms.Form):
    """An amount, who gives it, and how it is paid."""

    amount = MoneyField(
        label=_("How much?"), min_value=1, max_value=MOST, error_messages={"required": _("Enter an amount.")}
    )
    name = NameField(label=_("Your name"), max_length=120, error_messages={"required": _("Enter your name.")})
    email = AddressField(
        label=_("Your e-mail address"), help_text=_("For the receipt."),
        error_messages={"required": _("Enter your e-mail address.")},
    )  # fmt: skip
    method = forms.ChoiceField(
        label=_("How will you pay?"),
        choices=[(each.value, each.label) for each in (Order.Method.CARD, Order.Method.OFFLINE)],
        widget=forms.RadioSelect,
        initial=Order.Method.CARD,
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, currency: str, user: User | None, household: Household | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)
        amount.currency = currency
        if user:
            del self.fields["email"]
            self.initial.setdefault("name", user.name)
        if household:
            del self.fields["name"]
        self.initial.setdefault("token", uuid.uuid4())


class RuleForm(forms.Form):
    """What happens when the fund is short of what a household chose."""

    when_short = forms.ChoiceField(
        label=_("When the fund is short"),
        choices=WhenShort.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two."), "invalid_choice": _("Choose one of the two.")},
    )
    limit = MoneyField(label=_("You bear at most"), min_value=0, max_value=MOST, required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = self.fields["limit"]
        assert isinstance(limit, MoneyField)
        limit.currency = currency

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if facts.get("when_short") == WhenShort.BEAR and "limit" not in self.errors and not facts.get("limit"):
            self.add_error("limit", _("Enter up to how much you bear."))
        return facts
