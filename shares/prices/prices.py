"""Which pickups a share has, and what those that are left cost. Pure arithmetic over a season's days.

Read a season's days once (`days_of_season`, or `days_of_seasons` for a list) and pass them on: no function here asks
the database by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from farms.models import PickupDay, Season
from people.currencies import step_of
from shares.models import Share, ShareType


@dataclass(frozen=True)
class Terms:
    """What a share bought now would be: its pickups left and in full, what it costs the farm for those left, and what
    its household pays (minor units): the same, unless it chooses its price."""

    left: int
    full: int
    cost: int
    price: int
    first_week: int  # 0 when nothing is left
    last_week: int


def days_of_season(season: Season) -> list[PickupDay]:
    """All days of a season that take place, in order, with week and site. One query."""
    return days_of_seasons([season])[season.pk]


def days_of_seasons(seasons: Iterable[Season]) -> dict[int, list[PickupDay]]:
    """The same for several seasons, by season id. One query."""
    found: dict[int, list[PickupDay]] = defaultdict(list)
    days = PickupDay.objects.standing().filter(week__season__in=[season.pk for season in seasons], week__skipped=False)
    for day in days.select_related("week", "site").order_by("week__number", "date", "site__position", "site_id"):
        found[day.week.season_id].append(day)
    return found


def days_of(share_type: ShareType, *, turn: str, site: int, days: Sequence[PickupDay]) -> list[PickupDay]:
    """The pickups of a share of this type and turn ("", "A", "B") at this site (its id), out of the season's days."""
    return [day for day in days if day.site_id == site and has_turn(share_type, turn=turn, week=day.week.number)]


def has_turn(share_type: ShareType, *, turn: str, week: int) -> bool:
    """Whether a share of this type and turn has a pickup in this week of the season."""
    if week < share_type.first_week:
        return False
    if share_type.weeks is not None and week >= share_type.first_week + share_type.weeks:
        return False
    return turn == Share.Turn.EVERY or turn == ("A" if week % 2 else "B")


def days_left(
    share_type: ShareType, *, turn: str, site: int, days: Sequence[PickupDay], at: datetime
) -> list[PickupDay]:
    """Those of its pickups whose deadline has not passed: what someone who joins now gets."""
    return [day for day in days_of(share_type, turn=turn, site=site, days=days) if day.deadline_at > at]


def turns_of(share_type: ShareType) -> tuple[str, ...]:
    """The turns it is sold in: every week, or A and B."""
    if share_type.rhythm == ShareType.Rhythm.BIWEEKLY:
        return (Share.Turn.A, Share.Turn.B)
    return (Share.Turn.EVERY,)


def part_of(amount: int, *, left: int, full: int, step: int = 1) -> int:
    """The part of a season's amount for `left` of its `full` pickups, rounded half up to the currency's step (one minor
    unit in most)."""
    if full <= 0:
        return 0
    return (2 * amount * left + full * step) // (2 * full * step) * step


def terms_of(
    share_type: ShareType,
    *,
    turn: str,
    site: int,
    days: Sequence[PickupDay],
    at: datetime,
    chosen: int | None = None,
) -> Terms:
    """What this share would be if bought at this moment; `chosen` is the price for all its pickups that its household
    chose, where it may."""
    full = days_of(share_type, turn=turn, site=site, days=days)
    left = [day for day in full if day.deadline_at > at]
    step = step_of(share_type.season.farm.currency)
    cost = part_of(share_type.price, left=len(left), full=len(full), step=step)
    price = cost if chosen is None else part_of(chosen, left=len(left), full=len(full), step=step)
    if not left:
        return Terms(0, len(full), cost, price, 0, 0)
    return Terms(len(left), len(full), cost, price, left[0].week.number, left[-1].week.number)
