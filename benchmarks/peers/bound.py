"""HiGHS, through highspy: the LP bound that liking is measured against, and the exact MILP."""

from __future__ import annotations

import highspy
import numpy as np

from deliveries.allocation import POINTS, Problem

BURDEN = 1500.0  # points per minor unit outside the band, the engine's own price


def linear(problem: Problem, extra: dict):
    """float[S,J]: most liking with every crop given out and every value within the band of its target (hard).

    If no such division exists at all, the band is paid for as the MILP pays for it.
    """
    portions, status = solve(problem, extra, whole=False, hard=True)
    return (portions, status) if status == "Optimal" else solve(problem, extra, whole=False, hard=False)


def whole(problem: Problem, extra: dict):
    """int64[S,J]: the same in whole steps, leaving the band at the engine's own price; for cells see `joint`."""
    if str(extra["mode"]) == "uniform":
        return joint(problem, extra)
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
    found, status = _run(lp, seconds)
    return found[: s * j].reshape(s, j), status


def joint(problem: Problem, extra: dict):
    """int64[S,J] for cells: least leftover and least off the targets together, Σ count · |value − target| + value left.

    Variables x[i,j] whole steps, then how far above and below its target each cell lies.
    """
    s, j = problem.shape
    values, counts = problem.step_values.astype(float), problem.counts.astype(float)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_, lp.sense_ = s * j + 2 * s, s + j, highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([np.outer(counts, values).ravel(), -counts, -counts])
    lp.col_lower_ = np.zeros(s * j + 2 * s)
    lp.col_upper_ = np.concatenate([extra["caps"].ravel().astype(float), np.full(2 * s, highspy.kHighsInf)])
    lp.row_lower_ = np.concatenate([np.full(j, -highspy.kHighsInf), extra["targets"]]).astype(float)
    lp.row_upper_ = np.concatenate([extra["supply"], extra["targets"]]).astype(float)
    columns, rows = np.arange(s * j), j + np.arange(s)
    index = np.concatenate([np.stack([columns % j, j + columns // j], axis=1).ravel(), rows, rows])
    entries = np.stack([np.repeat(counts, j), np.tile(values, s)], axis=1).ravel()
    entries = np.concatenate([entries, -np.ones(s), np.ones(s)])
    start = np.concatenate([np.arange(0, 2 * s * j, 2), 2 * s * j + np.arange(2 * s + 1)])
    lp.integrality_ = [highspy.HighsVarType.kInteger] * (s * j) + [highspy.HighsVarType.kContinuous] * (2 * s)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, index, entries
    found, status = _run(lp, float(extra["seconds"]))
    return np.rint(found[: s * j].reshape(s, j)).astype(np.int64), status


def _run(lp: highspy.HighsLp, seconds: float):
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("time_limit", seconds)):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    solver.run()
    found = np.array(solver.getSolution().col_value)
    found = found if len(found) else np.zeros(lp.num_col_)
    return found, solver.modelStatusToString(solver.getModelStatus())
