"""What anyone may see: which farms there are, and one farm's window."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from farms.models import Farm
from farms.permissions import public_farm
from people import clock
from people.texts import plain
from shares.prices.storefront import windows
from shares.solidarity import bids

A_PAGE = 24


@require_safe
def find_farm(request: HttpRequest) -> HttpResponse:
    """The farms that have opened a season, by town; searched by name or town."""
    asked = plain(request.GET.get("q", "").replace("\x00", ""))[:80]
    farms = Farm.objects.published().order_by(Lower("town"), Lower("name"), "pk")
    for word in asked.split()[:5]:
        farms = farms.filter(Q(name__icontains=word) | Q(town__icontains=word) | Q(tagline__icontains=word))
    shown = Paginator(farms, A_PAGE).get_page(request.GET.get("page"))
    at = clock.now()
    by_farm = windows(farms=list(shown), at=at)
    lines = [{"farm": farm, "windows": by_farm[farm.pk]} for farm in shown]
    return render(request, "shares/find_farm.html", {"page": shown, "lines": lines, "asked": asked})


@require_safe
def farm(request: HttpRequest, farm: str) -> HttpResponse:
    """A farm's window: its season, its shares, its sites, who farms; and the way in."""
    the_farm = public_farm(farm)
    at = clock.now()
    shown = windows(farms=[the_farm], at=at)[the_farm.pk]
    rounds = bids.open_rounds(the_farm, at=at)
    return render(request, "shares/farm.html", {"farm": the_farm, "windows": shown, "at": at, "rounds": rounds})
