"""A harvest divided, in the farm's own numbers: previewed or in force, it reads the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from deliveries.allocation import Division
from deliveries.models import Allocation
from deliveries.quantities import amount


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
        return cls(
            inputs=inputs,
            portions=division.portions.tolist(),
            leftover=division.leftover.tolist(),
            targets=[round(target / scale) for target in division.targets.tolist()],
            values=[round(value / scale) for value in division.values.tolist()],
        )

    @classmethod
    def stored(cls, run: Allocation) -> Divided:
        """As it was kept: three queries."""
        cells, crops = run.inputs["cells"], run.inputs["crops"]
        boxes = {(box.day_id, box.share_type_id): box for box in run.boxes.prefetch_related("portions")}
        rows = [boxes[cell["day"], cell["type"]] for cell in cells]
        given = {(box.pk, portion.crop_id): portion.steps for box in rows for portion in box.portions.all()}
        left = {leftover.crop_id: leftover.steps for leftover in run.leftovers.all()}
        return cls(
            inputs=run.inputs,
            portions=[[given[box.pk, crop["crop"]] for crop in crops] for box in rows],
            leftover=[left.get(crop["crop"], 0) for crop in crops],
            targets=[box.target for box in rows],
            values=[box.value for box in rows],
        )

    @property
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

    def without(self, crop: int) -> list[int]:
        """The rows whose shares get nothing of a crop (its column)."""
        return [row for row, portions in enumerate(self.portions) if not portions[crop]]

    def quantity(self, steps: int, crop: int) -> Decimal:
        """Steps of a crop (its column) in its unit."""
        return amount(steps, Decimal(self.inputs["crops"][crop]["step"]))
