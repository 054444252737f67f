"""Corrections after publishing: the truck comes back with fewer melons, a hold arrives late.

Start from what was published, take back where it must be, give what came more, and change as few boxes as can be:
one box that can spare two steps rather than two boxes one each. Then trade for fairness only; who has been left in
peace so far joins only where somebody is helped who lies outside the band.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .boxes import settle
from .caps import Caps, caps_of, fixed_steps
from .choice import lay_rows
from .division import Division
from .market import bundles_of, trade
from .problem import Ints, Problem, ProblemError
from .rounding import MICRO, best_subset, thrift_of
from .table import Table
from .targets import targets_of, whole_targets
from .uniform import ideal_portions

FAIRNESS_ROUNDS = 60  # a late joiner is given one step of a crop a round; usually far fewer are needed
LIKING_PART = 64  # in a correction likings only break ties


def amend(division: Division, problem: Problem) -> Division:
    """The division for a changed harvest or roster, with the fewest boxes changed; `changed` lists whose.

    Rows are matched by share id, crops by position. Raises ProblemError if the crops are not the same number.
    """
    if len(problem.quantities) != len(division.problem.quantities):
        raise ProblemError("quantities", "shape", "a correction keeps the crops it had, in their order")
    order = np.argsort(problem.share_ids, kind="stable")
    sorted_problem = problem.rows(order)
    before = portions_before(division, sorted_problem)
    caps = _caps_as_published(sorted_problem, before)
    locked = sorted_problem.fixed
    value = int((caps.supply + fixed_steps(sorted_problem)) @ problem.step_values)
    exact = targets_of(sorted_problem, caps, value)
    targets = whole_targets(exact, problem.counts[order], value)
    free = np.minimum(np.where(sorted_problem.locked < 0, before, 0), caps.of(slice(None)))
    if division.mode == "uniform":
        portions = _amend_cells(sorted_problem, caps, free, ideal_portions(sorted_problem, caps, exact))
    else:
        portions = _amend_boxes(sorted_problem, caps, free, targets)
    portions = portions + locked
    back = np.argsort(order, kind="stable")
    return Division(
        problem=problem,
        mode=division.mode,
        portions=portions[back],
        targets=targets[back],
        prices=division.prices,
        reach=replace(caps, classes=caps.classes[back], takes=caps.takes[back]),
        changed=sorted_problem.share_ids[(portions != before).any(axis=1)],
        amends=division.record["output"],
    )


def portions_before(division: Division, problem: Problem) -> Ints:
    """int64[S,J]: what the problem's rows had in the division; 0 for rows it did not know."""
    known = division.problem.share_ids
    order = np.argsort(known, kind="stable")
    at = np.minimum(np.searchsorted(known, problem.share_ids, sorter=order), max(len(known) - 1, 0))
    before = np.zeros(problem.shape, dtype=np.int64)
    if len(known):
        rows = order[at]
        same = known[rows] == problem.share_ids
        before[same] = division.portions[rows[same]]
    return before


def _caps_as_published(problem: Problem, before: Ints) -> Caps:
    """Today's caps, but nobody loses a step only because a smaller harvest makes a smaller cap."""
    caps = caps_of(problem)
    most = np.where(caps.takes, np.maximum(caps.of(slice(None)), before), 0)
    free = problem.quantities - fixed_steps(problem)
    supply = np.minimum(free, problem.counts @ most)
    return replace(caps, table=most, classes=np.arange(len(before)), supply=supply)


def _amend_boxes(problem: Problem, caps: Caps, before: Ints, targets: Ints) -> Ints:
    """int64[S,J] for choice mode. before int64[S,J] is what they had and may keep, locked steps apart."""
    budgets = np.subtract(targets, problem.fixed @ problem.step_values)
    table = lay_rows(problem, caps, before, budgets)
    table.worth //= LIKING_PART
    table.reluctance = np.full(len(before), 2 * int(np.abs(table.worth).max(initial=0)) + 1, dtype=table.ahead.dtype)
    table.refresh()
    for crop in np.argsort(-problem.step_values, kind="stable").tolist():
        _few_boxes(table, crop, int(caps.supply[crop]) - int(table.steps[crop].sum()))
    settle(table, caps.supply)
    if problem.shape[0] and problem.shape[1]:
        trade(table, bundles_of(problem.shape[1]), FAIRNESS_ROUNDS)
    return np.asarray(table.steps[:-1].T, dtype=np.int64)


def _few_boxes(table: Table, crop: int, missing: int) -> None:
    """Move `missing` steps (negative: take back) through as few boxes as the band allows; the rest is left to others.

    Boxes already changed come first, then those that can bear most.
    """
    value = int(table.step_values[crop])
    if not missing or not value:
        return
    sign = 1 if missing > 0 else -1
    room = table.caps[crop] - table.steps[crop] if sign > 0 else table.steps[crop]
    bears = np.minimum(room, np.maximum((table.slack - sign * table.ahead) // value, 0)).astype(np.int64)
    untouched = table.reluctance > 0 if table.reluctance is not None else np.zeros(len(bears), dtype=np.bool_)
    order = np.lexsort((-bears, untouched))
    moved = np.minimum(bears[order], np.maximum(abs(missing) - (np.cumsum(bears[order]) - bears[order]), 0))
    table.move(crop, order[moved > 0], sign * moved[moved > 0])


def _amend_cells(problem: Problem, caps: Caps, before: Ints, ideal: Ints) -> Ints:
    """int64[S,J] for uniform mode: cells lose a step so that most shares keep theirs, and gain up to their ideal."""
    portions = before.copy()
    value_lost = (ideal / MICRO - before) @ problem.step_values
    for crop in np.argsort(-problem.step_values, kind="stable").tolist():
        supply = int(caps.supply[crop])
        portions[:, crop] = _cut(portions[:, crop], problem.counts, value_lost, supply)
        portions[:, crop] = _raise(problem, portions[:, crop], ideal[:, crop], value_lost, supply)
    return portions


def _cut(steps: Ints, counts: Ints, lost: np.ndarray[tuple[int], np.dtype[np.float64]], supply: int) -> Ints:
    """int64[S]: the cells' steps of one crop cut to `supply`: whole rounds for all, then as few shares as can be."""
    if int(counts @ steps) <= supply:
        return steps
    rounds = 0
    for bit in reversed(range(int(steps.max()).bit_length())):
        if int(counts @ np.maximum(steps - (rounds + (1 << bit)), 0)) >= supply:
            rounds += 1 << bit
    steps = np.maximum(steps - rounds, 0)
    able = np.flatnonzero(steps > 0)
    low = np.maximum(steps - 1, 0)
    weight = 1.0 + 1e-6 * (lost[able] - lost.min()) / max(float(np.ptp(lost)), 1.0)
    keep = able[best_subset(counts[able], counts[able] * weight, supply - int(counts @ low))]
    low[keep] += 1
    return low


def _raise(
    problem: Problem, steps: Ints, ideal: Ints, lost: np.ndarray[tuple[int], np.dtype[np.float64]], supply: int
) -> Ints:
    """int64[S]: the cells' steps of one crop, one more where it is still below the ideal and fits."""
    counts, steps = problem.counts, steps.copy()
    floor = np.maximum(steps, ideal // MICRO)
    if int(counts @ floor) <= supply:
        steps = floor
    while (able := np.flatnonzero(steps * MICRO < ideal)).size:
        gain = counts[able] * (thrift_of(problem) + (lost[able] - lost.min()))
        chosen = able[best_subset(counts[able], gain, supply - int(counts @ steps))]
        if not len(chosen):
            break
        steps[chosen] += 1
    return steps
