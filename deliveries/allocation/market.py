"""The swap market: shares trade bundles of one or two steps, for another bundle or for nothing, while both gain.

For every two bundles those who gain most by giving one for the other meet those who gain most by the reverse. Every
trade made raises F (see table), so the market can only improve a division, and it stops by itself. Single steps do
for a start; two steps at once find what one cannot, most of all where few shares or coarse steps leave little choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from .problem import Bools, Ints
from .table import Numbers, Table

LOOK = 65_536  # gains worked out in one go: what stays in a processor's cache


@dataclass(frozen=True, eq=False)
class Bundles:
    """K bundles that can change hands: a step each of crops one and two (int64[K]); J stands for nothing.

    apart bool[K,K]: the two bundles have no crop in common, so trading them makes sense.
    """

    one: Ints
    two: Ints
    apart: Bools


def bundles_of(crops: int, doubled: Ints | None = None) -> Bundles:
    """Nothing, every single step, and every two steps of the crops in `doubled` (positions)."""
    pairs = [(crops, crops), *((crop, crops) for crop in range(crops))]
    if doubled is not None:
        pairs += combinations_with_replacement(sorted(doubled.tolist()), 2)
    held = np.zeros((len(pairs), crops + 1), dtype=np.bool_)
    for bundle, pair in enumerate(pairs):
        held[bundle, list(pair)] = True
    common = held[:, :crops].astype(np.int64) @ held[:, :crops].T.astype(np.int64)
    one, two = np.array(pairs, dtype=np.int64).T
    return Bundles(one=one, two=two, apart=common == 0)


def trade(table: Table, bundles: Bundles, rounds: int) -> None:
    """Trade until nobody gains, at most `rounds` times round."""
    for _ in range(rounds):
        agreed = 0
        for a, b in _promising(table, bundles):
            agreed += _trade_pair(table, bundles, a, b)
        if not agreed:
            return


def _promising(table: Table, bundles: Bundles) -> list[tuple[int, int]]:
    """Pairs of bundles between which some trade gains, the most gainful first."""
    best = best_gains(table, bundles).astype(np.int64)
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
    there, back = _gain(table, bundles, a, b), _gain(table, bundles, b, a)
    best_there, best_back = int(there.max()), int(back.max())
    if best_there + best_back <= 0:
        return 0
    first = (there > -best_back).nonzero()[0]
    second = (back > -best_there).nonzero()[0]
    first = first[np.argsort(-there[first], kind="stable")]
    second = second[np.argsort(-back[second], kind="stable")]
    pairs = min(len(first), len(second))
    agreed = int((there[first[:pairs]] + back[second[:pairs]] > 0).sum())
    _hand_over(table, bundles, a, b, first[:agreed], second[:agreed])
    return agreed


def _gain(table: Table, bundles: Bundles, a: int, b: int) -> Numbers:
    """int[n]: what each share gains by giving bundle a for bundle b."""
    values = table.step_values
    lost, won = (bundles.one[a], bundles.two[a]), (bundles.one[b], bundles.two[b])
    gain = table.relief(int(values[won[0]] + values[won[1]] - values[lost[0]] - values[lost[1]]))
    for crop in lost:
        if crop != table.nothing:
            gain += table.give[crop]
    for crop in won:
        if crop != table.nothing:
            gain += table.take[crop]
    if lost[0] == lost[1] != table.nothing:
        gain[table.steps[lost[0]] < 2] = table.never
    if won[0] == won[1] != table.nothing:
        gain[table.caps[won[0]] - table.steps[won[0]] < 2] = table.never
    return gain


def _hand_over(table: Table, bundles: Bundles, a: int, b: int, first: Ints, second: Ints) -> None:
    """The first give bundle a and get b, the second the reverse. Who would do both does neither."""
    values = table.step_values
    sign = np.zeros(len(table.ahead), dtype=table.ahead.dtype)
    sign[first] += 1
    sign[second] -= 1
    shares = sign.nonzero()[0]
    sign = sign[shares]
    for bundle, way in ((a, -1), (b, 1)):
        one, two = int(bundles.one[bundle]), int(bundles.two[bundle])
        if one == two != table.nothing:
            table.hold(one, shares, 2 * way * sign)
            continue
        for crop in (one, two):
            if crop != table.nothing:
                table.hold(crop, shares, way * sign)
    change = values[[bundles.one[b], bundles.two[b]]].sum() - values[[bundles.one[a], bundles.two[a]]].sum()
    table.weigh(shares, sign * int(change))
