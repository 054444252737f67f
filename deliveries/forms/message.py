"""What a farmer types to write to households."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext_lazy as _

from deliveries.models import Message
from deliveries.telling.messages import Segment, Words
from farms.models import Farm, PickupSite
from farms.seasons import instant
from people.texts import LineField, WordsField
from shares.models import ShareType

LONGEST = 8000  # signs of a text
LATEST = timedelta(days=366)


class MessageForm(forms.Form):
    """To whom, in which languages, when. The farm's own language must be written; who reads another gets that."""

    whom = forms.ChoiceField(label=_("To whom"), choices=Message.Whom.choices, widget=forms.RadioSelect)
    site = forms.ChoiceField(label=_("Only at"), required=False)
    share_type = forms.ChoiceField(label=_("Only with"), required=False)
    on = forms.DateField(label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    clock = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        farm: Farm,
        sites: Sequence[PickupSite],
        share_types: Sequence[ShareType],
        at: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.farm, self.at = farm, at
        self.sites = {str(site.pk): site for site in sites}
        self.share_types = {str(each.pk): each for each in share_types}
        self.initial.setdefault("whom", Message.Whom.MEMBERS)
        self.initial.setdefault("token", uuid.uuid4())
        _choose(self.fields["site"], [("", _("all sites")), *((key, site.name) for key, site in self.sites.items())])
        kinds = [(key, each.name) for key, each in self.share_types.items()]
        _choose(self.fields["share_type"], [("", _("any share")), *kinds])
        for code in self.codes:
            name = get_language_info(code)["name_local"]
            own = code == farm.language
            self.fields[f"subject_{code}"] = LineField(
                label=_("Subject (%(language)s)") % {"language": name}, max_length=150, required=own
            )
            self.fields[f"text_{code}"] = WordsField(
                label=_("Text (%(language)s)") % {"language": name}, max_length=LONGEST, required=own
            )

    @property
    def codes(self) -> list[str]:
        """The languages it may be written in, the farm's first."""
        known = [code for code, _name in settings.LANGUAGES]
        own = self.farm.language if self.farm.language in known else known[0]
        return [own, *(code for code in known if code != own)]

    @property
    def tongues(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Each language's own name, and its two fields."""
        return [
            (get_language_info(code)["name_local"], self[f"subject_{code}"], self[f"text_{code}"])
            for code in self.codes
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for code in self.codes[1:]:
            subject, text = data.get(f"subject_{code}"), data.get(f"text_{code}")
            if bool(subject) != bool(text) and f"text_{code}" not in self.errors:
                self.add_error(f"subject_{code}" if text else f"text_{code}", _("Write both, or neither."))
        on, clock = data.get("on"), data.get("clock")
        if clock and not on:
            self.add_error("on", _("Choose a date, too."))
        elif on and not self.at < self._moment(on, clock) < self.at + LATEST:
            self.add_error("on", _("Choose a moment between now and a year from now."))
        return data

    def _moment(self, on: date, clock: time | None) -> datetime:
        if not 1900 < on.year < 9000:
            return self.at
        return instant(on, clock or time(9), self.farm.zone)

    def begin_anew(self) -> None:
        """What is typed stays; sent again it is another message."""
        self.data = {**self.data, "token": str(uuid.uuid4())}

    @property
    def segment(self) -> Segment:
        data = self.cleaned_data
        return Segment(data["whom"], self.sites.get(data["site"]), self.share_types.get(data["share_type"]))

    @property
    def words(self) -> Words:
        data = self.cleaned_data
        return {code: (data[f"subject_{code}"], data[f"text_{code}"]) for code in self.codes if data[f"subject_{code}"]}

    @property
    def due_at(self) -> datetime:
        on = self.cleaned_data["on"]
        return self._moment(on, self.cleaned_data["clock"]) if on else self.at


def people_words(number: int) -> str:
    return ngettext("%(number)s person", "%(number)s people", number) % {"number": number}


def _choose(field: forms.Field, choices: list[tuple[str, Any]]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
