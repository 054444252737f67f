"""Bringing a bank statement: the file, what its columns are, whose a line is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shares.models import Order
from shares.transfers import statement_csv
from shares.transfers.statement_csv import Table


class StatementForm(forms.Form):
    file = forms.FileField(
        label=_("Statement"),
        help_text=_("CSV or camt.053 (XML), as your bank exports it."),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("There is nothing in this file."),
            "invalid": _("Choose a file."),
        },
        widget=forms.FileInput({"accept": ".csv,.txt,.xml,text/csv,text/xml,application/xml"}),
    )


class ColumnsForm(forms.Form):
    """Which column is what, by the names the bank gave them."""

    day = forms.TypedChoiceField(label=_("Day"), coerce=int, error_messages={"required": _("Choose a column.")})
    amount = forms.TypedChoiceField(
        label=_("Amount"), coerce=int, required=False, empty_value=None, help_text=_("With a minus where it went out.")
    )
    incoming = forms.TypedChoiceField(
        label=_("Or: money that came in"), coerce=int, required=False, empty_value=None,
        help_text=_("Where credits have a column of their own."),
    )  # fmt: skip
    words = forms.TypedChoiceField(
        label=_("Reference or purpose"), coerce=int, error_messages={"required": _("Choose a column.")}
    )
    payer = forms.TypedChoiceField(label=_("Who paid"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(n, name or _("Column %(n)d") % {"n": n + 1}) for n, name in enumerate(table.names)]
        for name in statement_csv.ROLES:
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = [("", "—"), *names]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors and facts.get("amount") is None and facts.get("incoming") is None:
            self.add_error("amount", _("Choose the column of the amount, or of what came in."))
        return facts

    def columns(self) -> dict[str, int]:
        found = {name: self.cleaned_data[name] for name in statement_csv.ROLES}
        return {name: place for name, place in found.items() if place is not None and place != ""}


class WhoseForm(forms.Form):
    """Whose a line is, said by hand."""

    order = forms.ModelChoiceField(
        label=_("Whose is it?"), queryset=Order.objects.none(), required=False, empty_label=_("Not known yet")
    )
