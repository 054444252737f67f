"""One door to the engine: put the rows in a fixed order, work out caps and targets, divide, put the rows back."""

from __future__ import annotations

import numpy as np

from .caps import Caps, caps_of
from .division import Division, Mode
from .problem import Ints, Problem
from .targets import targets_of, whole_targets
from .uniform import divide_uniform


def allocate(problem: Problem, *, mode: Mode) -> Division:
    """Divide a harvest. The order of rows cannot matter: they are worked on by share id.

    "uniform": every share of a row gets the same; "choice": every row is one share with likings of its own.
    Raises ValueError for another mode.
    """
    if mode not in ("uniform", "choice"):
        raise ValueError(f"mode is 'uniform' or 'choice', not {mode!r}")
    order = np.argsort(problem.share_ids, kind="stable")
    if np.array_equal(order, np.arange(len(order))):
        return _divide(problem, mode)
    back = np.argsort(order, kind="stable")
    return _in_order(_divide(problem.rows(order), mode), problem, back)


def _divide(problem: Problem, mode: Mode) -> Division:
    caps = caps_of(problem)
    locked = np.maximum(problem.locked, 0)
    value = int(caps.supply @ problem.step_values + problem.counts @ (locked @ problem.step_values))
    targets = targets_of(problem, caps, value)
    portions = divide_uniform(problem, caps, targets) + locked
    return Division(
        problem=problem,
        mode=mode,
        portions=portions,
        targets=whole_targets(targets, problem.counts, value),
        prices=np.zeros(len(problem.quantities), dtype=np.int64),
        reach=caps,
    )


def _in_order(division: Division, problem: Problem, back: Ints) -> Division:
    """The division with its rows as `problem` has them."""
    caps = division.reach
    reach = Caps(
        table=caps.table,
        classes=caps.classes[back],
        takes=caps.takes[back],
        variety=caps.variety,
        supply=caps.supply,
    )
    return Division(
        problem=problem,
        mode=division.mode,
        portions=division.portions[back],
        targets=division.targets[back],
        prices=division.prices,
        reach=reach,
    )
