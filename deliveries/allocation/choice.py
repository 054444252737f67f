"""Choice mode: every share its own contents by what its household likes.

Prices bring wishes and harvest together; each share fills an ideal box at those prices; boxes are made whole so that
every crop adds up; then shares swap until nobody gains. Large farms are served in blocks in the order of the draw, so
time and memory grow as the roster does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .boxes import settle
from .caps import Caps
from .draw import draw_order, tickets
from .haggle import haggle
from .prices import SAMPLE, find_prices, ideal_boxes
from .problem import Ints, Problem
from .score import noise_of, pleasure_of
from .table import Table, lay_table
from .targets import even_share

BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Wishes:
    """What choice mode knows of some shares (rows int64[n] into the problem): pleasure, wish int32[n,J] (wish has the
    draw's noise), caps int64[n,J] steps, most int64[n,J] and budgets int64[n] minor units."""

    rows: Ints
    pleasure: NDArray[np.int32]
    wish: NDArray[np.int32]
    caps: Ints
    most: Ints
    budgets: Ints


def divide_choice(problem: Problem, caps: Caps, targets: Ints, prices: Ints | None = None) -> tuple[Ints, Ints]:
    """int64[S,J] steps per share (locked ones apart) and int64[J] prices, found unless given.

    targets int64[S] minor units, locked steps included.
    """
    budgets: Ints = np.subtract(targets, problem.fixed @ problem.step_values)
    order = draw_order(problem.share_ids, problem.seed)
    if prices is None:
        prices = _find_prices(problem, caps, budgets, order[:SAMPLE])
    blocks = [order[start : start + BLOCK] for start in range(0, len(order), BLOCK)]
    portions = np.zeros(problem.shape, dtype=np.int64)
    for rows, supply in zip(blocks, _split(problem, caps, budgets, blocks, prices), strict=True):
        portions[rows] = _divide_block(problem, _wishes(problem, caps, budgets, rows), supply, prices)
    return portions, prices


def _wishes(problem: Problem, caps: Caps, budgets: Ints, rows: Ints) -> Wishes:
    pleasure = pleasure_of(problem, rows, caps.scarce)
    noise = noise_of(tickets(problem.share_ids[rows], problem.seed), pleasure.shape[1])
    most = caps.of(rows)
    return Wishes(rows, pleasure, pleasure + noise, most, most * problem.step_values, np.maximum(budgets[rows], 0))


def _find_prices(problem: Problem, caps: Caps, budgets: Ints, rows: Ints) -> Ints:
    """Prices from a part of the shares, the harvest cut down to their part of the money."""
    asked = _wishes(problem, caps, budgets, rows)
    part = float(asked.budgets.sum()) / max(float(np.maximum(budgets, 0).sum()), 1.0)
    supply = (caps.supply * problem.step_values).astype(np.float64) * part
    return find_prices(asked.wish, asked.most, asked.budgets, supply)


def _split(problem: Problem, caps: Caps, budgets: Ints, blocks: list[Ints], prices: Ints) -> list[Ints]:
    """int64[J] for every block: its part of each crop, by what it would choose, never more than it has room for."""
    if len(blocks) == 1:
        return [caps.supply]
    demand = np.zeros((len(blocks), len(prices)))
    room = np.zeros((len(blocks), len(prices)), dtype=np.int64)
    for at, rows in enumerate(blocks):
        asked = _wishes(problem, caps, budgets, rows)
        demand[at] = ideal_boxes(asked.wish, asked.most, asked.budgets, prices).sum(axis=0)
        room[at] = asked.caps.sum(axis=0)
    return list(_apportion(caps.supply, demand, room))


def _apportion(supply: Ints, demand: NDArray[np.float64], room: Ints) -> Ints:
    """int64[B,J]: supply cut by demand with largest remainders; what a block has no room for goes on to the next."""
    whole = demand.sum(axis=0)
    ideal = supply * np.where(whole > 0, demand / np.maximum(whole, 1.0), room / np.maximum(room.sum(axis=0), 1))
    parts: Ints = np.minimum(np.floor(ideal).astype(np.int64), room)
    for crop in np.flatnonzero(parts.sum(axis=0) < supply).tolist():
        for block in np.argsort(-(ideal - np.floor(ideal))[:, crop], kind="stable").tolist():
            missing = int(supply[crop] - parts[:, crop].sum())
            parts[block, crop] += min(missing, 1, int(room[block, crop] - parts[block, crop]))
        for block in range(len(parts)):
            missing = int(supply[crop] - parts[:, crop].sum())
            parts[block, crop] += min(missing, int(room[block, crop] - parts[block, crop]))
    return parts


def _divide_block(problem: Problem, asked: Wishes, supply: Ints, prices: Ints) -> Ints:
    """int64[n,J]: the block's boxes, whole and traded."""
    ideal = ideal_boxes(asked.wish, asked.most, asked.budgets, prices)
    steps = ideal // np.maximum(problem.step_values, 1)
    table = lay_table(
        steps=np.minimum(steps, asked.caps),
        caps=asked.caps,
        pleasure=asked.pleasure,
        step_values=problem.step_values,
        targets=asked.budgets,
        slack=slack_of(problem, asked.rows),
    )
    return _traded(table, supply, prices)


def _traded(table: Table, supply: Ints, prices: Ints) -> Ints:
    settle(table, supply)
    haggle(table, supply, prices)
    return np.asarray(table.steps[:-1].T, dtype=np.int64)


def lay_rows(problem: Problem, caps: Caps, steps: Ints, budgets: Ints) -> Table:
    """A table for all rows as they stand, holding `steps` (int64[S,J]); budgets int64[S] minor units."""
    rows = np.arange(len(steps))
    return lay_table(
        steps=steps,
        caps=caps.of(rows),
        pleasure=pleasure_of(problem, rows, caps.scarce),
        step_values=problem.step_values,
        targets=budgets,
        slack=slack_of(problem, rows),
    )


def slack_of(problem: Problem, rows: Ints) -> Ints:
    """int64[n] minor units: how far each share's value may lie from its target."""
    harvest = int(problem.quantities @ problem.step_values)
    slack: Ints = np.floor(problem.band * even_share(problem, harvest) * problem.weights[rows]).astype(np.int64)
    return slack
