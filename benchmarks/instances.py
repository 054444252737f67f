"""Seeded harvests and rosters to measure on: random and correlated tastes, coarse steps, many *never*."""

from __future__ import annotations

import numpy as np

from deliveries.allocation import Problem

KINDS = ("random", "correlated", "coarse", "never40")


def instance(*, shares: int, crops: int, seed: int, kind: str = "random") -> Problem:
    """A choice-mode week. An even share of weight 1 is worth about 15 €; a crop is plenty or scarce by chance.

    random: every rating drawn on its own; correlated: households share tastes along two lines;
    coarse: steps worth 2 to 6 €; never40: 40 % of ratings are *never*.
    """
    rng = np.random.default_rng([seed, shares, crops, KINDS.index(kind)])
    weights = rng.choice([1, 2], size=shares, p=[0.6, 0.4])
    coarse = kind == "coarse"
    values = rng.integers(200, 601, crops) if coarse else rng.integers(15, 251, crops)
    parts = rng.dirichlet(np.full(crops, 2.0))
    quantities = np.maximum(1, np.rint(1500 * weights.sum() * parts / values)).astype(np.int64)
    return Problem(
        share_ids=np.arange(1, shares + 1) * 7919 % 2_147_483_647,
        weights=weights,
        counts=np.ones(shares, dtype=np.int64),
        quantities=quantities,
        step_values=values,
        likings=_likings(rng, shares, crops, kind),
        seed=seed,
    )


def _likings(rng: np.random.Generator, shares: int, crops: int, kind: str) -> np.ndarray:
    never = 0.4 if kind == "never40" else 0.06
    parts = np.array([never, *(np.array([0.14, 0.3, 0.3, 0.2]) * (1 - never) / 0.94)])
    if kind != "correlated":
        return rng.choice(5, size=(shares, crops), p=parts).astype(np.int8)
    taste = rng.normal(size=(shares, 2)) @ rng.normal(size=(2, crops)) * 0.6
    taste += rng.normal(size=crops) * 0.6 + rng.normal(size=(shares, crops)) * 0.6
    bounds = np.quantile(taste[: min(shares, 20_000)], np.cumsum(parts)[:-1])
    return np.searchsorted(bounds, taste).astype(np.int8)


def cells(*, shares: int, cells: int, crops: int, seed: int) -> Problem:
    """A uniform-mode week: `shares` shares of three sizes in `cells` cells (type × site)."""
    rng = np.random.default_rng([seed, shares, cells, crops])
    weights = np.resize([1, 2, 3], cells)
    counts = 1 + rng.multinomial(shares - cells, np.full(cells, 1 / cells))
    values = rng.integers(15, 251, crops)
    parts = rng.dirichlet(np.full(crops, 2.0))
    quantities = np.maximum(1, np.rint(1500 * (weights * counts).sum() * parts / values)).astype(np.int64)
    return Problem(np.arange(1, cells + 1), weights, counts, quantities, values, seed=seed)
