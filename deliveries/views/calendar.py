"""A household's calendar: the address to give to a phone, and what the phone fetches there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from deliveries.due import feeds
from deliveries.models import CalendarFeed
from farms.permissions import my_household
from people import clock
from people.letters import page_url


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_calendar(request: HttpRequest) -> HttpResponse:
    """The address of the household's calendar, and how to get another one."""
    household = my_household(request)
    feed = CalendarFeed.objects.filter(household=household).first()
    if request.method == "POST":
        feeds.renew(household, at=clock.now())
        if feed is not None:
            messages.success(request, _("Your calendar has a new address. The old one gives nothing any more."))
        return redirect(request.get_full_path())
    page: dict[str, Any] = {"household": household, "farm": household.farm}
    if feed is not None:
        address = page_url(reverse("calendar_feed", args=[feed.token]))
        page |= {"address": address, "webcal": urlunsplit(("webcal", *urlsplit(address)[1:]))}
    return render(request, "deliveries/my_calendar.html", page)


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar fetches: the household's pickups, in its first person's language."""
    feed = CalendarFeed.objects.select_related("household__farm").filter(token=token).first()
    if feed is None:
        raise Http404
    reader = feed.household.people.order_by("pk").first()
    with translation.override((reader and reader.language) or feed.household.farm.language):
        answer = HttpResponse(feeds.calendar_of(feed.household, at=clock.now()), "text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'inline; filename="{feed.household.farm.slug}.ics"'
    answer["Cache-Control"] = "private, max-age=900"
    return answer
