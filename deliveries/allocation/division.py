"""A harvest divided: who gets what, what is left over, and the record that lets anybody check it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .caps import Caps
from .problem import ROW_FIELDS, Ints, Problem, untouched

VERSION = "2"  # the same input may give other portions than under another
DIGESTS = "1"  # how digests are made

Mode = Literal["uniform", "choice"]


@dataclass(frozen=True, eq=False)
class Division:
    """The result for `problem`, its rows in the problem's order.

    portions int64[S,J] steps per share; leftover int64[J] steps nobody could be given;
    targets int64[S] minor units each share was due (memory included); prices int64[J] sixteenths of a point
    that steered choice mode (0 in uniform mode). A correction lists the ids of the shares whose contents `changed`,
    and the digest of the portions it `amends`.
    """

    problem: Problem
    mode: Mode
    portions: Ints
    targets: Ints
    prices: Ints
    reach: Caps = field(repr=False)
    changed: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    amends: str = ""

    @property
    def leftover(self) -> Ints:
        """int64[J]: steps harvested and not given."""
        return self.problem.quantities - self.problem.counts @ self.portions

    @property
    def values(self) -> Ints:
        """int64[S]: what one share of each row is worth, minor units."""
        return np.asarray(self.portions @ self.problem.step_values)

    @property
    def caps(self) -> Ints:
        """int64[S,J]: most steps one share may get; locked cells bear the locked steps."""
        return self.reach.of(slice(None)) + self.problem.fixed

    @cached_property
    def record(self) -> dict[str, Any]:
        """JSON-ready: enough to run it again, and to see at once whether the same came out.

        Digests do not depend on the order of rows; `targets` goes by share id.
        """
        problem = self.problem
        correction = {"amends": self.amends, "changed": self.changed.tolist()} if self.amends else {}
        return {
            "version": VERSION,
            "mode": self.mode,
            "seed": int(problem.seed),
            "parameters": problem.parameters(),
            "rows": len(problem.share_ids),
            "crops": len(problem.quantities),
            "input": digest_of_problem(problem),
            "output": digest_of_portions(problem, self.portions),
            "prices": self.prices.tolist(),
            "variety": [round(grown, 6) for grown in self.reach.variety.tolist()],
            "supply": (problem.quantities - self.leftover).tolist(),
            "leftover": self.leftover.tolist(),
            "targets": dict(zip(map(str, problem.share_ids.tolist()), self.targets.tolist(), strict=True)),
            **correction,
        }


def digest_of_problem(problem: Problem) -> str:
    """sha256 over every field, rows by share id."""
    digest = hashlib.sha256(f"hissa {DIGESTS} {problem.shape} {problem.seed}".encode())
    digest.update(repr(sorted(problem.parameters().items())).encode())
    order = np.argsort(problem.share_ids, kind="stable")
    for name in ("quantities", "step_values", "maxima"):
        digest.update(getattr(problem, name).tobytes())
    for name in ROW_FIELDS:
        digest.update(name.encode())
        _feed(digest, getattr(problem, name), order)
    return digest.hexdigest()


def digest_of_portions(problem: Problem, portions: Ints) -> str:
    """sha256 over what was given, rows by share id."""
    digest = hashlib.sha256(f"hissa {DIGESTS} portions {portions.shape}".encode())
    _feed(digest, portions, np.argsort(problem.share_ids, kind="stable"))
    return digest.hexdigest()


def _feed(digest: Any, value: NDArray[Any], order: Ints) -> None:
    """Add an array's rows in `order`, a few at a time; one that is the same everywhere counts by that one number."""
    if not value.size:
        return
    first = value.flat[0]
    if untouched(value) or (value == first).all():
        digest.update(f"all {first!s}".encode())
        return
    for start in range(0, len(order), 8192):
        digest.update(np.ascontiguousarray(value[order[start : start + 8192]]).tobytes())
