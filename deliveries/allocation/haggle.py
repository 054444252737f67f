"""How long and how finely a table trades: as finely as its size affords, always in whole rounds, never by the clock."""

from __future__ import annotations

import numpy as np

from .market import bundles_of, trade
from .problem import Ints
from .shake import shake
from .table import Table

SINGLE_ROUNDS = 2
CHANGE_ROUNDS = 1
CHANGE_CROPS = 4  # the crops with the smallest steps are the small change that evens values out
PAIR_ROUNDS = 8
SIDE_ROUNDS = 2
FEW = 100  # so few shares always trade two steps of anything for two of anything
VERY_FEW = 24  # so few also try again after an upset
SHAKE_WORK = 1_500_000
WORK = 12_000_000  # shares × bundles² that may be looked at in one round


def haggle(table: Table) -> None:
    """Trade single steps; then with small change; then, where few sit or somebody is left outside the band, any two."""
    crops, shares = table.nothing, table.steps.shape[1]
    if not crops or not shares:
        return
    trade(table, bundles_of(crops), SINGLE_ROUNDS)
    cheap = np.argsort(table.step_values[:crops], kind="stable")[:CHANGE_CROPS]
    trade(table, bundles_of(crops, cheap), CHANGE_ROUNDS)
    seats = _seats(table)
    if not len(seats):
        return
    pairs = bundles_of(crops, _doubled(table, len(seats)))
    if len(seats) == shares:
        trade(table, pairs, PAIR_ROUNDS)
        if shares <= VERY_FEW and shares * len(pairs.one) ** 2 <= SHAKE_WORK:
            shake(table, pairs)
    else:
        side = table.side(seats)
        trade(side, pairs, SIDE_ROUNDS)
        table.join(seats, side)


def _seats(table: Table) -> Ints:
    """int64[any]: who trades two steps for two. All where they are few; else those left outside the band (by more
    than a quarter of it), the worst off first, and with them as many others as can be looked at; nobody if all is well.
    """
    crops, shares = table.nothing, table.steps.shape[1]
    if shares <= FEW:
        return np.arange(shares)
    hardship = table.hardship()
    troubled = np.flatnonzero(4 * hardship > table.slack)
    most = max(FEW, WORK // _bundles(crops, crops) ** 2)
    if not len(troubled) or shares <= most:
        return np.arange(shares if len(troubled) else 0)
    worst = troubled[np.argsort(-hardship[troubled], kind="stable")][: most // 2]
    others = np.setdiff1d(np.arange(min(shares, 2 * most)), worst)[: most - len(worst)]
    return np.concatenate([worst, others])


def _doubled(table: Table, seats: int) -> Ints:
    """int64[any]: the crops of which two steps may be traded, all of them or the cheapest that can be looked at."""
    crops = table.nothing
    many = crops
    while many > CHANGE_CROPS and seats * _bundles(crops, many) ** 2 > WORK:
        many -= 1
    return np.argsort(table.step_values[:crops], kind="stable")[:many]


def _bundles(crops: int, doubled: int) -> int:
    return 1 + crops + doubled * (doubled + 1) // 2
