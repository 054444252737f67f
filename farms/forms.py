"""What a farmer types about the farm itself, and about who works there."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Paper, StaffMember
from people.texts import AddressField, LineField, WordsField

if TYPE_CHECKING:
    FarmModelForm = forms.ModelForm[Farm]
else:
    FarmModelForm = forms.ModelForm

Choices = list[tuple[str, Any]]


def speaker() -> Locale:
    try:
        return Locale.parse(translation.get_language() or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def countries() -> Choices:
    """Countries in the page's language, an empty choice first."""
    known = get_global("territory_currencies")
    named = [(code, name) for code, name in speaker().territories.items() if re.fullmatch("[A-Z]{2}", code)]
    return [
        ("", _("Choose a country")),
        *sorted((pair for pair in named if pair[0] in known), key=lambda pair: pair[1]),
    ]


@cache
def timezones() -> Choices:
    """Every clock that people live by. Finding them reads hundreds of files: once is enough."""
    places = sorted(zone for zone in available_timezones() if re.match(r"(?!Etc|US/|SystemV)[A-Z]\w+/", zone))
    return [(zone, zone.replace("_", " ")) for zone in [*places, "UTC"]]


def currencies() -> Choices:
    """Money in use somewhere today, in the page's language."""
    used = [pay for pays in get_global("territory_currencies").values() for pay in pays]
    today = {code for code, _from, until, is_tender in used if is_tender and not until}
    named = speaker().currencies
    return sorted((code, f"{code} · {named.get(code, code)}") for code in today & list_currencies())


class StartFarmForm(forms.Form):
    """Six fields; clock and money follow from the country."""

    name = LineField(
        label=_("Name of the farm"), max_length=80, widget=forms.TextInput({"autocomplete": "organization"})
    )
    town = LineField(
        label=_("Town or village"), max_length=80, widget=forms.TextInput({"autocomplete": "address-level2"})
    )
    country = forms.ChoiceField(label=_("Country"), help_text=_("It decides the currency and the public holidays."))
    timezone = forms.ChoiceField(label=_("Time zone"), required=False)
    email = AddressField(label=_("The farm’s e-mail address"), help_text=_("Members’ answers go there. It is shown."))
    language = forms.ChoiceField(label=_("Language of the farm’s letters"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self.fields["country"], countries())
        _choices(self.fields["timezone"], [("", _("The usual one of the country")), *timezones()])


class FarmForm(FarmModelForm):
    """The farm's facts. Clock and money stay as they are once a season was opened: days and prices hang on them."""

    name = LineField(label=_("Name of the farm"), max_length=80)
    tagline = LineField(
        label=_("In one sentence"), max_length=160, required=False, help_text=_("Shown under the farm’s name.")
    )
    story = WordsField(label=_("Who farms here"), max_length=4000, required=False)
    town = LineField(label=_("Town or village"), max_length=80)
    address = LineField(label=_("Address of the farm"), max_length=200, required=False)
    email = AddressField(label=_("E-mail address"))
    phone = LineField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"}))
    legal_name = LineField(
        label=_("Name on invoices"), max_length=120, required=False, help_text=_("If it is not the farm’s name.")
    )
    tax_number = LineField(label=_("Tax number"), max_length=40, required=False)
    tax_note = LineField(
        label=_("Note on invoices"), max_length=200, required=False, help_text=_("Such as why there is no VAT.")
    )
    country = forms.ChoiceField(label=_("Country"), help_text=_("Whose public holidays count."))
    paper = forms.ChoiceField(
        label=_("Paper of the lists"), choices=[("", _("The usual one of the country")), *Paper.choices], required=False
    )
    language = forms.ChoiceField(label=_("Language of the farm’s letters"), choices=settings.LANGUAGES)
    timezone = forms.ChoiceField(label=_("Time zone"))
    currency = forms.ChoiceField(label=_("Currency"))

    class Meta:
        model = Farm
        fields = ("name", "tagline", "story", "town", "address", "email", "phone", "country", "paper", "language",
                  "legal_name", "tax_number", "tax_note", "timezone", "currency")  # fmt: skip

    def __init__(self, *args: Any, settled: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self.fields["country"], countries())
        if settled:
            del self.fields["timezone"], self.fields["currency"]
            return
        _choices(self.fields["timezone"], timezones())
        _choices(self.fields["currency"], currencies())


class InviteForm(forms.Form):
    """Someone who shall work here: an address and a role; a host also a site."""

    email = AddressField(label=_("E-mail address"))
    role = forms.ChoiceField(
        label=_("Role"),
        widget=forms.RadioSelect,
        initial=StaffMember.Role.PACKER,
        choices=[
            (StaffMember.Role.OWNER, _("Owner: everything, money too")),
            (StaffMember.Role.PACKER, _("Packer: harvest, lists and pickups, no money")),
            (StaffMember.Role.HOST, _("Host: the pickups of one site")),
        ],
    )
    site = forms.ChoiceField(label=_("Site"), required=False, help_text=_("For a host only."))

    def __init__(self, *args: Any, farm: Farm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {str(site.pk): site for site in farm.sites.filter(retired_at=None)}
        _choices(self.fields["site"], [("", _("No site")), *((key, site.name) for key, site in self.sites.items())])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") == StaffMember.Role.HOST and not data.get("site") and "site" not in self.errors:
            self.add_error("site", _("Choose the site this host looks after."))
        return data


def _choices(field: forms.Field, choices: Choices) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
