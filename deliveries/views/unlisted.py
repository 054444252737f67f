"""Somebody stands there who is not on the list."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from deliveries.checking_in import elsewhere, walk_ups
from deliveries.forms.check_in import LookForm, WalkUpForm
from deliveries.models import HostLink
from deliveries.permissions import host_link
from deliveries.views.check_in_page import check_in_page, kept_quiet
from people import clock


@csrf_exempt
@never_cache
@require_POST
def unlisted(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody who is not on the list: why not; or, if they get something all the same, who they are."""
    at = clock.now()
    link = host_link(request, token, at=at, listed=True)
    if request.POST.get("wanted") == "walk_up":
        return _write_down(request, link, at)
    form = LookForm(request.POST, use_required_attribute=False)
    told = _reason(link, form.cleaned_data["who"], at) if form.is_valid() else ""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"words": told or next(iter(form.errors.values()))[0]})
    page = check_in_page(request, link, at) | {"look_form": form, "form": form, "told": told}
    return kept_quiet(render(request, "deliveries/unlisted.html", page, status=422 if form.errors else 200))


def _reason(link: HostLink, who: str, at: datetime) -> str:
    try:
        return elsewhere.reason(day=link.day, said=who, link=link, at=at)
    except elsewhere.AskedTooOften:
        return _("That was asked too often. Wait ten minutes, or ask the farm.")


def _write_down(request: HttpRequest, link: HostLink, at: datetime) -> HttpResponse:
    form = WalkUpForm(request.POST, use_required_attribute=False)
    if not form.is_valid():
        page = check_in_page(request, link, at) | {"walk_up_form": form, "form": form}
        return kept_quiet(render(request, "deliveries/unlisted.html", page, status=422))
    facts = form.cleaned_data
    mark = uuid.uuid5(facts["uuid"], f"{facts['name']}\n{facts['took']}")  # the same page for somebody else is new
    walk_ups.write_down(
        day=link.day, people=[walk_ups.Unexpected(mark, facts["name"], facts["took"])], link=link, at=at
    )
    messages.success(request, _("Written down. The farm is told."))
    return redirect("check_in", link.token)
