"""The lists in force for a date: a page of them, and each as PDF."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries.gathering import gather
from deliveries.harvest_weeks import next_date
from deliveries.leftovers import left_of
from deliveries.models import Harvest, PrintedList
from deliveries.permissions import desk_farm, farm_week
from deliveries.views.harvest_page import harvest_shown, standing_of
from people import clock


@login_required
@require_safe
def lists(request: HttpRequest, farm: str, date: str = "") -> HttpResponse:
    """The lists in force for a date, each and all in one."""
    if not date:
        return _next_lists(request, farm)
    desk = farm_week(request, farm, date)
    the_harvest = harvest_shown(desk)
    if the_harvest.date != desk.date:
        return redirect("lists", farm=farm, date=the_harvest.date.isoformat())
    printed = list(_printed(the_harvest).defer("pdf").select_related("day__site"))
    case = gather(the_harvest)
    context = {
        "farm": desk.farm,
        "harvest": the_harvest,
        "week": desk.week,
        "everything": next((one for one in printed if one.kind == PrintedList.Kind.ALL), None),
        "overall": [one for one in printed if one.kind in (PrintedList.Kind.HARVEST, PrintedList.Kind.PACKING)],
        "sites": [one for one in printed if one.kind == PrintedList.Kind.SITE],
        "left": left_of(the_harvest),
        **standing_of(the_harvest, case.inputs["cells"]),
    }
    return render(request, "deliveries/lists.html", context)


def _next_lists(request: HttpRequest, farm: str) -> HttpResponse:
    the_farm = desk_farm(request, farm)
    day = next_date(farm=the_farm, at=clock.now())
    if day is None:
        return render(request, "deliveries/no_harvest.html", {"farm": the_farm})
    return redirect("lists", farm=farm, date=day.isoformat())


@login_required
@never_cache
@require_safe
def printed_list(request: HttpRequest, farm: str, date: str, printed: int) -> HttpResponse:
    """One list as PDF."""
    desk = farm_week(request, farm, date)
    one = get_object_or_404(_printed(harvest_shown(desk)).select_related("day"), pk=printed)
    name = f"{farm}-{desk.date}-{one.kind}" + (f"-{one.day.site_id}" if one.day else "")
    answer = HttpResponse(bytes(one.pdf), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


def _printed(the_harvest: Harvest) -> QuerySet[PrintedList]:
    return PrintedList.objects.filter(allocation=the_harvest.current_id or 0)
