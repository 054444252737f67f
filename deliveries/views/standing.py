"""The farmer's look into the season's memory: who got what of its due, and whose turn comes next."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries.book.standing import TENTH, standing_by_cell, standing_by_household, waiting_in
from deliveries.permissions import owners_season

A_PAGE = 100


@login_required
@never_cache
@require_safe
def season_standing(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """By share type and site; by household in weeks packed to each what they like; and the turns."""
    the_season = owners_season(request, farm, season)
    households = Paginator(standing_by_household(the_season), A_PAGE)
    context = {
        "farm": the_season.farm,
        "season": the_season,
        "cells": standing_by_cell(the_season),
        "households": households.get_page(request.GET.get("page")),
        "waiting": waiting_in(the_season),
        "tenth": TENTH,
    }
    return render(request, "deliveries/standing.html", context)
