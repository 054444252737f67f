"""Where what was left over went: looked at, written down, taken back."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries.forms.leftover import PassOnForm
from deliveries.harvesting import harvests, leftovers
from deliveries.harvesting.quantities import amount
from deliveries.models import Harvest, PassedOn
from deliveries.permissions import DeskDate, farm_week
from deliveries.views.harvest_page import harvest_shown
from farms.permissions import signed_in
from people import clock
from people.tables import table_answer


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leftovers_page(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Each crop left over with a form for what has no place yet; `?format=csv` as a table."""
    desk = farm_week(request, farm, date)
    harvest = harvest_shown(desk)
    if harvest.date != desk.date:
        return redirect("leftovers", farm=farm, date=harvest.date.isoformat())
    left = leftovers.left_of(harvest)
    if wanted := request.GET.get("format", ""):
        return table_answer(wanted, f"{farm}-{harvest.date}-leftovers", (_heads(), _rows(left, desk.farm.zone)))
    forms = _forms(request, desk, harvest, left)
    if request.method == "POST" and _done(request, harvest, forms):
        return redirect("leftovers", farm=farm, date=harvest.date.isoformat())
    wrong = [form for form in forms.values() if form.errors]
    context = {
        "farm": desk.farm, "harvest": harvest, "week": desk.week, "wrong": wrong, "has_errors": bool(wrong),
        "rows": [(one, forms.get(one.crop.pk), [(each, leftovers.where(each)) for each in one.gone]) for one in left],
    }  # fmt: skip
    return render(request, "deliveries/leftovers.html", context)


def _forms(request: HttpRequest, desk: DeskDate, harvest: Harvest, left: list[leftovers.Left]) -> dict[int, PassOnForm]:
    """By crop, of those of which something has no place yet; the one that was sent with what was typed."""
    sites = list({day.site_id: day.site for day in harvests.days_of(harvest)}.values()) if left else []
    next_on = leftovers.next_date(harvest) if left else None
    sent = request.POST.get("crop", "") if request.method == "POST" else ""
    return {
        one.crop.pk: PassOnForm(
            request.POST if sent == str(one.crop.pk) else None, left=one, sites=sites, next_on=next_on
        )
        for one in left
        if one.rest > 0
    }


def _done(request: HttpRequest, harvest: Harvest, forms: dict[int, PassOnForm]) -> bool:
    """Do what was asked for; False when a form must say why not."""
    by, at = signed_in(request), clock.now()
    if text := request.POST.get("undo", ""):
        number = int(text) if text.isdecimal() and len(text) < 19 else 0
        passed = get_object_or_404(PassedOn, pk=number, harvest=harvest.pk or 0)
        try:
            leftovers.take_back(passed=passed, by=by, at=at)
        except leftovers.NotPassedOn as refused:
            messages.error(request, str(refused))
        return True
    form = next((form for form in forms.values() if form.is_bound), None)
    if form is None:
        messages.warning(request, _("Nothing of it is left any more."))
        return True
    if not form.is_valid():
        return False
    try:
        passed = leftovers.pass_on(harvest=harvest, crop=form.left.crop, by=by, at=at, **form.facts)
    except leftovers.NotPassedOn as refused:
        form.add_error(refused.field, str(refused))
        return False
    messages.success(request, _("%(crop)s: %(where)s.") % {"crop": passed.crop.name, "where": leftovers.where(passed)})
    return True


def _heads() -> list[str]:
    return [_("Crop"), _("Left over"), _("Unit"), _("Went"), _("Where"), _("When"), _("Who")]


def _rows(left: list[leftovers.Left], zone: ZoneInfo) -> list[list[Any]]:
    """One row for each place something went to, and one for what has none."""
    rows = []
    for one in left:
        head = [one.crop.name, one.amount, one.unit]
        for each in one.gone:
            who = each.made_by.name or each.made_by.email if each.made_by else ""
            moment = each.made_at.astimezone(zone)
            went = amount(each.steps, each.step)
            rows.append([*head, went, leftovers.where(each), moment.strftime("%Y-%m-%d %H:%M"), who])
        if one.rest > 0:
            rows.append([*head, one.rest_amount, "", "", ""])
    return rows
