"""What is typed to give somebody a share."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from farms.models import PickupSite, Season
from people.formats import local_day, money
from people.names import NameField
from people.texts import AddressField, WordsField
from shares.buying.gifts import LATEST, Recipient
from shares.models import Order, ShareType
from shares.prices import kept, prices
from shares.prices.quotes import Line


class GiftForm(forms.Form):
    """Which share, for whom, with which words, told when; and who gives it, unless they are signed in."""

    share = forms.TypedChoiceField(
        label=_("Which share?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a share."), "invalid_choice": _("Choose one of these shares.")},
    )
    site = forms.TypedChoiceField(
        label=_("Where will they collect it?"),
        coerce=int,
        error_messages={"required": _("Choose a pickup site.")},
    )
    turn = forms.ChoiceField(
        label=_("A weeks or B weeks?"),
        choices=[("A", _("A weeks")), ("B", _("B weeks"))],
        required=False,
        help_text=_("For shares that come every second week."),
    )
    to_name = NameField(label=_("Their name"), max_length=120, error_messages={"required": _("Enter their name.")})
    to_email = AddressField(
        label=_("Their e-mail address"), error_messages={"required": _("Enter their e-mail address.")}
    )
    message = WordsField(label=_("A few words from you"), max_length=500, required=False)
    tell_on = forms.DateField(
        label=_("When are they told?"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day."), "invalid": _("Enter a day, like 2027-03-01.")},
    )
    name = NameField(label=_("Your name"), max_length=120, error_messages={"required": _("Enter your name.")})
    email = AddressField(label=_("Your e-mail address"), error_messages={"required": _("Enter your e-mail address.")})
    method = forms.ChoiceField(
        label=_("How will you pay?"),
        choices=[(each.value, each.label) for each in (Order.Method.CARD, Order.Method.OFFLINE)],
        widget=forms.RadioSelect,
        initial=Order.Method.CARD,
    )
    agree = forms.BooleanField(
        label=_("I agree to the farm’s terms"), error_messages={"required": _("Agree to the terms to join.")}
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, season: Season, is_known: bool, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.season, self.at = season, at
        self.today = local_day(at, season.farm.zone)
        self.types: dict[int, ShareType] = {kind.pk: kind for kind in season.share_types.filter(is_addon=False)}
        kept.mark(self.types.values())
        rows = season.season_sites.select_related("site")
        self.sites: dict[int, PickupSite] = {row.site_id: row.site for row in rows}
        self._choices("share", [(kind.pk, self._words(kind)) for kind in self.types.values() if kind.left > 0])
        self._choices("site", [(site.pk, site.name) for site in self.sites.values()])
        self.initial.setdefault("tell_on", self.today)
        self.initial.setdefault("token", uuid.uuid4())
        if not any(kind.rhythm == ShareType.Rhythm.BIWEEKLY for kind in self.types.values()):
            del self.fields["turn"]
        if is_known:
            del self.fields["name"], self.fields["email"]
        if not season.terms:
            del self.fields["agree"]

    def _choices(self, name: str, choices: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = choices

    @property
    def at_cost(self) -> bool:
        """Whether others may choose their price: a gift costs what the share costs."""
        return any(kind.lowest is not None for kind in self.types.values())

    @cached_property
    def _days(self) -> Any:
        return prices.days_of_season(self.season)

    def _words(self, kind: ShareType) -> str:
        """ "Full share · €520.00": for the pickups that are left, at the first site."""
        site, turn = next(iter(self.sites), 0), prices.turns_of(kind)[0]
        terms = prices.terms_of(kind, turn=turn, site=site, days=self._days, at=self.at)
        return f"{kind.name} · {money(terms.price, self.season.farm.currency)}"

    def clean_tell_on(self) -> date:
        day: date = self.cleaned_data["tell_on"]
        if not self.today <= day <= self.today + LATEST:
            raise forms.ValidationError(_("Choose a day from today on, within a year."))
        return day

    def lines(self) -> list[Line]:
        facts = self.cleaned_data
        kind = self.types[facts["share"]]
        turn = (facts.get("turn") or "A") if kind.rhythm == ShareType.Rhythm.BIWEEKLY else ""
        return [Line(kind, self.sites[facts["site"]], turn)]

    def recipient(self, giver: str) -> Recipient:
        facts = self.cleaned_data
        return Recipient(facts["to_name"], facts["to_email"], giver[:120], facts["message"], facts["tell_on"])
