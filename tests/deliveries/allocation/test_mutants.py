"""A law is worth something only if a broken engine breaks it: each mutant here must be caught by its law."""

from dataclasses import replace

import numpy as np
import pytest

from deliveries.allocation import choice, corrections, deals, divide, ledger, market, menus, rounding, table
from tests.deliveries.allocation import laws
from tests.deliveries.allocation.weeks import handful

caps_of, divide_choice, divide_uniform = divide.caps_of, divide.divide_choice, divide.divide_uniform
matched = deals.matched
targets_of, portions_before, account = divide.targets_of, corrections.portions_before, ledger.account


def forgets_allergies(problem):
    return caps_of(replace(problem, excluded=np.zeros(problem.shape, dtype=bool)))


def forgets_never(problem):
    return caps_of(replace(problem, likings=np.maximum(problem.likings, 1)))


def keeps_something_back(problem):
    caps = caps_of(problem)
    return replace(caps, supply=caps.supply - caps.supply % 3)


def hands_out_one_too_many(problem, caps, targets, prices=None):
    portions, prices = divide_choice(problem, caps, targets, prices)
    portions[:1] += 1
    return portions, prices


def one_more_for_every_cell(problem, caps, targets):
    return divide_uniform(problem, caps, targets) + 1


def takes_rows_as_they_come(problem):
    return np.arange(len(problem.share_ids))


def throws_dice(problem, rows, scarce):
    return np.random.default_rng().integers(0, 1600, (len(rows), problem.shape[1])).astype(np.int32)


def trades_for_the_worse(table, bundles, a, b):
    return -gains(table, bundles, a, b) - 1


def deals_for_the_worse(menus, net, wanted=None, without=-1):
    gain, one, other = matched(menus, net, wanted, without)
    return -gain, one, other


def forgets_the_band(ahead, slack):
    return np.abs(ahead)


def charges_the_owed(problem, caps, value, *, memory=True):
    return targets_of(replace(problem, owed=-problem.owed), caps, value, memory=memory)


def feels_nothing_inside_the_band(ahead, slack):
    return 16_000 * np.maximum(np.abs(ahead) - slack, 0)


def gives_less_of_more(problem):
    caps = caps_of(problem)
    return replace(caps, supply=np.maximum(caps.supply - 2 * (caps.supply % 3), 0))


def gives_nobody_the_rest(sizes, gains, room):
    return np.zeros(len(sizes), dtype=np.bool_)


def pays_by_ratings(problem, caps, value, *, memory=True):
    mass = problem.weights * problem.likings.sum(axis=1)
    return value * mass / mass.sum()


def counts_memory_as_due(problem, caps, value, *, memory=True):
    return 1.05 * targets_of(problem, caps, value)


def charges_the_absent(problem, division, present=None):
    return account(problem, division)


def forgets_what_was_published(division, problem):
    return portions_before(division, problem) * 0


def takes_everything(sizes, gains, room):
    return np.ones(len(sizes), dtype=np.bool_)


gains = market._gains
MUTANTS = [
    (
        laws.nobody_goes_beyond_the_cap,
        "choice",
        divide,
        "divide_choice",
        hands_out_one_too_many,
    ),
    (
        laws.nobody_goes_beyond_the_cap,
        "uniform",
        divide,
        "divide_uniform",
        one_more_for_every_cell,
    ),
    (laws.all_that_caps_allow_is_given, "choice", divide, "caps_of", keeps_something_back),
    (laws.all_that_caps_allow_is_given, "uniform", divide, "divide_uniform", one_more_for_every_cell),
    (laws.never_and_excluded_get_none, "choice", divide, "caps_of", forgets_allergies),
    (laws.never_and_excluded_get_none, "choice", divide, "caps_of", forgets_never),
    (laws.never_and_excluded_get_none, "uniform", divide, "caps_of", forgets_allergies),
    (laws.the_order_of_rows_does_not_matter, "choice", divide, "fixed_order", takes_rows_as_they_come),
    (laws.the_same_input_gives_the_same_bits, "choice", choice, "pleasure_of", throws_dice),
    (laws.stored_prices_give_the_same_bits, "choice", choice, "pleasure_of", throws_dice),
    (laws.deals_in_whole_boxes_gain_and_keep_every_step, "choice", deals, "matched", deals_for_the_worse),
    (laws.deals_in_whole_boxes_gain_and_keep_every_step, "choice", menus, "pain_of", forgets_the_band),
    (laws.trading_never_makes_it_worse, "choice", market, "_gains", trades_for_the_worse),
    (laws.more_harvest_is_never_less_given, "choice", divide, "caps_of", gives_less_of_more),
    (laws.of_two_clones_the_one_owed_more_gets_at_least_as_much, "choice", divide, "targets_of", charges_the_owed),
    (laws.equals_are_within_one_step_of_each_other, "choice", table, "pain_of", feels_nothing_inside_the_band),
    (laws.the_ledger_does_not_drift, "choice", ledger, "targets_of", counts_memory_as_due),
    (laws.the_ledger_does_not_drift, "uniform", ledger, "targets_of", counts_memory_as_due),
    (laws.cells_are_less_than_a_step_from_their_ideal, "uniform", divide, "divide_uniform", one_more_for_every_cell),
    (laws.no_cell_below_its_ideal_still_fits_the_leftover, "uniform", rounding, "best_subset", gives_nobody_the_rest),
    (laws.absence_neither_earns_nor_costs, "choice", laws, "account", charges_the_absent),
    (
        laws.a_correction_changes_only_whom_it_names,
        "choice",
        corrections,
        "portions_before",
        forgets_what_was_published,
    ),
    (
        laws.a_correction_changes_only_whom_it_names,
        "uniform",
        corrections,
        "best_subset",
        takes_everything,
    ),
]


@pytest.mark.parametrize(
    ("law", "mode", "module", "name", "broken"), MUTANTS, ids=lambda value: getattr(value, "__name__", str(value))
)
def test_a_broken_engine_breaks_its_law(monkeypatch, law, mode, module, name, broken):
    weeks = handful(cells=mode == "uniform")
    _try(law, weeks[:3], mode)
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError):
        _try(law, weeks, mode)


@pytest.mark.parametrize("seed", range(2))
def test_where_ratings_were_money_a_lie_would_pay(monkeypatch, seed):
    """The twin of the law that rating everything *love* does not beat the truth."""
    monkeypatch.setattr(divide, "targets_of", pays_by_ratings)
    lied, honest = laws.liars_and_honest(seed)
    assert lied > honest


def _try(law, weeks, mode):
    for week in weeks:
        law(week, mode)
