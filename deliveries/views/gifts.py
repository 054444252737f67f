"""What the farm gave away: the log, and a receipt for whoever got it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries.checking_in.gift_receipt import print_gift_receipt
from deliveries.checking_in.gifts import Gifts, given
from deliveries.models import Gift
from farms.models import Farm
from farms.permissions import staff_farm
from farms.seasons import season_of_day
from people import clock
from people.currencies import major
from people.formats import local_day, quantity
from people.tables import table_answer


@login_required
@never_cache
@require_safe
def gift_log(request: HttpRequest, farm: str) -> HttpResponse:
    """Every gift of a season, of the running one if none is asked for; `?format=csv` as a table."""
    the_farm = staff_farm(request, farm)
    seasons, asked = list(the_farm.seasons.opened()), request.GET.get("season", "")
    running = season_of_day(seasons, local_day(clock.now(), the_farm.zone))
    season = next((each for each in seasons if str(each.pk) == asked), running)
    gifts = given(season) if season else Gifts(())
    if wanted := request.GET.get("format", ""):
        return table_answer(wanted, f"{farm}-gifts", (_heads(), _rows(the_farm, gifts)))
    page = {
        "farm": the_farm, "season": season, "seasons": seasons, "gifts": gifts, "kilos": Decimal(gifts.grams) / 1000,
        "rows": [(one, [(line, quantity(line.amount, line.unit)) for line in one.lines]) for one in gifts.log[::-1]],
    }  # fmt: skip
    return render(request, "deliveries/gift_log.html", page)


@login_required
@never_cache
@require_safe
def gift_receipt(request: HttpRequest, farm: str, gift: int) -> HttpResponse:
    """A gift on paper."""
    the_farm = staff_farm(request, farm)
    found = Gift.objects.filter(pk=gift, closing__day__site__farm=the_farm, closing__reopened_at=None)
    one = found.select_related("closing__day__site").first()
    if one is None:
        raise Http404
    pdf = print_gift_receipt(gift=one, farm=the_farm, at=clock.now())
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{the_farm.slug}-gift-{one.pk}.pdf"'
    return answer


def _heads() -> list[str]:
    return [_("When"), _("To whom"), _("Site"), _("Shares"), _("Crop"), _("How much"), _("Unit"), _("Worth")]


def _rows(farm: Farm, gifts: Gifts) -> list[list[Any]]:
    """A row for each crop of each gift; what it was worth in whole money."""
    return [
        [
            one.at.astimezone(farm.zone).strftime("%Y-%m-%d %H:%M"), one.place, one.site, one.shares or "",
            line.name, line.amount, line.unit, major(line.value, farm.currency),
        ]
        for one in gifts.log
        for line in one.lines
    ]  # fmt: skip
