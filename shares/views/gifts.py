"""Somebody gives a share to somebody else."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from farms.models import Farm, Household
from farms.permissions import public_farm
from people import clock
from people.models import User
from shares import permissions
from shares.buying import gifts, joining
from shares.forms.gift import GiftForm
from shares.models import Order
from shares.prices import refusals
from shares.views.paying import to_payment


@require_http_methods(["GET", "HEAD", "POST"])
def give_share(request: HttpRequest, farm: str) -> HttpResponse:
    """Choose a share, say for whom and when they are told, go and pay."""
    place = public_farm(farm)
    at = clock.now()
    season = permissions.season_on_sale(place, request.GET.get("season", ""), at=at)
    if season is None:
        return redirect("farm", farm=place.slug)
    user = request.user if isinstance(request.user, User) else None
    form = GiftForm(request.POST or None, season=season, is_known=user is not None, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            return to_payment(request, _give(form, place, user, at))
        except refusals.SoldOut:
            form.add_error("share", _("The last place of this share has just gone."))
        except refusals.SiteFull:
            form.add_error("site", _("This site has no room for this share any more."))
        except refusals.CannotBuy:
            form.add_error("share", _("This share cannot be bought at the moment."))
    status = 422 if form.errors else 200
    return render(request, "shares/give_share.html", {"farm": place, "season": season, "form": form}, status=status)


def _give(form: GiftForm, farm: Farm, user: User | None, at: datetime) -> Order:
    """The giver's household and the order: all of it or nothing."""
    facts, language = form.cleaned_data, translation.get_language() or "en"
    name = (user.name or user.email) if user else facts["name"]
    with transaction.atomic():
        mine = Household.objects.filter(farm=farm, memberships__user=user) if user else Household.objects.none()
        household = mine.order_by("-since").first() or joining.household_for(
            farm=farm, user=user, name=name, email=facts.get("email", ""), phone="", language=language, at=at
        )
        order = gifts.give(
            household=household,
            season=form.season,
            lines=form.lines(),
            to=form.recipient(name),
            method=facts["method"],
            token=facts["token"] or uuid.uuid4(),
            language=language,
            by=user,
            at=at,
        )
        if order.household_id != household.pk:  # the twin of a click that came first
            transaction.set_rollback(True)
    return order
