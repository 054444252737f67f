"""Where a price may be chosen: what a household is offered when it joins, renews or changes its share, without proof
and without questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import MoneyField
from people.formats import money
from shares.models import ShareType

SUGGESTED, COST, LOWEST, OWN = "suggested", "cost", "lowest", "own"
MOST = 10**10  # minor units, as a donation


@dataclass(frozen=True)
class Offer:
    """One of the ways to choose: its radio button, its words, and each share type's amount (minor units)."""

    radio: Any
    words: str
    amounts: list[tuple[ShareType, int]]


def choosable(types: Sequence[ShareType]) -> list[ShareType]:
    return [kind for kind in types if kind.lowest is not None and not kind.is_addon]


def offer(form: forms.Form, types: Sequence[ShareType], *, currency: str) -> None:
    """Give the form its fields: which price, another amount; and a gift to the fund besides."""
    _offer_price(form, choosable(types), currency=currency)
    form.fields["donation"] = MoneyField(
        label=_("A gift to the solidarity fund"), currency=currency, required=False, min_value=0, max_value=MOST
    )


def _offer_price(form: forms.Form, kinds: Sequence[ShareType], *, currency: str) -> None:
    if kinds:
        words = {
            SUGGESTED: _("What the farm suggests"),
            COST: _("What it costs"),
            LOWEST: _("The lowest price"),
            OWN: _("Another amount"),
        }
        form.fields["pay"] = forms.ChoiceField(
            label=_("What would you like to pay?"),
            choices=list(words.items()),
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose a price."), "invalid_choice": _("Choose one of these prices.")},
        )
        form.fields["amount"] = MoneyField(
            label=_("Your price for the whole season"), currency=currency, required=False, help_text=_("For one share.")
        )
        form.initial.setdefault("pay", SUGGESTED)


def check(form: forms.Form, facts: Mapping[str, Any], kind: ShareType | None) -> None:
    """Another amount lies between the lowest and the highest price of the share that is chosen: else words beside it.

    What is typed there counts only where another amount is asked for, and for shares that have no one price.
    """
    if kind is None or kind not in choosable([kind]) or facts.get("pay") != OWN:
        form.errors.pop("amount", None)
        return
    amount = facts.get("amount")
    if "amount" in form.errors:
        return
    if amount is None:
        form.add_error("amount", _("Enter the amount you would like to pay."))
    elif not (kind.lowest or 0) <= amount <= (kind.highest or 0):
        currency = kind.season.farm.currency
        told = {
            "share": kind.name,
            "lowest": money(kind.lowest or 0, currency, short=True),
            "highest": money(kind.highest or 0, currency, short=True),
        }
        form.add_error("amount", _("“%(share)s” can be had for %(lowest)s to %(highest)s.") % told)


def chosen(kind: ShareType, facts: Mapping[str, Any]) -> int | None:
    """The price for all pickups that these answers choose for a share of this type; none: what it costs."""
    if kind.lowest is None or kind.is_addon:
        return None
    amounts = {SUGGESTED: kind.suggested, LOWEST: kind.lowest, OWN: facts.get("amount")}
    return amounts.get(str(facts.get("pay") or ""))


def offers(form: forms.Form, types: Sequence[ShareType]) -> list[Offer]:
    """Each way to choose with what it means for each share."""
    kinds = choosable(types)
    amounts = {
        SUGGESTED: [(kind, kind.price if kind.suggested is None else kind.suggested) for kind in kinds],
        COST: [(kind, kind.price) for kind in kinds],
        LOWEST: [(kind, kind.lowest or 0) for kind in kinds],
    }
    return [
        Offer(radio, str(radio.choice_label), amounts.get(str(radio.data["value"]), []))
        for radio in form["pay"].subwidgets
    ]


class PriceForm(forms.Form):
    """The price of shares of one type, by itself: for a household that renews, or changes its share for this one."""

    def __init__(self, data: Mapping[str, Any] | None, *, kind: ShareType, first: str = SUGGESTED) -> None:
        super().__init__(data, prefix=f"price{kind.pk}", initial={"pay": first})
        self.kind = kind
        _offer_price(self, [kind], currency=kind.season.farm.currency)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        check(self, facts, self.kind)
        return facts

    @property
    def price_offers(self) -> list[Offer]:
        return offers(self, [self.kind])

    @property
    def chosen(self) -> int | None:
        """The price for all pickups; none, what it costs, while what is typed cannot be read."""
        if self.is_bound and not self.is_valid():
            return None
        return chosen(self.kind, self.cleaned_data if self.is_bound else self.initial)


def price_forms(
    types: Sequence[ShareType], data: Mapping[str, Any] | None, *, first: str = SUGGESTED
) -> dict[int, PriceForm]:
    """A form for each of these types (by its id) whose price may be chosen. Unbound where nothing of it was sent."""
    forms_by_type = {}
    for kind in choosable(types):
        sent = data is not None and f"price{kind.pk}-pay" in data
        forms_by_type[kind.pk] = PriceForm(data if sent else None, kind=kind, first=first)
    return forms_by_type


def chosen_of(forms_by_type: Mapping[int, PriceForm]) -> dict[int, int | None]:
    """What these forms choose, by the types' ids."""
    return {pk: form.chosen for pk, form in forms_by_type.items()}


def error_of(forms_by_type: Mapping[int, PriceForm]) -> str:
    """What is wrong with a price that was sent; the words stand beside it, too."""
    told = [error for form in forms_by_type.values() for errors in form.errors.values() for error in errors]
    return str(told[0]) if told else ""
