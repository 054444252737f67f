"""Uniform mode: every share of a cell gets the same."""

import numpy as np
import pytest

from deliveries.allocation import Problem, ProblemError, account, allocate


def cells(*, weights, counts, quantities, step_values, **more):
    return Problem(
        share_ids=np.arange(len(weights)),
        weights=np.array(weights),
        counts=np.array(counts),
        quantities=np.array(quantities),
        step_values=np.array(step_values),
        **more,
    )


def test_a_hundred_lettuces_for_sixty_small_and_twenty_five_large_boxes_leave_nobody_without():
    problem = cells(weights=[1, 2], counts=[60, 25], quantities=[100], step_values=[200])
    division = allocate(problem, mode="uniform")
    # Ideal 0.91 and 1.82: one head for each small box leaves 40, one more for each large one leaves 15.
    assert division.portions.tolist() == [[1], [1]]
    assert division.leftover.tolist() == [15]


def test_two_cells_of_one_size_take_turns_at_what_is_not_enough_for_both():
    first = cells(weights=[1, 1], counts=[10, 10], quantities=[10], step_values=[300])
    given = allocate(first, mode="uniform")
    assert sorted(given.portions.ravel().tolist()) == [0, 1]
    week = account(first, given)
    assert week.scarce.tolist() == [True]
    assert week.due.tolist() == [150, 150]
    assert week.turn_due.tolist() == [[500], [500]]
    second = cells(
        weights=[1, 1],
        counts=[10, 10],
        quantities=[10],
        step_values=[300],
        owed=week.due - week.got,
        turns=week.turn_due - week.turn_got,
    )
    assert (allocate(second, mode="uniform").portions + given.portions).tolist() == [[1], [1]]


def test_plenty_goes_by_weight_to_the_step():
    problem = cells(weights=[1, 2], counts=[10, 5], quantities=[100, 40], step_values=[50, 120])
    division = allocate(problem, mode="uniform")
    assert division.portions.tolist() == [[5, 2], [10, 4]]
    assert division.leftover.tolist() == [0, 0]
    assert division.targets.tolist() == [490, 980]
    assert division.values.tolist() == [490, 980]


def test_a_crop_kept_for_one_site_goes_nowhere_else_and_the_other_gets_more_of_the_rest():
    problem = cells(
        weights=[1, 1],
        counts=[5, 5],
        quantities=[10, 100],
        step_values=[100, 20],
        excluded=np.array([[False, False], [True, False]]),
    )
    division = allocate(problem, mode="uniform")
    assert division.portions.tolist() == [[2, 5], [0, 15]]
    assert division.values.tolist() == [300, 300]


def test_two_heads_for_full_shares_whatever_comes():
    problem = cells(
        weights=[1, 2],
        counts=[10, 10],
        quantities=[30, 300],
        step_values=[100, 10],
        locked=np.array([[-1, -1], [2, -1]]),
    )
    division = allocate(problem, mode="uniform")
    assert division.portions.tolist() == [[1, 10], [2, 20]]
    assert division.caps[1, 0] == 2


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("weights", [0, 2], "too_small"),
        ("weights", [1.5, 2], "kind"),
        ("weights", [1], "shape"),
        ("counts", [0, 1], "too_small"),
        ("quantities", [-1], "too_small"),
        ("quantities", [10**9], "too_large"),
        ("step_values", [-1], "too_small"),
        ("step_values", None, "missing"),
        ("likings", [[5], [0]], "too_large"),
        ("likings", [[True], ["no"]], "kind"),
        ("share_ids", [7, 7], "twice"),
        ("share_ids", 3, "not_a_list"),
        ("excluded", [[1], [0]], "kind"),
        ("maxima", [-2], "too_small"),
        ("band", -0.1, "range"),
        ("variety", 0.5, "range"),
        ("rotation", 30.5, "range"),
        ("seed", 1.5, "kind"),
        ("locked", [[99], [-1]], "too_large"),
    ],
)
def test_a_field_that_cannot_be_divided_by_is_named(field, value, code):
    good = {"share_ids": [1, 2], "weights": [1, 2], "counts": [1, 1], "quantities": [9], "step_values": [5]}
    with pytest.raises(ProblemError) as refused:
        Problem(**{**good, field: value})
    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.says


def test_a_bad_cell_is_found_by_its_place():
    with pytest.raises(ProblemError) as refused:
        cells(weights=[1, 1], counts=[1, 1], quantities=[5, -3], step_values=[1, 1])
    assert (refused.value.row, refused.value.crop) == (None, 1)
    with pytest.raises(ProblemError) as refused:
        cells(weights=[1, 1], counts=[1, 1], quantities=[5, 3], step_values=[1, 1], likings=[[0, 1], [9, 1]])
    assert (refused.value.row, refused.value.crop) == (1, 0)
