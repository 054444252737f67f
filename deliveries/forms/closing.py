"""What is said when a pickup ends: what becomes of each share nobody collected, and the paper's ticks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.checking_in.turnout import Caller
from deliveries.checking_in.unclaimed import Fate
from deliveries.models import Unclaimed
from farms.seasons import instant
from people.formats import clock, comma, local_day
from people.formats import day as day_words
from people.names import NameField

SAME = "same"


class ClosingForm(forms.Form):
    """One answer for all, and another for whoever needs another. `keep_until` and `place` are asked only if needed."""

    everybody = forms.ChoiceField(label=gettext_lazy("What nobody collected"), widget=forms.RadioSelect)
    keep_until = forms.ChoiceField(label=gettext_lazy("Kept until"), required=False)
    place = NameField(label=gettext_lazy("Given to"), max_length=80, required=False)
    note = forms.CharField(
        label=gettext_lazy("Handover note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self, data: Any, *, missing: Sequence[Caller], closes: datetime, zone: ZoneInfo, at: datetime, place: str
    ) -> None:
        super().__init__(data, initial={"place": place, "everybody": "host"}, use_required_attribute=False)
        self.missing = missing
        self.until = {f"{when.astimezone(zone):%Y-%m-%dT%H:%M}": when for when in _moments(closes, zone, at)}
        self.fields["keep_until"].choices = [  # type: ignore[attr-defined]
            (key, comma().join((day_words(when, zone=zone), clock(when, zone=zone))))
            for key, when in self.until.items()
        ]
        fates = [(one.value, str(one.label)) for one in Unclaimed.Fate]
        if not missing:
            for name in ("everybody", "keep_until", "place"):
                del self.fields[name]
            return
        self.fields["everybody"].choices = fates  # type: ignore[attr-defined]
        for caller in missing:
            self.fields[f"n{caller.number}"] = forms.ChoiceField(
                label=caller.name, choices=[(SAME, _("As above")), *fates], required=False, initial=SAME
            )

    def rows(self) -> list[tuple[Caller, forms.BoundField]]:
        """Who did not come, each with what becomes of the share."""
        return [(caller, self[f"n{caller.number}"]) for caller in self.missing]

    def clean(self) -> dict[str, Any]:
        kinds = set(self._kinds().values())
        if Unclaimed.Fate.GIFT in kinds and not self.cleaned_data.get("place") and "place" not in self.errors:
            self.add_error("place", _("Write down who gets it."))
        if Unclaimed.Fate.KEEP in kinds and not self.cleaned_data.get("keep_until") and "keep_until" not in self.errors:
            self.add_error("keep_until", _("Choose until when."))
        return self.cleaned_data

    def _kinds(self) -> dict[int, str]:
        """By household (id)."""
        facts = self.cleaned_data
        told = {caller.household: facts.get(f"n{caller.number}") or SAME for caller in self.missing}
        return {who: facts.get("everybody", "") if kind == SAME else kind for who, kind in told.items()}

    @property
    def fates(self) -> dict[int, Fate]:
        """What unclaimed.close is told."""
        facts = self.cleaned_data
        until, place = self.until.get(facts.get("keep_until", "")), facts.get("place", "")
        return {
            who: Fate(
                kind,
                keep_until=until if kind == Unclaimed.Fate.KEEP else None,
                place=place if kind == Unclaimed.Fate.GIFT else "",
            )
            for who, kind in self._kinds().items()
        }


def _moments(closes: datetime, zone: ZoneInfo, at: datetime) -> list[datetime]:
    """Until when something may be kept: the evening, and noon and evening of the next two days."""
    first = local_day(max(closes, at), zone)
    days = [first + timedelta(days=number) for number in range(3)]
    found = [instant(day, hour, zone) for day in days for hour in (time(12), time(20))]
    return [when for when in found if when > max(closes, at)]


class PaperForm(forms.Form):
    """The ticks of a paper list, by the households' numbers, in its order."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    came = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: Any, *, callers: Sequence[Caller], **facts: Any) -> None:
        super().__init__(data, **facts)
        self.fields["came"].choices = [(caller.number, caller.name) for caller in callers]  # type: ignore[attr-defined]
