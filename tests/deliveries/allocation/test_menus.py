"""Weeks of coarse steps: all whole boxes are written down, and what is dealt is nearly the best that can be."""

from itertools import product

import numpy as np
import pytest

from benchmarks.instances import instance
from benchmarks.peers import bound
from deliveries.allocation import POINTS, allocate, deals, menus
from deliveries.allocation.caps import caps_of
from deliveries.allocation.menus import boxes_between, foremost
from deliveries.allocation.targets import targets_of, whole_targets
from tests.deliveries.allocation import laws
from tests.deliveries.allocation.weeks import week


def test_every_box_of_that_worth_is_written_down_once():
    values, caps = np.array([300, 70, 0, 110]), np.array([2, 3, 1, 0])
    boxes, worth = boxes_between(values, caps, 300, 440)
    every = {box for box in product(range(3), range(4), range(2), range(1)) if 300 <= np.dot(box, values) <= 440}
    assert sorted(map(tuple, boxes.astype(int).tolist())) == sorted(every)
    assert worth.tolist() == sorted(np.dot(boxes.astype(int), values).tolist())


def test_fine_steps_make_too_many_boxes_to_write_down():
    assert boxes_between(np.full(12, 10), np.full(12, 40), 1480, 1520) is None


def test_of_equals_the_first_are_foremost():
    assert foremost(np.array([5, 9, 5, 5, 1]), 3).tolist() == [0, 1, 2]
    assert foremost(np.array([5, 9]), 3).tolist() == [0, 1]


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_week_of_coarse_steps_comes_within_half_a_per_cent_of_the_best_there_is(seed):
    coarse = instance(shares=12, crops=12, seed=seed, kind="coarse")
    caps = caps_of(coarse)
    value = int(caps.supply @ coarse.step_values)
    told = {"caps": caps.of(slice(None)), "supply": caps.supply}
    told["targets"] = whole_targets(targets_of(coarse, caps, value), coarse.counts, value)
    best, status = bound.whole(coarse, told | {"mode": "choice", "seconds": 60.0})
    assert status == "Optimal"
    ours = allocate(coarse, mode="choice").portions
    assert 1.0 + 1e-6 >= judged(coarse, told, ours) / judged(coarse, told, best) > 0.995


def test_keys_that_agree_by_chance_make_no_deal(monkeypatch):
    """All keys are made equal: what then is dealt is still only what adds up, for it is counted again."""
    monkeypatch.setattr(menus, "keys_of", lambda steps: np.zeros(steps.shape[:-1], dtype=np.uint64))
    weeks = [week(rows=8, crops=4, seed=seed, coarse=True) for seed in range(6)]
    hold(weeks)
    monkeypatch.setattr(deals, "_adds_up", lambda menus, one, other, wanted: np.ones(len(one), dtype=np.bool_))
    with pytest.raises(AssertionError):
        hold(weeks)


def hold(weeks):
    for coarse in weeks:
        laws.deals_in_whole_boxes_gain_and_keep_every_step(coarse, "choice")


def judged(week, told, portions):
    """F in points: liking less what lies outside the band, at the engine's own price."""
    off = np.abs(portions @ week.step_values - told["targets"])
    slack = week.band * float(told["supply"] @ week.step_values) / float(week.weights.sum()) * week.weights
    liked = (portions * POINTS[week.likings] * week.step_values).sum()
    return float(liked - bound.BURDEN * np.maximum(off - slack, 0).sum())
