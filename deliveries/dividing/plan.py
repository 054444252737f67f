"""What the farmer expects to harvest, week by week: kept, copied from the season before, and divided as the engine
would, so that thin weeks are seen while something can still be sown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils.functional import cached_property

from deliveries.allocation.problem import MOST_STEP_VALUE
from deliveries.dividing.divided import Divided
from deliveries.dividing.foreseen import all_foreseen
from deliveries.dividing.gathering import FINE, fairness_of, parameters, step_value
from deliveries.harvesting.harvests import whole_steps
from deliveries.harvesting.quantities import MOST_STEPS, UNITS, amount, unit_word
from deliveries.models import Box, Crop, Fairness, HarvestLine, PlannedCrop
from farms.models import Season, Week
from shares.models import Share, ShareType
from shares.prices.prices import has_turn

THIN = Decimal("0.8")
"""A week whose shares are worth less than this part of the season's average is thin."""


@dataclass
class Row:
    """A crop of the plan: unit and step as it was planned in; steps and what came in (in that unit) by week number.

    `counted_otherwise` when the crop has another unit by now: the row keeps the one it was planned in.
    """

    crop: Crop
    unit: str
    step: Decimal
    steps: dict[int, int]
    came: dict[int, Decimal]

    @property
    def unit_name(self) -> str:
        return unit_word(self.unit, 5) or str(UNITS[self.unit].name)

    @property
    def is_used(self) -> bool:
        """Planned or harvested this season."""
        return bool(self.steps or self.came)

    @property
    def counted_otherwise(self) -> bool:
        return self.unit != self.crop.unit


def rows_of(season: Season) -> list[Row]:
    """Every crop of the farm: those planned or harvested this season first, each part A–Z. Three queries."""
    planned: dict[int, list[PlannedCrop]] = defaultdict(list)
    for one in PlannedCrop.objects.filter(season=season):
        planned[one.crop_id].append(one)
    came = came_in(season)
    rows = [_row(crop, planned[crop.pk], came) for crop in Crop.objects.filter(farm=season.farm_id)]
    return sorted(rows, key=lambda row: not row.is_used)


def _row(crop: Crop, own: list[PlannedCrop], came: dict[tuple[int, str], dict[int, Decimal]]) -> Row:
    """In the unit it was planned in; in today's steps where that is still the crop's unit."""
    unit = own[-1].unit if own else crop.unit
    step = crop.step if unit == crop.unit else own[-1].step
    steps = {one.number: int(amount(one.steps, one.step) / step) for one in own if one.unit == unit}
    return Row(crop, unit, step, steps, came.get((crop.pk, unit), {}))


def came_in(season: Season) -> dict[tuple[int, str], dict[int, Decimal]]:
    """What was written down as harvested, by (crop, unit) and week number."""
    lines = HarvestLine.objects.filter(harvest__week__season=season)
    sums = lines.values_list("crop", "unit", "step", "harvest__week__number").annotate(all_steps=Sum("steps"))
    found: dict[tuple[int, str], dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for crop, unit, step, number, steps in sums.order_by():
        found[crop, unit][number] += amount(steps, step)
    return found


def season_before(season: Season) -> Season | None:
    """The farm's last season before this one in which something was harvested."""
    earlier = Season.objects.filter(farm=season.farm_id, first_day__lt=season.first_day)
    return earlier.filter(weeks__harvests__lines__isnull=False).order_by("-first_day", "-pk").first()


@transaction.atomic
def copy_season_before(*, season: Season) -> int:
    """Fill empty places with what came in in the same week of the season before; how many."""
    before = season_before(season)
    if before is None:
        return 0
    came = came_in(before)
    weeks = set(planned_weeks(season).values_list("number", flat=True))
    fresh = []
    for row in rows_of(season):
        for number, quantity in came.get((row.crop.pk, row.unit), {}).items():
            steps = min(int(quantity / row.step), MOST_STEPS)
            if steps and number in weeks and number not in row.steps:
                fresh.append(_planned(season, row, number, steps))
    PlannedCrop.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def planned_weeks(season: Season) -> Any:
    """The season's weeks that have a pickup, in order."""
    return Week.objects.filter(season=season, skipped=False)


@transaction.atomic
def write_plan(*, season: Season, rows: Iterable[Row], cells: dict[tuple[int, int], int]) -> None:
    """Set the places (crop, week number) to so many steps of their rows; 0 empties a place. Others stay."""
    by_crop = {row.crop.pk: row for row in rows}
    kept = {
        (crop, number): pk
        for pk, crop, number in PlannedCrop.objects.filter(season=season).values_list("pk", "crop", "number")
    }
    PlannedCrop.objects.filter(pk__in=[kept[key] for key, steps in cells.items() if not steps and key in kept]).delete()
    PlannedCrop.objects.bulk_create(
        [_planned(season, by_crop[crop], number, steps) for (crop, number), steps in cells.items() if steps],
        update_conflicts=True,
        unique_fields=["season", "crop", "number"],
        update_fields=["steps", "unit", "step"],
    )


def _planned(season: Season, row: Row, number: int, steps: int) -> PlannedCrop:
    return PlannedCrop(season=season, crop=row.crop, number=number, steps=steps, unit=row.unit, step=row.step)


def read_steps(quantity: Decimal, row: Row) -> int:
    """A typed amount in the row's steps; of something weighed, what is less than a step is dropped.

    Raises QuantityUnreadable.
    """
    steps, _rest = whole_steps(quantity, unit=row.unit, step=row.step)
    return steps


# --- what it would give ---------------------------------------------------------------------------


@dataclass
class Expected:
    """A week of the plan: what shares would get and be worth (none: nothing planned, or nobody due), and what they were
    worth when it was divided, minor units by share type. `refused` says why it cannot be divided."""

    week: Week
    divided: Divided | None
    got: dict[int, int]
    refused: str = ""
    thin: bool = False

    @cached_property
    def types(self) -> set[int]:
        return {cell["type"] for cell in self.divided.inputs["cells"]} if self.divided else set()

    def worth(self, share_type: ShareType) -> int | None:
        """What a share of the type would be worth, minor units."""
        return self.divided.worth(share_type.pk)[0] if self.divided and share_type.pk in self.types else None

    @property
    def per_weight(self) -> Decimal | None:
        """Worth of a unit of weight, all shares together."""
        if not self.divided:
            return None
        cells = self.divided.inputs["cells"]
        weight = sum(cell["count"] * cell["weight"] for cell in cells)
        worth = sum(value * cell["count"] for value, cell in zip(self.divided.values, cells, strict=True))
        return Decimal(int(worth)) / int(weight)


@dataclass(frozen=True)
class Due:
    """Shares of a type at a site whose turn is alike, how many."""

    share_type: ShareType
    site: int
    turn: str
    first_week: int
    last_week: int
    count: int

    def has(self, number: int) -> bool:
        here = self.first_week <= number <= self.last_week
        return here and has_turn(self.share_type, turn=self.turn, week=number)


def shares_due(season: Season, types: Iterable[ShareType]) -> tuple[list[Due], bool]:
    """Who is to be planned for: the shares sold; before any is, every place, at one site. And whether any is sold."""
    kinds = {kind.pk: kind for kind in types}
    sold = Share.objects.paid().filter(share_type__in=list(kinds)).order_by()
    groups = sold.values_list("share_type", "site", "turn", "first_week", "last_week").annotate(many=Count("pk"))
    found = [Due(kinds[kind], *rest) for kind, *rest in groups]
    if found:
        return found, True
    return [due for kind in kinds.values() for due in _every_place(kind, season.length)], False


def _every_place(kind: ShareType, length: int) -> list[Due]:
    if kind.rhythm == ShareType.Rhythm.WEEKLY:
        return [Due(kind, 0, "", 1, length, kind.places)] if kind.places else []
    halves = (("A", kind.places - kind.places // 2), ("B", kind.places // 2))
    return [Due(kind, 0, turn, 1, length, many) for turn, many in halves if many]


def expected_weeks(season: Season, rows: list[Row], due: list[Due]) -> list[Expected]:
    """Each week as the engine would divide its plan, everybody alike by type and site; thin weeks are marked."""
    got, fairness = _got(season), fairness_of(season)
    planned = [(week, _inputs(week, rows, due, fairness)) for week in planned_weeks(season)]
    asked = {week.pk: inputs for week, inputs in planned if inputs["crops"] and inputs["cells"]}
    found = dict(zip(asked, all_foreseen(list(asked.values())), strict=True))
    weeks = [_expected(week, found.get(week.pk), got[week.number]) for week, _inputs in planned]
    known = [worth for week in weeks if (worth := week.per_weight) is not None]
    for week in weeks:
        worth = week.per_weight
        week.thin = worth is not None and worth < THIN * sum(known) / len(known)
    return weeks


def _expected(week: Week, found: Divided | str | None, got: dict[int, int]) -> Expected:
    if isinstance(found, str):
        return Expected(week, None, got, refused=found)
    return Expected(week, found, got)


def _inputs(week: Week, rows: list[Row], due: list[Due], fairness: Fairness) -> dict[str, Any]:
    """The engine's problem in the words of gathering.inputs."""
    counts: Counter[tuple[int, int]] = Counter()
    weights = {}
    for one in due:
        if one.has(week.number):
            counts[one.share_type.pk, one.site] += one.count
            weights[one.share_type.pk] = one.share_type.weight
    # The crop's price is for its unit of today: what was planned in another has none.
    planned = [
        (row, row.steps[week.number]) for row in rows if row.steps.get(week.number) and not row.counted_otherwise
    ]
    fine = all(step_value(row.crop.price, row.step, FINE) <= MOST_STEP_VALUE for row, _steps in planned)
    scale = FINE if fine else 1
    cells = [
        {"number": kind << 31 | site, "type": kind, "weight": weights[kind], "count": count, "owed": 0}
        for (kind, site), count in sorted(counts.items())
    ]
    crops = [
        {
            "crop": row.crop.pk, "name": row.crop.name, "unit": row.unit, "step": str(row.step.normalize()),
            "steps": steps, "value": step_value(row.crop.price, row.step, scale),
        }
        for row, steps in planned
    ]  # fmt: skip
    return {
        "seed": week.number, "scale": scale, "cells": cells, "crops": crops,
        "turns": [[0] * len(crops) for _cell in cells], "fairness": parameters(fairness),
    }  # fmt: skip


def _got(season: Season) -> dict[int, dict[int, int]]:
    """What a share was worth when it was divided, by week number and type, evenly over sites."""
    boxes = Box.objects.filter(allocation__in_force_for__week__season=season).order_by()
    sums = boxes.values_list("day__week__number", "share_type").annotate(
        worth=Sum(F("value") * F("count")), many=Sum("count")
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for number, share_type, worth, many in sums:
        found[number][share_type] = round(worth / many)
    return found
