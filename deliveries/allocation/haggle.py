"""How long and how finely a table trades: as finely as its size affords, always in whole rounds, never by the clock."""

from __future__ import annotations

import numpy as np

from .market import bundles_of, trade
from .table import Table

SINGLE_ROUNDS = 3
CHANGE_ROUNDS = 1
CHANGE_CROPS = 4  # the crops with the smallest steps are the small change that evens values out
PAIR_ROUNDS = 8
FEW = 100  # so few shares always trade two steps of anything for two of anything
WORK = 20_000_000  # shares × bundles² that may be looked at in one round


def haggle(table: Table) -> None:
    """Trade single steps; then with small change; then, where few sit or somebody is left outside the band, any two."""
    crops, shares = table.nothing, table.steps.shape[1]
    if not crops or not shares:
        return
    trade(table, bundles_of(crops), SINGLE_ROUNDS)
    cheap = np.argsort(table.step_values[:crops], kind="stable")[:CHANGE_CROPS]
    trade(table, bundles_of(crops, cheap), CHANGE_ROUNDS)
    every = bundles_of(crops, np.arange(crops))
    troubled = bool((4 * table.hardship > table.slack).any())
    if (shares <= FEW or troubled) and shares * len(every.one) ** 2 <= WORK:
        trade(table, every, PAIR_ROUNDS)
