"""HiGHS, through highspy: the LP bound that liking is measured against, and the exact MILP."""

from __future__ import annotations

import highspy
import numpy as np

from deliveries.allocation import POINTS, Problem

BURDEN = 1000.0  # points per minor unit outside the band, the engine's own price


def linear(problem: Problem, extra: dict):
    """float[S,J]: most liking with every crop given out and every value within the band of its target (hard).

    If no such division exists at all, the band is paid for as the MILP pays for it.
    """
    portions, status = solve(problem, extra, whole=False, hard=True)
    return (portions, status) if status == "Optimal" else solve(problem, extra, whole=False, hard=False)


def whole(problem: Problem, extra: dict):
    """int64[S,J]: the same in whole steps, leaving the band at the engine's own price."""
    portions, status = solve(problem, extra, whole=True, hard=False, seconds=float(extra["seconds"]))
    return np.rint(portions).astype(np.int64), status


def solve(problem: Problem, extra: dict, *, whole: bool, hard: bool, seconds: float = 600.0):
    """extra: targets int64[S], supply int64[J], caps int64[S,J]. Variables x[i,j] in steps, then what lies outside."""
    s, j = problem.shape
    values = problem.step_values.astype(float)
    points = POINTS[problem.likings] * values
    targets, supply = extra["targets"].astype(float), extra["supply"].astype(float)
    slack = problem.band * float(supply @ values) / float(problem.weights.sum()) * problem.weights
    more = 0 if hard else 2 * s
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_, lp.sense_ = s * j + more, s + j, highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([points.ravel(), np.full(more, -BURDEN)])
    lp.col_lower_ = np.zeros(s * j + more)
    lp.col_upper_ = np.concatenate([extra["caps"].ravel().astype(float), np.full(more, highspy.kHighsInf)])
    lp.row_lower_ = np.concatenate([supply, targets - slack])
    lp.row_upper_ = np.concatenate([supply, targets + slack])
    columns, rows = np.arange(s * j), j + np.arange(s)
    index = np.stack([columns % j, j + columns // j], axis=1).ravel()
    entries = np.stack([np.ones(s * j), np.tile(values, s)], axis=1).ravel()
    start = np.arange(0, 2 * s * j + 1, 2)
    if more:
        index, entries = np.concatenate([index, rows, rows]), np.concatenate([entries, np.ones(s), -np.ones(s)])
        start = np.concatenate([start, 2 * s * j + 1 + np.arange(2 * s)])
    kinds = [highspy.HighsVarType.kInteger] * (s * j) + [highspy.HighsVarType.kContinuous] * more
    if whole:
        lp.integrality_ = kinds
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, index, entries
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("time_limit", seconds)):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    solver.run()
    found = np.array(solver.getSolution().col_value)
    found = found[: s * j].reshape(s, j) if len(found) else np.zeros((s, j))
    return found, solver.modelStatusToString(solver.getModelStatus())
