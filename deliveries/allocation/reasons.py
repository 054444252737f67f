"""Why a number is what it is: the facts for one sentence. The words are the page's, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from .division import Division
from .problem import NEVER, Problem


class Why(Enum):
    """The one fact that decided most."""

    NONE_HARVESTED = "none harvested"
    NEVER = "never"  # the household's own word
    EXCLUDED = "excluded"  # an allergy, or a crop kept for other sites
    LOCKED = "locked"  # fixed by the farmer
    YOUR_TURN = "your turn"  # scarce, and given
    OTHERS_TURN = "others' turn"  # scarce, and others came first
    MAXIMUM = "maximum"  # as much as one share may get
    LIKED = "liked"  # choice mode: at least its even part
    OTHERS_LIKED = "others liked it more"  # choice mode: below its even part, worth made up by other crops
    EVEN = "even"  # uniform mode: its part by weight
    ROUNDED_UP = "rounded up"
    ROUNDED_DOWN = "rounded down"


@dataclass(frozen=True)
class Reason:
    """Facts about one share's (row's) portion of one crop.

    given, most steps; even_part thousandths of a step (its part by weight among those who take the crop); harvested,
    supply, leftover steps; takers shares that take it; liking 0 to 4; turns_before thousandths of a step it was owed;
    target, value minor units of the whole box; owed_before minor units per unit of weight; step_value minor units.
    """

    why: Why
    share_id: int
    crop: int
    given: int
    most: int
    even_part: int
    harvested: int
    supply: int
    leftover: int
    takers: int
    scarce: bool
    liking: int
    turns_before: int
    target: int
    value: int
    owed_before: int
    step_value: int


def explain(division: Division, problem: Problem, row: int, crop: int) -> Reason:
    """Why the share in `row` got what it got of `crop` (positions in `problem`, which the division was made for)."""
    takes = division.reach.takes[:, crop]
    supply = int(division.reach.supply[crop])
    takers = int(problem.counts @ takes)
    weight = int((problem.counts * problem.weights) @ takes)
    given = int(division.portions[row, crop])
    part = supply * 1000 * int(problem.weights[row]) // max(weight, 1) if takes[row] else 0
    most = int(division.reach.of(np.array([row]))[0, crop]) + max(int(problem.locked[row, crop]), 0)
    scarce = bool(division.reach.scarce[crop])
    return Reason(
        why=_why(division, problem, row, crop, given=given, most=most, part=part, scarce=scarce),
        share_id=int(problem.share_ids[row]),
        crop=int(crop),
        given=given,
        most=most,
        even_part=part,
        harvested=int(problem.quantities[crop]),
        supply=supply,
        leftover=int(division.leftover[crop]),
        takers=takers,
        scarce=scarce,
        liking=int(problem.likings[row, crop]),
        turns_before=int(problem.turns[row, crop]),
        target=int(division.targets[row]),
        value=int(division.values[row]),
        owed_before=int(problem.owed[row]),
        step_value=int(problem.step_values[crop]),
    )


def _why(
    division: Division, problem: Problem, row: int, crop: int, *, given: int, most: int, part: int, scarce: bool
) -> Why:
    if problem.locked[row, crop] >= 0:
        return Why.LOCKED
    if problem.likings[row, crop] == NEVER:
        return Why.NEVER
    if problem.excluded[row, crop]:
        return Why.EXCLUDED
    if not problem.quantities[crop]:
        return Why.NONE_HARVESTED
    if scarce:
        return Why.YOUR_TURN if given else Why.OTHERS_TURN
    if 0 < given == most == problem.maxima[crop]:
        return Why.MAXIMUM
    if division.mode == "choice":
        return Why.LIKED if given * 1000 >= part else Why.OTHERS_LIKED
    return _rounding(given, part)


def _rounding(given: int, part: int) -> Why:
    if given * 1000 == part:
        return Why.EVEN
    return Why.ROUNDED_UP if given * 1000 > part else Why.ROUNDED_DOWN
