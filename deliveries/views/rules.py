"""The farmer's page of a season's rules: tried on the real roster, then put into force."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries.changing import season_rules, turn_balance
from deliveries.changing.cases import ChangeRefused
from deliveries.forms.rules import SeasonRulesForm
from deliveries.permissions import owners_season
from farms.models import Season
from farms.permissions import signed_in
from farms.planning import ChangedMeanwhile
from people import clock
from people.poke import poke
from people.tasks import post_due_letters


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def season_rules_page(request: HttpRequest, farm: str, season: int) -> HttpResponse:
    """The rules; what they would mean, day by day; saving them says whom that concerns."""
    the_season = owners_season(request, farm, season)
    wanted, at = request.POST.get("do", ""), clock.now()
    if wanted == "balance":
        return _balanced(request, the_season)
    form = SeasonRulesForm(request.POST if wanted else None, season=the_season)
    page: dict[str, Any] = {"farm": the_season.farm, "season": the_season, "form": form, "sides": []}
    if form.is_bound and form.is_valid():
        if wanted == "save" and request.POST.get("seen") == _fingerprint(form):
            try:
                return _saved(request, the_season, form)
            except ChangedMeanwhile:
                page["changed_meanwhile"] = True
        outlook = season_rules.outlook(the_season, form.cleaned_data, at=at)
        page |= {"outlook": outlook, "sides": outlook.sides, "seen": _fingerprint(form)}
    elif not form.is_bound:
        page["sides"] = turn_balance.sides_of(the_season, percent_a=the_season.percent_a, at=at)
        page["go_over"] = sum(len(side.goes) for side in page["sides"])
    page["takers"] = season_rules.households_waiting_for_gifts(the_season)
    return render(request, "deliveries/season_rules.html", page, status=422 if form.errors else 200)


def _fingerprint(form: SeasonRulesForm) -> str:
    """What was looked at: rules are put into force only as they were seen."""
    return "|".join(str(form.cleaned_data[name]) for name in sorted(form.cleaned_data))


def _saved(request: HttpRequest, season: Season, form: SeasonRulesForm) -> HttpResponse:
    facts = dict(form.cleaned_data)
    told = season_rules.change(
        season=season, version=facts.pop("version"), gifts_to=facts.pop("gifts_to"), rules=facts,
        by=signed_in(request), at=clock.now(),
    )  # fmt: skip
    words = _("The rules are in force.")
    if told:
        words += " " + ngettext("%(n)s household is told.", "%(n)s households are told.", told) % {"n": told}
        poke(post_due_letters)
    messages.success(request, words)
    return redirect("season_rules", farm=season.farm.slug, season=season.pk)


def _balanced(request: HttpRequest, season: Season) -> HttpResponse:
    try:
        gone = turn_balance.balance(season=season, by=signed_in(request), at=clock.now())
    except ChangeRefused as refused:
        messages.error(request, str(refused))
    else:
        words = ngettext("%(n)s share goes over.", "%(n)s shares go over.", gone) % {"n": gone}
        messages.success(request, words)
        poke(post_due_letters)
    return redirect("season_rules", farm=season.farm.slug, season=season.pk)
