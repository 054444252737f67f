"""From fractions to whole steps in uniform mode: which cells get the extra head of lettuce.

Dearest crop first. Every cell gets its whole steps; what remains goes to the set of cells that gains most and still
fits, an exact 0/1 subset programme. A cell gains by value it lost to earlier rounding and by turns it is owed; how
much a step given weighs against even value is `thrift`.
"""

from __future__ import annotations

import numpy as np

from .caps import Caps
from .draw import draw_order
from .problem import Bools, Ints, Problem
from .targets import Floats

MICRO = 1_000_000
TURN_WEIGHT = 10.0  # a turn owed counts as ten steps of value lost: other crops can make up for value, none for turns
THRIFT = 100.0
DP_CELLS = 30_000_000  # above this the exact programme gives way to gain per share


def round_cells(problem: Problem, caps: Caps, ideal: Ints, crops: Ints, short: Floats) -> Ints:
    """int64[S,J]: whole steps per share of these `crops` (positions), each less than one step from `ideal`.

    ideal int64[S,J] millionths of a step; short float64[S] minor units that a share's ideal is below its target.
    """
    portions = np.zeros_like(ideal)
    lost = short
    turns = TURN_WEIGHT * problem.turns * caps.scarce / 1000.0
    drawn = draw_order(problem.share_ids, problem.seed)
    thrift = thrift_of(problem)
    for crop in crops[np.argsort(-problem.step_values[crops], kind="stable")]:
        value = float(problem.step_values[crop])
        portions[:, crop] = ideal[:, crop] // MICRO
        fraction = (ideal[:, crop] - portions[:, crop] * MICRO) / MICRO
        lost = lost + fraction * value
        left = int(caps.supply[crop] - problem.counts @ portions[:, crop])
        each = lost + (thrift - 0.5) * max(value, 1.0) + value * turns[:, crop]
        gain = np.asarray(problem.counts * each, dtype=np.float64)
        wants = drawn[(fraction > 0)[drawn] & (gain > 0)[drawn]]
        chosen = wants[best_subset(problem.counts[wants], gain[wants], left)]
        portions[chosen, crop] += 1
        lost[chosen] -= value
    return portions


def thrift_of(problem: Problem) -> float:
    """How much giving a step counts against even value: nearly all where cells can take turns, else a little.

    Cells can take turns where several bear the same weight: a type at several sites.
    """
    if problem.thrift:
        return float(problem.thrift)
    return THRIFT if len(np.unique(problem.weights)) < len(problem.weights) else 2.0


def best_subset(sizes: Ints, gains: Floats, room: int) -> Bools:
    """bool[n]: the items of most gain whose sizes together fit in `room` (exact unless it would be huge)."""
    if room <= 0 or not len(sizes):
        return np.zeros(len(sizes), dtype=np.bool_)
    if int(sizes.sum()) <= room:
        return np.ones(len(sizes), dtype=np.bool_)
    if len(sizes) * (room + 1) > DP_CELLS:
        return _greedy_subset(sizes, gains, room)
    return _exact_subset(sizes, gains, room)


def _exact_subset(sizes: Ints, gains: Floats, room: int) -> Bools:
    """Bellman's knapsack: best[r] is the most gain within r; `took` remembers which item made it so."""
    best = np.zeros(room + 1)
    took = np.zeros((len(sizes), room + 1), dtype=np.bool_)
    for item, (size, gain) in enumerate(zip(sizes.tolist(), gains.tolist(), strict=True)):
        if size > room:
            continue
        with_it = best[: room + 1 - size] + gain
        better = with_it > best[size:]
        took[item, size:] = better
        best[size:][better] = with_it[better]
    chosen = np.zeros(len(sizes), dtype=np.bool_)
    for item in range(len(sizes) - 1, -1, -1):
        if took[item, room]:
            chosen[item] = True
            room -= int(sizes[item])
    return chosen


def _greedy_subset(sizes: Ints, gains: Floats, room: int) -> Bools:
    """By gain per share, skipping what no longer fits."""
    chosen = np.zeros(len(sizes), dtype=np.bool_)
    for item in np.argsort(-(gains / sizes), kind="stable").tolist():
        if sizes[item] <= room:
            chosen[item] = True
            room -= int(sizes[item])
    return chosen
