"""Prices that make what everybody would choose add up to what was harvested.

A crop more wanted than there is grows dearer, one that nobody takes grows cheaper, until demand meets supply. Prices
only steer who gets what; nobody pays them. (Walrasian tâtonnement with averaging of the last rounds.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .problem import Ints

ROUNDS = 12
AVERAGED = 6
STEP = 400.0
SAMPLE = 4096
FIRST_SAMPLE = 512  # the early rounds only need the rough level

Numbers = NDArray[np.signedinteger]


def find_prices(wish: NDArray[np.int32], most: Numbers, budgets: Numbers, supply: NDArray[np.float64]) -> Ints:
    """int64[J] prices in sixteenths of a point, from the first SAMPLE shares (they stand in the order of the draw).

    wish int32[n,J] pleasure with noise; most int[n,J] and budgets int[n] minor units; supply float64[J] minor units
    for these n shares.
    """
    crops = wish.shape[1]
    price = np.zeros(crops)
    total = np.zeros(crops)
    whole = max(float(budgets.sum()), 1.0)
    for turn in range(ROUNDS):
        seen = slice(0, FIRST_SAMPLE if turn < ROUNDS - AVERAGED else SAMPLE)
        part = supply * (float(budgets[seen].sum()) / whole)
        box = ideal_boxes(wish[seen], most[seen], budgets[seen], np.rint(price).astype(np.int64))
        demand = box.sum(axis=0)
        miss = np.clip((demand - part) / np.maximum(part, 1.0), -1.0, 1.0)
        price += np.where(part > 0, STEP / (1 + turn / 8) * miss, 0.0)
        if turn >= ROUNDS - AVERAGED:
            total += price
    return np.rint(total / AVERAGED).astype(np.int64)


def ideal_boxes(wish: NDArray[np.int32], most: Numbers, budgets: Numbers, price: Ints) -> Numbers:
    """int[n,J] minor units of each crop in the box a share would choose at these prices: best first, until the
    budget is spent, never more than `most` of a crop."""
    crops = wish.shape[1]
    bits = max(int(crops - 1).bit_length(), 1)
    key = ((price.astype(np.int32) - wish) << bits) | np.arange(crops, dtype=np.int32)
    key.sort(axis=1)
    choice = key & ((1 << bits) - 1)
    lines = np.arange(len(wish))[:, None] * crops
    flat = (choice + lines).ravel()
    part = most.ravel()[flat].reshape(choice.shape)
    spent = np.cumsum(part, axis=1)
    part = np.minimum(part, np.maximum(budgets[:, None] - (spent - part), 0))
    boxes: Numbers = np.empty_like(part)
    boxes.ravel()[flat] = part.ravel()
    return boxes
