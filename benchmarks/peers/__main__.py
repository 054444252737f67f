"""Run one peer on a stored problem; print its CPU time, peak memory and status as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

from benchmarks.peers import draft, even, hissa, published
from benchmarks.peers.stored import load


def main() -> None:
    """argv: peer's name, problem file, file for the portions."""
    name, given, wanted = sys.argv[1:4]
    problem, extra = load(given)
    divide = _peer(name)
    if problem.shape[0] <= 3000 and name == "hissa":
        divide(problem, extra)  # imports and numpy's first calls are not the method's
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    portions, status = divide(problem, extra)
    cpu = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.save(wanted, portions)
    print(json.dumps({"cpu_s": round(cpu, 5), "peak_mb": peak // 1024, "before_mb": before // 1024, "status": status}))


def _peer(name: str):
    if name == "highs_lp":
        from benchmarks.peers import bound

        return bound.linear
    if name == "highs_milp":
        from benchmarks.peers import bound

        return bound.whole
    if name == "fairpyx":
        from benchmarks.peers import fairpyx_round_robin

        return fairpyx_round_robin.divide
    if name == "flow":
        from benchmarks.peers import flow

        return flow.divide
    return {"hissa": hissa.divide, "draft": draft.divide, "even": even.divide, "published": published.divide}[name]


if __name__ == "__main__":
    main()
