"""Where steps are coarse, few whole boxes come near what a share is due: so few that they can all be written down.

Each share then has a menu of whole boxes, its own among them, with what each is worth to F (see table). Prices for a
step of each crop are found at which the boxes that shares like best nearly add up to the harvest (Lagrangian relaxation
with subgradient steps: Held, Wolfe and Crowder 1974, doi 10.1007/BF01580223).

Every number is whole, so the same comes out everywhere; floats only carry whole numbers below 2⁵³ through products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .draw import mixed
from .problem import Ints
from .table import Table, pain_of

MOST_BOXES = 50_000  # more than this for shares of one size: steps are fine, and trading serves better
MOST_SHARES = 600
LINES = 128  # boxes on one menu: those that look best at the prices
EMPTY = -(2**50)
BIDS = 120
BID = 0.3  # of the mean price, at first

Floats = NDArray[np.float64]


@dataclass(eq=False)
class Menus:
    """n menus of M lines: boxes int16[n,M,J] steps, worth int64[n,M] of F (EMPTY: no such line), keys uint64[n,M].

    Line 0 is what the share held when `hold` was called; `pick` int64[n] is the line it has now. prices int64[J] of F
    per step. A key is the same sum over a box's steps for all: two changes cancel out just when their keys' changes do.
    """

    boxes: NDArray[np.int16]
    worth: Ints
    keys: NDArray[np.uint64]
    prices: Ints
    pick: Ints

    def held(self) -> Ints:
        """int64[n,J]: the boxes picked."""
        return self.boxes[np.arange(len(self.pick)), self.pick].astype(np.int64)

    def hold(self, table: Table) -> None:
        """Line 0 is now what the shares hold at the table, and picked."""
        self.boxes[:, 0], self.worth[:, 0] = table.steps[:-1].T, table.each()
        self.keys[:, 0] = keys_of(self.boxes[:, 0])
        self.pick = np.zeros(len(self.pick), dtype=np.int64)

    def total(self) -> int:
        """F of the boxes picked."""
        return int(self.worth[np.arange(len(self.pick)), self.pick].sum())

    def net(self) -> Ints:
        """int64[n,M]: worth less what the box costs at the prices."""
        shares, lines, crops = self.boxes.shape
        cost = self.boxes.reshape(-1, crops).astype(np.float64) @ self.prices.astype(np.float64)
        return np.where(self.worth == EMPTY, EMPTY, self.worth - cost.reshape(shares, lines).astype(np.int64))


def write_menus(table: Table, prices: Ints) -> Menus | None:
    """Menus for all round the table; None where there are too many shares or boxes. prices int64[J] of F per step."""
    shares, crops = len(table.ahead), table.nothing
    if not 1 < shares <= MOST_SHARES or not crops:
        return None
    boxes = np.zeros((shares, LINES + 1, crops), dtype=np.int16)
    worth = np.full((shares, LINES + 1), EMPTY, dtype=np.int64)
    for size in np.unique(table.slack).tolist():
        if not _write_size(table, boxes, worth, np.flatnonzero(table.slack == size), prices):
            return None
    menus = Menus(boxes, worth, keys_of(boxes), prices.copy(), np.zeros(shares, dtype=np.int64))
    menus.hold(table)
    return menus


def _write_size(table: Table, boxes: NDArray[np.int16], worth: Ints, rows: Ints, prices: Ints) -> bool:
    """Write the menus of shares of one size: boxes worth what they are due, give or take the band and a quarter of it;
    whether those are few enough. boxes int16[n,M,J] and worth int64[n,M] for all at the table."""
    values, slack = table.step_values[:-1].astype(np.int64), int(table.slack[rows[0]])
    targets = (table.steps[:-1].T @ values - table.ahead)[rows]
    low, high = targets - slack - slack // 4, targets + slack + slack // 4
    found = boxes_between(values, table.caps[:-1, rows].max(axis=1).astype(np.int64), int(low.min()), int(high.max()))
    if found is None:
        return False
    begin, end = np.searchsorted(found[1], low), np.searchsorted(found[1], high, side="right")
    for at, row in enumerate(rows.tolist()):
        some = slice(begin[at], end[at])
        pleased = np.where(table.caps[:-1, row] > 0, table.worth[:-1, row].astype(np.float64), EMPTY)
        gained = found[0][some] @ pleased
        scored = gained - pain_of(found[1][some] - targets[at], table.slack[rows[:1]].astype(np.int64))
        best = foremost(scored - found[0][some] @ prices.astype(np.float64), LINES)
        best = best[gained[best] > EMPTY / 2]
        boxes[row, 1 : len(best) + 1], worth[row, 1 : len(best) + 1] = found[0][some][best], scored[best]
    return True


def keys_of(steps: NDArray[np.signedinteger]) -> NDArray[np.uint64]:
    """uint64[…]: one number for each box of steps int[…,J], the key of a sum being the sum of the keys."""
    ways = mixed(np.arange(steps.shape[-1], dtype=np.uint64)) | np.uint64(1)
    return np.asarray((steps.astype(np.int64).view(np.uint64) * ways).sum(axis=-1, dtype=np.uint64))


def boxes_between(values: Ints, caps: Ints, low: int, high: int) -> tuple[Floats, Ints] | None:
    """float64[B,J] steps and int64[B] values of all boxes within the caps (int64[J]) worth `low` to `high`, by value;
    None if they are too many."""
    order = np.argsort(-values, kind="stable")
    still = np.cumsum((caps * values)[order][::-1])[::-1]
    boxes, worth = np.zeros((1, len(values)), dtype=np.int16), np.zeros(1, dtype=np.int64)
    for at, crop in enumerate(order.tolist()):
        value = int(values[crop])
        more = int(min(caps[crop], max(high, 0) // value) if value else caps[crop]) + 1
        if len(boxes) * more > 4 * MOST_BOXES:
            return None
        steps = np.tile(np.arange(more), len(boxes))
        grown = np.repeat(worth, more) + steps * value
        rest = int(still[at + 1]) if at + 1 < len(order) else 0
        kept = np.flatnonzero((grown <= high) & (grown + rest >= low))
        if len(kept) > MOST_BOXES:
            return None
        boxes, worth = boxes[kept // more], grown[kept]
        boxes[:, crop] = steps[kept]
    by_value = np.argsort(worth, kind="stable")
    return boxes[by_value].astype(np.float64), worth[by_value]


def foremost(worth: NDArray[np.signedinteger] | Floats, many: int) -> Ints:
    """int64[any]: positions of the `many` greatest, in the order they stand; among equals the first ones."""
    if many >= len(worth):
        return np.arange(len(worth))
    least = -np.partition(-worth, many - 1)[many - 1]
    more = worth > least
    equal = np.flatnonzero(worth == least)[: many - int(np.count_nonzero(more))]
    more[equal] = True
    return np.flatnonzero(more)


def bid(menus: Menus, supply: Ints) -> None:
    """Move the prices until what everybody would pick nearly adds up to `supply` (int64[J]); pick what came nearest."""
    everybody, crops = np.arange(len(menus.pick)), len(supply)
    flat = menus.boxes.reshape(-1, crops).astype(np.float64)
    scale = float(np.abs(menus.prices).sum() // crops + 1)
    prices, best = menus.prices.astype(np.float64), None
    for turn in range(BIDS):
        net = menus.worth - (flat @ prices).reshape(menus.worth.shape)
        pick = net.argmax(axis=1)
        missing = menus.boxes[everybody, pick].sum(axis=0, dtype=np.int64) - supply
        miss = int(np.abs(missing).sum())
        if best is None or miss < best:
            best, menus.pick, menus.prices = miss, pick, prices.astype(np.int64)
        if not miss:
            return
        push = scale * BID / (1 + turn / 8) * np.clip(missing / np.maximum(supply, 1), -1.0, 1.0)
        prices = np.rint(prices + push)
