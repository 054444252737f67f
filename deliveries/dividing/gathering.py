"""What a division is made from: who is due, what came in, and what earlier weeks left owing.

`inputs` is all of it as plain JSON, kept beside the result: the same inputs give the same portions again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deliveries.allocation import NEVER, Problem
from deliveries.allocation.problem import MOST_STEP_VALUE
from deliveries.dividing import tastes
from deliveries.dividing.memory import Memory, Whose, memory_of
from deliveries.due import rosters
from deliveries.harvesting import harvests
from deliveries.models import Fairness, Harvest, HarvestLine
from farms.models import Packing, PickupDay, Season
from shares.models import ShareType

FINE = 100
"""The engine counts in hundredths of a minor unit: 50 g of a crop at 3.50 a kilo are worth 17.5 cents, not 18."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Who gets one content. In uniform mode all shares of a type at a pickup; in choice mode one `share` (its number)
    of a household, for all its `turns` that day. `owed` in hundredths of a minor unit per unit of weight."""

    day: PickupDay
    share_type: ShareType
    count: int
    owed: int
    share: int | None = None
    household: int | None = None
    turns: int = 1

    @property
    def weight(self) -> int:
        return self.share_type.weight * self.turns

    @property
    def whose(self) -> Whose:
        """Whose memory it is."""
        return (self.share_type.pk, self.day.site_id) if self.share is None else (self.share, 0)

    @property
    def number(self) -> int:
        """What ties are drawn by: the same every week for a type, or a share, at a site."""
        return (self.share or self.share_type.pk) << 31 | self.day.site_id


@dataclass(frozen=True)
class Case:
    """A harvest and everybody it is for, gathered at one moment. Add-ons are due too, but not divided."""

    harvest: Harvest
    days: list[PickupDay]
    share_types: list[ShareType]
    roster: rosters.Roster
    lines: list[HarvestLine]
    cells: list[Cell]
    turns: dict[tuple[int, int, int], int]
    fairness: Fairness
    likings: list[str] | None = None

    @property
    def mode(self) -> Packing:
        return self.harvest.packing

    @property
    def divided_types(self) -> list[ShareType]:
        return [share_type for share_type in self.share_types if not share_type.is_addon]

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """The engine's problem as JSON, by the farm's own numbers."""
        scale = FINE if all(_step_value(line, FINE) <= MOST_STEP_VALUE for line in self.lines) else 1
        return {
            "harvest_version": self.harvest.version,
            "seed": self.harvest.pk,
            "mode": str(self.mode),
            "scale": scale,
            "cells": [
                {
                    "number": cell.number, "day": cell.day.pk, "site": cell.day.site_id, "type": cell.share_type.pk,
                    "weight": cell.weight, "count": cell.count, "owed": cell.owed * scale // FINE,
                    **_own(cell),
                }
                for cell in self.cells
            ],
            "crops": [
                {
                    "crop": line.crop_id, "name": line.crop.name, "unit": line.unit, "step": str(line.step.normalize()),
                    "price": line.price, "steps": line.steps, "value": _step_value(line, scale), **_rules(line),
                }
                for line in self.lines
            ],
            "turns": [
                [self.turns.get((*cell.whose, line.crop_id), 0) for line in self.lines] for cell in self.cells
            ],
            "fairness": parameters(self.fairness),
            **({"likings": self.likings} if self.likings is not None else {}),
        }  # fmt: skip


def gather(harvest: Harvest) -> Case:
    """Who is due at the harvest's pickups, what came in, what is owed. A constant number of queries."""
    days = harvests.days_of(harvest)
    share_types = list(ShareType.objects.filter(season=harvest.week.season_id))
    roster = rosters.expected(days)
    lines = list(harvest.lines.filter(steps__gt=0).select_related("crop")) if harvest.pk else []
    memory = memory_of(harvest, lines)
    own = harvest.packing == Packing.CHOICE
    cells = (_shares if own else _types)(days, share_types, roster, memory)
    liked = _levels(harvest, cells, lines) if own else None
    fairness = fairness_of(harvest.week.season)
    return Case(harvest, days, share_types, roster, lines, cells, memory.turns, fairness, liked)


def _types(days: list[PickupDay], share_types: list[ShareType], roster: rosters.Roster, memory: Memory) -> list[Cell]:
    """A row for each share type at each pickup."""
    return [
        Cell(day, kind, count, _per_weight(memory.owed.get((kind.pk, day.site_id), 0), kind.weight))
        for day in days
        for kind in share_types
        if not kind.is_addon and (count := roster.counts_by_day[day.pk, kind.pk])
    ]


def _shares(days: list[PickupDay], share_types: list[ShareType], roster: rosters.Roster, memory: Memory) -> list[Cell]:
    """A row for each share at each pickup, in the roster's order."""
    kinds = {kind.pk: kind for kind in share_types if not kind.is_addon}
    cells = []
    for day in days:
        due = [row for row in roster.on(day) if row.share_type in kinds]
        turns = Counter(row.share for row in due)
        for row in {row.share: row for row in due}.values():
            kind, times = kinds[row.share_type], turns[row.share]
            owed = _per_weight(memory.owed.get((row.share, 0), 0), kind.weight * times)
            cells.append(Cell(day, kind, 1, owed, row.share, row.household, times))
    return cells


def _levels(harvest: Harvest, cells: list[Cell], lines: list[HarvestLine]) -> list[str]:
    households = [cell.household or 0 for cell in cells]
    return tastes.levels_of(harvest.week.season.farm, households, [line.crop_id for line in lines])


def fairness_of(season: Season) -> Fairness:
    """What the farmer chose for the season; the engine's own values where nothing was chosen."""
    return Fairness.objects.filter(season=season.pk).first() or Fairness(season=season)


def parameters(fairness: Fairness) -> dict[str, int | float]:
    """The engine's parameters as plain JSON."""
    return {
        "variety": float(fairness.variety),
        "band": float(fairness.band),
        "rotation": fairness.rotation,
        "thrift": fairness.thrift,
    }


def problem_of(inputs: dict[str, Any]) -> Problem:
    """The engine's problem from what was kept, counted in portions: a crop's smallest useful amount, one or several
    steps. Raises ProblemError where the figures cannot be divided by."""
    cells, crops = inputs["cells"], inputs["crops"]
    shape = len(cells), len(crops)
    portion = portions_of(crops)
    likings = _likings(inputs, shape)
    excluded = _kept_elsewhere(cells, crops)
    most = np.array([crop.get("most") or 0 for crop in crops], dtype=np.int64)
    return Problem(
        share_ids=_column(cells, "number"),
        weights=_column(cells, "weight"),
        counts=_column(cells, "count"),
        quantities=(_column(crops, "steps") - kept_back(crops)) // portion,
        step_values=_column(crops, "value") * portion,
        likings=likings,
        excluded=excluded,
        maxima=np.where(most > 0, np.maximum(most // portion, 1), 0),
        locked=_locked(cells, crops, likings, excluded),
        owed=_column(cells, "owed"),
        turns=np.array(inputs["turns"], dtype=np.int64).reshape(shape),
        seed=inputs["seed"],
        **inputs.get("fairness", {}),  # runs from before farmers could choose have none
    )


def portions_of(crops: list[dict[str, Any]]) -> NDArray[np.int64]:
    """int64[J]: the steps of a crop that make one portion. Lists and boxes count steps, the engine portions."""
    return np.array([crop.get("portion", 1) for crop in crops], dtype=np.int64)


def kept_back(crops: list[dict[str, Any]]) -> NDArray[np.int64]:
    """int64[J]: steps of each crop kept back for what shrinks."""
    return np.array([crop.get("kept", 0) for crop in crops], dtype=np.int64)


def _likings(inputs: dict[str, Any], shape: tuple[int, int]) -> Any:
    if "likings" not in inputs:
        return None
    digits = np.frombuffer("".join(inputs["likings"]).encode(), dtype=np.uint8)
    return (digits - ord("0")).astype(np.int8).reshape(shape)


def _kept_elsewhere(cells: list[dict[str, Any]], crops: list[dict[str, Any]]) -> Any:
    """bool[S,J]: rows at sites for which a crop is not; none at all if no crop is kept for some."""
    if not any(crop.get("sites") for crop in crops):
        return None
    sites = _column(cells, "site")
    columns = [
        ~np.isin(sites, crop["sites"]) if crop.get("sites") else np.zeros(len(cells), dtype=np.bool_) for crop in crops
    ]
    return np.stack(columns, axis=1)


def _locked(cells: list[dict[str, Any]], crops: list[dict[str, Any]], likings: Any, excluded: Any) -> Any:
    """int64[S,J]: portions fixed by share type, −1 where free; who never takes the crop gets none all the same."""
    if not any(crop.get("locked") for crop in crops):
        return None
    types = _column(cells, "type")
    found = np.full((len(cells), len(crops)), -1, dtype=np.int64)
    for column, crop in enumerate(crops):
        for kind, steps in (crop.get("locked") or {}).items():
            found[types == int(kind), column] = steps // crop.get("portion", 1)
    if likings is not None:
        found[likings == NEVER] = -1
    if excluded is not None:
        found[excluded] = -1
    return found


def _column(rows: list[dict[str, Any]], name: str) -> Any:
    return np.array([row[name] for row in rows], dtype=np.int64)


def _step_value(line: HarvestLine, scale: int) -> int:
    return step_value(line.price, line.step, scale)


def step_value(price: int, step: Decimal, scale: int) -> int:
    """What one step is worth, in minor units / scale, to the nearest whole."""
    return int((price * step * scale).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _per_weight(minor: int, weight: int) -> int:
    return round(minor * FINE / weight)


def _own(cell: Cell) -> dict[str, Any]:
    """Whose box it is, in choice mode."""
    if cell.share is None:
        return {}
    return {"share": cell.share, "household": cell.household, "turns": cell.turns}


def _rules(line: HarvestLine) -> dict[str, Any]:
    """What the farmer wants of one crop this week, as far as it is not as usual."""
    rules = {
        "most": line.most,
        "portion": line.portion if line.portion > 1 else None,
        "kept": -(-line.steps * line.margin // 100),
        "sites": line.sites,
        "locked": line.locked,
    }
    return {name: value for name, value in rules.items() if value}
