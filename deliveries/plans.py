"""Where and in which turn a share is collected week by week: what was sold, and what was changed for good since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from deliveries.models import PlanChange
from deliveries.models.wishes import PlanChangeQuerySet
from shares.models import Share


class Leg(NamedTuple):
    """From this week (its number) on: the site (id) and the turn ("A", "B" or "")."""

    from_week: int
    site: int
    turn: str


Plans = Mapping[int, Sequence[Leg]]
"""Per share (id) its legs, in the order of their weeks; a share that stayed as it was sold is missing."""


def plans_of(shares: Iterable[Share | int]) -> Plans:
    """The plans of these shares. One query."""
    ids = [share if isinstance(share, int) else share.pk for share in shares]
    return _read(PlanChange.objects.standing().filter(share__in=ids)) if ids else {}


def plans_of_seasons(seasons: Iterable[int]) -> Plans:
    """The plans of every share of these seasons (ids). One query."""
    return _read(PlanChange.objects.standing().filter(share__share_type__season__in=list(seasons)))


def leg_in(week: int, *, site: int, turn: str, legs: Sequence[Leg] = ()) -> tuple[int, str]:
    """The site (id) and turn of a share in a week (number); sold with `site` and `turn`."""
    found = site, turn
    for leg in legs:
        if leg.from_week <= week:
            found = leg.site, leg.turn
    return found


def _read(changes: PlanChangeQuerySet) -> Plans:
    found: dict[int, list[Leg]] = defaultdict(list)
    facts = changes.order_by("from_week", "made_at", "pk").values_list("share", "from_week", "site", "turn")
    for share, *leg in facts:
        found[share].append(Leg(*leg))
    return found
