"""Prints that the worker makes when somebody wants them: the lists in another language, and the host's own list."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deliveries.checking_in import unclaimed
from deliveries.models import Allocation, HostLink, PrintedList
from deliveries.permissions import farm_week, host_link
from deliveries.printing import print_orders
from deliveries.tasks import set_prints
from deliveries.views.check_in_page import kept_quiet
from deliveries.views.harvest_page import harvest_shown
from deliveries.views.lists import pdf_answer
from farms.models import Farm
from people import clock
from people.poke import poke


@login_required
@require_POST
def lists_print(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Ask the worker for the lists in a language."""
    desk = farm_week(request, farm, date)
    run = harvest_shown(desk).current
    if run is None:
        raise Http404
    _ask(run, request.POST.get("language", ""))
    return redirect("lists", farm=farm, date=date)


@login_required
@never_cache
@require_safe
def lists_progress(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """How far the worker is, asked again every second while it prints."""
    desk = farm_week(request, farm, date)
    the_harvest = harvest_shown(desk)
    if the_harvest.current is None:
        raise Http404
    shelf = print_orders.shelf_of(the_harvest.current, reader=_reads(), farm=desk.farm)
    context = {"farm": desk.farm, "harvest": the_harvest, "shelf": shelf}
    answer = render(request, "deliveries/parts/printing.html", context)
    if not shelf.under_way:
        answer["HX-Refresh"] = "true"
    return answer


@csrf_exempt  # the token in the address is the only right there is here: no cookie gives any
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def host_list(request: HttpRequest, token: str) -> HttpResponse:
    """The site's list on paper, for whoever holds its link: in the reader's language, made when they want it."""
    link, farm, run = _host_run(request, token)
    if request.method == "POST":
        if not _ask(run, request.POST.get("language", "")):
            messages.info(request, _("It is being printed already."))
        return redirect("host_list", token)
    shelf = print_orders.shelf_of(run, reader=_reads(), farm=farm)
    page = {"farm": farm, "token": token, "day": link.day, "shelf": shelf, "sheet": _sheet(shelf, link)}
    whole = not request.headers.get("HX-Request")
    answer = render(request, "deliveries/host_list.html" if whole else "deliveries/parts/host_printing.html", page)
    if not whole and not shelf.mine.under_way:
        answer["HX-Refresh"] = "true"
    return kept_quiet(answer)


@never_cache
@require_safe
def host_list_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The site's list as it was printed: in the reader's language, else in the farm's."""
    link, farm, run = _host_run(request, token)
    sheet = _sheet(print_orders.shelf_of(run, reader=_reads(), farm=farm), link)
    if sheet is None:
        raise Http404
    return kept_quiet(pdf_answer(bytes(sheet.pdf), f"{link.day.date}-{link.day.site_id}"))


def _host_run(request: HttpRequest, token: str) -> tuple[HostLink, Farm, Allocation]:
    """The link, its farm and the run whose lists are in force. 404 where nothing is printed, and when the pickup is
    closed: then the names are gone."""
    link = host_link(request, token, at=clock.now())
    runs = Allocation.objects.filter(in_force_for__days=link.day_id).select_related("harvest__week__season__farm")
    run = runs.first()
    if run is None or unclaimed.standing_closing(link.day) is not None:
        raise Http404
    return link, link.day.site.farm, run


def _sheet(shelf: print_orders.Shelf, link: HostLink) -> PrintedList | None:
    return next((one for one in shelf.lists if one.day_id == link.day_id), None)


def _ask(run: Allocation, language: str) -> bool:
    asked = print_orders.ask(run=run, language=language[:12], at=clock.now())
    if asked:
        poke(set_prints)
    return asked


def _reads() -> str:
    return get_language() or "en"
