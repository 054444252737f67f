"""What the style guide shows: made-up people and shares, one of each component in each state."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

from people.fields import MoneyField, NumberField
from people.ribbons import STATES, WeekCell


class SpecimenForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Household name"), help_text=_("As it should stand on the list."))
    email = forms.EmailField(label=_("E-mail"))
    price = MoneyField(label=_("Price a week"), min_value=100)
    weight = NumberField(label=_("Weight"), places=3, help_text=_("How much of the harvest, next to a full share."))
    first = forms.DateField(label=_("First pickup"), widget=forms.DateInput(attrs={"type": "date"}))
    site = forms.ChoiceField(label=_("Pickup site"), choices=[("m", _("Tuesday Market")), ("s", _("School gate"))])
    rhythm = forms.ChoiceField(
        label=_("How often"),
        choices=[("w", _("Every week")), ("a", _("Every other week, A")), ("b", _("Every other week, B"))],
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label=_("Pickup days"),
        choices=[("1", _("Tuesday")), ("3", _("Thursday")), ("5", _("Saturday"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label=_("We share plenty and failure alike."))
    photo = forms.FileField(label=_("Photo"), required=False)


GOOD = {
    "name": "García, Inés", "email": "ines@example.org", "price": "26", "weight": "0.6", "first": "2027-05-04",
    "site": "m", "rhythm": "a", "days": ["1", "3"], "note": "", "agree": "on",
}  # fmt: skip
BAD = {"name": "", "email": "ines@", "price": "1e5", "weight": "1,50", "first": "2027-02-30", "site": "m"}


def specimens() -> dict[str, Any]:
    """The context of templates/styleguide.html."""
    bad = SpecimenForm({f"bad-{name}": value for name, value in BAD.items()}, prefix="bad")
    return {
        "good": SpecimenForm(initial=GOOD),
        "bad": bad,
        "season": [WeekCell(number=n, state=_state(n), current=n == 7) for n in range(1, 26)],
        "tappable": [
            WeekCell(number=n, state=_state(n), href="#ribbon" if n > 6 and n != 13 else "", current=n == 9)
            for n in range(1, 26)
        ],
        "states": [WeekCell(number=n, state=state) for n, state in enumerate(STATES, start=1)],
        "price_lines": [(_("€26 × 25 weeks"), 65000), (_("Eggs, 12 weeks"), 4200)],
        "page": Paginator(range(90), 30).page(2),
        "slugs": ["cedar-bend", "wadi-al-arz", "ferme-du-pont", "hof-linde"],
        "day": date(2027, 6, 15),
        "opens": time(17, 0),
        "closes": time(19, 30),
        "last": date(2027, 11, 23),
        "today": date(2027, 6, 12),
        "amount": Decimal("1.40"),
        "many": Decimal("12345.5"),
        "ratio": Decimal("0.02"),
        "icons": ["calendar", "map-pin", "printer", "send", "carrot", "egg", "wheat", "heart", "pause", "share-2",
                  "qr-code", "user-check", "truck", "package", "receipt", "banknote", "languages", "key-round",
                  "fingerprint", "cloud-off", "scale", "gift", "repeat", "shield"],
    }  # fmt: skip


def _state(number: int) -> str:
    """A season half lived: what became of each week."""
    lived = {4: "missed", 5: "gift", 7: "next", 9: "hold", 11: "extra", 13: "off", 16: "moved", 18: "rest", 20: "rest"}
    return lived.get(number, "done" if number < 7 else "ahead")
