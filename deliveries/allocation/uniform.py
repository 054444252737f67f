"""Uniform mode: the same contents for every share of a cell (a type, or a type at one site).

First the ideal, in fractions of a step: each crop flows to the cells by weight up to their caps, and cells whose
contents would be worth less than they are due pull a little harder on everything, until values match. Then the
fractions are rounded (see rounding), crops that go round in turns before the others.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .caps import Caps
from .problem import Bools, Ints, Problem
from .rounding import MICRO, round_cells
from .targets import Floats

SWEEPS = 60
PULL_BOUND = 64.0


def divide_uniform(problem: Problem, caps: Caps, targets: Floats) -> Ints:
    """int64[S,J]: steps per share of each cell, locked ones apart. targets float64[S] minor units, locked included.

    Crops of which nobody's ideal is a whole step go round in turns first; then the ideal of the others is found anew,
    so that they make up for the value of what went to some and not to others.
    """
    ideal = ideal_portions(problem, caps, targets)
    few = turn_crops(caps, ideal)
    portions = round_cells(problem, caps, ideal, np.flatnonzero(few), _short(problem, ideal, targets))
    others, left = after_turns(problem, caps, portions, few)
    ideal = ideal_portions(others, left, targets)
    short = _short(others, ideal, targets)
    return portions + round_cells(others, left, ideal, np.flatnonzero(~few), short)


def turn_crops(caps: Caps, ideal: Ints) -> Bools:
    """bool[J]: crops of which a cell gets one step or none. ideal int64[S,J] millionths."""
    return (caps.supply > 0) & (ideal < MICRO).all(axis=0)


def after_turns(problem: Problem, caps: Caps, portions: Ints, few: Bools) -> tuple[Problem, Caps]:
    """The problem that remains when the crops in `few` (bool[J]) are given: their portions stand like locked ones."""
    locked = np.where(few & (problem.locked < 0), portions, problem.locked)
    rest = replace(problem, locked=np.where(few & ~caps.takes & (problem.locked < 0), 0, locked))
    return rest, replace(caps, takes=caps.takes & ~few, supply=np.where(few, 0, caps.supply))


def _short(problem: Problem, ideal: Ints, targets: Floats) -> Floats:
    """float64[S] minor units: how much a share's ideal contents, locked steps included, are worth less than its due."""
    held = ideal / MICRO + problem.fixed
    return np.asarray(targets - held @ problem.step_values)


def ideal_portions(problem: Problem, caps: Caps, targets: Floats) -> Ints:
    """int64[S,J] millionths of a step per share: values as near to `targets` as caps allow, Σ counts · x = supply."""
    most = caps.of(slice(None)).astype(np.float64)
    supply = caps.supply.astype(np.float64)
    values = problem.step_values.astype(np.float64)
    wanted = np.maximum(targets - problem.fixed @ values, 0.0)
    pull = np.ones(len(wanted))
    portions = fill(most, pull * problem.weights, problem.counts, supply)
    for _ in range(SWEEPS):
        ratio = _shortfall(wanted, portions @ values)
        if np.abs(ratio - 1.0).max(initial=0.0) < 1e-7:
            break
        pull = np.clip(pull * ratio, 1 / PULL_BOUND, PULL_BOUND)
        portions = fill(most, pull * problem.weights, problem.counts, supply)
    return np.rint(portions * MICRO).astype(np.int64)


def _shortfall(wanted: Floats, found: Floats) -> Floats:
    """How much harder each cell should pull: what it is due over what it has, between a half and twice."""
    ratio = np.divide(wanted, found, out=np.ones(len(wanted)), where=found > 0)
    return np.asarray(np.clip(ratio, 0.5, 2.0))


def fill(most: Floats, pull: Floats, counts: Ints, supply: Floats) -> Floats:
    """float64[S,J]: x = min(most, level_j · pull), the levels such that Σ counts · x = supply, each crop exactly.

    Water-filling: cells are sorted by the level at which they are full; below a crop's level all before it are.
    most float64[S,J] steps, pull float64[S], supply float64[J] steps.
    """
    if not len(pull):
        return np.zeros_like(most)
    full_at = most / pull[:, None]
    order = np.argsort(full_at, axis=0, kind="stable")
    sorted_full = np.take_along_axis(full_at, order, axis=0)
    held = np.cumsum(np.take_along_axis(most * counts[:, None], order, axis=0), axis=0)
    drawing = (pull * counts)[order]
    still = np.cumsum(drawing[::-1], axis=0)[::-1] - drawing
    poured = held + sorted_full * still
    at = np.minimum((poured < supply).sum(axis=0), len(pull) - 1)
    crops = np.arange(len(supply))
    before = np.where(at > 0, held[np.maximum(at - 1, 0), crops], 0.0)
    level = (supply - before) / (still + drawing)[at, crops]
    return np.asarray(np.minimum(most, np.maximum(level, 0.0) * pull[:, None]))
