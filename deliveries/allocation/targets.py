"""What each share is due this week, in money: its even share, and what memory adds or takes.

Nobody is due more than it can use (its reach), so one common level is sought at which all targets together are
the worth of the harvest: T = w · clip(level + owed, 0, reach / w).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .caps import Caps
from .problem import Ints, Problem

MEMORY = 0.25  # a week pays back at most this part of an even share

Floats = NDArray[np.float64]


def even_share(problem: Problem, value: int) -> float:
    """Minor units that one unit of weight is due when `value` is divided evenly."""
    return value / max(int((problem.counts * problem.weights).sum()), 1)


def reach_of(problem: Problem, caps: Caps) -> Ints:
    """int64[S]: the most value a share can use, locked steps included."""
    found = np.empty(len(problem.share_ids), dtype=np.int64)
    fixed = problem.fixed
    for start in range(0, len(found), 8192):
        rows = slice(start, start + 8192)
        found[rows] = (caps.of(rows) + fixed[rows]) @ problem.step_values
    return found


def targets_of(problem: Problem, caps: Caps, value: int, *, memory: bool = True) -> Floats:
    """float64[S]: the value each share of a row is due, minor units. Together they are `value` where it can be used."""
    weights = problem.weights.astype(np.float64)
    most = MEMORY * even_share(problem, value)
    owed = np.clip(problem.owed.astype(np.float64), -most, most) * (1.0 if memory else 0.0)
    reach = reach_of(problem, caps) / weights
    level = _level(weights * problem.counts, owed, reach, float(value))
    return np.asarray(weights * np.clip(level + owed, 0.0, reach))


def _level(mass: Floats, owed: Floats, reach: Floats, value: float) -> float:
    """The level ℓ with Σ mass · clip(ℓ + owed, 0, reach) = value: the sum's bends are sorted, one stretch holds ℓ.

    mass float64[S] weight in the row; owed and reach float64[S] minor units per unit of weight.
    """
    if not len(mass):
        return 0.0
    bends = np.concatenate([-owed, reach - owed])
    order = np.argsort(bends, kind="stable")
    bends = bends[order]
    slope = np.cumsum(np.concatenate([mass, -mass])[order])
    sums = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(bends))])
    at = int(np.searchsorted(sums, value, side="left"))
    if at >= len(sums):
        return float(bends[-1])
    if at == 0:
        return float(bends[0])
    climb = slope[at - 1]
    if climb <= 0:
        return float(bends[at])
    return float(bends[at - 1] + (value - sums[at - 1]) / climb)


def whole_targets(targets: Floats, counts: Ints, value: int) -> Ints:
    """int64[S]: targets in whole minor units that add up to `value` where they did before (largest remainder).

    Rows of several shares are rounded to the nearest unit: their remainders cannot be handed out singly.
    """
    if not (counts == 1).all():
        return np.rint(targets).astype(np.int64)
    floor = np.floor(targets + 1e-9).astype(np.int64)
    missing = min(round(float(targets.sum())), value) - int(floor.sum())
    if missing > 0:
        floor[np.argsort(-(targets - floor), kind="stable")[:missing]] += 1
    return floor
