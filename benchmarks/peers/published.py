"""csa-admin's published calculation for whole pieces, rewritten from its description (uniform mode only).

Of all whole amounts for the box sizes that fit the harvest, a larger size never less than a smaller one, the one that
leaves least over; among equals the one nearest to the ratio of the sizes. 100 lettuces for 60 small and 25 large boxes
become small 0, large 4.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from deliveries.allocation import Problem


def divide(problem: Problem, extra: dict):
    """int64[S,J] steps per share, the same for every cell of one weight."""
    sizes, kind = np.unique(problem.weights, return_inverse=True)
    boxes = np.bincount(kind, weights=problem.counts).astype(np.int64)
    found = np.stack([_amounts(int(n), sizes, boxes) for n in problem.quantities], axis=1)
    return found[kind], "done"


def _amounts(harvested: int, sizes: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    ideal = harvested * sizes / (sizes * boxes).sum()
    spans = [
        range(int(max(0, part - 4 * size)), int(part + 4 * size) + 1) for part, size in zip(ideal, sizes, strict=True)
    ]
    best, amounts = None, np.zeros(len(sizes), dtype=np.int64)
    for tried in product(*spans):
        given = int(np.dot(tried, boxes))
        if given > harvested or list(tried) != sorted(tried):
            continue
        rank = (harvested - given, float(np.abs(np.array(tried) - ideal).sum()))
        if best is None or rank < best:
            best, amounts = rank, np.array(tried, dtype=np.int64)
    return amounts
