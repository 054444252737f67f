"""The farmer's harvest page: write down what came in, see what each share gets, publish; and the lists."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deliveries import divisions
from deliveries.forms.crop_rules import ruled
from deliveries.forms.harvest import BLANK_ROWS, PasteForm, RowForm
from deliveries.harvesting import harvest_lines, harvest_log, harvests
from deliveries.harvesting.harvest_weeks import next_date
from deliveries.models import Harvest, HarvestLine
from deliveries.permissions import DeskDate, desk_farm, farm_week
from deliveries.tasks import divide_harvests
from deliveries.views.harvest_page import harvest_shown, page_of, standing_of
from people import clock
from people.models import User
from people.poke import poke


@login_required
@require_safe
def next_harvest(request: HttpRequest, farm: str) -> HttpResponse:
    """The harvest of the next pickup: where the desk's link leads."""
    the_farm = desk_farm(request, farm)
    day = next_date(farm=the_farm, at=clock.now())
    if day is None:
        return render(request, "deliveries/no_harvest.html", {"farm": the_farm})
    return redirect("harvest", farm=farm, date=day.isoformat())


@login_required
@never_cache
@require_safe
def harvest(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """The grid, the preview beside it, and where the lists stand."""
    desk = farm_week(request, farm, date)
    the_harvest = harvest_shown(desk)
    if the_harvest.date != desk.date:
        return redirect("harvest", farm=farm, date=the_harvest.date.isoformat())
    return render(request, "deliveries/harvest.html", page_of(desk, the_harvest))


@login_required
@require_POST
def harvest_rows(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Rows save themselves: one by htmx, all of them by the form. All right, or nothing is written."""
    desk = farm_week(request, farm, date)
    the_harvest = harvests.open_harvest(farm=desk.farm, date=desk.date, at=clock.now())
    if "remove" in request.POST:
        harvests.remove_line(line=_line(the_harvest, request.POST["remove"]))
        return _saved(request, desk, the_harvest, [])
    forms = _typed_rows(request, desk, the_harvest)
    used = [form for form in forms if not form.is_blank]
    wrong = [form for form in used if not form.is_valid()]
    if not wrong and _write(the_harvest, forms):
        return _saved(request, desk, the_harvest, used)
    if request.htmx:  # type: ignore[attr-defined]
        return _rows_back(request, desk, the_harvest, used)
    return render(request, "deliveries/harvest.html", page_of(desk, the_harvest, forms) | {"has_errors": True})


def _write(the_harvest: Harvest, forms: list[RowForm]) -> bool:
    """Write every row, take away those that were emptied; or none, and say beside the row why."""
    refused: RowForm | None = None
    try:
        with transaction.atomic():
            for form in forms:
                refused = form
                if form.is_blank and form.line:
                    harvests.remove_line(line=form.line)
                elif not form.is_blank:
                    form.saved = harvests.record_line(
                        harvest=the_harvest, picked=form.picked_line(), line=form.line, rules=form.rules
                    )
    except harvests.CropTwice as twice:
        if refused:
            refused.add_error("crop", str(twice))
        return False
    return True


def _typed_rows(request: HttpRequest, desk: DeskDate, the_harvest: Harvest) -> list[RowForm]:
    crops = harvests.crops_by_name(desk.farm)
    lines = {str(line.pk): line for line in the_harvest.lines.select_related("crop", "harvest")}
    about = ruled(the_harvest)
    keys = [key for key in request.POST.getlist("row")[:500] if key in lines or key.startswith("new-")]
    return [
        RowForm(
            request.POST,
            key=key[:20],
            farm=desk.farm,
            crops=crops,
            line=lines.get(key),
            sees_money=desk.sees_money,
            about=about,
        )
        for key in keys
    ]


def _line(the_harvest: Harvest, number: str) -> HarvestLine:
    return get_object_or_404(the_harvest.lines, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)


def _saved(request: HttpRequest, desk: DeskDate, the_harvest: Harvest, used: list[RowForm]) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _rows_back(request, desk, the_harvest, used)
    return redirect("harvest", farm=desk.farm.slug, date=the_harvest.date.isoformat())


def _rows_back(request: HttpRequest, desk: DeskDate, the_harvest: Harvest, used: list[RowForm]) -> HttpResponse:
    """The rows that were sent, as they are now, and every figure of the page."""
    page = page_of(desk, the_harvest)
    now = {form.key: form for form in page["rows"]}
    for form in used:
        form.shown = now.get(str(form.saved.pk), form) if form.saved else form
        form.shown.note = form.note or form.shown.note
    kept = {form.key for form in used}
    page["sent"] = used
    shown = {form.shown.key for form in used}
    page["others"] = [form for form in page["rows"] if form.line and form.key not in shown]
    page["removed"] = [key for key in request.POST.getlist("row") + request.POST.getlist("remove") if key not in kept]
    page["fresh"] = [
        _blank(form, desk)
        for form in used
        if not form.line and form.saved and form.key.removeprefix("new-").isdecimal()
    ]
    return render(request, "deliveries/harvest_rows.html", page)


def _blank(used: RowForm, desk: DeskDate) -> RowForm:
    """The blank row that comes after one that was used: there are always as many."""
    key = f"new-{int(used.key.removeprefix('new-')) + BLANK_ROWS}"
    return RowForm(key=key, farm=desk.farm, crops={}, sees_money=desk.sees_money)


@login_required
@require_POST
def harvest_days(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Which pickups of the week this harvest is for."""
    desk = farm_week(request, farm, date)
    the_harvest = harvests.open_harvest(farm=desk.farm, date=desk.date, at=clock.now())
    wanted = {int(text) for text in request.POST.getlist("day") if text.isdecimal() and len(text) < 19}
    days = [day for day in harvests.week_days(desk.week) if day.pk in wanted]
    try:
        harvests.choose_days(harvest=the_harvest, days=days)
    except harvests.DayTaken as taken:
        messages.error(request, str(taken))
    return redirect("harvest", farm=farm, date=the_harvest.date.isoformat())


@login_required
@require_POST
def harvest_repeat(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Last week's crops and amounts, where nothing is written yet."""
    desk = farm_week(request, farm, date)
    the_harvest = harvests.open_harvest(farm=desk.farm, date=desk.date, at=clock.now())
    count = harvests.repeat_last_week(harvest=the_harvest)
    words = ngettext("%(count)s crop as last week.", "%(count)s crops as last week.", count) % {"count": count}
    messages.info(request, words if count else _("There is no earlier harvest with other crops."))
    return redirect("harvest", farm=farm, date=the_harvest.date.isoformat())


@login_required
def harvest_paste(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """A list from elsewhere: read, shown line by line, written only when confirmed."""
    desk = farm_week(request, farm, date)
    form = PasteForm(request.POST or None)
    lines: list[harvest_log.Line] = []
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            lines = harvest_log.read_paste(form.cleaned_data["text"])
            for line in lines:
                line.price = line.price or request.POST.get(f"price-{line.number}", "")[:40]
            lines = harvest_lines.understand(lines, farm=desk.farm, new_crops=True)
            if "confirm" in request.POST and lines and not harvest_lines.faults_of(lines):
                return _write_paste(request, desk, lines)
        except harvest_log.LogRefused as too_long:
            refused = too_long.faults[0][1]
    faults = harvest_lines.faults_of(lines)
    context = {
        "farm": desk.farm, "date": desk.date, "form": form, "lines": lines, "refused": refused, "faults": len(faults),
        "sees_money": desk.sees_money, "has_errors": bool(faults or refused),
    }  # fmt: skip
    return render(request, "deliveries/harvest_paste.html", context)


def _write_paste(request: HttpRequest, desk: DeskDate, lines: list[harvest_log.Line]) -> HttpResponse:
    with transaction.atomic():
        the_harvest = harvests.open_harvest(farm=desk.farm, date=desk.date, at=clock.now())
        count = harvests.record_harvest(harvest=the_harvest, picked=harvest_lines.picked_from(lines, farm=desk.farm))
    words = ngettext("%(count)s crop written down.", "%(count)s crops written down.", count)
    messages.success(request, words % {"count": count})
    return redirect("harvest", farm=desk.farm.slug, date=the_harvest.date.isoformat())


@login_required
@require_POST
def harvest_publish(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Ask the worker to divide it and print the lists."""
    desk = farm_week(request, farm, date)
    the_harvest = harvests.open_harvest(farm=desk.farm, date=desk.date, at=clock.now())
    by = request.user if isinstance(request.user, User) else None
    try:
        divisions.ask_for_division(harvest=the_harvest, by=by, at=clock.now())
    except (divisions.NothingToDivide, divisions.DivisionUnderWay) as told:
        messages.warning(request, str(told))
    else:
        poke(divide_harvests)
    return redirect("harvest", farm=farm, date=the_harvest.date.isoformat())


@login_required
@never_cache
@require_safe
def harvest_progress(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Where the lists stand, asked again every second while they are made."""
    desk = farm_week(request, farm, date)
    the_harvest = harvest_shown(desk)
    context = {"farm": desk.farm, "harvest": the_harvest, **standing_of(the_harvest, None)}
    answer = render(request, "deliveries/harvest_standing.html", context)
    if not context["under_way"]:
        answer["HX-Refresh"] = "true"
    return answer
