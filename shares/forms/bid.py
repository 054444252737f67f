"""What a household bids, and what a farmer says of a round."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, Household, Season
from people.fields import MoneyField
from people.models import User
from people.names import NameField
from people.texts import AddressField
from shares.models import BiddingRound, ShareType
from shares.solidarity.bidding import Amounts

MOST = 10**10  # minor units


class BidForm(forms.Form):
    """A share, and up to three amounts for the whole season; the later ones may be left out."""

    share_type = forms.TypedChoiceField(
        label=_("Which share?"), coerce=int, widget=forms.RadioSelect,
        error_messages={"required": _("Choose a share."), "invalid_choice": _("Choose one of these shares.")},
    )  # fmt: skip
    comfortable = MoneyField(
        label=_("Gladly"), min_value=0, max_value=MOST, help_text=_("What you pay without a second thought."),
        error_messages={"required": _("Enter what you pay gladly.")},
    )  # fmt: skip
    possible = MoneyField(
        label=_("Possible"), min_value=0, max_value=MOST, required=False, help_text=_("If it is needed.")
    )
    limit = MoneyField(
        label=_("At the very most"), min_value=0, max_value=MOST, required=False,
        help_text=_("You are never asked for more."),
    )  # fmt: skip
    name = NameField(label=_("Your name"), max_length=120, error_messages={"required": _("Enter your name.")})
    email = AddressField(label=_("Your e-mail address"), error_messages={"required": _("Enter your e-mail address.")})

    def __init__(
        self, *args: Any, opened: BiddingRound, user: User | None, household: Household | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.types = {kind.pk: kind for kind in opened.types.all()}
        share_type = self.fields["share_type"]
        assert isinstance(share_type, forms.TypedChoiceField)
        share_type.choices = [(pk, kind.name) for pk, kind in self.types.items()]
        self.initial.setdefault("share_type", next(iter(self.types), None))
        for name in Amounts._fields:
            amount = self.fields[name]
            assert isinstance(amount, MoneyField)
            amount.currency = opened.season.farm.currency
        if user or household:
            del self.fields["email"]
            self.initial.setdefault("name", user.name if user else "")
        if household:
            del self.fields["name"]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if self.errors.keys() & {*Amounts._fields}:
            return facts
        low = facts["comfortable"]
        middle = low if facts["possible"] is None else facts["possible"]
        if middle < low:
            self.add_error("possible", _("This is less than what you pay gladly."))
        elif facts["limit"] is not None and facts["limit"] < middle:
            self.add_error("limit", _("This is less than what is possible for you."))
        else:
            facts["amounts"] = Amounts(low, middle, middle if facts["limit"] is None else facts["limit"])
        return facts


class RoundForm(forms.Form):
    """A season's budget, the shares that shall cover it, and until when one may bid."""

    season = forms.TypedChoiceField(label=_("Season"), coerce=int)
    types = forms.TypedMultipleChoiceField(
        label=_("Shares that cover it together"), coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one share.")},
    )  # fmt: skip
    budget = MoneyField(
        label=_("Budget"), min_value=1, max_value=10**12, help_text=_("What these shares shall bring in together."),
        error_messages={"required": _("Enter the budget.")},
    )  # fmt: skip
    closes_at = forms.DateTimeField(
        label=_("Bids until"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Enter a day and a time, like 2027-03-01 09:00.")},
    )

    def __init__(self, *args: Any, farm: Farm, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        self.seasons = {
            season.pk: season
            for season in Season.objects.opened().filter(farm=farm, closed_at=None).order_by("-first_day")
        }
        self.kinds = {
            kind.pk: kind
            for kind in ShareType.objects.filter(season__in=self.seasons, is_addon=False).select_related("season")
        }
        season, types, budget = self.fields["season"], self.fields["types"], self.fields["budget"]
        assert isinstance(season, forms.TypedChoiceField)
        assert isinstance(types, forms.TypedMultipleChoiceField)
        assert isinstance(budget, MoneyField)
        season.choices = [(pk, each.name) for pk, each in self.seasons.items()]
        many = len(self.seasons) > 1
        types.choices = [
            (pk, f"{kind.name} · {kind.season.name}" if many else kind.name) for pk, kind in self.kinds.items()
        ]
        budget.currency = farm.currency

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        closes_at, season = facts.get("closes_at"), facts.get("season")
        if closes_at and closes_at <= self.at:
            self.add_error("closes_at", _("This moment is past."))
        elif closes_at and closes_at.year > 2100:
            self.add_error("closes_at", _("Enter a day between 2000 and 2100."))
        if any(self.kinds[pk].season_id != season for pk in facts.get("types", []) if season):
            self.add_error("types", _("Choose shares of this season only."))
        return facts
