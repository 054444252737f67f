"""The swap market: shares trade bundles of one or two steps, for another bundle or for nothing, while both gain.

For every two bundles those who gain most by giving one for the other meet those who gain most by the reverse. Every
trade made raises F (see table), so the market can only improve a division, and it stops by itself. Single steps do
for a start; two steps at once find what one cannot, most of all where few shares or coarse steps leave little choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np

from .problem import Bools, Ints
from .table import Numbers, Table

LOOK = 65_536  # gains worked out in one go: what stays in a processor's cache


@dataclass(frozen=True, eq=False)
class Bundles:
    """K bundles that can change hands: a step each of crops one and two (int64[K]); J stands for nothing.

    parts: for each bundle its crops and how many steps of each. apart bool[K,K]: the two bundles have no crop in
    common, so trading them makes sense.
    """

    one: Ints
    two: Ints
    parts: tuple[tuple[tuple[int, int], ...], ...]
    apart: Bools


def bundles_of(crops: int, doubled: Ints | None = None) -> Bundles:
    """Nothing, every single step, and every two steps of the crops in `doubled` (positions)."""
    return _bundles_of(crops, () if doubled is None else tuple(sorted(doubled.tolist())))


@lru_cache(maxsize=64)
def _bundles_of(crops: int, doubled: tuple[int, ...]) -> Bundles:
    pairs = [(crops, crops), *((crop, crops) for crop in range(crops))]
    pairs += combinations_with_replacement(doubled, 2)
    held = np.zeros((len(pairs), crops + 1), dtype=np.bool_)
    for bundle, pair in enumerate(pairs):
        held[bundle, list(pair)] = True
    common = held[:, :crops].astype(np.int64) @ held[:, :crops].T.astype(np.int64)
    one, two = np.array(pairs, dtype=np.int64).T
    return Bundles(one=one, two=two, parts=tuple(_parts(pair, crops) for pair in pairs), apart=common == 0)


def _parts(pair: tuple[int, int], nothing: int) -> tuple[tuple[int, int], ...]:
    """The crops of a pair with their steps."""
    one, two = pair
    if one == two:
        return ((one, 2),) if one != nothing else ()
    return tuple((crop, 1) for crop in pair if crop != nothing)


def trade(table: Table, bundles: Bundles, rounds: int, *, polled: int | None = None) -> None:
    """Trade until nobody gains, at most `rounds` times round. The first `polled` shares (all unless given) say which
    bundles are worth trading."""
    for _ in range(rounds):
        agreed = 0
        for a, b in _promising(table, bundles, polled):
            agreed += _trade_pair(table, bundles, a, b)
        if not agreed:
            return


def _promising(table: Table, bundles: Bundles, polled: int | None) -> list[tuple[int, int]]:
    """Pairs of bundles between which some trade gains, the most gainful first."""
    few = polled is not None and polled < len(table.ahead)
    best = best_gains(table.side(slice(polled)) if few else table, bundles).astype(np.int64)
    both = np.triu(np.where(bundles.apart, best + best.T, 0), k=1)
    found = np.argwhere(both > 0)
    order = np.argsort(-both[tuple(found.T)], kind="stable")
    return [(int(a), int(b)) for a, b in found[order]]


def best_gains(table: Table, bundles: Bundles) -> Numbers:
    """int[K,K]: the most that any one share gains by giving bundle a (row) for bundle b (column)."""
    give = table.give[bundles.one] + table.give[bundles.two]
    take = table.take[bundles.one] + table.take[bundles.two]
    for bundle in np.flatnonzero((bundles.one == bundles.two) & (bundles.one < table.nothing)):
        crop = bundles.one[bundle]
        give[bundle, table.steps[crop] < 2] = table.never
        take[bundle, table.caps[crop] - table.steps[crop] < 2] = table.never
    value = (table.step_values[bundles.one] + table.step_values[bundles.two]).astype(table.ahead.dtype)
    best = np.empty((len(value), len(value)), dtype=take.dtype)
    at_once = max(1, LOOK // max(take.size, 1))
    for start in range(0, len(value), at_once):
        some = slice(start, start + at_once)
        gain = table.relief((value - value[some, None])[:, :, None])
        gain += take
        gain += give[some, None]
        best[some] = gain.max(axis=2, initial=table.never)
    return best


def _trade_pair(table: Table, bundles: Bundles, a: int, b: int) -> int:
    """Match those who would rather have b than a with those of the opposite mind, while a match gains; how many."""
    there, back = _gains(table, bundles, a, b)
    best_there, best_back = int(there.max()), int(back.max())
    if best_there + best_back <= 0:
        return 0
    first = (there > -best_back).nonzero()[0]
    second = (back > -best_there).nonzero()[0]
    first = first[(-there[first]).argsort(kind="stable")]
    second = second[(-back[second]).argsort(kind="stable")]
    pairs = min(len(first), len(second))
    agreed = int(np.count_nonzero(there[first[:pairs]] + back[second[:pairs]] > 0))
    _hand_over(table, bundles, a, b, first[:agreed], second[:agreed])
    return agreed


def _gains(table: Table, bundles: Bundles, a: int, b: int) -> Numbers:
    """int[2,n]: what each share gains by giving bundle a for bundle b, and by the reverse."""
    change = _value(table, bundles, b) - _value(table, bundles, a)
    gains = table.relief(np.array([[change], [-change]], dtype=table.ahead.dtype))
    for bundle, given, taken in ((a, gains[0], gains[1]), (b, gains[1], gains[0])):
        for crop, steps in bundles.parts[bundle]:
            for _ in range(steps):
                given += table.give[crop]
                taken += table.take[crop]
            if steps > 1:
                given[table.steps[crop] < steps] = table.never
                taken[table.caps[crop] - table.steps[crop] < steps] = table.never
    return gains


def _value(table: Table, bundles: Bundles, bundle: int) -> int:
    """What a bundle is worth, minor units."""
    return sum(steps * int(table.step_values[crop]) for crop, steps in bundles.parts[bundle])


def _hand_over(table: Table, bundles: Bundles, a: int, b: int, first: Ints, second: Ints) -> None:
    """The first give bundle a and get b, the second the reverse. Who would do both does neither."""
    ways = np.zeros(len(table.ahead), dtype=table.ahead.dtype)
    ways[first] = 1
    ways[second] -= 1
    shares = ways.nonzero()[0]
    moved = [(crop, -steps) for crop, steps in bundles.parts[a]] + list(bundles.parts[b])
    table.exchange(moved, shares, ways[shares])
