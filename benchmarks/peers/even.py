"""An even split: every crop by weight among those who take it, whole steps by largest remainder, likings ignored."""

from __future__ import annotations

import numpy as np

from deliveries.allocation import Problem
from deliveries.allocation.draw import draw_order


def divide(problem: Problem, extra: dict):
    """int64[S,J]; never and excluded get none of that crop."""
    takes = (problem.likings > 0) & ~problem.excluded
    portions = np.zeros(problem.shape, dtype=np.int64)
    order = draw_order(problem.share_ids, problem.seed)
    for crop, harvested in enumerate(problem.quantities.tolist()):
        mass = problem.weights * takes[:, crop]
        if not mass.sum():
            continue
        ideal = harvested * mass / mass.sum()
        portions[:, crop] = np.floor(ideal)
        left = harvested - int(portions[:, crop].sum())
        ranked = order[np.argsort(-(ideal - np.floor(ideal))[order], kind="stable")][:left]
        portions[ranked, crop] += 1
    return portions, "done"
