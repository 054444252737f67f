"""How much a share is pleased by a crop, in whole sixteenths of a point per minor unit of money.

points = what the household rated (never 0, dislike 10, neutral 50, like 75, love 100)
       + rotation · (turns it is owed of a scarce crop, at most two)².

The square makes waiting count more the longer it lasts, and leaves those who had their turn at their own liking: over a
season that serves nearly everybody at a fifth of what a straight line costs in liking (docs/allocation.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .draw import mixed
from .problem import POINTS, Bools, Ints, Problem, untouched

SIXTEENTHS = 16
NOISE_BITS = 6
MOST_TURNS = 2000  # thousandths

_POINTS_32 = (POINTS * SIXTEENTHS).astype(np.int32)


def pleasure_of(problem: Problem, rows: Ints, scarce: Bools) -> NDArray[np.int32]:
    """int32[rows,J] sixteenths of a point: likings, and turns at the crops that are scarce this week (bool[J])."""
    pleasure = _POINTS_32[problem.likings[rows]]
    if untouched(problem.turns) or not problem.rotation:
        return pleasure
    owed = np.clip(problem.turns[rows] * scarce, 0, MOST_TURNS)
    return pleasure + (SIXTEENTHS * problem.rotation * owed**2 // 1_000_000).astype(np.int32)


def noise_of(drawn: NDArray[np.uint64], crops: int) -> NDArray[np.int32]:
    """int32[n,J] in 0..63 from each share's ticket: spreads equals apart, so that prices can part them."""
    noise = np.empty((len(drawn), crops), dtype=np.int32)
    per_word = 64 // NOISE_BITS
    for word in range(0, crops, per_word):
        bits = mixed(drawn + np.uint64(word + 1))
        for crop in range(word, min(word + per_word, crops)):
            noise[:, crop] = (bits >> np.uint64(NOISE_BITS * (crop - word))) & np.uint64((1 << NOISE_BITS) - 1)
    return noise
