"""Memory over a season: what shares were due and what they got, in money and in turns at scarce crops.

`account` gives one week's entries, to be stored beside each box. What a share is owed is then a plain sum:

    owed  = Σ (due − got) / weight               over the boxes it attended, minor units per unit of weight
    turns = Σ (turn_due − turn_got)              per crop, thousandths of a step

An absent share is in no sum, so absence neither earns nor costs, and who joins late starts at 0.
`Ledger` keeps the same sums in memory, for simulations and tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from .division import Division
from .problem import LIKE, Bools, Ints, Problem
from .targets import targets_of, whole_targets

THOUSAND = 1000


@dataclass(frozen=True, eq=False)
class Account:
    """One week's entries, per share (not per row): due, got int64[S] minor units; turn_due, turn_got int64[S,J]
    thousandths of a step, 0 except for scarce crops; scarce bool[J]. Rows not present bear 0 everywhere.
    """

    due: Ints
    got: Ints
    turn_due: Ints
    turn_got: Ints
    scarce: Bools


def account(problem: Problem, division: Division, present: Bools | None = None) -> Account:
    """What each share was due without memory, and got. present bool[S], all if not given.

    Due is the even share of what was really given, so in a week when nobody is capped Σ due = Σ got.
    """
    here = np.ones(len(problem.share_ids), dtype=np.bool_) if present is None else np.asarray(present, dtype=np.bool_)
    got = division.values
    given = int(problem.counts @ got)
    due = whole_targets(targets_of(problem, division.reach, given, memory=False), problem.counts, given)
    scarce, turn_due = _turns_due(problem, division)
    turn_got = np.where(scarce & division.reach.takes, division.portions * THOUSAND, 0)
    return Account(
        due=np.where(here, due, 0),
        got=np.where(here, got, 0),
        turn_due=np.where(here[:, None], turn_due, 0),
        turn_got=np.where(here[:, None], turn_got, 0),
        scarce=scarce,
    )


def _turns_due(problem: Problem, division: Division) -> tuple[Bools, Ints]:
    """Which crops are scarce, and each share's part of them by weight, thousandths of a step.

    The turns are theirs who like the crop (everybody's who takes it, if nobody likes it): a household that does not
    care for melons is not wronged by having none, and would else earn turns that others wait for.
    """
    takes, supply = division.reach.takes, division.reach.supply
    scarce = division.reach.scarce
    fond = takes & (problem.likings >= LIKE)
    takes = np.where(fond.any(axis=0), fond, takes)
    weight = np.maximum((problem.counts * problem.weights) @ takes, 1)
    part = np.where(scarce, supply * THOUSAND / weight, 0.0)
    due = np.zeros(takes.shape, dtype=np.int64)
    for crop in np.flatnonzero(scarce):
        due[:, crop] = np.where(takes[:, crop], np.rint(part[crop] * problem.weights), 0)
    return scarce, due


def _none(*shape: int) -> Ints:
    return np.zeros(shape, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Ledger:
    """A season's sums. share_ids int64[n] and crops int64[m] are sorted; due and got int64[n] are thousandths of a
    minor unit per unit of weight; turns int64[n,m] thousandths of a step. Never changed: `update` gives a new one.
    """

    share_ids: Ints = field(default_factory=lambda: _none(0))
    due: Ints = field(default_factory=lambda: _none(0))
    got: Ints = field(default_factory=lambda: _none(0))
    crops: Ints = field(default_factory=lambda: _none(0))
    turns: Ints = field(default_factory=lambda: _none(0, 0))

    def update(
        self, problem: Problem, division: Division, present: Bools | None = None, *, crops: Ints | None = None
    ) -> Ledger:
        """The ledger after this week. crops int64[J] are the crops' own numbers (0, 1, 2… if not given)."""
        columns = np.arange(len(problem.quantities)) if crops is None else np.asarray(crops, dtype=np.int64)
        week = account(problem, division, present)
        wider = self._with(problem.share_ids, columns)
        rows = np.searchsorted(wider.share_ids, problem.share_ids)
        due, got, turns = wider.due.copy(), wider.got.copy(), wider.turns.copy()
        due[rows] += np.rint(week.due * THOUSAND / problem.weights).astype(np.int64)
        got[rows] += np.rint(week.got * THOUSAND / problem.weights).astype(np.int64)
        turns[np.ix_(rows, np.searchsorted(wider.crops, columns))] += week.turn_due - week.turn_got
        return replace(wider, due=due, got=got, turns=turns)

    def remind(self, problem: Problem, *, crops: Ints | None = None) -> Problem:
        """The problem with `owed` and `turns` as this ledger has them; strangers are owed nothing."""
        columns = np.arange(len(problem.quantities)) if crops is None else np.asarray(crops, dtype=np.int64)
        wider = self._with(problem.share_ids, columns)
        rows = np.searchsorted(wider.share_ids, problem.share_ids)
        owed = np.rint((wider.due - wider.got)[rows] / THOUSAND).astype(np.int64)
        turns = wider.turns[np.ix_(rows, np.searchsorted(wider.crops, columns))]
        return replace(problem, owed=owed, turns=turns)

    def _with(self, share_ids: Ints, crops: Ints) -> Ledger:
        """The same sums with room for these shares and crops."""
        shares, columns = np.union1d(self.share_ids, share_ids), np.union1d(self.crops, crops)
        due, got, turns = _none(len(shares)), _none(len(shares)), _none(len(shares), len(columns))
        rows = np.searchsorted(shares, self.share_ids)
        due[rows], got[rows] = self.due, self.got
        turns[np.ix_(rows, np.searchsorted(columns, self.crops))] = self.turns
        return Ledger(share_ids=shares, due=due, got=got, crops=columns, turns=turns)
