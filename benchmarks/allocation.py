"""One week, side by side: our engine, HiGHS (LP bound and MILP), a draft, an even split, fairpyx, csa-admin's way.

    python -m benchmarks allocation --shares 300 --crops 12 --seed 1 --kind random --json
    python -m benchmarks allocation --mode uniform --shares 300 --cells 50 --crops 12 --json
    python -m benchmarks allocation --growth 3000,30000,100000 --crops 20 --peers hissa --json

Every peer runs in its own process. fairpyx wants another numpy, ortools no HiGHS beside it: each runs under the Python
that HISSA_FAIRPYX_PYTHON or HISSA_ORTOOLS_PYTHON names, and is left out, with words, where that is missing.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.instances import KINDS, cells, instance
from benchmarks.peers.stored import store
from deliveries.allocation import POINTS, Problem
from deliveries.allocation.caps import caps_of
from deliveries.allocation.targets import targets_of, whole_targets

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = {"fairpyx": "HISSA_FAIRPYX_PYTHON", "flow": "HISSA_ORTOOLS_PYTHON"}


def main(argv: list[str]) -> dict:
    """The figures of one size and seed (or of several sizes with --growth)."""
    parser = argparse.ArgumentParser(prog="benchmarks allocation")
    parser.add_argument("--shares", type=int, default=300)
    parser.add_argument("--crops", type=int, default=12)
    parser.add_argument("--cells", type=int, default=30, help="uniform mode: how many cells the shares stand in")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, default="random")
    parser.add_argument("--mode", choices=("choice", "uniform"), default="choice")
    parser.add_argument("--peers", default="", help="comma list; by default those that fit the mode and size")
    parser.add_argument("--seconds", type=float, default=20.0, help="the MILP's time")
    parser.add_argument("--growth", default="", help="sizes, comma list: time each and fit the exponent")
    options = parser.parse_args(argv)
    if options.growth:
        return _growth(options)
    return _week(options, options.shares)


def _week(options: argparse.Namespace, shares: int) -> dict:
    uniform = options.mode == "uniform"
    if uniform:
        problem = cells(shares=shares, cells=options.cells, crops=options.crops, seed=options.seed)
    else:
        problem = instance(shares=shares, crops=options.crops, seed=options.seed, kind=options.kind)
    judge = _judge(problem)
    results = {name: _run(name, problem, judge, options) for name in _peers(options, shares)}
    solved = {name for name, found in results.items() if str(found.get("status")).lower() == "optimal"}
    bound = next((results[name]["liking"] for name in ("highs_lp", "flow") if name in solved), None)
    for found in results.values():
        if bound and not uniform and "liking" in found:
            found["liking_of_bound"] = round(found["liking"] / bound, 5)
    for peer, ratio in (("highs_lp", "cpu_of_lp"), ("flow", "cpu_of_flow")):
        if not uniform and peer in solved and "cpu_s" in results.get("hissa", {}):
            results["hissa"][ratio] = round(results["hissa"]["cpu_s"] / max(results[peer]["cpu_s"], 1e-5), 3)
    return {
        "benchmark": "allocation",
        "mode": options.mode,
        "kind": "cells" if uniform else options.kind,
        "shares": shares,
        "crops": options.crops,
        "seed": options.seed,
        "peers": results,
    }


def _growth(options: argparse.Namespace) -> dict:
    sizes = [int(size) for size in options.growth.split(",")]
    weeks = [_week(options, size) for size in sizes]
    times = [week["peers"]["hissa"]["cpu_s"] for week in weeks]
    slope = math.log(times[-1] / times[0]) / math.log(sizes[-1] / sizes[0]) if len(sizes) > 1 else None
    return {"benchmark": "allocation", "growth_exponent": slope and round(slope, 3), "weeks": weeks}


def _peers(options: argparse.Namespace, shares: int) -> list[str]:
    if options.peers:
        return options.peers.split(",")
    if options.mode == "uniform":
        return ["hissa", "published", "highs_milp"]
    peers = ["highs_lp", "hissa"]
    if shares <= 300:
        peers.append("highs_milp")
    if shares <= 30_000:
        peers += ["draft", "even"]
    if shares <= 3_000:
        peers.append("fairpyx")
    return [*peers, "flow"]


def _judge(problem: Problem) -> dict:
    """What every peer is told and measured by: caps, what is to be given, and each share's target."""
    caps = caps_of(problem)
    value = int(caps.supply @ problem.step_values)
    targets = whole_targets(targets_of(problem, caps, value), problem.counts, value)
    return {"caps": caps.of(slice(None)), "supply": caps.supply, "targets": targets}


def _run(name: str, problem: Problem, judge: dict, options: argparse.Namespace) -> dict:
    """One peer in its own process; its figures."""
    python = os.environ.get(ELSEWHERE[name], "") if name in ELSEWHERE else sys.executable
    if not python:
        return {"skipped": f"{ELSEWHERE[name]} names no Python that has it"}
    with tempfile.TemporaryDirectory() as room:
        given, wanted = f"{room}/week.npz", f"{room}/portions.npy"
        told = judge if name != "hissa" else {}
        store(given, problem, mode=options.mode, seconds=options.seconds, **told)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            [python, "-m", "benchmarks.peers", name, given, wanted], cwd=ROOT, env=env, capture_output=True, text=True
        )
        if done.returncode:
            return {"error": done.stderr.strip().splitlines()[-1][:300] if done.stderr.strip() else "no answer"}
        figures = json.loads(done.stdout.strip().splitlines()[-1])
        portions = np.load(wanted)
    figures["bytes_per_cell"] = round(
        (figures["peak_mb"] - figures.pop("before_mb")) * 2**20 / max(portions.size, 1), 1
    )
    return figures | measure(problem, portions, judge)


def measure(problem: Problem, portions: np.ndarray, judge: dict) -> dict:
    """Liking, deviation, spread, leftover and envy of any division."""
    values, counts = portions @ problem.step_values, problem.counts
    supply, weights = judge["supply"], problem.weights
    even = float(supply @ problem.step_values) / float((counts * weights).sum())
    off = np.abs(values - judge["targets"])
    given = counts @ portions
    level = values / weights
    harvest = float(problem.quantities @ problem.step_values)
    return {
        "liking": float((portions * POINTS[problem.likings] * problem.step_values * counts[:, None]).sum()),
        "worst_deviation": round(float((off / (even * weights)).max(initial=0)), 5),
        "cv": round(float(level.std() / max(level.mean(), 1e-9)), 5),
        "left_beyond_caps": round(float(((supply - given) @ problem.step_values) / harvest), 5),
        "lost": round(float(((problem.quantities - given) @ problem.step_values + counts @ off) / harvest), 5),
        "wef1_violations": _envy(problem, portions) if len(values) <= 300 and (counts == 1).all() else None,
    }


def _envy(problem: Problem, portions: np.ndarray) -> int:
    """Pairs (i, k) where i, per weight, would rather have k's box even without its best step (weighted EF1)."""
    worth = POINTS[problem.likings] * problem.step_values * ~problem.excluded
    mine = worth @ portions.T / problem.weights[None, :]
    best = np.where(portions.T[None, :, :] > 0, worth[:, :, None], 0).max(axis=1) / problem.weights[None, :]
    own = np.diag(mine)
    return int((mine - best > own[:, None] + 1e-9).sum())


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
