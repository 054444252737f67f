"""The farmer writes the budget of a season, and opens its book."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from farms.models import Season
from farms.permissions import staff_farm
from people import clock
from shares.forms.open_book import BudgetFormSet
from shares.models import BudgetLine, OpenBook


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_open_book(request: HttpRequest, farm: str) -> HttpResponse:
    """The lines of a season's budget; publish the book, or take it back."""
    place = staff_farm(request, farm)
    wanted = request.GET.get("season", "")
    seasons = list(place.seasons.order_by("-first_day", "-pk"))
    season = next((each for each in seasons if str(each.pk) == wanted), seasons[0] if seasons else None)
    if season is None:
        return render(request, "shares/desk_open_book.html", {"farm": place})
    stored: list[dict[str, Any]] = [{"name": line.name, "amount": line.amount} for line in season.budget_lines.all()]
    data = request.POST if request.method == "POST" else None
    shown = stored if data is None else None  # what is sent counts, whatever stood here when its page was opened
    rows = BudgetFormSet(data, prefix="lines", initial=shown, form_kwargs={"currency": place.currency})
    if request.method == "POST" and rows.is_valid():
        lines = [row.cleaned_data for row in rows.forms if row.cleaned_data.get("name")]
        _save(season, lines, publish=request.POST.get("act", ""))
        messages.success(request, _("Saved."))
        return redirect(f"{reverse('desk_open_book', args=[place.slug])}?season={season.pk}")
    context = {
        "farm": place,
        "season": season,
        "seasons": seasons,
        "rows": rows,
        "has_errors": bool(rows.is_bound and not rows.is_valid()),
        "budget": sum(line["amount"] for line in stored) or season.costs,
        "book": OpenBook.objects.filter(season=season).exclude(published_at=None).first(),
    }
    return render(request, "shares/desk_open_book.html", context, status=422 if context["has_errors"] else 200)


@transaction.atomic
def _save(season: Season, lines: list[dict[str, Any]], *, publish: str) -> None:
    """Write the lines; together they are what the season costs. `publish` opens the book, `take_back` closes it."""
    Season.objects.filter(pk=season.pk).update(version=F("version"))  # two tabs, one after the other
    season.budget_lines.all().delete()
    BudgetLine.objects.bulk_create(
        BudgetLine(season=season, name=line["name"], amount=line["amount"], position=position)
        for position, line in enumerate(lines)
    )
    if lines:
        Season.objects.filter(pk=season.pk).update(costs=sum(line["amount"] for line in lines))
    if publish in ("publish", "take_back"):
        at = clock.now() if publish == "publish" else None
        OpenBook.objects.update_or_create(season=season, defaults={"published_at": at})
