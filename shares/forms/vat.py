"""What VAT is in the price of each share."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import NumberField
from shares.models import ShareType


class VatForm(forms.Form):
    """One rate per share type, in per cent; empty is none. Prices stay as they are: the VAT is included in them."""

    def __init__(self, *args: Any, kinds: Iterable[ShareType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = list(kinds)
        for kind in self.kinds:
            self.fields[f"rate_{kind.pk}"] = NumberField(
                label=f"{kind.name} · {kind.season.name}",
                places=2,
                min_value=0,
                max_value=100,
                required=False,
                initial=Decimal(kind.vat_rate) / 100,
                error_messages={"invalid": _("Enter a rate in per cent, like 5.5.")},
            )

    def save(self) -> None:
        """Invoices issued before keep the rates they were issued with."""
        for kind in self.kinds:
            kind.vat_rate = int((self.cleaned_data[f"rate_{kind.pk}"] or Decimal(0)) * 100)
        ShareType.objects.bulk_update(self.kinds, ["vat_rate"])
