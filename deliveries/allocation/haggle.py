"""How long and how finely a table trades: as finely as its size affords, always in whole rounds, never by the clock."""

from __future__ import annotations

import numpy as np

from .boxes import settle
from .deals import deal, upset
from .market import Bundles, bundles_of, trade
from .menus import Menus, bid, write_menus
from .problem import Ints
from .shake import shake
from .table import Table

SINGLE_ROUNDS = 2
CHANGE_ROUNDS = 1
CHANGE_PART = 3  # a crop and a third of all, those with the smallest steps, are the small change that evens values out
POLLED = 1024  # so many shares say which small change is worth trading
PAIR_ROUNDS = 8
SIDE_ROUNDS = 2
FEW = 100  # so few shares always trade two steps of anything for two of anything
VERY_FEW = 50  # so few also try again after an upset
SHAKE_WORK = 1_500_000
WORK = 12_000_000  # shares × bundles² that may be looked at in one round


def haggle(table: Table, supply: Ints, prices: Ints) -> None:
    """Trade single steps; then with small change; then, where few sit or somebody is left outside the band, deal in
    whole boxes if they are few enough to be written down, else trade any two. supply int64[J] steps, prices int64[J].
    """
    crops, shares = table.nothing, table.steps.shape[1]
    if not crops or not shares:
        return
    _first_trades(table)
    seats = _seats(table)
    if not len(seats):
        return
    menus = write_menus(table, prices * table.step_values[:-1])
    if menus is not None:
        _deal_in_boxes(table, menus, supply)
    elif len(seats) == shares:
        pairs = _trade_pairs(table)
        if shares <= VERY_FEW and shares * len(pairs.one) ** 2 <= SHAKE_WORK:
            shake(table, pairs)
    else:
        side = table.side(seats)
        trade(side, bundles_of(crops, _doubled(side)), SIDE_ROUNDS)
        table.join(seats, side)


def _first_trades(table: Table) -> None:
    trade(table, bundles_of(table.nothing), SINGLE_ROUNDS)
    cheap = np.argsort(table.step_values[:-1], kind="stable")[: 1 + table.nothing // CHANGE_PART]
    trade(table, bundles_of(table.nothing, cheap), CHANGE_ROUNDS, polled=POLLED)


def _trade_pairs(table: Table) -> Bundles:
    pairs = bundles_of(table.nothing, _doubled(table))
    trade(table, pairs, PAIR_ROUNDS)
    return pairs


def _deal_in_boxes(table: Table, menus: Menus, supply: Ints) -> None:
    """Deal, beginning with the boxes that shares pick at prices of their own; where few sit, or that leads to nothing
    better, beginning with what they hold as well. The table ends with the better, never with less F than it had.
    """
    everybody = np.arange(len(table.ahead))
    held = table.steps[:-1].T.astype(np.int64)
    best, most = table.side(everybody), table.total()
    bid(menus, supply)
    net = menus.net()
    for begun in (menus.held(), held):
        table.put(begun)
        settle(table, supply)
        _first_trades(table)
        _trade_pairs(table)
        menus.hold(table)
        deal(menus, net)
        table.put(menus.held())
        if table.total() > most:
            best, most = table.side(everybody), table.total()
            if len(everybody) > FEW:
                break
    table.join(everybody, best)
    if len(everybody) <= FEW:
        menus.hold(table)
        upset(menus, net)
        table.put(menus.held())


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


def _doubled(table: Table) -> Ints:
    """int64[any]: the crops of which two steps may be traded, all of them or the cheapest that can be looked at."""
    crops, seats = table.nothing, len(table.ahead)
    many = crops
    while many > 1 + crops // CHANGE_PART and seats * _bundles(crops, many) ** 2 > WORK:
        many -= 1
    return np.argsort(table.step_values[:crops], kind="stable")[:many]


def _bundles(crops: int, doubled: int) -> int:
    return 1 + crops + doubled * (doubled + 1) // 2
