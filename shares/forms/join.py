"""The one page on which someone joins: share, place, who, how to pay."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from farms.models import Household, PickupDay, PickupSite, Season
from people.fields import NumberField
from people.models import User
from people.names import NameField
from people.texts import AddressField
from shares.in_parts import plan_choice
from shares.models import Bid, Order, PaymentPlan, ShareType
from shares.prices import balance, kept, price_choice, prices
from shares.prices.prices import Terms
from shares.prices.quotes import Line

MOST = 9  # of one kind in one order


class JoinForm(forms.Form):
    share = forms.TypedChoiceField(
        label=_("Choose a share"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a share."), "invalid_choice": _("Choose one of these shares.")},
    )
    quantity = NumberField(label=_("How many"), places=0, min_value=1, max_value=MOST, initial=1, required=False)
    site = forms.TypedChoiceField(
        label=_("Where will you collect it?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a pickup site."), "invalid_choice": _("Choose one of these sites.")},
    )
    turn = forms.ChoiceField(
        label=_("A weeks or B weeks?"),
        choices=[
            (balance.EITHER, _("Either: the farm evens them out")),
            ("A", _("A weeks")),
            ("B", _("B weeks")),
        ],
        widget=forms.RadioSelect,
        required=False,
        initial=balance.EITHER,
        help_text=_("For shares that come every second week. Below you see your first pickup."),
    )
    name = NameField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As it will be called at the pickup."),
        error_messages={"required": _("Enter your name.")},
    )
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

    def __init__(
        self,
        *args: Any,
        season: Season,
        user: User | None,
        household: Household | None,
        at: datetime,
        bid: Bid | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.season, self.user, self.household, self.at, self.bid = season, user, household, at, bid
        self.types = [kind for kind in season.share_types.all() if bid is None or kind.is_addon or self._is_bid(kind)]
        kept.mark(self.types)
        self.sites = [row.site for row in season.season_sites.select_related("site")]
        self._offer_shares()
        price_choice.offer(self, [] if bid else self.types, currency=season.farm.currency)
        self.plans = plan_choice.offer(self, season, at=at)
        self._drop_what_is_known()
        self.initial.setdefault("token", uuid.uuid4())

    def _offer_shares(self) -> None:
        bases = [kind for kind in self.types if not kind.is_addon]
        self._choices("share", [(kind.pk, kind.name) for kind in bases])
        self._choices("site", [(site.pk, site.name) for site in self.sites])
        if not any(kind.rhythm == ShareType.Rhythm.BIWEEKLY for kind in self.types):
            del self.fields["turn"]
        for addon in self.addons:
            self.fields[f"addon_{addon.pk}"] = NumberField(
                label=addon.name,
                help_text=addon.feeds,
                places=0,
                min_value=0,
                max_value=MOST,
                required=False,
                initial=0,
            )
        open_bases = [kind.pk for kind in bases if kind.left > 0]
        if open_bases:
            self.initial.setdefault("share", open_bases[0])
        if self.sites:
            self.initial.setdefault("site", self.sites[0].pk)

    def _choices(self, name: str, choices: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = choices

    def _drop_what_is_known(self) -> None:
        if self.bid:
            del self.fields["quantity"]
        if self.user or self.bid:
            del self.fields["email"]
        if self.user:
            self.initial.setdefault("name", self.user.name)
        if self.household:
            del self.fields["name"]
        if not self.season.terms:
            del self.fields["agree"]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        price_choice.check(self, facts, next((kind for kind in self.types if kind.pk == facts.get("share")), None))
        return facts

    @property
    def price_offers(self) -> list[price_choice.Offer]:
        return price_choice.offers(self, self.types) if "pay" in self.fields else []

    @property
    def addons(self) -> list[ShareType]:
        return [kind for kind in self.types if kind.is_addon]

    @property
    def addon_fields(self) -> list[tuple[ShareType, forms.BoundField, Terms]]:
        return [(addon, self[f"addon_{addon.pk}"], self._terms(addon)) for addon in self.addons]

    @cached_property
    def _days(self) -> list[PickupDay]:
        return prices.days_of_season(self.season)

    @property
    def donation(self) -> int:
        """What is given to the solidarity fund besides, in minor units."""
        return (self.cleaned_data.get("donation") or 0) if self.is_bound else 0

    @property
    def payment_plan(self) -> PaymentPlan | None:
        """The parts in which it is to be paid; none: all at once, or at each pickup."""
        return plan_choice.chosen(self, self.plans)

    def _terms(self, kind: ShareType) -> Terms:
        """What one costs at the site that is chosen, or the first."""
        chosen_site = next((line.site for line in self.wished()), self.sites[0] if self.sites else None)
        turn = self._turn_of(kind, chosen_site, self.cleaned_data if self.is_bound else self.initial)
        site = chosen_site.pk if chosen_site else 0
        chosen = self.bid.price if self.bid is not None and self._is_bid(kind) else None
        return prices.terms_of(kind, turn=turn, site=site, days=self._days, at=self.at, chosen=chosen)

    @property
    def share_cards(self) -> list[tuple[Any, ShareType, Terms]]:
        """Each share to choose: its radio button, what it is, and what one costs from now on."""
        by_id = {str(kind.pk): kind for kind in self.types}
        kinds = [(radio, by_id[str(radio.data["value"])]) for radio in self["share"].subwidgets]
        return [(radio, kind, self._terms(kind)) for radio, kind in kinds]

    @property
    def site_cards(self) -> list[tuple[Any, PickupSite]]:
        by_id = {str(site.pk): site for site in self.sites}
        return [(radio, by_id[str(radio.data["value"])]) for radio in self["site"].subwidgets]

    def wished(self) -> list[Line]:
        """The lines of the order as far as they are readable: for the price in sight and for the purchase."""
        facts = self.cleaned_data if self.is_bound else self.initial
        types = {kind.pk: kind for kind in self.types}
        site = next((site for site in self.sites if site.pk == facts.get("site")), None)
        base = types.get(facts.get("share") or 0)
        if site is None or base is None:
            return []
        either = self._has_no_preference(facts)
        wishes = [(base, facts.get("quantity") or 1)]
        wishes += [(addon, facts.get(f"addon_{addon.pk}") or 0) for addon in self.addons]
        return [
            Line(
                kind,
                site,
                self._turn_of(kind, site, facts),
                number,
                self._price_of(kind, facts),
                self._is_bid(kind),
                any_turn=either and kind.rhythm == ShareType.Rhythm.BIWEEKLY,
            )
            for kind, number in wishes
            if number
        ]

    def _is_bid(self, kind: ShareType) -> bool:
        """Whether its price comes out of a bidding round."""
        return self.bid is not None and kind.pk == self.bid.share_type_id

    def _price_of(self, kind: ShareType, facts: Mapping[str, Any]) -> int | None:
        if self.bid is not None and self._is_bid(kind):
            return self.bid.price
        return price_choice.chosen(kind, facts)

    def _has_no_preference(self, facts: Mapping[str, Any]) -> bool:
        return facts.get("turn") in (None, "", balance.EITHER)

    def _turn_of(self, kind: ShareType, site: PickupSite | None, facts: Mapping[str, Any]) -> str:
        """The turn as chosen; without a preference the one it would get at this moment."""
        if kind.rhythm != ShareType.Rhythm.BIWEEKLY:
            return ""
        if self._has_no_preference(facts):
            return self._suggested.turn(kind, site) if site else "A"
        return str(facts["turn"])

    @cached_property
    def _suggested(self) -> balance.Suggestions:
        return balance.Suggestions(self.season)
