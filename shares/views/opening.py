"""The wizard's last page: the rules, all answers to look over, and opening for sale."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from farms.calendars import WeekRow
from farms.models import Season
from farms.permissions import staff_farm
from farms.planning import ChangedMeanwhile
from people import clock, formats
from shares.forms import leaving_rules
from shares.forms.wizard import RulesForm
from shares.in_parts import offers
from shares.views.wizard import PAGE, Facts, page_of, season_of


@login_required
@require_http_methods(PAGE)
def season_check(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """The rules; all answers to look over; and opening for sale."""
    the_farm = staff_farm(request, farm)
    the_season = season_of(the_farm, season)
    page = page_of(the_season, "check")
    with timezone.override(the_farm.zone):
        form = RulesForm(request.POST or None, season=the_season, initial=_rules_initial(the_season))
        page |= {"form": form, "missing": offers.missing(the_season) if the_season.is_draft else []}
        page["warnings"] = offers.warnings(the_season, page["rows"], at=clock.now()) if the_season.is_draft else []
        valid = request.method == "POST" and form.is_valid()
        if "preview" in request.POST:
            page["money"] = offers.money_of(the_season.share_types.all(), form.cleaned_data.get("costs"))
            return render(request, "shares/_money.html", page)
        if valid:
            try:
                return _save_check(request, the_season, form)
            except ChangedMeanwhile:
                page["changed_meanwhile"] = True
            except offers.NotReady:
                page["has_errors"] = True
        page["deadline_example"] = _deadline_in_words(the_season, page["rows"])
        return render(request, "shares/season_check.html", page)


def _deadline_in_words(season: Season, rows: list[WeekRow]) -> str:
    """ "A pickup on Tue 8 June can be changed until Sun 6 June, 23:59." """
    day = next((row.first for row in rows if not row.skipped), None)
    if day is None:
        return ""
    told = {
        "day": formats.day(day),
        "until": formats.day(day - timedelta(days=season.deadline_days)),
        "clock": formats.clock(season.deadline_time),
    }
    return _("A pickup on %(day)s can be changed until %(until)s, %(clock)s.") % told


def _rules_initial(season: Season) -> Facts:
    names = ("version", "deadline_days", "deadline_time", "holds_allowed", "mode", "costs", "terms", "opens_at")
    return {name: getattr(season, name) for name in (*names, *leaving_rules.NAMES)}


@transaction.atomic
def _save_check(request: HttpRequest, season: Season, form: RulesForm) -> HttpResponse:
    at = clock.now()
    rules = dict(form.cleaned_data)
    offers.save_rules(season=season, version=rules.pop("version"), rules=rules, at=at)
    if request.POST.get("act") == "open" and season.is_draft:
        offers.open_season(season=season, at=at)
        messages.success(request, _("%(season)s is open for sale.") % {"season": season.name})
    else:
        messages.success(request, _("Saved."))
    return redirect("seasons", farm=season.farm.slug)
