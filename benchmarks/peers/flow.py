"""The LP bound as a flow of money, solved by ortools' min-cost flow: crops → shares → within the band, no steps.

ortools and highspy cannot be imported together, so it runs under another Python (HISSA_ORTOOLS_PYTHON).
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from deliveries.allocation import POINTS, Problem


def divide(problem: Problem, extra: dict):
    """float[S,J] steps. Each share must have its target less the band; what comes on top, twice the band at most,
    flows through it to the sink. Where no such flow exists the band is left out of account: every share may have more.
    """
    portions, status = _solve(problem, extra, band=problem.band)
    return (portions, status) if status == "OPTIMAL" else _solve(problem, extra, band=1.0)


def _solve(problem: Problem, extra: dict, *, band: float):
    shares, crops = problem.shape
    targets, money = extra["targets"], extra["supply"] * problem.step_values
    even = float(money.sum()) / float(problem.weights.sum())
    slack = np.minimum(np.floor(band * even * problem.weights).astype(np.int64), targets)
    share, crop = np.nonzero(extra["caps"])
    sink = crops + shares
    tails = np.concatenate([crop, crops + np.arange(shares)])
    heads = np.concatenate([crops + share, np.full(shares, sink)])
    room = (extra["caps"] * problem.step_values)[share, crop]
    costs = np.concatenate([-POINTS[problem.likings[share, crop]], np.zeros(shares, dtype=np.int64)])
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tails, heads, np.concatenate([room, 2 * slack]), costs)
    rest = int(money.sum()) - int((targets - slack).sum())
    solver.set_nodes_supplies(np.arange(sink + 1), np.concatenate([money, slack - targets, [-rest]]))
    status = solver.solve()
    portions = np.zeros(problem.shape)
    if status == solver.OPTIMAL:
        found = solver.flows(arcs[: len(crop)])
        portions[share, crop] = found / np.maximum(problem.step_values[crop], 1)
    return portions, status.name
