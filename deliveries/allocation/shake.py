"""Where few shares sit, trading comes to rest short of the best. Then: upset a little, trade again, keep the better.

(Iterated local search: Lourenço, Martin and Stützle 2003, doi 10.1007/0-306-48056-5_11.) The upsets are drawn by
counting, not by the clock, so they are the same every time.
"""

from __future__ import annotations

import numpy as np

from .draw import mixed
from .market import Bundles, trade
from .table import Table

SHAKES = 8
SWAPS = 2  # made at random in each upset
ROUNDS = 6


def shake(table: Table, bundles: Bundles) -> None:
    """Upset and trade again some times; the table ends with the most F that was seen."""
    everybody = np.arange(len(table.ahead))
    kept, most = table.side(everybody), table.total()
    for attempt in range(SHAKES):
        draws = mixed(np.arange(4 * SWAPS, dtype=np.uint64) + np.uint64(1000 * attempt)).tolist()
        for swap in range(SWAPS):
            _swap(table, *draws[4 * swap : 4 * swap + 4])
        trade(table, bundles, ROUNDS)
        if table.total() > most:
            kept, most = table.side(everybody), table.total()
        else:
            table.join(everybody, kept)


def _swap(table: Table, a: int, b: int, first: int, second: int) -> None:
    """Two shares swap one step of two crops, all four drawn; nothing happens where no such swap can be."""
    a, b = a % table.nothing, b % table.nothing
    if a == b:
        return
    givers = np.flatnonzero((table.steps[a] > 0) & (table.steps[b] < table.caps[b]))
    takers = np.flatnonzero((table.steps[b] > 0) & (table.steps[a] < table.caps[a]))
    if not len(givers) or not len(takers):
        return
    giver, taker = givers[first % len(givers)], takers[second % len(takers)]
    if giver == taker:
        return
    for crop, share, step in ((a, giver, -1), (b, giver, 1), (b, taker, -1), (a, taker, 1)):
        table.move(crop, np.array([share]), step)
