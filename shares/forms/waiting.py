"""What is typed to wait for a place, and to say yes to an offer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from farms.models import PickupSite, Season
from people.fields import MoneyField
from people.names import NameField
from people.texts import AddressField
from shares.buying.waiting_list import MOST_WISHES
from shares.models import Order, ShareType, WaitingPlace


class WaitForm(forms.Form):
    """A share type, up to three sites (the best first), who waits. `is_known`: who is signed in need not say."""

    share = forms.TypedChoiceField(
        label=_("Which share?"),
        coerce=int,
        error_messages={"required": _("Choose a share."), "invalid_choice": _("Choose one of these shares.")},
    )
    turn = forms.ChoiceField(
        label=_("A weeks or B weeks?"),
        choices=[("", _("Either")), ("A", _("A weeks")), ("B", _("B weeks"))],
        required=False,
        help_text=_("For shares that come every second week."),
    )
    name = NameField(label=_("Your name"), max_length=120, error_messages={"required": _("Enter your name.")})
    email = AddressField(label=_("Your e-mail address"), error_messages={"required": _("Enter your e-mail address.")})

    def __init__(self, *args: Any, season: Season, is_known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types: dict[int, ShareType] = {kind.pk: kind for kind in season.share_types.all()}
        rows = season.season_sites.select_related("site")
        self.sites: dict[int, PickupSite] = {row.site_id: row.site for row in rows}
        self._choices("share", [(kind.pk, kind.name) for kind in self.types.values()])
        labels = (_("Where would you collect it? Best"), _("Second best"), _("Third best"))
        for rank in range(1, min(MOST_WISHES, len(self.sites)) + 1):
            self.fields[f"site_{rank}"] = forms.TypedChoiceField(
                label=labels[rank - 1],
                coerce=int,
                empty_value=None,
                required=rank == 1,
                choices=[("", "—"), *((site.pk, site.name) for site in self.sites.values())],
                error_messages={"required": _("Choose a pickup site.")},
            )
        if not any(kind.rhythm == ShareType.Rhythm.BIWEEKLY for kind in self.types.values()):
            del self.fields["turn"]
        if is_known:
            del self.fields["name"], self.fields["email"]
        who = [name for name in ("name", "email") if name in self.fields]
        wishes = [name for name in self.fields if name.startswith("site_")]
        self.order_fields(["share", *wishes, "turn", *who])

    def _choices(self, name: str, choices: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = choices

    @property
    def wish(self) -> dict[str, Any]:
        """What was wished, once the form is valid."""
        facts = self.cleaned_data
        ranked = [facts.get(f"site_{rank}") for rank in range(1, MOST_WISHES + 1)]
        kind = self.types[facts["share"]]
        turn = facts.get("turn", "") if kind.rhythm == ShareType.Rhythm.BIWEEKLY else ""
        return {"share_type": kind, "sites": [self.sites[pk] for pk in ranked if pk], "turn": turn}


class TakeUpForm(forms.Form):
    """Yes to an offer: how it is paid; the price, where it may be chosen; the farm's terms."""

    method = forms.ChoiceField(
        label=_("How will you pay?"),
        choices=[(each.value, each.label) for each in (Order.Method.CARD, Order.Method.OFFLINE)],
        widget=forms.RadioSelect,
        initial=Order.Method.CARD,
    )
    amount = MoneyField(label=_("What would you like to pay for the whole season?"))
    agree = forms.BooleanField(
        label=_("I agree to the farm’s terms"), error_messages={"required": _("Agree to the terms to join.")}
    )

    def __init__(self, *args: Any, place: WaitingPlace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = place.share_type
        if kind.lowest is None or kind.highest is None:
            del self.fields["amount"]
        else:
            amount = self.fields["amount"]
            assert isinstance(amount, MoneyField)
            amount.currency = kind.season.farm.currency
            amount.min_value, amount.max_value = kind.lowest, kind.highest
            self.initial.setdefault("amount", kind.suggested or kind.price)
        if not kind.season.terms:
            del self.fields["agree"]
