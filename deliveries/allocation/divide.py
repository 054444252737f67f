"""One door to the engine: put the rows in a fixed order, work out caps and targets, divide, put the rows back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .caps import caps_of, fixed_steps
from .choice import divide_choice
from .division import Division, Mode
from .problem import Ints, Problem, ProblemError
from .targets import targets_of, whole_targets
from .uniform import divide_uniform


def allocate(problem: Problem, *, mode: Mode, prices: Ints | None = None) -> Division:
    """Divide a harvest. The order of rows cannot matter: they are worked on by share id.

    "uniform": every share of a row gets the same; "choice": every row is one share with likings of its own.
    Stored `prices` (int64[J]) replay a choice division without looking for them again. Raises ValueError for another
    mode, ProblemError where choice mode meets a row of several shares.
    """
    if mode not in ("uniform", "choice"):
        raise ValueError(f"mode is 'uniform' or 'choice', not {mode!r}")
    if mode == "choice" and (problem.counts != 1).any():
        row = int(np.argmax(problem.counts != 1))
        raise ProblemError("counts", "not_single", "in choice mode every row is one share", row=row)
    if prices is not None:
        prices = _checked(prices, problem)
    order = fixed_order(problem)
    if np.array_equal(order, np.arange(len(order))):
        return _divide(problem, mode, prices)
    back = np.argsort(order, kind="stable")
    return _in_order(_divide(problem.rows(order), mode, prices), problem, back)


def restored(problem: Problem, *, mode: Mode, portions: Ints, prices: Ints | None = None) -> Division:
    """The division as it was stored (portions int64[S,J]): to explain, account for or amend without dividing again."""
    order = fixed_order(problem)
    sorted_problem = problem.rows(order)
    caps = caps_of(sorted_problem)
    value = int((caps.supply + fixed_steps(problem)) @ problem.step_values)
    targets = whole_targets(targets_of(sorted_problem, caps, value), sorted_problem.counts, value)
    found = np.asarray(portions, dtype=np.int64).reshape(problem.shape)[order]
    kept = np.zeros_like(problem.quantities) if prices is None else _checked(prices, problem)
    division = Division(problem=sorted_problem, mode=mode, portions=found, targets=targets, prices=kept, reach=caps)
    return _in_order(division, problem, np.argsort(order, kind="stable"))


def _checked(prices: Ints, problem: Problem) -> Ints:
    found = np.asarray(prices, dtype=np.int64)
    if found.shape != problem.quantities.shape:
        raise ValueError(f"{len(problem.quantities)} prices are needed, one for each crop")
    return found


def fixed_order(problem: Problem) -> Ints:
    """int64[S]: positions by share id, the order in which rows are always worked on."""
    return np.argsort(problem.share_ids, kind="stable")


def _divide(problem: Problem, mode: Mode, prices: Ints | None) -> Division:
    caps = caps_of(problem)
    value = int((caps.supply + fixed_steps(problem)) @ problem.step_values)
    exact = targets_of(problem, caps, value)
    targets = whole_targets(exact, problem.counts, value)
    if mode == "uniform":
        portions, prices = divide_uniform(problem, caps, exact), np.zeros_like(problem.quantities)
    else:
        portions, prices = divide_choice(problem, caps, targets, prices)
    portions += problem.fixed
    return Division(problem=problem, mode=mode, portions=portions, targets=targets, prices=prices, reach=caps)


def _in_order(division: Division, problem: Problem, back: Ints) -> Division:
    """The division with its rows as `problem` has them."""
    caps = division.reach
    return replace(
        division,
        problem=problem,
        portions=division.portions[back],
        targets=division.targets[back],
        reach=replace(caps, classes=caps.classes[back], takes=caps.takes[back]),
    )
