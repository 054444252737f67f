"""A harvest divided, in the farm's own numbers: previewed or in force, it reads the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from deliveries.allocation import Division
from deliveries.dividing.gathering import portions_of
from deliveries.harvesting.quantities import amount
from deliveries.models import Allocation, Portion

FOND = "34"
"""Like and love, as the inputs write them."""


@dataclass(frozen=True)
class Divided:
    """`inputs` as gathered; portions[cell][crop] steps for one share; leftover[crop] steps; per cell what one share
    was to be worth and is, minor units. Cells and crops stand in the order of the inputs."""

    inputs: dict[str, Any]
    portions: list[list[int]]
    leftover: list[int]
    targets: list[int]
    values: list[int]

    @classmethod
    def of(cls, inputs: dict[str, Any], division: Division) -> Divided:
        scale = inputs["scale"]
        steps = division.portions * portions_of(inputs["crops"])
        given = (division.problem.counts @ steps).tolist()
        return cls(
            inputs=inputs,
            portions=steps.tolist(),
            leftover=[crop["steps"] - steps for crop, steps in zip(inputs["crops"], given, strict=True)],
            targets=[round(target / scale) for target in division.targets.tolist()],
            values=[round(value / scale) for value in division.values.tolist()],
        )

    @classmethod
    def stored(cls, run: Allocation) -> Divided:
        """As it was kept: three queries."""
        cells, crops = run.inputs["cells"], run.inputs["crops"]
        facts = run.boxes.order_by().values_list("day", "share_type", "share", "pk", "target", "value")
        boxes = {(day, kind, share): worth for day, kind, share, *worth in facts.iterator()}
        rows = [boxes[cell["day"], cell["type"], cell.get("share")] for cell in cells]
        portions = Portion.objects.filter(box__allocation=run).order_by().values_list("box", "crop", "steps")
        given = {(box, crop): steps for box, crop, steps in portions.iterator()}
        left = dict(run.leftovers.order_by().values_list("crop", "steps"))
        return cls(
            inputs=run.inputs,
            portions=[[given.get((pk, crop["crop"]), 0) for crop in crops] for pk, _target, _value in rows],
            leftover=[left.get(crop["crop"], 0) for crop in crops],
            targets=[target for _pk, target, _value in rows],
            values=[value for _pk, _target, value in rows],
        )

    @property
    def mode(self) -> str:
        """uniform: the same for every share of a row; choice: each row is one share's own."""
        return str(self.inputs.get("mode", "uniform"))

    @cached_property
    def counts(self) -> list[int]:
        return [cell["count"] for cell in self.inputs["cells"]]

    def cells_of_type(self, share_type: int) -> list[int]:
        """The rows of one share type."""
        return [row for row, cell in enumerate(self.inputs["cells"]) if cell["type"] == share_type]

    def worth(self, share_type: int) -> tuple[int, int]:
        """What a share of this type is worth and was to be, minor units, evenly over its sites."""
        rows = self.cells_of_type(share_type)
        shares = sum(self.counts[row] for row in rows) or 1
        value = sum(self.values[row] * self.counts[row] for row in rows)
        target = sum(self.targets[row] * self.counts[row] for row in rows)
        return round(value / shares), round(target / shares)

    def between(self, share_type: int, crop: int) -> tuple[int, int]:
        """The least and the most steps of a crop (its column) that a share of this type gets at any site."""
        steps = [self.portions[row][crop] for row in self.cells_of_type(share_type)]
        return min(steps, default=0), max(steps, default=0)

    def rows_at(self, day: int, share_type: int) -> list[int]:
        """The rows of one share type at a pickup (ids): one in uniform mode, in choice mode one for each share."""
        return self._rows_by_place.get((day, share_type), [])

    @cached_property
    def _rows_by_place(self) -> dict[tuple[int, int], list[int]]:
        found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row, cell in enumerate(self.inputs["cells"]):
            found[cell["day"], cell["type"]].append(row)
        return dict(found)

    def may_have(self, row: int, crop: int) -> bool:
        """Whether a row takes a crop (its column) at all: not its never, and not kept for other sites."""
        sites = self.inputs["crops"][crop].get("sites")
        if sites and self.inputs["cells"][row]["site"] not in sites:
            return False
        return "likings" not in self.inputs or self.inputs["likings"][row][crop] != "0"

    def without(self, crop: int) -> list[int]:
        """The rows whose shares get nothing of a crop (its column) and wait for it: where some like it, those who do;
        else whoever takes it."""
        likings = self.inputs.get("likings")
        waiting = [row for row in range(len(self.portions)) if self.may_have(row, crop)]
        if likings:
            waiting = [row for row in waiting if likings[row][crop] in FOND] or waiting
        return [row for row in waiting if not self.portions[row][crop]]

    def quantity(self, steps: int, crop: int) -> Decimal:
        """Steps of a crop (its column) in its unit."""
        return amount(steps, Decimal(self.inputs["crops"][crop]["step"]))
