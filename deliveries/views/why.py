"""Why a share holds so much of a crop: told to the farmer, to the household, and to whoever hands it out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries import divisions
from deliveries.allocation import ProblemError
from deliveries.dividing.divided import Divided
from deliveries.dividing.why import CropTold, tell
from deliveries.due.turns import Turn, seasons_of, turns_of
from deliveries.models import Allocation
from deliveries.permissions import date_of_page, farm_week, host_link, households_of_page
from deliveries.views.harvest_page import harvest_shown
from farms.models import Household, PickupDay
from people import clock
from shares.models import ShareType

Facts = dict[str, Any]


@login_required
@never_cache
@require_safe
def why(request: HttpRequest, farm: str, date: str, share_type: int, crop: int) -> HttpResponse:
    """One cell of the harvest grid, previewed or published: a sentence for each pickup."""
    desk = farm_week(request, farm, date)
    harvest = harvest_shown(desk)
    try:
        case, divided = divisions.shown(harvest)
    except ProblemError:
        raise Http404 from None
    told = _told(divided, crop=crop, rows=divided.cells_of_type(share_type))
    kind = next((one for one in case.share_types if one.pk == share_type), None)
    if told is None or kind is None:
        raise Http404
    context = {
        "farm": desk.farm,
        "harvest": harvest,
        "week": desk.week,
        "share_type": kind,
        "told": told,
        "places": _with_days(told, case.days),
        "several": len(case.days) > 1,
        "sees_money": desk.sees_money,
    }
    return render(request, "deliveries/why.html", context)


@login_required
@never_cache
@require_safe
def my_why(request: HttpRequest, date: str, share_type: int, crop: int) -> HttpResponse:
    """One crop of a household's own share, once it is published."""
    household, mine = households_of_page(request)
    day = date_of_page(date)
    turns = [turn for turn in _turns(household) if turn.place.date == day and _has(turn, share_type)]
    if household is None or not turns:
        raise Http404
    place = turns[0].place
    own = [share.pk for turn in turns for share in turn.shares if turn.place.pk == place.pk]
    told = _published(place, share_type=share_type, crop=crop, shares=own)
    query = f"?farm={household.farm.slug}" if len(mine) > 1 else ""
    context = {
        "farm": household.farm,
        "share_type": next(kind for kind, _count in turns[0].share_types if kind.pk == share_type),
        "day": place,
        "told": told,
        "places": _with_days(told, [place]),
        "sees_money": True,
        "own": True,
        "back": f"{reverse('my_week', args=[day.isoformat()])}{query}",
    }
    return render(request, "deliveries/my_why.html", context)


@never_cache
@require_safe
def why_here(request: HttpRequest, token: str, share_type: int, crop: int) -> HttpResponse:
    """One crop of the shares handed out at a pickup; nobody's name, no money."""
    day = host_link(request, token, at=clock.now()).day
    told = _published(day, share_type=share_type, crop=crop, shares=None)
    context = {
        "farm": day.site.farm,
        "share_type": get_object_or_404(ShareType, pk=share_type),
        "day": day,
        "told": told,
        "places": _with_days(told, [day]),
        "sees_money": False,
        "back": reverse("check_in", args=[token]),
    }
    return render(request, "deliveries/why_here.html", context)


def _turns(household: Household | None) -> list[Turn]:
    """The household's turns in the seasons it has shares of; held ones apart."""
    seasons = seasons_of(household) if household else []
    return [turn for turn in turns_of(household, seasons=seasons) if not turn.held] if household and seasons else []


def _has(turn: Turn, share_type: int) -> bool:
    return any(share.share_type_id == share_type for share in turn.shares)


def _published(day: PickupDay, *, share_type: int, crop: int, shares: list[int] | None) -> CropTold:
    """Of the division in force for the day: its shares of a type; where every share has a box of its own, those of
    `shares` (ids), so none without."""
    run = Allocation.objects.filter(in_force_for__days=day).first()
    if run is None or not run.inputs.get("cells"):
        raise Http404
    cells = run.inputs["cells"]
    rows = [
        row
        for row, cell in enumerate(cells)
        if (cell["day"], cell["type"]) == (day.pk, share_type)
        and (cell.get("share") is None or cell["share"] in (shares or ()))
    ]
    told = _told(Divided.stored(run), crop=crop, rows=rows)
    if told is None:
        raise Http404
    return told


def _told(divided: Divided, *, crop: int, rows: Iterable[int]) -> CropTold | None:
    wanted = list(rows)
    return tell(divided, crop=crop, rows=wanted) if wanted else None


def _with_days(told: CropTold, days: Iterable[PickupDay]) -> list[Facts]:
    by_id = {day.pk: day for day in days}
    return [{"day": by_id[one.day], "one": one} for one in told.sentences if one.day in by_id]
