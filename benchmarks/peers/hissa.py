"""Our own engine, run like any peer."""

from __future__ import annotations

from deliveries.allocation import Problem, allocate


def divide(problem: Problem, extra: dict):
    """int64[S,J] in the mode asked for."""
    return allocate(problem, mode=str(extra["mode"])).portions, "done"
