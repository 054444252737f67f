"""A harvest published again: the division before is the start, as few boxes change as can be, and whoever's share
changed is told.

What stood before is kept among the new run's inputs, so that a correction too can be run again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from deliveries import letters
from deliveries.allocation import Division, Problem, allocate, amend, restored
from deliveries.dividing.divided import Divided
from deliveries.dividing.gathering import Case, portions_of, problem_of
from deliveries.harvesting.quantities import amount
from deliveries.models import Allocation
from people.letters import Draft, write_letters

BATCH = 500
"""Households whose letters are written at once."""


@dataclass(frozen=True)
class Moved:
    """A crop's amount that changed in one share: `before` and `now` in `unit`."""

    crop: str
    before: Decimal
    now: Decimal
    unit: str


def inputs_of(case: Case) -> dict[str, Any]:
    """What a run is made from: what was gathered, and, if a division is in force, what it gave."""
    current = case.harvest.current if case.harvest.pk else None
    if current is None or not current.inputs.get("cells"):
        return case.inputs
    then = Divided.stored(current)
    before = {
        "number": current.number,
        "input": current.record.get("input", ""),
        "mode": current.record.get("mode", "uniform"),
        "prices": current.record.get("prices", []),
        "crops": then.inputs["crops"],
        "cells": then.inputs["cells"],
        "portions": then.portions,
    }
    return {**case.inputs, "before": before}


def divided_by(inputs: dict[str, Any]) -> Division:
    """The division of these inputs: fresh, or as a correction of what was in force. Raises ProblemError."""
    problem, mode = problem_of(inputs), inputs.get("mode", "uniform")
    before = inputs.get("before")
    if not before or before["mode"] != mode:
        return allocate(problem, mode=mode)
    then = _division_before(before, inputs["crops"], problem)
    return _unless_changed(then, problem, before) or amend(then, problem)


def _unless_changed(then: Division, problem: Problem, before: dict[str, Any]) -> Division | None:
    """The division before, if nothing that it was made from has changed since."""
    same = restored(problem, mode=then.mode, portions=_portions_of(then, problem), prices=then.prices)
    if same.record["input"] != before["input"]:
        return None
    return replace(same, amends=then.record["output"])


def _portions_of(then: Division, problem: Problem) -> Any:
    """int64[S,J] of the problem's rows; 0 for those that were not there."""
    rows = {share: row for row, share in enumerate(then.problem.share_ids.tolist())}
    nothing = np.zeros(problem.shape[1], dtype=np.int64)
    found = [then.portions[rows[share]] if share in rows else nothing for share in problem.share_ids.tolist()]
    return np.array(found, dtype=np.int64).reshape(problem.shape)


def _division_before(before: dict[str, Any], crops: list[dict[str, Any]], problem: Problem) -> Division:
    """What was given, in the columns of today's crops: one that is new, or counted otherwise, nobody had."""
    places = columns_before(before, crops)
    given = [[row[place] if place is not None else 0 for place in places] for row in before["portions"]]
    cells = before["cells"]
    portions = np.array(given, dtype=np.int64).reshape(len(cells), len(crops)) // portions_of(crops)
    counts = np.array([cell["count"] for cell in cells], dtype=np.int64)
    then = Problem(
        share_ids=np.array([cell["number"] for cell in cells], dtype=np.int64),
        weights=np.array([cell["weight"] for cell in cells], dtype=np.int64),
        counts=counts,
        quantities=counts @ portions,
        step_values=problem.step_values,
    )
    prices = before["prices"]
    known = [prices[place] if place is not None and place < len(prices) else 0 for place in places]
    return restored(then, mode=before["mode"], portions=portions, prices=np.array(known, dtype=np.int64))


def columns_before(before: dict[str, Any], crops: list[dict[str, Any]]) -> list[int | None]:
    """Where each of today's crops stood in the division before; None for one that is new or counted otherwise."""
    then = {_counted(crop): place for place, crop in enumerate(before["crops"])}
    return [then.get(_counted(crop)) for crop in crops]


def _counted(crop: dict[str, Any]) -> tuple[int, str, str]:
    return crop["crop"], crop["unit"], crop["step"]


def changes_in(divided: Divided) -> dict[int, list[Moved]]:
    """What changed in each row's share since the division before, crop by crop; rows that are new had nothing."""
    before = divided.inputs.get("before")
    if not before:
        return {}
    crops = divided.inputs["crops"]
    places = columns_before(before, crops)
    gone = sorted(set(range(len(before["crops"]))) - {place for place in places if place is not None})
    rows_before = {cell["number"]: row for row, cell in enumerate(before["cells"])}
    found = {}
    for row, cell in enumerate(divided.inputs["cells"]):
        then = before["portions"][rows_before[cell["number"]]] if cell["number"] in rows_before else None
        if then is None:
            continue
        moved = [
            _moved(crop, then[place] if place is not None else 0, divided.portions[row][column])
            for column, (crop, place) in enumerate(zip(crops, places, strict=True))
        ]
        moved += [_moved(before["crops"][place], then[place], 0) for place in gone]
        if changed := [one for one in moved if one.before != one.now]:
            found[row] = changed
    return found


def _moved(crop: dict[str, Any], before: int, now: int) -> Moved:
    step = Decimal(crop["step"])
    return Moved(crop["name"], amount(before, step), amount(now, step), crop["unit"])


def record_correction(*, run: Allocation, case: Case, divided: Divided, at: datetime) -> None:
    """Write down which rows changed, and tell the households whose share it is; within the run's own transaction."""
    before = divided.inputs.get("before")
    if not before:
        return
    changes = changes_in(divided)
    numbers = [divided.inputs["cells"][row]["number"] for row in sorted(changes)]
    told = tell_households(run=run, case=case, divided=divided, changes=changes, at=at)
    record = Allocation.objects.values_list("record", flat=True).get(pk=run.pk)
    record |= {"corrects": before["number"], "changed_rows": numbers, "told": told}
    Allocation.objects.filter(pk=run.pk).update(record=record)


def tell_households(
    *, run: Allocation, case: Case, divided: Divided, changes: dict[int, list[Moved]], at: datetime
) -> int:
    """A letter to everybody of each household whose share changed and whose pickup is not over; how many households
    were written to (who stopped such letters is not).
    """
    days = {day.pk: day for day in case.days if day.ends_at > at}
    kinds = {kind.pk: kind for kind in case.share_types}
    shares: dict[tuple[int, int], dict[int, list[Moved]]] = defaultdict(dict)
    by_place = {_place(divided.inputs["cells"][row]): moved for row, moved in changes.items()}
    for due in case.roster.rows:
        moved = by_place.get((due.day, due.share_type, due.share)) or by_place.get((due.day, due.share_type, None))
        if moved and due.day in days:
            shares[due.household, due.day][due.share_type] = moved
    listed, told = list(shares.items()), set()
    for start in range(0, len(listed), BATCH):
        batch = listed[start : start + BATCH]
        people = letters.people_of({household for (household, _day), _own in batch})
        written = write_letters(
            _draft(run, household, days[day], [(kinds[kind], moved) for kind, moved in own.items()], reader, at)
            for (household, day), own in batch
            for reader in people[household]
        )
        told |= {letter.occasion.rpartition(":")[2] for letter in written}
    return len(told)


def _place(cell: dict[str, Any]) -> tuple[int, int, int | None]:
    """A row as the roster knows it: the day, the type, and the share where every share has a row of its own."""
    return cell["day"], cell["type"], cell.get("share")


def _draft(run: Allocation, household: int, day: Any, parts: Iterable[Any], reader: Any, at: datetime) -> Draft:
    farm = run.harvest.week.season.farm
    return letters.draft(
        kind=letters.SHARE_CHANGED,
        farm=farm,
        reader=reader,
        occasion=f"division:{run.pk}:day:{day.pk}:household:{household}",
        context={
            "day": day,
            "place": letters.place_facts(day, zone=farm.zone),
            "parts": list(parts),
            "url": letters.week_url(day, farm),
        },
        at=at,
        stale_at=day.ends_at,
        may_stop=True,
    )
