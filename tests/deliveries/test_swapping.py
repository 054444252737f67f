"""The pure matching of swaps, against every possible one; and mutants that these laws must catch."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliveries.swap_table import swapping
from deliveries.swap_table.swapping import Offer, match


def offers_of(rows: list[tuple[int, int, int, set[int], int]]) -> list[Offer]:
    return [
        Offer(age, share, gives, worth, frozenset(wanted), less)
        for age, (share, gives, worth, wanted, less) in enumerate(rows)
    ]


rows = st.tuples(
    st.integers(0, 5),
    st.integers(1, 4),
    st.integers(80, 120),
    st.sets(st.integers(1, 4), max_size=3),
    st.sampled_from([0, 10, 30]),
)
SOME = st.lists(rows, max_size=6).map(offers_of)


def wrong_in(offers: list[Offer], taken: dict[int, int]) -> list[str]:
    """The laws that a matching breaks."""
    by_age = {offer.age: offer for offer in offers}
    wrong = []
    if set(taken) != set(taken.values()) or len(set(taken.values())) != len(taken):
        wrong.append("everybody who takes gives, once")
    for taker, giver in taken.items():
        mine, theirs = by_age[taker], by_age[giver]
        if theirs.gives not in mine.wanted or mine.share == theirs.share:
            wrong.append("nobody takes what they do not want, or from themselves")
        if theirs.worth * 100 < mine.worth * (100 - mine.less):
            wrong.append("nobody gives up more value than they said")
    if met(offers, taken) != best(offers):
        wrong.append("the oldest that can be met is met, then the next beside it")
    return wrong


def met(offers: list[Offer], taken: dict[int, int]) -> tuple[bool, ...]:
    return tuple(offer.age in taken for offer in sorted(offers, key=lambda offer: offer.age))


def best(offers: list[Offer]) -> tuple[bool, ...]:
    """Of all ways to hand the items round, the one that meets the oldest, then the next oldest."""
    by_age = sorted(offers, key=lambda offer: offer.age)
    found = []
    for order in itertools.permutations(range(len(by_age))):
        if all(taker == giver or by_age[taker].accepts(by_age[giver]) for taker, giver in enumerate(order)):
            found.append(tuple(taker != giver for taker, giver in enumerate(order)))
    return max(found)


@settings(max_examples=300, deadline=None)
@given(SOME)
def test_the_laws_of_swapping_hold(offers):
    assert wrong_in(offers, match(offers)) == []


@settings(max_examples=100, deadline=None)
@given(SOME, st.randoms())
def test_the_order_in_which_offers_come_changes_nothing(offers, dice):
    shuffled = list(offers)
    dice.shuffle(shuffled)
    assert match(shuffled) == match(offers)


def test_two_swap_and_three_go_round():
    carrots, chard, leek = 1, 2, 3
    two = offers_of([(1, carrots, 300, {chard}, 10), (2, chard, 290, {carrots}, 10)])
    assert match(two) == {0: 1, 1: 0}
    three = offers_of([(1, carrots, 100, {chard}, 0), (2, chard, 100, {leek}, 0), (3, leek, 100, {carrots}, 0)])
    assert match(three) == {0: 1, 1: 2, 2: 0}


def test_ten_per_cent_less_is_taken_and_a_cent_more_is_not():
    for worth, swapped in ((270, 2), (269, 0)):
        assert len(match(offers_of([(1, 1, 300, {2}, 10), (2, 2, worth, {1}, 0)]))) == swapped


def test_of_two_who_want_the_same_the_older_gets_it():
    three = offers_of([(1, 1, 100, {2}, 10), (2, 1, 100, {2}, 10), (3, 2, 100, {1}, 10)])
    assert match(three) == {0: 2, 2: 0}


def test_a_new_offer_never_takes_from_an_older_one_what_it_could_have():
    """An older pair stands, though a longer ring without the oldest would meet more people."""
    older = [(1, 1, 100, {2}, 0), (2, 2, 100, {1, 3}, 0)]
    ring = offers_of([*older, (3, 3, 100, {4}, 0), (4, 4, 100, {2}, 0)])
    assert match(ring) == {0: 1, 1: 0}


def test_three_hundred_offers_are_matched_in_no_time():
    dice = random.Random(5)
    many = offers_of([(n, dice.randrange(12), 100, {dice.randrange(12) for _ in range(2)}, 10) for n in range(300)])
    taken = match(many)
    assert len(taken) > 200
    assert set(taken) == set(taken.values())


MUTANTS = {
    "value does not matter": lambda self, other: other.share != self.share and other.gives in self.wanted,
    "the other's tolerance counts": lambda self, other: (
        other.share != self.share
        and other.gives in self.wanted
        and 100 * other.worth >= (100 - other.less) * self.worth
    ),
    "anything is taken": lambda self, other: (
        other.share != self.share and 100 * other.worth >= (100 - self.less) * self.worth
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_wrong_rule_breaks_a_law(mutant, monkeypatch):
    dice = random.Random(7)
    right, broken = Offer.accepts, 0
    for _ in range(60):
        some = offers_of(
            [
                (n, dice.randrange(3), dice.randrange(80, 121), {dice.randrange(3)}, dice.choice([0, 30]))
                for n in range(5)
            ]
        )
        monkeypatch.setattr(Offer, "accepts", MUTANTS[mutant])
        taken = match(some)
        monkeypatch.setattr(Offer, "accepts", right)
        broken += bool(wrong_in(some, taken))
    assert broken


@pytest.mark.parametrize("mutant", ["nobody is kept", "no chains", "newest first"])
def test_each_wrong_way_of_matching_breaks_a_law(mutant, monkeypatch):
    dice = random.Random(11)
    meet = swapping._meet
    wrong_ways = {
        "nobody is kept": lambda number, takes, liked, met: meet(number, takes, liked, set()),
        "no chains": lambda number, takes, liked, met: meet(
            number, takes, [[g for g in each if n in liked[g]] for n, each in enumerate(liked)], met
        ),
    }
    broken = 0
    for _ in range(80):
        some = offers_of([(n, dice.randrange(4), 100, {dice.randrange(4) for _ in range(2)}, 10) for n in range(6)])
        if mutant == "newest first":
            turned = [Offer(-o.age, o.share, o.gives, o.worth, o.wanted, o.less) for o in some]
            taken = {-taker: -giver for taker, giver in match(turned).items()}
        else:
            monkeypatch.setattr(swapping, "_meet", wrong_ways[mutant])
            taken = match(some)
            monkeypatch.setattr(swapping, "_meet", meet)
        broken += bool(wrong_in(some, taken))
    assert broken
