"""What a farmer types to give money back."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import MoneyField
from people.names import NameField
from shares.models import Payment


class RefundForm(forms.Form):
    """An amount of one payment, how it goes back, and why. `shown` bears what the preview said: what is done is what
    was shown."""

    amount = MoneyField(label=_("Amount"), min_value=1, error_messages={"required": _("Enter the amount.")})
    way = forms.ChoiceField(label=_("How it goes back"), widget=forms.RadioSelect)
    because = NameField(
        label=_("Why"),
        max_length=250,
        help_text=_("The household reads this."),
        error_messages={"required": _("Say why: the household reads it.")},
    )
    token = forms.UUIDField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, payment: Payment, suggested: int | None, **kwargs: Any) -> None:
        by_hand = [Payment.Method.BANK, Payment.Method.CASH]
        if payment.method == Payment.Method.CASH:
            by_hand.reverse()  # as it came
        ways = [Payment.Method.CARD, *by_hand] if payment.provider_object else by_hand
        kwargs["initial"] = {"amount": suggested, "way": ways[0], "token": uuid.uuid4()}
        super().__init__(*args, **kwargs)
        amount, way = self.fields["amount"], self.fields["way"]
        assert isinstance(amount, MoneyField)
        assert isinstance(way, forms.ChoiceField)
        amount.currency = payment.currency
        way.choices = [(each.value, _WORDS[each]) for each in ways]


_WORDS = {
    Payment.Method.CARD: _("To the card it came from"),
    Payment.Method.BANK: _("By bank transfer, which I make myself"),
    Payment.Method.CASH: _("In cash, which I hand over"),
}
