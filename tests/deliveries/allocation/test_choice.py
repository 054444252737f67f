"""Choice mode, small enough to check on paper."""

import numpy as np
import pytest

from deliveries.allocation import (
    DISLIKE,
    LIKE,
    LOVE,
    NEUTRAL,
    NEVER,
    Problem,
    ProblemError,
    Why,
    allocate,
    amend,
    explain,
    restored,
)


def shares(*, quantities, step_values, likings, weights=None, **more):
    count = len(likings)
    return Problem(
        share_ids=np.arange(100, 100 + count),
        weights=[1] * count if weights is None else weights,
        counts=[1] * count,
        quantities=quantities,
        step_values=step_values,
        likings=likings,
        **more,
    )


def test_each_gets_the_crop_it_loves():
    week = shares(quantities=[10, 10], step_values=[50, 50], likings=[[LOVE, DISLIKE], [DISLIKE, LOVE]])
    division = allocate(week, mode="choice")
    assert division.portions.tolist() == [[10, 0], [0, 10]]
    assert division.values.tolist() == division.targets.tolist() == [500, 500]


def test_a_double_share_gets_double_the_worth():
    week = shares(quantities=[30], step_values=[40], likings=[[LOVE], [LOVE]], weights=[1, 2])
    assert allocate(week, mode="choice").portions.tolist() == [[10], [20]]


def test_what_nobody_takes_is_left_over_and_said_so():
    week = shares(quantities=[6, 4], step_values=[50, 80], likings=[[LOVE, NEVER], [NEUTRAL, NEVER]])
    division = allocate(week, mode="choice")
    assert division.portions.tolist() == [[3, 0], [3, 0]]
    assert division.leftover.tolist() == [0, 4]


def test_a_maximum_of_one_leaves_the_rest():
    week = shares(quantities=[9], step_values=[50], likings=[[LOVE], [LOVE]], maxima=[1])
    division = allocate(week, mode="choice")
    assert (division.portions.tolist(), division.leftover.tolist()) == ([[1], [1]], [7])


def test_of_those_who_like_it_the_one_whose_turn_it_is_gets_the_one_melon():
    likings = [[LOVE, NEUTRAL]] * 3
    week = shares(quantities=[1, 200], step_values=[100, 10], likings=likings, turns=[[0, 0], [1500, 0], [-900, 0]])
    division = allocate(week, mode="choice")
    assert division.portions[:, 0].tolist() == [0, 1, 0]
    assert explain(division, week, 1, 0).why is Why.YOUR_TURN
    assert explain(division, week, 2, 0).why is Why.OTHERS_TURN
    assert np.ptp(division.values) <= 30


def test_who_is_owed_gets_more_and_at_most_a_quarter_more():
    week = shares(quantities=[400], step_values=[10], likings=[[LOVE]] * 4, owed=[99_999, 0, 0, 0], band=0.0)
    division = allocate(week, mode="choice")
    # An even share is 10.00; a quarter of it comes on top of a level of 9.375 that all can keep.
    assert division.targets.tolist() == [1188, 938, 937, 937]
    assert division.portions.sum() == 400
    assert division.portions[0, 0] == 119


def test_a_locked_portion_stands_and_counts():
    week = shares(
        quantities=[10, 20],
        step_values=[100, 50],
        likings=[[NEUTRAL, NEUTRAL]] * 2,
        locked=[[8, -1], [-1, -1]],
        band=0.0,
    )
    division = allocate(week, mode="choice")
    assert division.portions[0].tolist() == [8, 4]
    assert division.portions[1].tolist() == [2, 16]
    assert explain(division, week, 0, 0).why is Why.LOCKED


def test_a_row_of_several_shares_has_no_choice():
    week = Problem([1, 2], [1, 1], [1, 3], [9], [10])
    with pytest.raises(ProblemError) as refused:
        allocate(week, mode="choice")
    assert (refused.value.field, refused.value.row) == ("counts", 1)


def test_another_mode_is_refused():
    with pytest.raises(ValueError, match="uniform"):
        allocate(Problem([1], [1], [1], [1], [1]), mode="draft")


def test_every_number_has_its_facts():
    week = shares(
        quantities=[9, 4, 0],
        step_values=[50, 80, 10],
        likings=[[LOVE, NEVER, LOVE], [DISLIKE, LOVE, LOVE], [LOVE, NEUTRAL, LOVE]],
        excluded=[[False] * 3, [False] * 3, [False, True, False]],
        owed=[5, -5, 0],
    )
    division = allocate(week, mode="choice")
    assert explain(division, week, 0, 1).why is Why.NEVER
    assert explain(division, week, 2, 1).why is Why.EXCLUDED
    assert explain(division, week, 0, 2).why is Why.NONE_HARVESTED
    reason = explain(division, week, 0, 0)
    assert reason.why is Why.LIKED
    assert (reason.share_id, reason.harvested, reason.takers, reason.even_part) == (100, 9, 3, 3000)
    assert (reason.target, reason.value, reason.owed_before) == (division.targets[0], division.values[0], 5)


def test_a_correction_takes_two_melons_back_from_two_boxes_and_leaves_the_others_alone():
    likings = np.tile([NEUTRAL, NEUTRAL], (20, 1))
    week = shares(quantities=[20, 2000], step_values=[30, 10], likings=likings, maxima=[1, 0], band=0.03)
    published = allocate(week, mode="choice")
    assert published.portions[:, 0].tolist() == [1] * 20
    fewer = shares(quantities=[18, 2000], step_values=[30, 10], likings=likings, maxima=[1, 0], band=0.03)
    corrected = amend(published, fewer)
    assert corrected.portions.sum(axis=0).tolist() == [18, 2000]
    assert len(corrected.changed) == 2
    assert corrected.record["changed"] == corrected.changed.tolist()
    assert corrected.record["amends"] == published.record["output"]


def test_a_late_hold_gives_its_box_away_and_a_late_joiner_gets_one():
    likings = np.tile([NEUTRAL, LOVE], (10, 1))
    week = shares(quantities=[40, 400], step_values=[50, 10], likings=likings)
    published = allocate(week, mode="choice")
    without = amend(published, week.rows(np.arange(1, 10)))
    assert without.portions.sum(axis=0).tolist() == [40, 400]
    fairly = without.portions @ week.step_values
    assert np.ptp(fairly) <= 40
    back = amend(without, week)
    assert back.portions.sum(axis=0).tolist() == [40, 400]
    assert back.values[0] > 500


def test_a_correction_of_cells_takes_from_the_fewest_shares():
    week = Problem([1, 2, 3], [1, 1, 1], [10, 4, 30], [44], [100])
    published = allocate(week, mode="uniform")
    assert published.portions.tolist() == [[1], [1], [1]]
    corrected = amend(published, Problem([1, 2, 3], [1, 1, 1], [10, 4, 30], [41], [100]))
    assert corrected.portions.tolist() == [[1], [0], [1]]
    assert (corrected.changed.tolist(), corrected.leftover.tolist()) == ([2], [1])


def test_a_stored_division_reads_as_it_was_and_can_be_corrected():
    week = shares(quantities=[9, 40], step_values=[50, 10], likings=[[LOVE, LIKE], [LIKE, LOVE], [NEVER, LIKE]])
    fresh = allocate(week, mode="choice")
    stored = restored(week, mode="choice", portions=fresh.portions.tolist(), prices=fresh.record["prices"])
    assert stored.record == fresh.record
    assert amend(stored, week).changed.tolist() == amend(fresh, week).changed.tolist()
    with pytest.raises(ValueError, match="2 prices"):
        allocate(week, mode="choice", prices=[1])
