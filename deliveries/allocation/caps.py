"""How much of a crop one share may get, and so how much of the harvest can be given at all.

A share's most is its `variety` (2 at first) times its even part of the crop, never below one step, never
above the farmer's own maximum. Where that leaves harvest over because few take the crop, it grows by a quarter
until all can be given, or until only the farmer's maxima bind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problem import Bools, Ints, Problem, untouched

GROWTH = 1.25
SCARCE = 0.6  # a crop is scarce when there are fewer steps than this part of those who would take one


@dataclass(frozen=True, eq=False)
class Caps:
    """Most steps per share: looked up by weight class, because shares of one weight have the same.

    table int64[K,J] steps; classes int64[S]; takes bool[S,J] (neither never nor excluded nor locked);
    variety float64[J] as it grew; supply int64[J], the steps N = min(harvested, what all may take) to be given,
    locked ones apart; takers int64[J], how many shares take the crop.
    """

    table: Ints
    classes: Ints
    takes: Bools
    variety: NDArray[np.float64]
    supply: Ints
    takers: Ints

    @property
    def scarce(self) -> Bools:
        """bool[J]: crops so few that shares must take turns; turns are earned and used only then."""
        return np.asarray((self.supply > 0) & (self.supply < SCARCE * self.takers))

    def of(self, rows: Ints | slice) -> Ints:
        """int64[rows,J]: most steps for one share of each of these rows; 0 where it takes none."""
        return np.where(self.takes[rows], self.table[self.classes[rows]], 0)


def caps_of(problem: Problem) -> Caps:
    """The caps of everybody, and the supply they leave."""
    takes = (problem.likings > 0) & ~problem.excluded & (problem.locked < 0)
    weights, classes = np.unique(problem.weights, return_inverse=True)
    free = problem.quantities - fixed_steps(problem)
    takers = _takers(takes, classes, problem.counts, len(weights))
    whole = max(int((problem.counts * problem.weights).sum()), 1)
    table, variety = _grow(problem, weights, takers, free, whole)
    supply = np.minimum(free, (takers * table).sum(axis=0))
    return Caps(table=table, classes=classes, takes=takes, variety=variety, supply=supply, takers=takers.sum(axis=0))


def fixed_steps(problem: Problem) -> Ints:
    """int64[J]: steps that the farmer fixed by hand for some rows."""
    if untouched(problem.locked) or not problem.locked.size:
        return np.zeros(len(problem.quantities), dtype=np.int64)
    return np.asarray((problem.counts[:, None] * np.maximum(problem.locked, 0)).sum(axis=0), dtype=np.int64)


def _takers(takes: Bools, classes: Ints, counts: Ints, k: int) -> Ints:
    """int64[K,J]: how many shares of each weight take each crop."""
    found = np.zeros((k, takes.shape[1]), dtype=np.int64)
    for weight_class in range(k):
        here = classes == weight_class
        found[weight_class] = counts[here] @ takes[here]
    return found


def _grow(problem: Problem, weights: Ints, takers: Ints, free: Ints, whole: int) -> tuple[Ints, NDArray[np.float64]]:
    """Caps by weight class, each crop's variety grown until its harvest fits or only maxima bind."""
    maxima = np.where(problem.maxima > 0, problem.maxima, np.iinfo(np.int64).max)
    variety = np.full(len(free), float(problem.variety))
    while True:
        even = variety * free * weights[:, None] / whole
        table = np.minimum(maxima, np.maximum(1, np.ceil(even).astype(np.int64)))
        room = (takers * np.where(takers > 0, table, 0)).sum(axis=0)
        bound = ((table >= maxima) | (takers == 0)).all(axis=0)
        short = (room < free) & ~bound
        if not short.any():
            return table, variety
        variety = np.where(short, variety * GROWTH, variety)
