"""The week's draw: numbers that look like chance, but are the same for the same share, crop and seed everywhere.

Ties fall to it, so that neither the database's order nor somebody's name decides. (splitmix64: Steele, Lea and
Flood 2014, doi 10.1145/2660193.2660195.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .problem import Ints

_STRIDE = np.uint64(0x9E3779B97F4A7C15)
_MASK = (1 << 64) - 1


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's mixing, element by element."""
    z = values + _STRIDE
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def tickets(share_ids: Ints, seed: int) -> NDArray[np.uint64]:
    """uint64[S]: each share's ticket in this week's draw."""
    week = mixed(np.array([seed & _MASK], dtype=np.uint64))
    return mixed(share_ids.astype(np.uint64) ^ week)


def draw_order(share_ids: Ints, seed: int) -> Ints:
    """int64[S]: positions in the order of the draw, (32 bits of the ticket, id)."""
    drawn = tickets(share_ids, seed) >> np.uint64(32)
    return np.lexsort((share_ids, drawn))
