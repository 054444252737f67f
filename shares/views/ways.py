"""How a farm is paid: its account at the card processor, its bank account, and each season's plans."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from farms.models import Farm, Season
from farms.permissions import staff_farm
from people import clock
from people.formats import isolated, local_day
from people.fresh import freshly_signed_in
from people.letters import page_url
from shares.cards import connect
from shares.cards.stripe_gateway import PaymentProviderDown, PaymentRefused
from shares.forms.payment import BankAccountForm, PlanForm
from shares.in_parts import plans
from shares.models import BankAccount, PayAtPickup, PaymentPlan, ProviderAccount


@login_required
@require_safe
def desk_ways(request: HttpRequest, farm: str) -> HttpResponse:
    """What is connected, said in words: cards, the bank account, the seasons' plans."""
    place = staff_farm(request, farm)
    known = ProviderAccount.objects.filter(farm=place).first()
    if known and "back" in request.GET and request.method == "GET":
        try:
            connect.look_at(known, at=clock.now())
        except PaymentProviderDown:
            messages.warning(request, _("The card processor does not answer: look again in a minute."))
    context = {
        "farm": place,
        "many": settings.STRIPE_CONNECT,
        "one_key": bool(settings.STRIPE_SECRET_KEY),
        "account": known,
        "bank": BankAccount.objects.filter(farm=place).first(),
        "seasons": place.seasons.filter(closed_at=None),
    }
    return render(request, "shares/desk_ways.html", context)


@login_required
@require_POST
def connect_cards(request: HttpRequest, farm: str) -> HttpResponse:
    """To the card processor's own form, where the farm opens its account or goes on with it."""
    place = staff_farm(request, farm)
    here = reverse("desk_ways", args=[place.slug])
    if not settings.STRIPE_CONNECT:
        return redirect(here)
    back = page_url(f"{here}?back=1")
    try:
        return redirect(connect.way_to_connect(place, back=back, again=back, at=clock.now()))
    except PaymentProviderDown:
        messages.warning(request, _("The card processor does not answer: try again in a minute."))
    except PaymentRefused as refused:
        messages.error(request, _("The card processor refused: %(words)s") % {"words": isolated(refused.reason)})
    return redirect(here)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_bank_account(request: HttpRequest, farm: str) -> HttpResponseBase:
    """Where households transfer money to: after a fresh sign-in, so that nobody at an open screen changes it."""
    return _bank_account(request, staff_farm(request, farm))


@freshly_signed_in
def _bank_account(request: HttpRequest, place: Farm) -> HttpResponse:
    known = BankAccount.objects.filter(farm=place).first()
    initial = {name: getattr(known, name) for name in ("holder", "iban", "bic", "words")} if known else {}
    form = BankAccountForm(request.POST or None, initial=initial or {"holder": place.name})
    if request.method == "POST" and form.is_valid():
        BankAccount.objects.update_or_create(farm=place, defaults=form.cleaned_data)
        messages.success(request, _("Saved. New letters say so."))
        return redirect("desk_ways", farm=place.slug)
    status = 422 if form.errors else 200
    return render(request, "shares/desk_bank_account.html", {"farm": place, "form": form}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def season_pay(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """The ways to pay a season: all at once always; in parts by the farm's plans; at each pickup where it says so."""
    place = staff_farm(request, farm)
    the_season = _season(place, season)
    at, act = clock.now(), request.POST.get("act", "")
    today = local_day(at, place.zone)
    form = PlanForm(
        request.POST if act == "plan" else None,
        initial={"deposit": 20, "parts": 4, "first": _first_of_next_month(today), "every": "month"},
        season=the_season,
        today=today,
    )
    if request.method == "POST" and _done(request, the_season, form, act):
        return redirect("season_pay", farm=place.slug, season=the_season.pk)
    context = {"farm": place, "season": the_season, "form": form, **_offered(the_season)}
    return render(request, "shares/season_pay.html", context, status=422 if form.errors else 200)


def _done(request: HttpRequest, season: Season, form: PlanForm, act: str) -> bool:
    at = clock.now()
    if act == "plan":
        if not form.is_valid():
            return False
        facts = form.cleaned_data
        plans.make_plan(season=season, name=facts["name"], deposit=facts["deposit"], days=form.days(), at=at)
        messages.success(request, _("Offered from now on."))
    elif act == "retire":
        number = request.POST.get("plan", "")
        is_number = number.isascii() and number.isdigit() and len(number) < 18
        plan = season.payment_plans.filter(pk=number).first() if is_number else None
        if plan is None:
            raise Http404
        plans.retire_plan(plan, at=at)
        messages.success(request, _("Offered no more. Who chose it pays as promised."))
    elif act in ("allow", "forbid"):
        plans.allow_at_pickup(season=season, allowed=act == "allow", at=at)
        messages.success(request, _("Saved."))
    return True


def _offered(season: Season) -> dict[str, Any]:
    offered: list[PaymentPlan] = list(season.payment_plans.filter(retired_at=None).prefetch_related("days"))
    return {"plans": offered, "at_pickup": PayAtPickup.objects.filter(season=season).exists()}


def _first_of_next_month(today: Any) -> Any:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def _season(farm: Farm, number: int) -> Season:
    found = farm.seasons.filter(pk=number).first()
    if found is None:
        raise Http404
    found.farm = farm
    return found
