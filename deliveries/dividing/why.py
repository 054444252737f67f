"""Why a number is what it is: the facts of one sentence about a crop in a share. The words are the page's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from deliveries.allocation import Division, Mode, Reason, Why, explain, restored
from deliveries.dividing.divided import Divided
from deliveries.dividing.gathering import portions_of, problem_of
from deliveries.harvesting.quantities import UNITS, amount

THOUSAND = 1000


@dataclass(frozen=True)
class Sentence:
    """Some shares that got the same of a crop for the same reason, at one pickup.

    `why` is the name of a Why in small letters. Amounts are in the crop's `unit`: `given` to each, `most` one share
    may get, `even_part` by its size alone, `owed` of it from turns before. `target`, `value`, `memory` (of the target,
    what weeks before left owing; below nothing: had too much) are minor units of one share, none where shares differ.
    """

    why: str
    day: int
    share_type: int
    shares: int
    given: Decimal
    most: Decimal
    even_part: Decimal
    owed: Decimal
    liking: int
    target: int | None
    value: int | None
    memory: int | None
    step: Decimal

    @property
    def ahead(self) -> int:
        """What weeks before gave too much, minor units."""
        return -(self.memory or 0)

    @property
    def is_rounding(self) -> bool:
        """Whether less than a step parts it from its even part."""
        return abs(self.given - self.even_part) < self.step


@dataclass(frozen=True)
class CropTold:
    """A crop of a division: what came in, was given and is left, for how many shares that take it; and the sentences
    about one share type, in the order of the pickups."""

    name: str
    unit: str
    step: Decimal
    harvested: Decimal
    left: Decimal
    takers: int
    scarce: bool
    sentences: tuple[Sentence, ...]

    @property
    def measured(self) -> bool:
        """Weighed or poured, rather than counted."""
        known = UNITS.get(self.unit)
        return bool(known and known.measured)


def division_of(divided: Divided) -> Division:
    """The engine's division of what was stored or previewed, to be asked why."""
    inputs = divided.inputs
    shape = len(inputs["cells"]), len(inputs["crops"])
    portions = np.array(divided.portions, dtype=np.int64).reshape(shape) // portions_of(inputs["crops"])
    mode: Mode = "choice" if divided.mode == "choice" else "uniform"
    return restored(problem_of(inputs), mode=mode, portions=portions)


def tell(divided: Divided, *, crop: int, rows: Iterable[int]) -> CropTold | None:
    """Why the shares of these rows got what they got of a crop (its id); None when it was not harvested."""
    column = next((n for n, one in enumerate(divided.inputs["crops"]) if one["crop"] == crop), None)
    if column is None:
        return None
    division = division_of(divided)
    facts = divided.inputs["crops"][column]
    step = Decimal(facts["step"])
    reasons = [(row, explain(division, division.problem, row, column)) for row in rows]
    takers = int(division.problem.counts @ division.reach.takes[:, column])
    return CropTold(
        name=facts["name"],
        unit=facts["unit"],
        step=step,
        harvested=amount(facts["steps"], step),
        left=amount(divided.leftover[column], step),
        takers=takers,
        scarce=bool(division.reach.scarce[column]),
        sentences=tuple(_together([_sentence(divided, row, column, reason, step) for row, reason in reasons])),
    )


def _sentence(divided: Divided, row: int, column: int, reason: Reason, step: Decimal) -> Sentence:
    cell = divided.inputs["cells"][row]
    scale = divided.inputs["scale"]
    portion = divided.inputs["crops"][column].get("portion", 1)  # the engine counts in portions
    waited = reason.why in (Why.YOUR_TURN, Why.OTHERS_TURN)
    return Sentence(
        why=reason.why.name.lower(),
        day=cell["day"],
        share_type=cell["type"],
        shares=cell["count"],
        given=amount(divided.portions[row][column], step),
        most=amount(reason.most * portion, step),
        even_part=_part(reason.even_part * portion, step),
        owed=_part(reason.turns_before * portion, step) if waited else Decimal(0),
        liking=reason.liking,
        target=divided.targets[row],
        value=divided.values[row],
        memory=round(reason.owed_before * cell["weight"] / scale),
        step=step * portion,
    )


def _part(thousandths: int, step: Decimal) -> Decimal:
    """Thousandths of a step in the crop's unit, with one digit more than the step."""
    found = (Decimal(thousandths) / THOUSAND * step).quantize(step / 10)
    return amount(1, found) if found else Decimal(0)


def _together(sentences: list[Sentence]) -> list[Sentence]:
    """Shares of a pickup that got the same for the same reason are told of once."""
    found: dict[tuple[Any, ...], Sentence] = {}
    for one in sentences:
        key = (one.day, one.share_type, one.why, one.given)
        before = found.get(key)
        found[key] = one if before is None else _merged(before, one)
    return list(found.values())


def _merged(one: Sentence, other: Sentence) -> Sentence:
    """Two rows as one; figures in which they differ are not told."""
    same = {name: getattr(one, name) for name in ("target", "value", "memory")}
    kept: dict[str, Any] = {name: value if value == getattr(other, name) else None for name, value in same.items()}
    owed = one.owed if one.owed == other.owed else Decimal(0)
    return replace(one, shares=one.shares + other.shares, owed=owed, **kept)
