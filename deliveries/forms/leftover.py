"""What a farmer says about a crop that was left over: how much of it went where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.harvesting.leftovers import Left
from deliveries.harvesting.quantities import QuantityUnreadable, read_quantity
from deliveries.models import PassedOn
from farms.models import PickupSite
from people.formats import day as day_words
from people.formats import number
from people.names import NameField


class PassOnForm(forms.Form):
    """How much of one crop goes where. `kind` and `site` are what `where` means."""

    amount = forms.CharField(
        label=gettext_lazy("How much"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    where = forms.ChoiceField(label=gettext_lazy("Where to"), choices=[])
    place = NameField(label=gettext_lazy("To whom"), max_length=80, required=False)

    def __init__(
        self, data: QueryDict | None, *, left: Left, sites: Sequence[PickupSite], next_on: date | None
    ) -> None:
        self.left, self.sites = left, {f"swap-{site.pk}": site for site in sites}
        prefix = f"crop-{left.crop.pk}"
        super().__init__(
            data, prefix=prefix, initial={"amount": number(left.rest_amount)}, use_required_attribute=False
        )
        choices = [(key, _("Swap table, %(site)s") % {"site": site.name}) for key, site in self.sites.items()]
        choices.append(("gift", _("A gift")))
        if next_on:
            choices.append(("next", _("Harvest for %(day)s") % {"day": day_words(next_on)}))
        self.fields["where"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField, declared above

    def clean_amount(self) -> int:
        try:
            return read_quantity(self.cleaned_data["amount"], step=self.left.step)
        except QuantityUnreadable as odd:
            raise forms.ValidationError(str(odd.message)) from None

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("where") == "gift" and not self.cleaned_data.get("place") and not self.errors:
            self.add_error("place", _("Write down who gets it."))
        return self.cleaned_data

    @property
    def facts(self) -> dict[str, Any]:
        """What leftovers.pass_on is told."""
        asked = self.cleaned_data["where"]
        site = self.sites.get(asked)
        kind = PassedOn.Kind.SWAP if site else PassedOn.Kind(asked)
        place = self.cleaned_data["place"] if asked == "gift" else ""
        return {"steps": self.cleaned_data["amount"], "kind": kind, "site": site, "place": place}
