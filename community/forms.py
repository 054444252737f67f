"""What is typed about shifts and hours."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Shift
from community.shifts import Plan
from farms.models import Farm, PickupDay, PickupSite
from farms.seasons import instant
from people.fields import NumberField
from people.names import NameField
from people.texts import LineField

ON_THE_FARM = "farm"
MOST_HOURS = 2000  # agreed for a season


def minutes_of(hours: Decimal) -> int:
    """Whole minutes out of hours as people write them (1,5)."""
    return round(hours * 60)


class ShiftForm(forms.Form):
    """A shift on the farm on one date, or at a site's pickups: one of them, or all that lie ahead."""

    title = NameField(label=_("What is done"), max_length=80)
    where = forms.ChoiceField(label=_("Where"))
    on = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}))
    opens = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}))
    closes = forms.TimeField(label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}))
    needed = NumberField(label=_("How many people"), places=0, min_value=1, max_value=200, initial=2)
    note = LineField(label=_("Good to know"), max_length=250, required=False)
    every_week = forms.BooleanField(
        label=_("At every pickup of this site from then on"), required=False, help_text=_("Only at a site.")
    )
    hosts = forms.BooleanField(
        label=_("They check people in"),
        required=False,
        help_text=_("Only at a site: they get the check-in link by e-mail the evening before."),
    )

    def __init__(self, *args: Any, farm: Farm, sites: Sequence[PickupSite], at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.farm, self.at = farm, at
        self.sites = {str(site.pk): site for site in sites}
        where = self.fields["where"]
        assert isinstance(where, forms.ChoiceField)
        where.choices = [(ON_THE_FARM, _("On the farm")), *((key, site.name) for key, site in self.sites.items())]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        on, opens, closes = data.get("on"), data.get("opens"), data.get("closes")
        if opens and closes and opens >= closes:
            self.add_error("closes", _("It ends before it begins."))
        elif on and opens and not 2000 < on.year < 9000:
            self.add_error("on", _("Enter a date."))
        elif on and opens and instant(on, opens, self.farm.zone) <= self.at:
            self.add_error("on", _("That is in the past."))
        elif on and self.site and not self.days:
            self.add_error("on", _("This site has no pickup on that day."))
        return data

    @property
    def site(self) -> PickupSite | None:
        return self.sites.get(self.cleaned_data.get("where", ""))

    @property
    def days(self) -> list[PickupDay]:
        """The pickups it is about: the one on that date, or that one and all later ones of the season."""
        on: date = self.cleaned_data["on"]
        days = PickupDay.objects.standing().filter(site=self.site, week__skipped=False).select_related("week")
        first = days.filter(date=on).first()
        if first is None or not self.cleaned_data.get("every_week"):
            return [first] if first else []
        return list(days.filter(week__season=first.week.season_id, date__gte=on))

    @property
    def plan(self) -> Plan:
        data, site = self.cleaned_data, self.site
        return Plan(
            title=data["title"],
            place=site.name if site else self.farm.name,
            note=data["note"],
            opens=data["opens"],
            closes=data["closes"],
            needed=data["needed"],
            hosts=data["hosts"],
        )


class NeededForm(forms.Form):
    needed = NumberField(label=_("How many people"), places=0, min_value=1, max_value=200)

    def __init__(self, *args: Any, shift: Shift, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["needed"] = shift.needed


class CallOffForm(forms.Form):
    because = LineField(
        label=_("Why"), max_length=250, error_messages={"required": _("Say why: it stands in the letter.")}
    )


class HoursForm(forms.Form):
    """Hours as people write them: 2 or 1,5."""

    hours = NumberField(label=_("Hours"), places=2, min_value=0, max_value=24)


class AgreedForm(forms.Form):
    hours = NumberField(label=_("Hours agreed"), places=2, min_value=0, max_value=MOST_HOURS)


class GiveForm(forms.Form):
    """Hours for another household, known by its number: nobody's name is told."""

    number = NumberField(label=_("Number of the other household"), places=0, min_value=1, max_value=10**9)
    hours = NumberField(label=_("Hours"), places=2, min_value=Decimal("0.25"), max_value=MOST_HOURS)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["token"] = uuid.uuid4()
