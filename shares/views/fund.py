"""The solidarity fund: anyone may give to it; the farmer says what happens when it is short."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from farms.models import Household, Season
from farms.permissions import public_farm, staff_farm
from people import clock
from people.formats import isolated, money
from people.models import User
from shares.buying import joining, purchases
from shares.forms.fund import GiftForm, RuleForm
from shares.models import FundWish, Order
from shares.solidarity import fund
from shares.views.paying import to_payment

PAGE = ["GET", "HEAD", "POST"]


@require_http_methods(PAGE)
def give(request: HttpRequest, farm: str) -> HttpResponse:
    """Give something to the farm's solidarity fund, once."""
    place = public_farm(farm)
    season = place.seasons.opened().select_related("farm").order_by("-first_day").first()
    if season is None:
        raise Http404
    user = request.user if isinstance(request.user, User) else None
    mine = Household.objects.filter(farm=place, memberships__user=user) if user else Household.objects.none()
    household = mine.order_by("-since").first()
    data = request.POST if request.method == "POST" else None
    form = GiftForm(data, currency=place.currency, user=user, household=household)
    if form.is_bound and form.is_valid():
        return to_payment(request, _given(form, season, user, household))
    context = {"farm": place, "form": form, "balance": fund.look_at_fund(place).balance}
    return render(request, "shares/fund.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _given(form: GiftForm, season: Season, user: User | None, household: Household | None) -> Order:
    """The person, their household and an order of nothing but the gift."""
    facts, at = form.cleaned_data, clock.now()
    language = translation.get_language() or "en"
    giver = household or joining.household_for(
        farm=season.farm, user=user, name=facts["name"], email=facts.get("email", ""), phone="", language=language,
        at=at,
    )  # fmt: skip
    order = purchases.start_purchase(
        household=giver, season=season, lines=[], method=facts["method"], token=facts["token"] or uuid.uuid4(),
        language=language, by=user, at=at, donation=facts["amount"],
    )  # fmt: skip
    if order.household_id != giver.pk:  # the twin of a click that came first: its household is enough
        transaction.set_rollback(True)
    return order


@login_required
@require_http_methods(PAGE)
def desk_fund(request: HttpRequest, farm: str) -> HttpResponse:
    """What is in the fund, what went in and out, the rule for when it is short, and who asked to be told."""
    place, at = staff_farm(request, farm), clock.now()
    stands = fund.look_at_fund(place)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act == "relieve":
        amount = fund.relieve_farm(place, at=at)
        told = {"amount": isolated(money(amount, place.currency))}
        messages.success(request, _("%(amount)s of what the farm bore is met from the fund.") % told)
        return redirect("desk_fund", farm=farm)
    initial = {"when_short": stands.when_short, "limit": stands.limit}
    form = RuleForm(request.POST if act == "rule" else None, currency=place.currency, initial=initial)
    if act == "rule" and form.is_valid():
        facts = form.cleaned_data
        fund.set_rule(place, when_short=facts["when_short"], limit=facts["limit"] or 0, at=at)
        messages.success(request, _("Saved."))
        return redirect("desk_fund", farm=farm)
    context = {
        "farm": place,
        "form": form,
        "fund": stands,
        "flows": fund.flows(place),
        "can_relieve": min(stands.balance, stands.borne),
        "waiting": FundWish.objects.filter(farm=place).select_related("share_type").order_by("-asked_at")[:100],
    }
    return render(request, "shares/desk_fund.html", context, status=422 if form.errors else 200)
