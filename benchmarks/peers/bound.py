"""HiGHS, through highspy: the LP bound that liking is measured against, and the exact MILP."""

from __future__ import annotations

import highspy
import numpy as np

from deliveries.allocation import POINTS, Division, Problem


def solve(problem: Problem, division: Division, *, whole: bool = False, seconds: float = 60.0) -> dict:
    """Most liking with every crop given out and every value within the band of its target (hard).

    Variables x[i,j] in steps (continuous for the LP), caps and targets as the division has them. Returns
    {"liking", "portions", "status"}; liking is Σ value · points · steps. The MILP may leave the band at the
    engine's own price, since whole steps may not fit it.
    """
    s, j = problem.shape
    values = problem.step_values.astype(float)
    points = POINTS[problem.likings].astype(float)
    supply = problem.quantities - division.leftover
    slack = problem.band * float(supply @ values) / float(problem.weights.sum()) * problem.weights
    lp = highspy.HighsLp()
    extra = 2 * s if whole else 0
    lp.num_col_, lp.num_row_ = s * j + extra, s + j
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([(points * values).ravel(), np.full(extra, -1000.0)])
    lp.col_lower_ = np.zeros(s * j + extra)
    lp.col_upper_ = np.concatenate([division.caps.ravel().astype(float), np.full(extra, highspy.kHighsInf)])
    lp.row_lower_ = np.concatenate([supply.astype(float), division.targets - slack])
    lp.row_upper_ = np.concatenate([supply.astype(float), division.targets + slack])
    columns = np.arange(s * j)
    index = np.stack([columns % j, j + columns // j], axis=1).ravel()
    entries = np.stack([np.ones(s * j), np.tile(values, s)], axis=1).ravel()
    start = np.arange(0, 2 * s * j + 1, 2)
    if whole:
        index = np.concatenate([index, j + np.arange(s), j + np.arange(s)])
        entries = np.concatenate([entries, np.ones(s), -np.ones(s)])
        start = np.concatenate([start, 2 * s * j + 1 + np.arange(2 * s)])
        lp.integrality_ = [highspy.HighsVarType.kInteger] * (s * j) + [highspy.HighsVarType.kContinuous] * extra
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, index, entries
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", float(seconds))
    solver.passModel(lp)
    solver.run()
    found = np.array(solver.getSolution().col_value)[: s * j].reshape(s, j)
    return {
        "liking": float((found * points * values).sum()),
        "portions": found,
        "status": solver.modelStatusToString(solver.getModelStatus()),
    }
