"""A pickup's end, by whoever holds its link or by the farm: paper ticks entered, what became of the rest, closed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from deliveries.checking_in import checkins, unclaimed
from deliveries.checking_in.checkins import Entry, NotYet, Tap
from deliveries.checking_in.turnout import turnouts
from deliveries.forms.closing import ClosingForm, PaperForm
from deliveries.models import CheckIn, HostLink
from deliveries.permissions import host_link, staffs_day
from deliveries.views.check_in_page import kept_quiet
from farms.models import PickupDay
from people import clock
from people.models import User
from people.poke import poke
from people.tasks import post_due_letters

Facts = dict[str, Any]


@csrf_exempt  # the token in the address is the only right there is here: no cookie gives any
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def closing(request: HttpRequest, token: str) -> HttpResponse:
    """Close the pickup by its link."""
    at = clock.now()
    link = host_link(request, token, at=at)
    return kept_quiet(_closing(request, link.day, _at_the_site(link), at=at, link=link, by=None))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk_closing(request: HttpRequest, farm: str, date: str, site: int) -> HttpResponse:
    """Close a pickup from the desk, or open it again."""
    day, by = staffs_day(request, farm, date, site)
    frame = _at_the_desk(farm, date, day)
    at = clock.now()
    if request.method == "POST" and request.POST.get("wanted") == "reopen":
        if unclaimed.reopen(day=day, by=by, at=at):
            messages.success(request, _("Open again. What was said of the shares left over counts no more."))
        return redirect(frame["back"])
    return _closing(request, day, frame, at=at, link=None, by=by)


def _closing(
    request: HttpRequest, day: PickupDay, frame: Facts, *, at: datetime, link: HostLink | None, by: User | None
) -> HttpResponse:
    turnout = turnouts([day], notes=True)[day.pk]
    season = day.week.season
    form = ClosingForm(
        request.POST if request.method == "POST" else None, missing=turnout.missing, closes=day.ends_at,
        zone=day.site.farm.zone, at=at, place=season.gifts_to.name if season.gifts_to else "",
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            note = form.cleaned_data["note"]
            unclaimed.close(day=day, fates=form.fates, note=note, link=link, by=by, at=at)
            poke(post_due_letters)
            messages.success(request, _("Closed. Thank you."))
            return redirect(frame["back"])
        except unclaimed.CannotClose as refused:
            form.add_error(None, str(refused))
    phones = unclaimed.phones(day, turnout.missing, at=at)
    rows = [(caller, field, phones.get(caller.household, "")) for caller, field in form.rows()]
    page = frame | {
        "form": form, "rows": rows, "turnout": turnout, "standing": unclaimed.standing_closing(day), "day": day,
        "calls": unclaimed.may_call(day, at=at), "calls_from": day.ends_at - unclaimed.PHONES_FROM,
        "over": at >= day.ends_at, "begun": at >= day.starts_at,
    }  # fmt: skip
    return render(request, "deliveries/closing.html", page, status=422 if form.errors else 200)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: HttpRequest, token: str) -> HttpResponse:
    """Enter the ticks of the paper list by the link."""
    at = clock.now()
    link = host_link(request, token, at=at)
    return kept_quiet(_paper(request, link.day, _at_the_site(link), at=at, link=link, by=None))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk_paper(request: HttpRequest, farm: str, date: str, site: int) -> HttpResponse:
    """Enter the ticks of the paper list at the desk."""
    day, by = staffs_day(request, farm, date, site)
    return _paper(request, day, _at_the_desk(farm, date, day), at=clock.now(), link=None, by=by)


def _paper(
    request: HttpRequest, day: PickupDay, frame: Facts, *, at: datetime, link: HostLink | None, by: User | None
) -> HttpResponse:
    """The list as it was printed, A–Z, with a box for each: a tick is a check-in, an empty box says nothing."""
    shut = link is not None and unclaimed.standing_closing(day) is not None  # whoever has the link sees no names then
    callers = () if shut else turnouts([day])[day.pk].callers
    data = request.POST if request.method == "POST" else None
    form = PaperForm(data, callers=callers, initial={"uuid": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        mark = form.cleaned_data["uuid"]
        here = {caller.number for caller in callers if caller.came}
        numbers = [number for number in form.cleaned_data["came"] if number not in here]
        taps = [Entry(one, Tap(uuid.uuid5(mark, str(one)), CheckIn.Action.COLLECTED)) for one in numbers]
        try:
            answers = checkins.take_in(day=day, entries=taps, by=by, link=link, at=at)
        except NotYet:
            form.add_error(None, _("The list can still change: tick people off once its deadline has passed."))
        else:
            kept = sum(answer.outcome == checkins.KEPT for answer in answers)
            messages.success(request, ngettext("%(n)s tick entered.", "%(n)s ticks entered.", kept) % {"n": kept})
            return redirect(frame["back"])
    ticked = {text for text in data.getlist("came") if text} if data else set()
    page = frame | {"form": form, "rows": [(one, one.came or str(one.number) in ticked) for one in callers], "day": day}
    return render(request, "deliveries/paper.html", page, status=422 if form.errors else 200)


def _at_the_site(link: HostLink) -> Facts:
    back = reverse("check_in", args=[link.token])
    return {"base": "base.html", "farm": link.day.site.farm, "back": back, "at_desk": False}


def _at_the_desk(farm: str, date: str, day: PickupDay) -> Facts:
    back = f"{reverse('pickups', args=[farm, date])}#site-{day.site_id}"
    return {"base": "base_desk.html", "farm": day.site.farm, "back": back, "at_desk": True}
