"""Who swaps with whom: pure, and the same for the same offers in whatever order they come.

Everybody who takes gives, along cycles of any length. The oldest offer that can be met at all is met; then the next
oldest that can be met beside it; and so on. So no cycle is left among those who got nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """An item worth `worth` (minor units) given by a share, for an item of one of the `wanted` crops worth at most
    `less` per cent less. The smaller `age`, the older; ages are unlike."""

    age: int
    share: int
    gives: int
    worth: int
    wanted: frozenset[int]
    less: int = 10

    def accepts(self, other: Offer) -> bool:
        """Whether this one would take the other's item for its own. Nobody swaps with themselves."""
        enough = 100 * other.worth >= (100 - self.less) * self.worth
        return other.share != self.share and other.gives in self.wanted and other.gives != self.gives and enough


def match(offers: Sequence[Offer]) -> dict[int, int]:
    """Who takes whose item, by age: {taker: giver}. Offers that nobody meets are missing."""
    by_age = sorted(offers, key=lambda offer: offer.age)
    liked = [[giver for giver, other in enumerate(by_age) if taker.accepts(other)] for taker in by_age]
    takes = list(range(len(by_age)))  # everybody keeps their own, to begin with
    met: set[int] = set()
    for number in range(len(by_age)):
        if takes[number] == number:
            _meet(number, takes, liked, met)
        if takes[number] != number:
            met.add(number)
    return {by_age[taker].age: by_age[giver].age for taker, giver in enumerate(takes) if taker != giver}


def _meet(wanting: int, takes: list[int], liked: Sequence[Sequence[int]], met: set[int]) -> None:
    """Let `wanting` take something, if everybody already `met` can still be: along the shortest chain that ends with
    its own item being taken."""
    taken_by = {giver: taker for taker, giver in enumerate(takes)}
    came_from: dict[int, int] = {}
    waiting = deque([wanting])
    while waiting:
        taker = waiting.popleft()
        own = [taker] if taker != wanting and taker not in met else []  # back to keeping its own
        for giver in [*liked[taker], *own]:
            if giver in came_from:
                continue
            came_from[giver] = taker
            if giver == wanting:
                _pass_on(wanting, takes, came_from)
                return
            waiting.append(taken_by[giver])


def _pass_on(wanting: int, takes: list[int], came_from: Mapping[int, int]) -> None:
    """Everybody along the chain takes the item that was found for them."""
    giver = wanting
    while True:
        taker = came_from[giver]
        before = takes[taker]
        takes[taker] = giver
        if taker == wanting:
            return
        giver = before
