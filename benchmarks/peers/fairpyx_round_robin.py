"""fairpyx 0.1, round_robin. It wants numpy < 2, so it runs under another Python (HISSA_FAIRPYX_PYTHON).

fairpyx gives each agent an item at most once. So crops are cut into lots worth about 1.50 €, every lot an item, a
crop's k-th lot open to a part of the harvest; an agent may take as many lots as its weight's part of them. Steps that
make no whole lot go to the boxes worth least.
"""

from __future__ import annotations

import numpy as np
from fairpyx import Instance
from fairpyx import divide as run
from fairpyx.algorithms import round_robin

from benchmarks.peers.draft import _hand_out
from deliveries.allocation import POINTS, Problem

LOT = 150  # minor units


def divide(problem: Problem, extra: dict):
    """int64[S,J]."""
    lot = np.maximum(1, LOT // np.maximum(problem.step_values, 1))
    lots = problem.quantities // lot
    taste = np.where(problem.excluded, 0, POINTS[problem.likings])
    shares = range(len(problem.share_ids))
    copies = [max(1, min(6, -(-2 * int(n) // max(len(shares), 1)))) for n in lots]
    items = {(crop, k): int(lots[crop]) // copies[crop] for crop in range(len(lots)) for k in range(copies[crop])}
    part = lots.sum() * problem.weights / problem.weights.sum()
    worth = {
        i: {key: int(taste[i, key[0]] * lot[key[0]] * problem.step_values[key[0]]) for key in items} for i in shares
    }
    conflicts = {i: {key for key in items if taste[i, key[0]] == 0} for i in shares}
    instance = Instance(
        agent_capacities={i: int(part[i]) for i in shares},
        item_capacities=items,
        valuations=worth,
        agent_conflicts=conflicts,
    )
    portions = np.zeros(problem.shape, dtype=np.int64)
    for share, taken in run(round_robin, instance=instance).items():
        for crop, _ in taken:
            portions[share, crop] += lot[crop]
    left = problem.quantities - portions.sum(axis=0)
    level = (portions @ problem.step_values) / problem.weights
    _hand_out(portions, left, level, taste, problem.step_values / 1.0, problem.weights)
    return portions, "done"
