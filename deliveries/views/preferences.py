"""What a household likes, and what it must not eat."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries.dividing import tastes
from deliveries.due.turns import seasons_of, still_running
from deliveries.forms.taste import ExclusionsForm, RatingsForm
from farms.models import Household, Packing
from farms.permissions import my_household, my_households
from people import clock


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_preferences(request: HttpRequest) -> HttpResponse:
    """Every crop of the farm with five levels, and below what must never be in the share."""
    household = my_household(request)
    crops = list(household.farm.crops.all())
    act = request.POST.get("act", "") if request.method == "POST" else ""
    levels = dict(household.likings.values_list("crop", "level"))
    excluded = list(household.exclusions.order_by("consented_at"))
    ratings = RatingsForm(request.POST if act == "rate" else None, crops=crops, levels=levels)
    without = ExclusionsForm(
        request.POST if act == "exclude" else None, crops=crops, known={row.crop_id for row in excluded}
    )
    if _carried_out(request, household, act, ratings, without):
        return _back(request, household)
    context = _about(request, household) | {
        "ratings": ratings,
        "rows": list(ratings.rows()),
        "without": without,
        "consented_at": excluded[0].consented_at if excluded else None,
        "has_errors": bool(ratings.errors or without.errors),
    }
    return render(request, "deliveries/my_preferences.html", context)


def _carried_out(
    request: HttpRequest, household: Household, act: str, ratings: RatingsForm, without: ExclusionsForm
) -> bool:
    """Do what was asked for; False when nothing was, or something is wrong with it."""
    if act == "rate" and ratings.is_valid():
        tastes.rate(household=household, levels=ratings.ratings())
        messages.success(request, _("Saved. It counts from the next harvest that is divided."))
        return True
    if act == "exclude" and without.is_valid():
        tastes.exclude(household=household, crops=without.chosen(), at=clock.now())
        messages.success(request, _("Saved."))
        return True
    if act == "forget":
        tastes.exclude(household=household, crops=[], at=clock.now())
        messages.success(request, _("Forgotten. Lists that were printed before still bear it."))
        return True
    return False


def _about(request: HttpRequest, household: Household) -> dict[str, Any]:
    """Whose page it is, and whether ratings decide what is in its share."""
    mine = my_households(request)
    seasons = still_running(seasons_of(household), at=clock.now())
    return {
        "household": household,
        "farm": household.farm,
        "households": mine if len(mine) > 1 else [],
        "by_choice": bool(seasons) and seasons[0].mode == Packing.CHOICE,
    }


def _back(request: HttpRequest, household: Household) -> HttpResponse:
    query = f"?{urlencode({'farm': household.farm.slug})}" if request.GET.get("farm") else ""
    return redirect(f"{reverse('my_preferences')}{query}")
