"""What a farmer types when money came by hand."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import MoneyField
from shares.models import Order, Payment


class HandPaymentForm(forms.Form):
    """Money for one order: no more than is owed. Where that is the household's to tell, it is not named."""

    amount = MoneyField(label=_("Amount received"), error_messages={"required": _("Enter the amount.")})
    method = forms.ChoiceField(
        label=_("How it came"),
        choices=[(method.value, method.label) for method in Payment.Method if method != Payment.Method.CARD],
    )
    note = forms.CharField(label=_("Note"), max_length=160, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, order: Order, owed: int, shown: bool = True, **kwargs: Any) -> None:
        kwargs["initial"] = {"amount": owed if shown else None, "token": uuid.uuid4()}
        super().__init__(*args, **kwargs)
        self.order, self.owed = order, owed
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)
        amount.currency = order.currency
        amount.min_value, amount.max_value = 1, owed if shown else None

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and amount > self.owed:
            raise forms.ValidationError(_("This is more than is owed."))
        return amount
