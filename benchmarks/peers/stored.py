"""A problem and what else a peer is told (mode, targets, supply, caps), to and from a file."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from deliveries.allocation import Problem


def store(path: str, problem: Problem, **extra: object) -> None:
    """Write every field; defaults stay small on disk and are left out."""
    held = {f.name: getattr(problem, f.name) for f in fields(Problem)}
    for name, value in list(held.items()):
        if isinstance(value, np.ndarray) and value.size and all(stride == 0 for stride in value.strides):
            del held[name]
    np.savez(path, **held, **{f"extra_{name}": value for name, value in extra.items()})


def load(path: str) -> tuple[Problem, dict[str, np.ndarray]]:
    """The problem, and the extras by name."""
    with np.load(path) as stored:
        held = {name: stored[name] for name in stored.files}
    extra = {name.removeprefix("extra_"): held.pop(name) for name in list(held) if name.startswith("extra_")}
    plain = {name: value if value.ndim else value.item() for name, value in held.items()}
    return Problem(**plain), extra
