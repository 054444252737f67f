"""The farm's desk: this week as a checklist, and each date's pickups as they happen."""

from __future__ import annotations

import datetime as dt
import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deliveries.changing import cancellations
from deliveries.changing.cases import ChangeRefused
from deliveries.changing.changes import days_with_room
from deliveries.changing.late import count_open_wishes
from deliveries.checking_in import host_links, unclaimed
from deliveries.checking_in.turnout import Turnout, turnouts
from deliveries.desk import desk_cells, desk_week, is_ahead, is_live, next_day, season_days, season_sums
from deliveries.due import making_good
from deliveries.forms.check_in import PinForm
from deliveries.forms.desk import CallOffForm
from deliveries.models import HostLink
from deliveries.permissions import DeskDate, desk_farm, farm_week, owners_day, owns
from deliveries.tasks import make_good
from farms.models import Farm, PickupDay, Season
from farms.permissions import signed_in
from people import clock
from people.formats import day as day_words
from people.formats import local_day
from people.poke import poke
from people.tasks import post_due_letters

WEEKS_AT_HAND = 4
"""So many weeks of pickups are shown at once, the current one among them."""

Facts = dict[str, Any]


@login_required
@never_cache
@require_safe
def desk(request: HttpRequest, farm: str) -> HttpResponse:
    """This week in order, with the next thing to do; before and after a season, what there is to do then."""
    the_farm = desk_farm(request, farm)
    at = clock.now()
    page: Facts = {"farm": the_farm, "at": at, "sees_money": owns(request, the_farm)}
    upcoming = next_day(the_farm, at=at)
    if upcoming is None:
        return render(request, "deliveries/desk.html", page | _between_seasons(the_farm))
    season = upcoming.week.season
    days = season_days(season)
    today = local_day(at, the_farm.zone)
    ahead = is_ahead(season, days, today=today)
    page |= {"season": season, "state": "ahead" if ahead else "running", "first": upcoming}
    if not ahead:
        page["desk"] = desk_week(upcoming.week, days, at=at)
        if request.htmx:  # type: ignore[attr-defined]  # django-htmx adds it
            return render(request, "deliveries/desk.html#live", page)
    page["page_address"] = f"{settings.SITE_URL}{reverse('farm', args=[the_farm.slug])}"
    page["cells"] = _cells(the_farm, season, days, None if ahead else upcoming.week.number, today)
    page["wishes"] = count_open_wishes(the_farm) if page["sees_money"] else 0
    return render(request, "deliveries/desk.html", page | {"sums": season_sums(season)})


def _between_seasons(farm: Farm) -> Facts:
    """No pickup lies ahead: a draft to finish, a season that is over, or none yet."""
    seasons = list(farm.seasons.all())
    draft = next((season for season in seasons if season.is_draft), None)
    if draft:
        return {"state": "draft", "season": draft}
    return {"state": "over", "season": seasons[0]} if seasons else {"state": "none"}


def _cells(farm: Farm, season: Season, days: list[PickupDay], current: int | None, today: dt.date) -> Any:
    def address(date: dt.date) -> str:
        return reverse("pickups", args=[farm.slug, date.isoformat()])

    return desk_cells(season, days, current=current, today=today, address=address)


@login_required
@never_cache
@require_safe
def desk_pickups(request: HttpRequest, farm: str) -> HttpResponse:
    """Every pickup of the season, the coming one marked; those past and those far ahead are folded away."""
    the_farm = desk_farm(request, farm)
    at = clock.now()
    upcoming = next_day(the_farm, at=at)
    season = upcoming.week.season if upcoming else the_farm.seasons.opened().first()
    page: Facts = {"farm": the_farm, "season": season, "upcoming": upcoming, "sees_money": owns(request, the_farm)}
    if season:
        days = season_days(season)
        current = upcoming.week.number if upcoming else None
        today = local_day(at, the_farm.zone)
        page |= {"folds": _folds(days, current, today), "cells": _cells(the_farm, season, days, current, today)}
    return render(request, "deliveries/desk_pickups.html", page)


def _folds(days: list[PickupDay], current: int | None, today: dt.date) -> dict[str, list[PickupDay]]:
    """The days of the weeks at hand, the later ones, those that are over; all at hand when nothing is ahead."""
    if current is None:
        return {"near": days}
    ahead = [day for day in days if day.date >= today]
    near = [day for day in ahead if day.week.number < current + WEEKS_AT_HAND]
    later, past = [day for day in ahead if day not in near], [day for day in days if day.date < today]
    return {"near": near, "later": later, "past": past}


@login_required
@never_cache
@require_safe
def pickups(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """A date's pickups, site by site: who is expected, who came, the link for the volunteers."""
    desk = farm_week(request, farm, date)
    at = clock.now()
    page = _pickups_page(desk, at)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "deliveries/pickups.html#live", page)
    return render(request, "deliveries/pickups.html", page)


def _pickups_page(desk: DeskDate, at: datetime) -> Facts:
    found = turnouts(desk.days)
    links = {link.day_id: link for link in HostLink.objects.filter(day__in=desk.days, revoked_at=None)}
    ends = unclaimed.ends_of(desk.days)
    return {
        "farm": desk.farm,
        "date": desk.date,
        "week": desk.week,
        "sees_money": desk.sees_money,
        "sites": [_site(found[day.pk], links.get(day.pk), at) | ends[day.pk] for day in desk.days],
        "live": any(is_live(day, at) for day in desk.days),
    }


def _site(turnout: Turnout, link: HostLink | None, at: datetime) -> Facts:
    """One site's pickup on the page."""
    day = turnout.day
    return {
        "day": day,
        "turnout": turnout,
        "link": link,
        "address": host_links.address_of(link) if link else "",
        "qr": host_links.qr_of(link) if link else "",
        "pin_form": PinForm(prefix=f"day-{day.pk}", use_required_attribute=False),
        "over": day.ends_at <= at,
        "begun": day.starts_at <= at,
        "preliminary": day.drawn_up_at is None and at < day.deadline_at,
    }


@login_required
@require_POST
def pickup_link(request: HttpRequest, farm: str, date: str, site: int) -> HttpResponse:
    """Make the volunteers' link of a pickup, revoke it, or put a PIN before it."""
    day = owners_day(request, farm, date, site)
    wanted = request.POST.get("wanted", "")
    at = clock.now()
    if wanted == "revoke":
        told = request.POST.get("link", "")  # a page left open revokes the link it shows, not one made since
        host_links.revoke(day=day, at=at, link=int(told) if re.fullmatch(r"[0-9]{1,11}", told) else 0)
        messages.success(request, _("Revoked. Nobody gets in by the old link."))
    elif wanted in ("pin", "no-pin"):
        return _set_pin(request, farm, date, day, wanted)
    elif wanted == "make":
        host_links.live_link(day=day, at=at)
    return redirect(f"{reverse('pickups', args=[farm, date])}#site-{site}")


def _set_pin(request: HttpRequest, farm: str, date: str, day: PickupDay, wanted: str) -> HttpResponse:
    form = PinForm(request.POST, prefix=f"day-{day.pk}", use_required_attribute=False)
    if wanted == "pin" and not form.is_valid():
        page = _pickups_page(farm_week(request, farm, date), clock.now())
        next(site for site in page["sites"] if site["day"].pk == day.pk)["pin_form"] = form
        return render(request, "deliveries/pickups.html", page | {"form": form}, status=422)
    told = _("The link asks for the PIN from now on.") if wanted == "pin" else _("The link asks for no PIN.")
    if host_links.set_pin(day=day, pin=form.cleaned_data["pin"] if wanted == "pin" else ""):
        messages.success(request, told)
    else:
        messages.error(request, _("There is no link now: nobody can tick households off by phone."))
    return redirect(f"{reverse('pickups', args=[farm, date])}#site-{day.site_id}")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_pickup(request: HttpRequest, farm: str, date: str, site: int) -> HttpResponse:
    """Call a pickup off: first whom it concerns, then, with a reason, it is done and they are told."""
    day = owners_day(request, farm, date, site)
    at, affected = clock.now(), cancellations.affected(day)
    rooms = days_with_room(season=day.week.season, at=at)
    days = [other for other, room in rooms if other.pk != day.pk and room >= affected.boxes]
    form = CallOffForm(request.POST or None, days=days)
    if request.method == "POST" and form.is_valid():
        try:
            return _call_off(request, day, form.cleaned_data)
        except (cancellations.PickupOver, ChangeRefused) as refusal:
            form.add_error(None, str(refusal))
    page = {"farm": day.site.farm, "day": day, "form": form, "affected": affected, "over": day.ends_at <= at}
    page["worth"] = making_good.cost_of(day).total
    return render(request, "deliveries/cancel_pickup.html", page, status=422 if form.errors else 200)


def _call_off(request: HttpRequest, day: PickupDay, facts: Facts) -> HttpResponse:
    told = cancellations.cancel_day(day=day, by=signed_in(request), at=clock.now(), **facts)
    poke(make_good)
    poke(post_due_letters)
    words = ngettext(
        "%(site)s on %(day)s is called off. %(n)d person is told.",
        "%(site)s on %(day)s is called off. %(n)d people are told.",
        told,
    )
    messages.success(request, words % {"site": day.site.name, "day": day_words(day.date), "n": told})
    return redirect("pickups", farm=day.site.farm.slug, date=day.date.isoformat())
