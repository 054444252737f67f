"""All at once, in parts, or at each pickup: what a household is offered on the join page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from farms.models import Season
from people.formats import local_day
from shares.cards import connect
from shares.in_parts import instalments
from shares.in_parts.instalments import Part
from shares.models import Order, PayAtPickup, PaymentPlan


def offer(form: forms.Form, season: Season, *, at: datetime) -> list[PaymentPlan]:
    """Give the form its ways to pay and its plans, those of them that can still be chosen; the plans."""
    today = local_day(at, season.farm.zone)
    plans = season.payment_plans.filter(retired_at=None).prefetch_related("days")
    ahead = [plan for plan in plans if any(row.day > today for row in plan.days.all())]
    method = form.fields["method"]
    assert isinstance(method, forms.ChoiceField)
    ways = [Order.Method.CARD] if connect.takes_cards(season.farm) else []
    ways.append(Order.Method.OFFLINE)
    if PayAtPickup.objects.filter(season=season).exists():
        ways.append(Order.Method.PER_PICKUP)
    method.choices = [(way.value, way.label) for way in ways]
    method.initial = ways[0]
    if ahead:
        form.fields["plan"] = forms.ChoiceField(
            label=gettext_lazy("All at once, or in parts?"),
            choices=[("", _("All at once")), *((str(plan.pk), _words(plan, today)) for plan in ahead)],
            widget=forms.RadioSelect,
            required=False,
            error_messages={"invalid_choice": gettext_lazy("Choose one of these ways.")},
        )
        form.initial.setdefault("plan", "")
    return ahead


def chosen(form: forms.Form, plans: Sequence[PaymentPlan]) -> PaymentPlan | None:
    """The plan that was chosen; none where all is paid at once, or at each pickup."""
    facts = form.cleaned_data if form.is_bound else {}
    if facts.get("method") == Order.Method.PER_PICKUP:
        return None
    return next((plan for plan in plans if str(plan.pk) == facts.get("plan")), None)


def parts_of(plan: PaymentPlan | None, *, total: int, season: Season, at: datetime) -> list[Part]:
    """The chosen plan in amounts, as the purchase will write it down."""
    if plan is None:
        return []
    today = local_day(at, season.farm.zone)
    days = [row.day for row in plan.days.all()]
    return instalments.schedule(
        total=total, deposit=plan.deposit, days=days, today=today, currency=season.farm.currency
    )


def _words(plan: PaymentPlan, today: date) -> str:
    """ "In four parts: 20 % now, then 3 parts"."""
    ahead = sum(row.day > today for row in plan.days.all())
    told = {"name": plan.name, "deposit": plan.deposit, "n": ahead}
    return (
        ngettext(
            "%(name)s: %(deposit)d %% now, then %(n)d part", "%(name)s: %(deposit)d %% now, then %(n)d parts", ahead
        )
        % told
    )
