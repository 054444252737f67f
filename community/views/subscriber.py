"""A household's side: lend a hand, hand a shift on, and where one's hours stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from community import hours, shifts
from community.forms import GiveForm, minutes_of
from community.models import Shift, SignUp, SwapProposal
from community.permissions import own_sign_up, shift_of, sign_up_seeking
from farms.models import Household, Season
from farms.permissions import my_household, signed_in
from farms.seasons import season_on
from people import clock
from people.formats import local_day
from people.models import User
from people.poke import poke
from people.tasks import post_due_letters

SHOWN = 60  # shifts ahead
Act = Callable[[HttpRequest, Household, User, datetime], str]


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_shifts(request: HttpRequest) -> HttpResponse:
    """The shifts one signed up for, those that need hands, and the household's hours."""
    household, user, at = my_household(request), signed_in(request), clock.now()
    season = season_on(household.farm, local_day(at, household.farm.zone))
    giving = request.POST.get("act") == "give"
    form = GiveForm(request.POST if giving else None)
    if request.method == "POST":
        if not giving:
            _act(request, household, user, at)
            return redirect(request.get_full_path())
        if season and form.is_valid() and _given(request, form, household, season, user, at):
            return redirect(request.get_full_path())
    return render(request, "community/my_shifts.html", _shown(household, user, season, form, at))


def _shown(household: Household, user: User, season: Season | None, form: GiveForm, at: datetime) -> dict[str, Any]:
    own = SignUp.objects.standing().filter(user=user, shift__farm=household.farm, shift__in=Shift.objects.ahead(at))
    mine = list(own.select_related("shift").order_by("shift__starts_at"))
    on_them = {each.shift_id for each in mine}
    ahead = Shift.objects.ahead(at).filter(farm=household.farm).exclude(pk__in=on_them)[:SHOWN]
    seeking = SignUp.objects.standing().exclude(substitute_wanted_at=None).exclude(user=user)
    proposals = SwapProposal.objects.filter(wanted__in=mine, answered_at=None, offered__withdrawn_at=None)
    return {
        "household": household,
        "farm": household.farm,
        "mine": mine,
        "open": [shift for shift in ahead if shift.left],
        "seeking": list(
            seeking.filter(shift__in=[shift.pk for shift in ahead]).select_related("shift").order_by("shift__starts_at")
        ),
        "proposals": list(proposals.select_related("wanted__shift", "offered__shift")),
        "withdraw_until": at + shifts.WITHDRAW_UNTIL,
        "season": season,
        "standing": hours.standing_of(household, season) if season else None,
        "form": form,
    }


def _act(request: HttpRequest, household: Household, user: User, at: datetime) -> None:
    """Do what one of the page's buttons asks, and say what came of it."""
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise BadRequest("no such button")
    try:
        messages.success(request, act(request, household, user, at))
        poke(post_due_letters)
    except shifts.ShiftRefused as refused:
        messages.error(request, str(refused))


def _sign_up(request: HttpRequest, household: Household, user: User, at: datetime) -> str:
    typed = request.POST.get("shift", "")
    shift = shift_of(household.farm, int(typed) if typed.isdecimal() and len(typed) < 19 else 0)
    shifts.sign_up(shift=shift, household=household, user=user, at=at)
    return _("You are on it. Thank you.")


def _withdraw(request: HttpRequest, household: Household, user: User, at: datetime) -> str:
    shifts.withdraw(sign_up=own_sign_up(user, household, request.POST.get("sign_up", "")), at=at)
    return _("You are off it.")


def _seek(request: HttpRequest, household: Household, user: User, at: datetime) -> str:
    sign_up = own_sign_up(user, household, request.POST.get("sign_up", ""))
    shifts.seek_substitute(sign_up=sign_up, wanted=True, at=at)
    return _("The others are asked. Until somebody takes over it stays yours.")


def _keep(request: HttpRequest, household: Household, user: User, at: datetime) -> str:
    sign_up = own_sign_up(user, household, request.POST.get("sign_up", ""))
    shifts.seek_substitute(sign_up=sign_up, wanted=False, at=at)
    return _("It stays yours.")


def _take_over(request: HttpRequest, household: Household, user: User, at: datetime) -> str:
    theirs = sign_up_seeking(household, request.POST.get("sign_up", ""))
    if offered := request.POST.get("offered"):
        shifts.propose_swap(wanted=theirs, offered=own_sign_up(user, household, offered), at=at)
        return _("Your swap is proposed. You get a letter with the answer.")
    shifts.take_over(sign_up=theirs, household=household, user=user, at=at)
    return _("You are on it. Thank you.")


def _answer(request: HttpRequest, household: Household, user: User, at: datetime) -> str:
    typed = request.POST.get("swap", "")
    pk = int(typed) if typed.isdecimal() and len(typed) < 19 else 0
    rows = SwapProposal.objects.filter(pk=pk, wanted__user=user, wanted__household=household)
    ends = ("wanted__shift__farm", "wanted__user", "offered__shift__farm", "offered__user")
    proposal = rows.select_related(*ends).first()
    if proposal is None:
        raise Http404
    accept = request.POST.get("answer") == "yes"
    shifts.answer_swap(proposal=proposal, accept=accept, at=at)
    return _("Swapped.") if accept else _("Declined.")


_ACTS: dict[str, Act] = {
    "sign_up": _sign_up,
    "withdraw": _withdraw,
    "seek": _seek,
    "keep": _keep,
    "take_over": _take_over,
    "answer": _answer,
}


def _given(
    request: HttpRequest, form: GiveForm, household: Household, season: Season, user: User, at: datetime
) -> bool:
    data = form.cleaned_data
    other = Household.objects.filter(farm=household.farm, number=data["number"]).first()
    try:
        if other is None:
            raise hours.HoursRefused(_("There is no other household with this number."))
        hours.give(
            household=household, to=other, season=season, minutes=minutes_of(data["hours"]), token=data["token"],
            by=user, at=at,
        )  # fmt: skip
    except hours.HoursRefused as refused:
        form.add_error("number" if other is None or other.pk == household.pk else "hours", str(refused))
        return False
    messages.success(request, _("Given."))
    return True
