"""The odd weeks: nothing, nobody, everybody refuses, very dear boxes."""

import numpy as np
import pytest

from deliveries.allocation import Problem, allocate, amend

MODES = ("uniform", "choice")


def week(*, rows, crops=1, quantity=10, value=100, **more):
    more.setdefault("weights", np.ones(rows, dtype=np.int64))
    return Problem(
        share_ids=np.arange(rows),
        counts=np.ones(rows, dtype=np.int64),
        quantities=np.full(crops, quantity),
        step_values=np.full(crops, value),
        **more,
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("crops", [0, 1, 64])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_few_or_no_shares_and_few_or_many_crops(mode, rows, crops):
    problem = week(rows=rows, crops=crops, quantity=6)
    division = allocate(problem, mode=mode)
    assert division.portions.tolist() == [[6 // rows] * crops for _ in range(rows)]
    assert division.leftover.tolist() == [0 if rows else 6] * crops
    assert amend(division, problem).portions.tolist() == division.portions.tolist()
    assert division.record["rows"] == rows


@pytest.mark.parametrize("mode", MODES)
def test_no_harvest(mode):
    division = allocate(week(rows=3, quantity=0), mode=mode)
    assert (division.portions.tolist(), division.targets.tolist()) == ([[0]] * 3, [0] * 3)


@pytest.mark.parametrize("mode", MODES)
def test_everybody_is_excluded(mode):
    division = allocate(week(rows=3, excluded=np.ones((3, 1), dtype=bool)), mode=mode)
    assert (division.portions.tolist(), division.leftover.tolist()) == ([[0]] * 3, [10])


@pytest.mark.parametrize("mode", MODES)
def test_a_single_taker_gets_all_but_what_its_maximum_forbids(mode):
    likings = [[0]] * 999 + [[4]]
    assert allocate(week(rows=1000, likings=likings), mode=mode).portions.sum() == 10
    division = allocate(week(rows=1000, likings=likings, maxima=[2]), mode=mode)
    assert (division.portions[999].tolist(), division.leftover.tolist()) == ([2], [8])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", [0, 1])
def test_a_crop_worth_nothing_or_next_to_nothing_is_given_all_the_same(mode, value):
    division = allocate(week(rows=4, quantity=8, value=value), mode=mode)
    assert division.portions.tolist() == [[2]] * 4


@pytest.mark.parametrize("mode", MODES)
def test_a_half_share_beside_a_triple_one(mode):
    division = allocate(week(rows=2, quantity=70, weights=[1, 6]), mode=mode)
    assert division.portions.tolist() == [[10], [60]]


@pytest.mark.parametrize("mode", MODES)
def test_boxes_worth_thousands(mode):
    division = allocate(week(rows=2, crops=2, quantity=4000, value=500), mode=mode)
    assert division.values.tolist() == [2_000_000] * 2


@pytest.mark.parametrize("mode", MODES)
def test_a_maximum_of_one_and_more_harvest_than_shares(mode):
    division = allocate(week(rows=3, quantity=50, maxima=[1]), mode=mode)
    assert (division.portions.tolist(), division.leftover.tolist()) == ([[1]] * 3, [47])


def test_one_share_takes_a_mountain_without_counting_step_by_step():
    likings = [[4, 4]] + [[0, 4]] * 5
    problem = Problem(np.arange(6), [1] * 6, [1] * 6, [900_000, 600], [1, 100], likings)
    division = allocate(problem, mode="choice")
    assert division.portions[0, 0] == 900_000
    assert division.portions[:, 1].sum() == 600


def test_a_harvest_that_vanishes_after_packing():
    problem = week(rows=5, crops=2, quantity=25)
    published = allocate(problem, mode="choice")
    corrected = amend(published, Problem(np.arange(5), [1] * 5, [1] * 5, [25, 0], [100, 100]))
    assert corrected.portions.sum(axis=0).tolist() == [25, 0]
    assert len(corrected.changed) == 5


def test_many_shares_are_served_in_blocks_and_all_is_given():
    rng = np.random.default_rng(3)
    problem = week(rows=20_000, crops=3, quantity=50_001, value=70, likings=rng.integers(0, 5, (20_000, 3)))
    division = allocate(problem, mode="choice")
    assert division.portions.sum(axis=0).tolist() == [50_001] * 3
    assert (division.portions[problem.likings == 0] == 0).all()
