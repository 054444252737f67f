"""What a division is made from: who is due, what came in, and what earlier weeks left owing.

`inputs` is all of it as plain JSON, kept beside the result: the same inputs give the same portions again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import F, Q, Sum

from deliveries import harvests, rosters
from deliveries.allocation import Problem
from deliveries.allocation.problem import MOST_STEP_VALUE
from deliveries.models import Allocation, Box, Fairness, Harvest, HarvestLine, Portion
from farms.models import PickupDay, Season
from shares.models import ShareType

FINE = 100
"""The engine counts in hundredths of a minor unit: 50 g of a crop at 3.50 a kilo are worth 17.5 cents, not 18."""


@dataclass(frozen=True)
class Cell:
    """All shares of a type at a pickup: they get the same. `owed` in hundredths of a minor unit per unit of weight."""

    day: PickupDay
    share_type: ShareType
    count: int
    owed: int

    @property
    def number(self) -> int:
        """What ties are drawn by: the same every week for a type at a site."""
        return self.share_type.pk << 31 | self.day.site_id


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
            "scale": scale,
            "cells": [
                {
                    "number": cell.number, "day": cell.day.pk, "site": cell.day.site_id, "type": cell.share_type.pk,
                    "weight": cell.share_type.weight, "count": cell.count, "owed": cell.owed * scale // FINE,
                }
                for cell in self.cells
            ],
            "crops": [
                {
                    "crop": line.crop_id, "name": line.crop.name, "unit": line.unit, "step": str(line.step.normalize()),
                    "price": line.price, "steps": line.steps, "value": _step_value(line, scale),
                }
                for line in self.lines
            ],
            "turns": [
                [self.turns.get((cell.share_type.pk, cell.day.site_id, line.crop_id), 0) for line in self.lines]
                for cell in self.cells
            ],
            "fairness": parameters(self.fairness),
        }  # fmt: skip


def gather(harvest: Harvest) -> Case:
    """Who is due at the harvest's pickups, what came in, what is owed. A constant number of queries."""
    days = harvests.days_of(harvest)
    share_types = list(ShareType.objects.filter(season=harvest.week.season_id))
    roster = rosters.expected(days)
    owed = _owed(harvest)
    cells = [
        Cell(day, share_type, count, _per_weight(owed.get((share_type.pk, day.site_id), 0), share_type.weight))
        for day in days
        for share_type in share_types
        if not share_type.is_addon and (count := roster.counts_by_day[day.pk, share_type.pk])
    ]
    lines = list(harvest.lines.filter(steps__gt=0).select_related("crop")) if harvest.pk else []
    fairness = fairness_of(harvest.week.season)
    return Case(harvest, days, share_types, roster, lines, cells, _turns(harvest, lines), fairness)


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
    """The engine's problem from what was kept. Raises ProblemError where the figures cannot be divided by."""
    cells, crops = inputs["cells"], inputs["crops"]
    return Problem(
        share_ids=_column(cells, "number"),
        weights=_column(cells, "weight"),
        counts=_column(cells, "count"),
        quantities=_column(crops, "steps"),
        step_values=_column(crops, "value"),
        owed=_column(cells, "owed"),
        turns=np.array(inputs["turns"], dtype=np.int64).reshape(len(cells), len(crops)),
        seed=inputs["seed"],
        **inputs.get("fairness", {}),  # runs from before farmers could choose have none
    )


def _column(rows: list[dict[str, Any]], name: str) -> Any:
    return np.array([row[name] for row in rows], dtype=np.int64)


def _step_value(line: HarvestLine, scale: int) -> int:
    """What one step is worth, in minor units / scale, to the nearest whole."""
    return int((line.price * line.step * scale).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _per_weight(minor: int, weight: int) -> int:
    return round(minor * FINE / weight)


def _earlier(harvest: Harvest) -> Q:
    """Divisions in force of the season's harvests before this one."""
    return Q(
        allocation__in_force_for__week__season=harvest.week.season_id, allocation__in_force_for__date__lt=harvest.date
    )


def _owed(harvest: Harvest) -> dict[tuple[int, int], int]:
    """Minor units that a share of each (type, site) was due so far and has not got."""
    sums = Box.objects.filter(_earlier(harvest)).values("share_type", "day__site")
    rows = sums.annotate(owed=Sum(F("due") - F("got"))).values_list("share_type", "day__site", "owed")
    return {(share_type, site): owed for share_type, site, owed in rows.order_by()}


def _turns(harvest: Harvest, lines: list[HarvestLine]) -> dict[tuple[int, int, int], int]:
    """Thousandths of a step that each (type, site, crop) is owed of crops that were scarce.

    A week in which the crop was counted otherwise (heads, then kilos) is no memory of turns.
    """
    now = {line.crop_id: (line.unit, line.step.normalize()) for line in lines}
    earlier = Allocation.objects.filter(
        in_force_for__week__season=harvest.week.season_id, in_force_for__date__lt=harvest.date
    )
    alike = {
        (run, crop["crop"])
        for run, crops in earlier.values_list("pk", "inputs__crops")
        for crop in crops or []
        if now.get(crop["crop"]) == (crop["unit"], Decimal(crop["step"]).normalize())
    }
    scarce = Portion.objects.filter(
        Q(turn_due__gt=0) | Q(turn_got__gt=0), crop__in=list(now), box__allocation__in=earlier
    )
    turns: dict[tuple[int, int, int], int] = defaultdict(int)
    rows = scarce.values_list("box__allocation", "box__share_type", "box__day__site", "crop", "turn_due", "turn_got")
    for run, share_type, site, crop, due, got in rows.iterator(chunk_size=2000):
        if (run, crop) in alike:
            turns[share_type, site, crop] += due - got
    return dict(turns)
