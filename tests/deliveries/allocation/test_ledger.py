"""Memory: what was due and got over weeks, whoever comes, goes, stays away or changes size."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from deliveries.allocation import Ledger, Problem, account, allocate, amend


def test_what_one_was_short_comes_back_next_week():
    ledger = Ledger()
    worth = np.zeros(3, dtype=np.int64)
    for seed in range(6):
        week = ledger.remind(Problem([5, 6, 7], [1, 1, 1], [1, 1, 1], [4], [300], seed=seed))
        division = allocate(week, mode="choice")
        ledger = ledger.update(week, division)
        worth += division.values
    assert worth.tolist() == [2400, 2400, 2400]
    assert ledger.due.tolist() == [2_400_000] * 3


def test_a_scarce_crop_goes_round():
    ledger, had = Ledger(), np.zeros(4, dtype=np.int64)
    for seed in range(4):
        week = Problem([1, 2, 3, 4], [1] * 4, [1] * 4, [1, 400], [200, 10], seed=seed)
        week = ledger.remind(week, crops=np.array([77, seed]))
        division = allocate(week, mode="choice")
        ledger = ledger.update(week, division, crops=np.array([77, seed]))
        had += division.portions[:, 0]
    assert had.tolist() == [1, 1, 1, 1]
    assert ledger.turns[:, ledger.crops.tolist().index(77)].tolist() == [0, 0, 0, 0]


def test_the_account_says_what_to_store_beside_each_box():
    week = Problem([1, 2], [1, 2], [1, 1], [3, 1], [100, 60])
    division = allocate(week, mode="choice")
    entry = account(week, division, np.array([True, False]))
    assert entry.due.tolist() == [120, 0]
    assert entry.got.tolist() == [int(division.values[0]), 0]
    assert entry.scarce.tolist() == [False, True]
    assert entry.turn_due.tolist() == [[0, 333], [0, 0]]


class ASeason(RuleBasedStateMachine):
    """Weeks come; households join, leave, stay away, change size; harvests are corrected after publishing."""

    def __init__(self):
        super().__init__()
        self.weights = {1: 1, 2: 2, 3: 1}
        self.ledger, self.week, self.next = Ledger(), 0, 4
        self.due = self.got = 0.0

    @rule(weight=st.integers(1, 3))
    def somebody_joins(self, weight):
        self.weights[self.next] = weight
        self.next += 1

    @rule(which=st.integers(0, 10))
    def somebody_leaves(self, which):
        if len(self.weights) > 1:
            del self.weights[sorted(self.weights)[which % len(self.weights)]]

    @rule(which=st.integers(0, 10), weight=st.integers(1, 3))
    def somebody_changes_size(self, which, weight):
        self.weights[sorted(self.weights)[which % len(self.weights)]] = weight

    @rule(plenty=st.integers(0, 60), scarce=st.integers(0, 3), hold=st.integers(0, 10), less=st.integers(0, 3))
    def a_week_is_divided_and_corrected(self, plenty, scarce, hold, less):
        ids = sorted(self.weights)
        here = [share for share in ids if len(ids) == 1 or share != ids[hold % len(ids)]]
        weights = [self.weights[share] for share in here]
        self.week += 1
        week = Problem(here, weights, [1] * len(here), [plenty * len(here), scarce], [10, 90], seed=self.week)
        week = self.ledger.remind(week)
        division = allocate(week, mode="choice")
        corrected = replace(week, quantities=np.maximum(week.quantities - less, 0))
        division = amend(division, corrected)
        self.ledger = self.ledger.update(corrected, division)
        entry = account(corrected, division)
        self.due += entry.due.sum()
        self.got += entry.got.sum()
        assert (corrected.counts @ division.portions + division.leftover).tolist() == corrected.quantities.tolist()

    @invariant()
    def due_and_got_are_one(self):
        assert self.due == self.got

    @invariant()
    def nobody_is_owed_more_than_a_few_weeks_can_pay_back(self):
        assert np.abs(self.ledger.due - self.ledger.got).max(initial=0) <= 1000 * 600


TestASeason = ASeason.TestCase
TestASeason.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
