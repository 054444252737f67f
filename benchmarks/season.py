"""A whole season, the same weeks and people under several ways to divide; what luck is left at its end.

    python -m benchmarks season --shares 300 --weeks 25 --seed 1 --json
    python -m benchmarks season --shares 300 --log --json        (the real log of 2020)

5 % of the shares are away in any week, a tenth joins late (--away 0 --late 0: everybody is always there).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks import log
from benchmarks.peers import draft
from deliveries.allocation import LIKE, POINTS, Ledger, Problem, allocate
from deliveries.allocation.caps import SCARCE, caps_of
from deliveries.allocation.targets import targets_of

SITES = 10


@dataclass
class Farm:
    """weights, sites int[S]; joins int[S] week; likings int8[S,C] for the season's crops; weeks of harvest; away: the
    part of the shares that does not come in a week."""

    weights: np.ndarray
    sites: np.ndarray
    joins: np.ndarray
    likings: np.ndarray
    weeks: list[dict]
    away: float


@dataclass
class Tally:
    """Sums over the season, per share: due and got per unit of weight; turns due and got per crop; liking."""

    due: np.ndarray
    got: np.ndarray
    turns_due: np.ndarray
    turns_got: np.ndarray
    missed: np.ndarray  # bool[S,C]: its site had the crop in a week in which the share was not there
    liking: float = 0.0
    value: float = 0.0
    left: float = 0.0
    worst: list = field(default_factory=list)


def main(argv: list[str]) -> dict:
    """The end of the season under each way."""
    parser = argparse.ArgumentParser(prog="benchmarks season")
    parser.add_argument("--shares", type=int, default=300)
    parser.add_argument("--weeks", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--away", type=float, default=0.05, help="part of the shares that is away in any week")
    parser.add_argument("--late", type=float, default=0.1, help="part of the shares that joins late")
    parser.add_argument("--log", action="store_true", help="the real harvest log of 2020 instead of drawn weeks")
    options = parser.parse_args(argv)
    farm = _farm(options)
    ways: dict[str, Callable[[Farm, int], Tally]] = {
        "choice, both ledgers": lambda farm, seed: _choice(farm, seed, remember=True),
        "choice, no ledger": lambda farm, seed: _choice(farm, seed, remember=False),
        "Harvie-style draft": _draft,
        "uniform by site, ledgers": lambda farm, seed: _uniform(farm, seed, by_site=True),
        "uniform by type only": lambda farm, seed: _uniform(farm, seed, by_site=False),
    }
    return {
        "benchmark": "season",
        "shares": options.shares,
        "weeks": len(farm.weeks),
        "seed": options.seed,
        "harvest": "log of 2020" if options.log else "drawn",
        "away": options.away,
        "late": options.late,
        "ways": {name: _figures(farm, way(farm, options.seed)) for name, way in ways.items()},
    }


def _farm(options: argparse.Namespace) -> Farm:
    rng = np.random.default_rng([options.seed, options.shares])
    weights = rng.choice([1, 2], size=options.shares, p=[0.6, 0.4])
    full = float(weights.sum()) / 2
    if options.log:
        weeks = log.weeks(full)
        names = sorted({name for week in weeks for name in week["crops"]})
        for week in weeks:
            week["columns"] = np.array([names.index(name) for name in week["crops"]])
        crops = len(names)
    else:
        crops = 30
        weeks = [_drawn_week(rng, crops, int(weights.sum())) for _ in range(options.weeks)]
    late = rng.random(options.shares) < options.late
    joins = np.where(late, rng.integers(1, max(len(weeks) // 2, 2), options.shares), 0)
    parts = [0.06, 0.14, 0.3, 0.3, 0.2]
    likings = rng.choice(5, size=(options.shares, crops), p=parts).astype(np.int8)
    return Farm(weights, rng.integers(0, SITES, options.shares), joins, likings, weeks, options.away)


def _drawn_week(rng: np.random.Generator, crops: int, whole: int) -> dict:
    """Twelve of the season's crops, three of them scarce whole pieces (a step for one in three to ten)."""
    columns = np.sort(rng.choice(crops, size=12, replace=False))
    values = 20 + (columns * 37) % 200
    quantities = np.rint(whole * rng.uniform(0.5, 6, 12) * 60 / values).astype(np.int64)
    scarce = rng.choice(12, size=3, replace=False)
    values[scarce] = 150 + (columns[scarce] * 53) % 250
    quantities[scarce] = np.rint(whole * rng.uniform(0.05, 0.25, 3)).astype(np.int64)
    return {"columns": columns, "quantities": np.maximum(quantities, 1), "step_values": values}


def _attending(farm: Farm, seed: int) -> list[np.ndarray]:
    """Who comes in each week: positions of shares."""
    rng = np.random.default_rng([seed, 7])
    here = []
    for week in range(len(farm.weeks)):
        away = rng.random(len(farm.weights)) < farm.away
        here.append(np.flatnonzero(~away & (farm.joins <= week)))
    return here


def _problem(farm: Farm, week: int, rows: np.ndarray, seed: int) -> Problem:
    harvest = farm.weeks[week]
    return Problem(
        share_ids=rows,
        weights=farm.weights[rows],
        counts=np.ones(len(rows), dtype=np.int64),
        quantities=harvest["quantities"],
        step_values=harvest["step_values"],
        likings=farm.likings[np.ix_(rows, harvest["columns"])],
        seed=seed * 1000 + week,
    )


def _choice(farm: Farm, seed: int, *, remember: bool) -> Tally:
    ledger, tally = Ledger(), _tally(farm)
    for week, rows in enumerate(_attending(farm, seed)):
        plain = _problem(farm, week, rows, seed)
        columns = farm.weeks[week]["columns"]
        problem = ledger.remind(plain, crops=columns) if remember else plain
        division = allocate(problem, mode="choice")
        ledger = ledger.update(problem, division, crops=columns)
        _count(farm, tally, plain, rows, columns, division.portions)
    return tally


def _draft(farm: Farm, seed: int) -> Tally:
    tally = _tally(farm)
    for week, rows in enumerate(_attending(farm, seed)):
        plain = _problem(farm, week, rows, seed)
        even = float(plain.quantities @ plain.step_values) / float(plain.weights.sum())
        portions, _ = draft.divide(plain, {"targets": even * plain.weights})
        _count(farm, tally, plain, rows, farm.weeks[week]["columns"], portions)
    return tally


def _uniform(farm: Farm, seed: int, *, by_site: bool) -> Tally:
    """Cells are type × site, or types alone without memory. Likings do not count: nobody's *never* can be heeded."""
    ledger, tally = Ledger(), _tally(farm)
    for week, rows in enumerate(_attending(farm, seed)):
        plain = _problem(farm, week, rows, seed)
        columns = farm.weeks[week]["columns"]
        key = farm.weights[rows] * 100 + (farm.sites[rows] if by_site else 0)
        ids, cell, counts = np.unique(key, return_inverse=True, return_counts=True)
        grouped = Problem(ids, ids // 100, counts, plain.quantities, plain.step_values, seed=plain.seed)
        if by_site:
            grouped = ledger.remind(grouped, crops=columns)
        division = allocate(grouped, mode="uniform")
        ledger = ledger.update(grouped, division, crops=columns)
        _count(farm, tally, plain, rows, columns, division.portions[cell], heeded=False)
        if by_site:
            _note_missed(farm, tally, rows, columns, ids, division.portions)
    return tally


def _note_missed(
    farm: Farm, tally: Tally, rows: np.ndarray, columns: np.ndarray, ids: np.ndarray, portions: np.ndarray
) -> None:
    """Who was not there in a week in which the others of the type at the site (cells `ids`) had a crop."""
    absent = np.setdiff1d(np.arange(len(farm.weights)), rows)
    own = farm.weights[absent] * 100 + farm.sites[absent]
    at = np.minimum(np.searchsorted(ids, own), len(ids) - 1)
    had = (portions[at] > 0) & (ids[at] == own)[:, None]
    tally.missed[np.ix_(absent, columns)] |= had


def _tally(farm: Farm) -> Tally:
    shares, crops = farm.likings.shape
    empty = np.zeros((shares, crops))
    return Tally(np.zeros(shares), np.zeros(shares), empty, empty.copy(), empty.astype(bool))


def _count(
    farm: Farm, tally: Tally, plain: Problem, rows: np.ndarray, columns: np.ndarray, portions: np.ndarray, heeded=True
) -> None:
    """Add a week: due is each share's even part of what was given, turns are those of scarce crops it takes."""
    values = portions @ plain.step_values
    caps = caps_of(plain)
    due = plain.weights * values.sum() / plain.weights.sum()
    if heeded:
        due = targets_of(plain, caps, int(values.sum()), memory=False)
    tally.due[rows] += due / plain.weights
    tally.got[rows] += values / plain.weights
    takes = plain.likings > 0 if heeded else np.ones(plain.shape, dtype=bool)
    scarce = plain.quantities < SCARCE * takes.sum(axis=0)
    part = plain.quantities * plain.weights[:, None] * takes / np.maximum(plain.weights @ takes, 1)
    tally.turns_due[np.ix_(rows, columns)] += np.where(scarce, part, 0)
    tally.turns_got[np.ix_(rows, columns)] += np.where(scarce, portions, 0)
    tally.liking += float((portions * POINTS[plain.likings] * plain.step_values).sum())
    tally.value += float(values.sum())
    tally.left += float((plain.quantities - portions.sum(axis=0)) @ plain.step_values)
    tally.worst.append(float(np.abs(values / np.maximum(due, 1) - 1).max()))


def _figures(farm: Farm, tally: Tally) -> dict:
    came = tally.due > 0
    ratio = tally.got[came] / tally.due[came]
    liked = (farm.likings >= LIKE) & (tally.turns_due >= 1.0)
    never = liked & (tally.turns_got == 0)
    return {
        "smallest_of_largest": round(float(ratio.min() / ratio.max()), 4),
        "smallest": round(float(ratio.min()), 4),
        "largest": round(float(ratio.max()), 4),
        "within_5_percent": round(float((np.abs(ratio - 1) <= 0.05).mean()), 4),
        "never_served": round(float(never.sum() / max(liked.sum(), 1)), 4),
        "of_these_away_when_their_site_had_it": round(float((never & tally.missed).sum() / max(never.sum(), 1)), 4),
        "liking": round(tally.liking / tally.value, 3),
        "leftover": round(tally.left / (tally.value + tally.left), 5),
        "median_worst_week": round(float(np.median(tally.worst)), 4),
    }
