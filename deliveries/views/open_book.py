"""A farm's open book, for everyone, when the farm publishes it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from deliveries.book.open_book import cover_chart, kilos, open_book_of, weeks_chart
from farms.permissions import public_farm
from people.formats import isolated, percent


@require_safe
def open_book(request: HttpRequest, farm: str) -> HttpResponse:
    """The season's budget, what covers it, the solidarity fund, and the harvest so far. 404 unless it is published."""
    place = public_farm(farm)
    told = place.seasons.opened().exclude(open_book__published_at=None).order_by("-first_day", "-pk")
    wanted = request.GET.get("season", "")
    seasons = list(told.prefetch_related("budget_lines", "share_types"))
    season = next((each for each in seasons if str(each.pk) == wanted), seasons[0] if seasons else None)
    if season is None:
        raise Http404
    season.farm = place
    page = open_book_of(season)
    context: dict[str, Any] = {
        "farm": place,
        "season": season,
        "seasons": seasons,
        "page": page,
        "part": isolated(percent(page.covered)),
        "cover": cover_chart(page) if page.budget else "",
        "weeks": weeks_chart(page) if page.grams else "",
        "kilos": [(week, kilos(grams)) for week, grams in page.grams.items()],
    }
    return render(request, "deliveries/open_book.html", context)
