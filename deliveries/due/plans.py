"""Where and in which turn a share is collected week by week. The share itself says where it is collected in the end;
what was changed for good on the way there stands in rows, so that earlier weeks stay where they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from deliveries.models import PlanChange
from deliveries.models.wishes import PlanChangeQuerySet
from shares.models import Share


class Leg(NamedTuple):
    """From this week (its number) on: the site (id) and the turn ("A", "B" or ""), and those that were left."""

    from_week: int
    site: int
    turn: str
    left_site: int
    left_turn: str


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
    """The site (id) and turn of a share in a week (number); it bears `site` and `turn` itself."""
    found = (legs[0].left_site, legs[0].left_turn) if legs else (site, turn)
    for leg in legs:
        if leg.from_week <= week:
            found = leg.site, leg.turn
    return found


def _read(changes: PlanChangeQuerySet) -> Plans:
    found: dict[int, list[Leg]] = defaultdict(list)
    for row in changes.order_by("from_week", "made_at", "pk"):
        found[row.share_id].append(Leg(row.from_week, row.site_id, row.turn, row.left_site_id, row.left_turn))
    return found
