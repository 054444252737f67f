"""What the harvest page and the lists show: rows, figures, the week, and where the lists stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deliveries import divisions
from deliveries.allocation import ProblemError
from deliveries.dividing.gathering import Case, gather
from deliveries.dividing.harvest_figures import Figures, figures_of
from deliveries.dividing.refusals import words_of
from deliveries.forms.crop_rules import ruled
from deliveries.forms.harvest import RowForm, rows_of
from deliveries.harvesting import harvests
from deliveries.harvesting.harvest_weeks import last_amounts, ribbon_of
from deliveries.harvesting.leftovers import carried_notes
from deliveries.harvesting.quantities import UNITS
from deliveries.models import Allocation, Crop, Harvest
from deliveries.permissions import DeskDate
from farms.models import PickupDay
from people.currencies import major
from people.texts import WordsField


class NoteForm(forms.Form):
    """A few words to the households."""

    note = WordsField(
        label=_("A word to your households"),
        max_length=1000,
        required=False,
        help_text=_("It stands beside what is in the share once the week is published, and in the letters about it."),
    )


def harvest_shown(desk: DeskDate) -> Harvest:
    """The harvest of that date; one that is not opened yet is not saved: looking changes nothing."""
    return harvests.harvest_of(desk.days) or Harvest(week=desk.week, date=desk.date)


def page_of(desk: DeskDate, the_harvest: Harvest, typed: list[RowForm] | None = None) -> dict[str, Any]:
    """What the harvest page shows."""
    crops = harvests.crops_by_name(desk.farm)
    lines = list(the_harvest.lines.select_related("crop")) if the_harvest.pk else []
    rows = typed or rows_of(
        farm=desk.farm, crops=crops, lines=lines, sees_money=desk.sees_money, about=ruled(the_harvest)
    )
    figures, cells = _figures(the_harvest)
    before = harvests.last_harvest(farm=desk.farm, before=the_harvest.date)
    carried = carried_notes(lines)
    for form in rows:
        form.figures = figures.rows.get(form.line.crop_id) if form.line else None
        form.note = form.note or (carried.get(form.line.pk, "") if form.line else "")
        if form.line and form.line.crop_id == figures.refused_crop:
            form.note = figures.refused
    return {
        "farm": desk.farm,
        "harvest": the_harvest,
        "week": desk.week,
        "rows": rows,
        "figures": figures,
        "sees_money": desk.sees_money,
        "crops": sorted(crops.values(), key=lambda crop: crop.name.casefold()),
        "known": _known(crops.values(), before, sees_money=desk.sees_money),
        "ribbon": ribbon_of(desk.week, farm=desk.farm),
        "choices": _day_choices(desk, the_harvest, figures),
        "can_repeat": before is not None,
        "note_form": NoteForm(initial={"note": the_harvest.note}),
        **standing_of(the_harvest, cells),
    }


def _figures(the_harvest: Harvest) -> tuple[Figures, list[dict[str, Any]]]:
    try:
        case, divided = divisions.shown(the_harvest)
    except ProblemError as odd:
        case = gather(the_harvest)
        figures = figures_of(case, None, refused=_refusal(odd, case))
        if odd.crop is not None and odd.crop < len(case.lines):
            figures.refused_crop = case.lines[odd.crop].crop_id
        return figures, case.inputs["cells"]
    return figures_of(case, divided), case.inputs["cells"]


def _refusal(odd: ProblemError, case: Case) -> str:
    """What cannot be divided by, and of which crop."""
    return words_of(odd, [line.crop.name for line in case.lines])


def _known(crops: Iterable[Crop], before: Harvest | None, *, sees_money: bool) -> dict[str, Any]:
    """What the keyboard fills in: each crop's unit, step and price, and last week's list."""
    last = last_amounts(before)
    return {
        "crops": {
            harvests.folded(crop.name): {
                "name": crop.name,
                "unit": crop.unit,
                "step": f"{crop.step.normalize():f}",
                "price": f"{major(crop.price, crop.farm.currency):f}" if sees_money else "",
                "last": last.get(crop.pk, ""),
            }
            for crop in crops
        },
        "steps": {code: f"{unit.step:f}" for code, unit in UNITS.items()},
    }


def _day_choices(desk: DeskDate, the_harvest: Harvest, figures: Figures) -> list[tuple[PickupDay, bool, bool]]:
    """Each pickup of the week: whether this harvest is for it, and whether that is fixed."""
    chosen = {site.day.pk for site in figures.sites}
    return [(day, day.pk in chosen, day.date == the_harvest.date) for day in harvests.week_days(desk.week)]


def standing_of(the_harvest: Harvest, cells: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Where the lists stand: under way, failed, in force, or changed since."""
    run: Allocation | None = the_harvest.allocations.order_by("-number").first() if the_harvest.pk else None
    current = the_harvest.current if the_harvest.pk else None
    edited = bool(current and current.inputs.get("harvest_version") != the_harvest.version)
    shares = 0
    if current and cells is not None:
        shares = _shares_changed(current.inputs.get("cells", []), cells)
    return {
        "run": run,
        "current": current,
        "under_way": bool(run and run.finished_at is None and run.failed_at is None),
        "failed": bool(run and run.failed_at),
        "edited": edited,
        "shares_changed": shares,
    }


def _shares_changed(then: list[dict[str, Any]], now: list[dict[str, Any]]) -> int:
    """How many shares came or went since the lists were printed; each by itself where each had its own box."""
    own = all("share" in cell for cell in [*then, *now])
    before, after = _due(then, own), _due(now, own)
    return sum(abs(before[key] - after[key]) for key in before | after)


def _due(cells: list[dict[str, Any]], own: bool) -> Counter[tuple[int, int]]:
    """Shares by day and type, or by day and share; one that collects two turns is two."""
    found: Counter[tuple[int, int]] = Counter()
    for cell in cells:
        found[cell["day"], cell["share" if own else "type"]] += cell["count"] * cell.get("turns", 1)
    return found
