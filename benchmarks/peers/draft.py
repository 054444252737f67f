"""A draft as Harvie's help pages describe it, in our own words: in a random order that is drawn anew each round, every
member's box takes one serving of what it rates highest and has least of, until its share's value is reached.

A serving is a crop's even part for one unit of weight. What nobody has room for goes by ones to the boxes worth least.
"""

from __future__ import annotations

import numpy as np

from deliveries.allocation import POINTS, Problem


def divide(problem: Problem, extra: dict):
    """int64[S,J]."""
    rng = np.random.default_rng(problem.seed)
    shares, crops = problem.shape
    values, left = problem.step_values, problem.quantities.copy()
    serving = np.maximum(1, left // max(int(problem.weights.sum()), 1))
    target = extra["targets"]
    taste = np.where(problem.excluded, 0, POINTS[problem.likings]).astype(float)
    portions, servings = np.zeros((shares, crops), dtype=np.int64), np.zeros((shares, crops))
    worth, playing = np.zeros(shares, dtype=np.int64), np.ones(shares, dtype=bool)
    while playing.any():
        for share in rng.permutation(np.flatnonzero(playing)).tolist():
            fits = (left >= serving) & (worth[share] + serving * values <= target[share] * 1.02) & (taste[share] > 0)
            if not fits.any():
                playing[share] = False
                continue
            crop = int(np.argmax(np.where(fits, taste[share] / (1 + servings[share] / problem.weights[share]), -1)))
            left[crop] -= serving[crop]
            portions[share, crop] += serving[crop]
            servings[share, crop] += 1
            worth[share] += serving[crop] * values[crop]
    _hand_out(portions, left, worth / problem.weights, taste, values / 1.0, problem.weights)
    return portions, "done"


def _hand_out(portions, left, level, taste, values, weights) -> None:
    """The rest, step by step, to the box worth least for its weight among those that take the crop."""
    for crop in np.argsort(-values).tolist():
        takers = np.flatnonzero(taste[:, crop] > 0)
        while left[crop] > 0 and len(takers):
            lowest = takers[np.argsort(level[takers], kind="stable")[: left[crop]]]
            portions[lowest, crop] += 1
            level[lowest] += values[crop] / weights[lowest]
            left[crop] -= len(lowest)
