"""The farm's side: which hands are needed when, who comes, and the hours they gave."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from community import hours, shifts
from community.forms import AgreedForm, CallOffForm, HoursForm, NeededForm, ShiftForm, minutes_of
from community.models import Shift, SignUp
from community.permissions import shift_of
from farms.models import Farm, Household, Season
from farms.permissions import signed_in, staff_farm
from farms.seasons import season_of_day
from people import clock
from people.formats import local_day
from people.poke import poke
from people.tables import table_answer
from people.tasks import post_due_letters
from shares.models import Share

PAGE = ["GET", "HEAD", "POST"]
ROWS = 60


@login_required
@never_cache
@require_http_methods(PAGE)
def desk_shifts(request: HttpRequest, farm: str) -> HttpResponse:
    """The shifts ahead with how many come, and a form for more."""
    the_farm = staff_farm(request, farm)
    at = clock.now()
    sites = list(the_farm.sites.filter(retired_at=None))
    form = ShiftForm(request.POST if request.method == "POST" else None, farm=the_farm, sites=sites, at=at)
    if request.method == "POST" and form.is_valid():
        _offer(request, the_farm, form)
        return redirect("desk_shifts", farm=farm)
    gone = "past" in request.GET
    of_farm = Shift.objects.filter(farm=the_farm).select_related("day")
    rows = of_farm.filter(starts_at__lte=at).order_by("-starts_at") if gone else of_farm.filter(starts_at__gt=at)
    seeking = SignUp.objects.standing().exclude(substitute_wanted_at=None)
    rows = rows.prefetch_related(Prefetch("sign_ups", queryset=seeking, to_attr="seeking"))
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "community/desk_shifts.html", {"farm": the_farm, "form": form, "page": page, "gone": gone})


def _offer(request: HttpRequest, farm: Farm, form: ShiftForm) -> None:
    at = clock.now()
    if form.site is None:
        shifts.offer_once(farm=farm, plan=form.plan, on=form.cleaned_data["on"], at=at)
        number = 1
    else:
        number = shifts.offer_at_pickups(farm=farm, plan=form.plan, days=form.days, at=at)
    if number:
        said = ngettext("%(number)s shift is open for sign-up.", "%(number)s shifts are open for sign-up.", number)
        messages.success(request, said % {"number": number})
    else:
        messages.info(request, _("These pickups have a shift of this name already."))


@login_required
@never_cache
@require_http_methods(PAGE)
def desk_shift(request: HttpRequest, farm: str, shift: int) -> HttpResponse:
    """One shift: who comes, how long they were there, how many are needed; calling it off."""
    the_farm = staff_farm(request, farm)
    the_shift = shift_of(the_farm, shift)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    needed = NeededForm(request.POST if act == "needed" else None, shift=the_shift)
    off = CallOffForm(request.POST if act == "call_off" else None)
    people = list(the_shift.sign_ups.standing().select_related("user", "household").prefetch_related("hours"))
    worked = {each.pk: _hours_form(request, act, each) for each in people}
    if act and _done(request, the_shift, act, needed, off, people, worked):
        return redirect("desk_shift", farm=farm, shift=shift)
    page = {
        "farm": the_farm,
        "shift": Shift.objects.select_related("day__site").get(pk=the_shift.pk),
        "needed": needed,
        "off": off,
        "people": [(each, worked[each.pk]) for each in people],
        "over": the_shift.ends_at <= clock.now(),
        "has_errors": any(form.errors for form in (needed, off, *worked.values())),
    }
    return render(request, "community/desk_shift.html", page)


def _hours_form(request: HttpRequest, act: str, each: SignUp) -> HoursForm:
    mine = act == "hours" and request.POST.get("person") == str(each.pk)
    stands = sum(entry.minutes for entry in each.hours.all()) / 60
    return HoursForm(request.POST if mine else None, initial={"hours": f"{stands:g}"}, auto_id=f"id_%s_{each.pk}")


def _done(
    request: HttpRequest,
    shift: Shift,
    act: str,
    needed: NeededForm,
    off: CallOffForm,
    people: list[SignUp],
    worked: dict[int, HoursForm],
) -> bool:
    """Do what a form of the page asks. False when something in it must be looked at again."""
    at = clock.now()
    if act == "call_off" and off.is_valid():
        if shifts.call_off(shift=shift, because=off.cleaned_data["because"], at=at):
            messages.success(request, _("Called off. Who signed up is told."))
            poke(post_due_letters)
        return True
    if act == "needed" and needed.is_valid():
        try:
            shifts.change_needed(shift=shift, needed=needed.cleaned_data["needed"])
        except shifts.ShiftRefused as refused:
            needed.add_error("needed", str(refused))
            return False
        messages.success(request, _("Saved."))
        return True
    if act == "hours":
        person = next((each for each in people if str(each.pk) == request.POST.get("person")), None)
        if person is None:
            raise Http404
        return _corrected(request, person, worked[person.pk])
    return False


def _corrected(request: HttpRequest, person: SignUp, form: HoursForm) -> bool:
    if not form.is_valid():
        return False
    try:
        minutes = minutes_of(form.cleaned_data["hours"])
        hours.correct(sign_up=person, minutes=minutes, by=signed_in(request), at=clock.now())
    except hours.HoursRefused as refused:
        form.add_error("hours", str(refused))
        return False
    messages.success(request, _("Saved."))
    return True


@login_required
@never_cache
@require_http_methods(PAGE)
def desk_hours(request: HttpRequest, farm: str) -> HttpResponse:
    """The hours ledger of a season: agreed against done, household by household."""
    the_farm = staff_farm(request, farm)
    seasons = list(the_farm.seasons.opened())
    asked = request.GET.get("season", "")
    running = season_of_day(seasons, local_day(clock.now(), the_farm.zone))
    season = next((each for each in seasons if str(each.pk) == asked), running)
    if season is None:
        return render(request, "community/desk_hours.html", {"farm": the_farm, "season": None})
    rows = _rows(the_farm, season)
    if kind := request.GET.get("format"):
        return table_answer(kind, f"{the_farm.slug}-hours", (_heads(), [_cells(one, where) for one, where in rows]))
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    wrong = None
    if request.method == "POST":
        household = next((one for one, _where in rows if str(one.pk) == request.POST.get("household")), None)
        if household is None:
            raise BadRequest("no such household here")
        form = AgreedForm(request.POST, auto_id=f"id_%s_{household.pk}")
        if form.is_valid():
            hours.agree(household=household, season=season, minutes=minutes_of(form.cleaned_data["hours"]))
            messages.success(request, _("Saved."))
            return redirect(request.get_full_path())
        wrong = (household.pk, form)
    shown = [(one, where, _agreed_form(one, where, wrong)) for one, where in page.object_list]
    context = {"farm": the_farm, "season": season, "seasons": seasons, "rows": shown, "page": page}
    return render(request, "community/desk_hours.html", context | {"form": wrong and wrong[1]})


def _rows(farm: Farm, season: Season) -> list[tuple[Household, hours.Standing]]:
    """Every household with a share this season, or with hours, and where it stands."""
    found = hours.standings(season)
    with_share = Share.objects.paid().for_season(season).values("household")
    households = Household.objects.filter(Q(pk__in=with_share) | Q(pk__in=list(found)), farm=farm)
    return [(one, found.get(one.pk, hours.Standing(0, 0, 0, 0))) for one in households]


def _agreed_form(household: Household, where: hours.Standing, wrong: tuple[int, AgreedForm] | None) -> AgreedForm:
    if wrong and wrong[0] == household.pk:
        return wrong[1]
    return AgreedForm(initial={"hours": f"{where.agreed / 60:g}"}, auto_id=f"id_%s_{household.pk}")


def _heads() -> list[str]:
    return [_("No."), _("Household"), _("Agreed"), _("Worked"), _("Given"), _("Received"), _("To do")]


def _cells(household: Household, where: hours.Standing) -> list[Any]:
    counted = (where.agreed, where.worked, where.given, where.received, where.to_do)
    return [household.number, household.name, *(round(minutes / 60, 2) for minutes in counted)]
