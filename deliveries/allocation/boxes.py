"""From what shares would choose to whole steps that add up to the harvest exactly.

Dearest crop first: too much given is taken back one step at a time where it is missed least, too little is given
one step at a time to those most short of value and fond of it.
"""

from __future__ import annotations

import numpy as np

from .problem import Ints
from .table import Table


def settle(table: Table, supply: Ints) -> None:
    """Make the steps of every crop add up to `supply` (int64[J], at most what the caps hold)."""
    for crop in np.argsort(-table.step_values[:-1], kind="stable").tolist():
        missing = int(supply[crop]) - int(table.steps[crop].sum())
        while missing:
            missing -= _pass(table, crop, missing)


def _pass(table: Table, crop: int, missing: int) -> int:
    """One round of giving (missing > 0) or taking back; returns the steps moved, negative if taken.

    Each share takes part once, with one step, or with several where so much is missing that single steps would take
    for ever.
    """
    sign = 1 if missing > 0 else -1
    room = table.caps[crop] - table.steps[crop] if sign > 0 else table.steps[crop]
    able = np.flatnonzero(room > 0)
    each = max(1, abs(missing) // (4 * len(able)))
    count = min(len(able), abs(missing) // each)
    if count < len(able):
        gain = (table.take if sign > 0 else table.give)[crop] + table.relief(sign * int(table.step_values[crop]))
        able = able[np.argsort(-gain[able], kind="stable")[:count]]
    moved = np.minimum(room[able], each)
    table.move(crop, able, sign * moved)
    return int(sign * moved.sum())
