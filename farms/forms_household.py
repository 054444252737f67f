"""What a household types about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from farms.models import Household
from people.names import NameField
from people.texts import AddressField, LineField

if TYPE_CHECKING:
    HouseholdModelForm = forms.ModelForm[Household]
else:
    HouseholdModelForm = forms.ModelForm


class HouseholdForm(HouseholdModelForm):
    name = NameField(label=_("Name"), max_length=120, help_text=_("As it will be called at the pickup."))
    phone = LineField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("A host sees it only when your share is still there shortly before closing."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "dir": "ltr"}),
    )
    note = LineField(
        label=_("Note for the pickup"), max_length=250, required=False, help_text=_("Stands on the list of your site.")
    )

    class Meta:
        model = Household
        fields = ("name", "phone", "note")


class PersonForm(forms.Form):
    email = AddressField(label=_("Their e-mail address"), error_messages={"required": _("Enter an e-mail address.")})
