"""A farm begins, and says who it is and who works there."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from farms.forms import FarmForm, InviteForm, StartFarmForm
from farms.founding import start_farm as found
from farms.models import Farm
from farms.permissions import OWNER, signed_in, staff_farm
from farms.seasons import lay_out_drafts
from farms.staff import AlreadyStaff, LastOwner, invite, let_go
from people import clock

PAGE = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(PAGE)
def start_farm(request: HttpRequest) -> HttpResponse:
    """A farmer tells of the farm in six fields, and goes on to its first season."""
    owner = signed_in(request)
    form = StartFarmForm(request.POST or None, initial=_guesses(request))
    if request.method == "POST" and form.is_valid():
        farm = found(**form.cleaned_data, owner=owner, at=clock.now())
        return redirect("new_season", farm=farm.slug)
    return render(request, "farms/start_farm.html", {"form": form})


@login_required
@require_http_methods(PAGE)
def desk_settings(request: HttpRequest, farm: str) -> HttpResponse:
    """The farm's facts, and who works there."""
    the_farm = staff_farm(request, farm)
    act = request.POST.get("act", "facts") if request.method == "POST" else ""
    facts = FarmForm(request.POST if act == "facts" else None, instance=the_farm, settled=_is_settled(the_farm))
    asked = InviteForm(request.POST if act == "invite" else None, farm=the_farm)
    if act == "let_go":
        _end_role(request, the_farm)
        return redirect("desk_settings", farm=farm)
    if act == "facts" and facts.is_valid():
        facts.instance.save(update_fields=facts.changed_data)
        lay_out_drafts(farm=the_farm, at=clock.now())
        messages.success(request, _("Saved."))
        return redirect("desk_settings", farm=farm)
    if act == "invite" and asked.is_valid() and _invited(request, the_farm, asked):
        return redirect("desk_settings", farm=farm)
    stored = Farm.objects.get(pk=the_farm.pk)  # an invalid form has put its words on the instance
    staff = list(the_farm.staff.select_related("user", "site").order_by("role", "pk"))
    page: dict[str, Any] = {
        "farm": stored,
        "facts": facts,
        "asked": asked,
        "staff": staff,
        "owners": sum(member.role == OWNER for member in staff),
        "has_errors": bool(facts.errors or asked.errors),
    }
    return render(request, "farms/desk_settings.html", page)


def _guesses(request: HttpRequest) -> dict[str, str]:
    """What the browser tells of where and how its owner speaks: `fr-BE` is French, in Belgium."""
    region = re.match(r"\s*[a-z]{2,3}-([A-Z]{2})\b", request.headers.get("Accept-Language", ""))
    return {
        "email": signed_in(request).email,
        "country": region[1] if region else "",
        "language": (translation.get_language() or "en").split("-")[0],
    }


def _is_settled(farm: Farm) -> bool:
    return farm.seasons.opened().exists()


def _invited(request: HttpRequest, farm: Farm, form: InviteForm) -> bool:
    data = form.cleaned_data
    try:
        member = invite(
            farm=farm,
            email=data["email"],
            role=data["role"],
            site=form.sites.get(data["site"]),
            by=signed_in(request),
            at=clock.now(),
        )
    except AlreadyStaff:
        form.add_error("email", _("This person works here already. Remove them first to give another role."))
        return False
    messages.success(request, _("Invited. A letter is on its way to %(email)s.") % {"email": member.user.email})
    return True


def _end_role(request: HttpRequest, farm: Farm) -> None:
    typed = request.POST.get("member", "")
    number = int(typed) if re.fullmatch(r"[0-9]{1,18}", typed) else 0
    try:
        if let_go(farm=farm, member=number):
            messages.success(request, _("Removed. Their way in is closed."))
    except LastOwner:
        messages.error(request, _("A farm keeps at least one owner. Invite another one first."))
