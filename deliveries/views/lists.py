"""The lists in force for a date: a page of them with what changed since, each as PDF, and why a figure is so."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries.dividing.gathering import gather
from deliveries.due import counted
from deliveries.harvesting.harvest_weeks import next_date
from deliveries.harvesting.harvests import harvest_of
from deliveries.harvesting.leftovers import left_of
from deliveries.models import Harvest, PrintedList
from deliveries.permissions import desk_farm, farm_week, staffs_day
from deliveries.printing import slips
from deliveries.printing.lists_page import counts_of, news_of
from deliveries.printing.print_orders import shelf_of
from deliveries.swap_table.swaps import days_with_season
from deliveries.views.harvest_page import harvest_shown, standing_of
from farms.models import Paper as FarmPaper
from people import clock

SHEETS_OF_LABELS = {
    FarmPaper.A4: _("3 × 8 of 63.5 × 33.9 mm"),
    FarmPaper.LETTER: _("3 × 10 of 2⅝ × 1 inch"),
}


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
    case = gather(the_harvest)
    current = the_harvest.current if the_harvest.pk else None
    shelf = shelf_of(current, reader=get_language() or "en", farm=desk.farm) if current else None
    printed = shelf.lists if shelf else []
    context = {
        "farm": desk.farm,
        "harvest": the_harvest,
        "week": desk.week,
        "shelf": shelf,
        "everything": shelf.everything if shelf else None,
        "language_shown": get_language_info(shelf.language)["name_local"].capitalize() if shelf else "",
        "labels": SHEETS_OF_LABELS[desk.farm.prints_on],
        "overall": [one for one in printed if one.day is None and one.kind != PrintedList.Kind.ALL],
        "sites": [one for one in printed if one.day is not None],
        "left": left_of(the_harvest),
        "counts": counts_of(case),
        "news": news_of(case) if printed else None,
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
@require_safe
def why_so_many(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Why a figure of the lists is what it is: ?site= and ?type= choose it, without them it is of all."""
    desk = farm_week(request, farm, date)
    case = gather(harvest_shown(desk))
    site, kind = request.GET.get("site", ""), request.GET.get("type", "")
    days = [day for day in case.days if site in ("", str(day.site_id))]
    types = [one for one in case.share_types if kind in ("", str(one.pk))]
    if not days or not types:
        raise Http404
    found = counted.why_so_many(days=days, types=types, roster=case.roster)
    context: dict[str, Any] = {
        "farm": desk.farm, "week": desk.week, "harvest": case.harvest, "sum": found,
        "place": days[0].site if site else None, "kind": types[0] if kind else None,
    }  # fmt: skip
    return render(request, "deliveries/why_so_many.html", context)


@login_required
@never_cache
@require_safe
def printed_list(request: HttpRequest, farm: str, date: str, printed: int) -> HttpResponse:
    """One list as PDF."""
    desk = farm_week(request, farm, date)
    one = get_object_or_404(_printed(harvest_shown(desk)).select_related("day"), pk=printed)
    name = f"{farm}-{desk.date}-{one.kind}" + (f"-{one.day.site_id}" if one.day else "") + f"-{one.language}"
    return pdf_answer(bytes(one.pdf), name)


@login_required
@never_cache
@require_safe
def change_slip(request: HttpRequest, farm: str, date: str, site: int) -> HttpResponse:
    """What changed at one site since its list was printed, on one page."""
    day, _who = staffs_day(request, farm, date, site)
    return _slip(harvest_of([day]), f"{farm}-{day.date}-changes-{site}", site)


@login_required
@never_cache
@require_safe
def change_slips(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """What changed since the lists were printed, a page for each site where anything did."""
    desk = farm_week(request, farm, date)
    return _slip(harvest_of(desk.days), f"{farm}-{desk.date}-changes")


def _slip(the_harvest: Harvest | None, name: str, site: int | None = None) -> HttpResponse:
    slip = slips.change_slip(the_harvest=the_harvest, at=clock.now(), site=site) if the_harvest else None
    if slip is None:
        raise Http404
    return pdf_answer(slip, name)


@login_required
@never_cache
@require_safe
def swap_list(request: HttpRequest, farm: str, date: str, site: int) -> HttpResponse:
    """Who swaps what at one site."""
    day, _who = staffs_day(request, farm, date, site)
    pdf = slips.swap_list(place=days_with_season().get(pk=day.pk), at=clock.now())
    return pdf_answer(pdf, f"{farm}-{day.date}-swaps-{site}")


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


def _printed(the_harvest: Harvest) -> QuerySet[PrintedList]:
    return PrintedList.objects.filter(allocation=the_harvest.current_id or 0)
