"""Settling a bidding round: the smallest set of raises that covers a budget. Pure arithmetic, minor units.

Each bid says what a household pays gladly (comfortable), possibly, and at the very most (limit). Everybody pays
their comfortable amount; if that is not enough, some are raised. What is settled, exactly:

1. If the limits together miss the budget, nothing is settled, and it is told by how much.
2. Equal bids are one class, and are treated alike to the last unit: a class is raised as a whole or not at all.
3. As few households as can be are raised above comfortable. Of the sets with that many, one with the most room (limits
   less comfortable amounts) is taken, so that each is asked for the smallest part of theirs. Of those with the same
   room, that which is found first when classes are looked at by falling room of one household, then by their amounts:
   it never depends on who bid, or when.
4. Nobody is asked beyond what is possible for them unless all who are raised pay that and it is not enough; then
   nobody beyond their limit. On the way each goes the same part of their own way, from comfortable to possible, or
   from possible to limit, so that they arrive together.
5. No unit too many: if any class of that last stretch paid one unit less each, the budget would not be covered.

Rule 3 is a knapsack over classes: solved exactly, by the most room that so many households can give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Amounts(NamedTuple):
    """A bid: comfortable ≤ possible ≤ limit."""

    comfortable: int
    possible: int
    limit: int


@dataclass(frozen=True)
class Outcome:
    """A price for each bid, in the order they came, when the budget is covered; else by how much it is missed."""

    prices: tuple[int, ...]
    short: int = 0

    @property
    def total(self) -> int:
        return sum(self.prices)


@dataclass
class _Class:
    """Households that bid the same, how many, and what each of them is asked."""

    bid: Amounts
    size: int
    asked: int

    @property
    def room(self) -> int:
        return self.bid.limit - self.bid.comfortable


def settle(bids: Sequence[Amounts], budget: int) -> Outcome:
    """The price of each bid (see above). Raises ValueError for a bid that does not rise, or is below nothing."""
    if any(not 0 <= bid.comfortable <= bid.possible <= bid.limit for bid in bids):
        raise ValueError("a bid rises from comfortable to possible to limit")
    most = sum(bid.limit for bid in bids)
    if most < budget:
        return Outcome((), budget - most)
    classes = [_Class(bid, size, bid.comfortable) for bid, size in Counter(bids).items()]
    classes.sort(key=lambda each: (-each.room, each.bid))
    gap = budget - sum(each.size * each.asked for each in classes)
    if gap > 0:
        _ask(_fewest([each for each in classes if each.room], gap), gap)
    asked = {each.bid: each.asked for each in classes}
    return Outcome(tuple(asked[bid] for bid in bids))


def _fewest(classes: list[_Class], gap: int) -> list[_Class]:
    """The classes to raise (rule 3). Those with the most room, class by class, are it, unless the last of them came as
    a whole where a part would have done: then fewer may do, and all sets are weighed."""
    taken, rest = 0, gap
    while rest > 0:
        rest -= classes[taken].size * classes[taken].room
        taken += 1
    if -rest < classes[taken - 1].room:
        return classes[:taken]
    return _weighed(classes, gap, sum(each.size for each in classes[:taken]))


def _weighed(classes: list[_Class], gap: int, enough: int) -> list[_Class]:
    """`most[n]` is the most room that n households at most can give; a class joins where that gives more. Which joined
    is kept in bits, and read backwards."""
    most = np.zeros(enough + 1, dtype=np.int64 if gap.bit_length() < 50 else object)
    joined = []
    for each in classes:
        with_it = most[: max(0, enough + 1 - each.size)] + each.size * each.room
        better = with_it > most[each.size :]
        most[each.size :][better] = with_it[better]
        joined.append(np.packbits(better.astype(bool)))
    left = int(np.argmax(most >= gap))
    chosen = []
    for each, bits in zip(reversed(classes), reversed(joined), strict=True):
        place = left - each.size
        if place >= 0 and bits[place >> 3] >> (7 - (place & 7)) & 1:
            chosen.append(each)
            left = place
    return chosen


def _ask(raised: list[_Class], gap: int) -> None:
    """Share the gap out among those who are raised (rules 4 and 5)."""
    wanted = gap
    stretch: list[_Class] = []
    for target in ("possible", "limit"):
        ways = [(each, getattr(each.bid, target) - each.asked) for each in raised]
        whole = sum(each.size * way for each, way in ways)
        part = min(gap, whole)
        if part:
            stretch = [each for each, way in ways if way]
            for each, way in ways:
                each.asked += -(-way * part // whole)
            gap -= part
    _spare(stretch, sum(each.size * (each.asked - each.bid.comfortable) for each in raised) - wanted)


def _spare(stretch: list[_Class], over: int) -> None:
    """Take back what rounding up asked too much, a unit of a class at a time, the larger classes first."""
    for each in sorted(stretch, key=lambda each: (-each.size, -each.room, each.bid)):
        if over >= each.size:
            each.asked, over = each.asked - 1, over - each.size
    for each in sorted(stretch, key=lambda each: (-each.size, -each.room, each.bid)):
        units = over // each.size
        each.asked, over = each.asked - units, over - units * each.size
