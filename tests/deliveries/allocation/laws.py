"""What must hold for every division, each law one function that fails with AssertionError.

They are tried on weeks drawn by hypothesis (test_laws) and on broken engines (test_mutants), where each must fail.
"""

from dataclasses import replace

import numpy as np

from deliveries.allocation import POINTS, Problem, account, allocate, amend
from deliveries.allocation.boxes import settle
from deliveries.allocation.caps import caps_of
from deliveries.allocation.choice import lay_rows
from deliveries.allocation.deals import deal, upset
from deliveries.allocation.market import bundles_of, trade
from deliveries.allocation.menus import bid, write_menus
from deliveries.allocation.rounding import MICRO
from deliveries.allocation.targets import targets_of, whole_targets
from deliveries.allocation.uniform import after_turns, ideal_portions, turn_crops
from tests.deliveries.allocation.weeks import week


def nobody_goes_beyond_the_cap(problem, mode):
    portions = allocate(problem, mode=mode).portions
    assert (portions >= 0).all()
    assert (portions <= allocate(problem, mode=mode).caps).all()


def all_that_caps_allow_is_given(problem, mode):
    division = allocate(problem, mode=mode)
    most = (problem.counts[:, None] * division.caps).sum(axis=0)
    given = problem.counts @ division.portions
    if mode == "choice":
        assert given.tolist() == np.minimum(problem.quantities, most).tolist()
    assert (given <= problem.quantities).all()
    assert (given + division.leftover).tolist() == problem.quantities.tolist()


def never_and_excluded_get_none(problem, mode):
    portions = allocate(problem, mode=mode).portions
    assert (portions[(problem.likings == 0) | problem.excluded] == 0).all()


def the_order_of_rows_does_not_matter(problem, mode):
    order = np.random.default_rng(problem.seed).permutation(len(problem.share_ids))
    straight, shuffled = allocate(problem, mode=mode), allocate(problem.rows(order), mode=mode)
    assert straight.portions[order].tolist() == shuffled.portions.tolist()
    assert straight.targets[order].tolist() == shuffled.targets.tolist()
    assert straight.record["input"] == shuffled.record["input"]
    assert straight.record["output"] == shuffled.record["output"]


def the_same_input_gives_the_same_bits(problem, mode):
    first, second = allocate(problem, mode=mode), allocate(problem, mode=mode)
    assert first.portions.tobytes() == second.portions.tobytes()
    assert first.record == second.record


def stored_prices_give_the_same_bits(problem, mode):
    first = allocate(problem, mode=mode)
    assert allocate(problem, mode=mode, prices=first.prices).portions.tobytes() == first.portions.tobytes()


def trading_never_makes_it_worse(problem, mode):
    table, supply = _settled(problem)
    targets = table.steps[:-1].T @ problem.step_values - table.ahead
    for doubled in (None, np.arange(len(problem.quantities))):
        if not all(problem.shape):
            return
        before = table.total()
        trade(table, bundles_of(len(problem.quantities), doubled), 3)
        assert table.total() >= before
    assert table.steps[:-1].sum(axis=1).tolist() == supply.tolist()
    values = table.steps[:-1].T @ problem.step_values
    assert table.ahead.tolist() == (values - targets).tolist()


def deals_in_whole_boxes_gain_and_keep_every_step(problem, mode):
    table, supply = _settled(problem)
    menus = write_menus(table, 800 * problem.step_values)
    if menus is None:
        return
    assert menus.total() == table.total()
    for begin in (lambda: None, lambda: bid(menus, supply)):
        begin()
        given, before = menus.held().sum(axis=0).tolist(), menus.total()
        for better in (deal, upset):
            better(menus, menus.net())
            assert menus.held().sum(axis=0).tolist() == given
            assert menus.total() >= before
            before = menus.total()
    assert (menus.held() <= table.caps[:-1].T).all()
    table.put(menus.held())
    assert table.total() == menus.total()


def _settled(problem):
    """A table at which everything has been given out somehow, and what there was of each crop."""
    caps = caps_of(problem)
    value = int(caps.supply @ problem.step_values)
    targets = whole_targets(targets_of(problem, caps, value), problem.counts, value)
    table = lay_rows(problem, caps, np.zeros(problem.shape, dtype=np.int64), targets)
    settle(table, caps.supply)
    return table, caps.supply


def _ideal_and_supply(problem, portions):
    """The ideal each crop was rounded from: turn crops first, the others when those are given."""
    caps = caps_of(problem)
    targets = targets_of(problem, caps, int(caps.supply @ problem.step_values))
    first = ideal_portions(problem, caps, targets)
    few = turn_crops(caps, first)
    others, left = after_turns(problem, caps, portions, few)
    return np.where(few, first, ideal_portions(others, left, targets)), caps.supply


def cells_are_less_than_a_step_from_their_ideal(problem, mode):
    portions = allocate(problem, mode="uniform").portions
    ideal, _ = _ideal_and_supply(problem, portions)
    assert (np.abs(portions * MICRO - ideal) < MICRO).all()


def no_cell_below_its_ideal_still_fits_the_leftover(problem, mode):
    problem = replace(problem, thrift=1000, owed=None, turns=None)
    portions = allocate(problem, mode="uniform").portions
    ideal, supply = _ideal_and_supply(problem, portions)
    below = portions * MICRO < ideal
    assert not (below & (problem.counts[:, None] <= supply - problem.counts @ portions)).any()


def more_harvest_is_never_less_given(problem, mode):
    less = allocate(problem, mode="choice")
    for crop in range(len(problem.quantities)):
        more = problem.quantities.copy()
        more[crop] += 1 + problem.seed % 3
        given = allocate(replace(problem, quantities=more), mode="choice").portions.sum(axis=0)
        assert given[crop] >= less.portions[:, crop].sum()


def of_two_clones_the_one_owed_more_gets_at_least_as_much(problem, mode):
    problem = _clones(problem)
    division = allocate(problem, mode="choice")
    slack = problem.band * float(division.values.sum()) / float(problem.weights.sum()) * problem.weights[0]
    coarsest = int(problem.step_values.max(initial=0))
    assert division.values[0] >= division.values[1] - 2 * slack - coarsest
    assert division.targets[0] >= division.targets[1]
    if len(problem.share_ids) > 2 and division.values.sum() > 100 * coarsest:
        assert division.values[0] > division.values[1]


def _clones(problem):
    """The week with its first two shares made equal but for what they are owed, and small steps."""
    if len(problem.share_ids) < 3 or not len(problem.quantities):
        problem = week_of_equals(rows=6, crops=4, seed=problem.seed)
    twin = {name: getattr(problem, name).copy() for name in ("weights", "likings", "excluded", "turns")}
    for value in twin.values():
        value[1] = value[0]
    owed = np.zeros(len(problem.share_ids), dtype=np.int64)
    owed[:2] = 10**6, -(10**6)
    quantities = problem.quantities + 40 * len(owed)
    excluded = np.zeros(problem.shape, dtype=bool)
    return replace(
        problem,
        **{**twin, "likings": np.maximum(twin["likings"], 1), "excluded": excluded},
        owed=owed,
        quantities=quantities,
        step_values=problem.step_values % 9 + 1,
        maxima=None,
        locked=None,
    )


def week_of_equals(*, rows, crops, seed):
    rng = np.random.default_rng([rows, crops, seed])
    return Problem(
        share_ids=np.arange(rows),
        weights=np.ones(rows, dtype=np.int64),
        counts=np.ones(rows, dtype=np.int64),
        quantities=rng.integers(1, 20 * rows, crops),
        step_values=np.ones(crops, dtype=np.int64),
        seed=seed,
    )


def equals_are_within_one_step_of_each_other(problem, mode):
    rows, crops = max(len(problem.share_ids), 1), max(len(problem.quantities), 1)
    values = allocate(week_of_equals(rows=rows, crops=crops, seed=problem.seed), mode="choice").values
    assert values.max() - values.min() <= 1


def liars_and_honest(seed):
    """What twenty households truly like of what they get, each when it alone rates everything *love*, and in truth."""
    truth = week(rows=60, crops=8, seed=seed, never=0.1)
    lied = 0
    for liar in range(20):
        likings = truth.likings.copy()
        likings[liar] = 4
        lied += int(_true_liking(replace(truth, likings=likings), truth)[liar])
    return lied, int(_true_liking(truth, truth)[:20].sum())


def _true_liking(told, truth):
    portions = allocate(told, mode="choice").portions
    return (portions * POINTS[truth.likings] * truth.step_values).sum(axis=1)


def the_ledger_does_not_drift(problem, mode):
    division = allocate(problem, mode=mode)
    week = account(problem, division)
    if mode == "choice":
        assert week.due.sum() == week.got.sum()
    else:
        assert abs(int(problem.counts @ (week.due - week.got))) <= int(problem.counts.sum()) / 2 + 1


def absence_neither_earns_nor_costs(problem, mode):
    division = allocate(problem, mode=mode)
    present = np.arange(len(problem.share_ids)) % 2 == 0
    everybody, some = account(problem, division), account(problem, division, present)
    for entry in ("due", "got", "turn_due", "turn_got"):
        assert not getattr(some, entry)[~present].any()
        assert getattr(some, entry)[present].tolist() == getattr(everybody, entry)[present].tolist()


def a_correction_changes_only_whom_it_names(problem, mode):
    published = allocate(problem, mode=mode)
    quantities = problem.quantities.copy()
    if len(quantities):
        quantities[problem.seed % len(quantities)] = quantities[problem.seed % len(quantities)] * 9 // 10
    corrected = replace(problem, quantities=quantities)
    division = amend(published, corrected)
    given = problem.counts @ division.portions
    assert (given <= quantities).all()
    assert (division.portions >= 0).all()
    assert (division.portions[(problem.likings == 0) | problem.excluded] == 0).all()
    if mode == "choice":
        assert division.leftover.tolist() == (quantities - division.reach.supply).tolist()
        assert (division.leftover <= published.leftover).all()
    differs = (division.portions != published.portions).any(axis=1)
    assert sorted(division.changed.tolist()) == sorted(problem.share_ids[differs].tolist())
    if (quantities == problem.quantities).all() and mode == "uniform":
        assert not differs.any()


BOTH = (
    nobody_goes_beyond_the_cap,
    all_that_caps_allow_is_given,
    never_and_excluded_get_none,
    the_order_of_rows_does_not_matter,
    the_same_input_gives_the_same_bits,
    the_ledger_does_not_drift,
    absence_neither_earns_nor_costs,
    a_correction_changes_only_whom_it_names,
)
CHOICE = (
    stored_prices_give_the_same_bits,
    deals_in_whole_boxes_gain_and_keep_every_step,
    trading_never_makes_it_worse,
    more_harvest_is_never_less_given,
    of_two_clones_the_one_owed_more_gets_at_least_as_much,
    equals_are_within_one_step_of_each_other,
)
UNIFORM = (
    cells_are_less_than_a_step_from_their_ideal,
    no_cell_below_its_ideal_still_fits_the_leftover,
)
