"""Form fields that read what people type, and give it back as typed when it cannot be read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from people.currencies import major
from people.formats import money, number
from people.read_numbers import NotANumber, read_money, read_number


class NumberField(forms.Field):
    """A number as people write it (`1,50`, `٨٠٫٤`): a Decimal, or an int when `places` is 0."""

    widget = forms.TextInput
    default_error_messages = {
        "low": _("Enter %(limit)s or more."),
        "high": _("Enter %(limit)s or less."),
    }

    def __init__(
        self,
        *,
        places: int | None = None,
        min_value: Decimal | int | None = None,
        max_value: Decimal | int | None = None,
        negative: bool = False,
        **kwargs: Any,
    ) -> None:
        self.places, self.negative = places, negative
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {"inputmode": "numeric" if self.places == 0 else "decimal", "autocomplete": "off", "class": "n"}

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | int | None:
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        try:
            return self.read(text)
        except NotANumber as refused:
            raise ValidationError(refused.reason, code=refused.code) from refused

    def read(self, text: str) -> Decimal | int:
        found = read_number(text, places=self.places, negative=self.negative)
        return int(found) if self.places == 0 else found

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.min_value is not None and value < self.min_value:
            self.refuse("low", self.min_value)
        if self.max_value is not None and value > self.max_value:
            self.refuse("high", self.max_value)

    def refuse(self, code: str, limit: Decimal | int) -> None:
        raise ValidationError(self.error_messages[code], code=code, params={"limit": self.show(limit)})

    def show(self, limit: Decimal | int) -> str:
        return number(limit)


class MoneyField(NumberField):
    """An amount typed in the main unit (26,50), an int of minor units (2650) once read.

    Limits and initial values are minor units too. Set `currency` in the form's __init__ when the farm
    is known: `self.fields["price"].currency = farm.currency`.
    """

    def __init__(self, *, currency: str = "EUR", **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        amount = major(value, self.currency)
        return f"{amount.to_integral_value() if amount == amount.to_integral_value() else amount:f}"

    def read(self, text: str) -> int:
        return read_money(text, self.currency, negative=self.negative)

    def show(self, limit: Decimal | int) -> str:
        return money(int(limit), self.currency, short=True)
