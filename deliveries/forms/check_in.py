"""What is typed at the pickup: a tap as a form, a PIN, who was looked for, who came unexpected."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deliveries.checking_in.turnout import folded
from deliveries.models import CheckIn
from people.names import NameField

LARGEST = 2**31 - 1


class TapForm(forms.Form):
    """A button of the list, pressed: `household` collected, `back` did not after all, both by their numbers; or `part`,
    one pickup of a household. All buttons of a page bear its one uuid."""

    uuid = forms.UUIDField()
    household = forms.IntegerField(min_value=1, max_value=LARGEST, required=False)
    back = forms.IntegerField(min_value=1, max_value=LARGEST, required=False)
    part = forms.RegexField(r"^[1-9]\d{0,8}:[1-9]\d{0,17}:(collected|undone)$", required=False)

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        number, pickup, action = facts.get("household") or facts.get("back"), None, CheckIn.Action.COLLECTED.value
        if facts.get("back"):
            action = CheckIn.Action.UNDONE.value
        if facts.get("part"):
            first, second, action = facts["part"].split(":")
            number, pickup = int(first), int(second)
        if number is None:
            raise forms.ValidationError(_("This tap could not be read. Open the page again."))
        return facts | {"number": number, "pickup": pickup, "action": action}


class PinForm(forms.Form):
    """Four to eight digits, in any script's."""

    pin = forms.CharField(
        label=_("PIN"),
        max_length=20,
        error_messages={"required": _("Type the PIN.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_pin(self) -> str:
        digits = folded(self.cleaned_data["pin"]).replace(" ", "")
        if not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 8):
            raise forms.ValidationError(_("A PIN is 4 to 8 digits."))
        return digits


class LookForm(forms.Form):
    """Who stands there and is not on the list."""

    who = NameField(
        label=_("Their number, or the household's full name"),
        max_length=120,
        error_messages={"required": _("Type a number or a full name.")},
    )


class WalkUpForm(forms.Form):
    """Who came unexpected, and what they were given."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    name = NameField(
        label=_("Their name, and number if they have one"),
        max_length=120,
        error_messages={"required": _("Write down who it is.")},
    )
    took = NameField(label=_("What they took"), max_length=120, required=False)
