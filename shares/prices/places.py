"""The places of a season's shares: so many of each type, and room for so many boxes at each site.

They are the database's: a conditional UPDATE takes them, a CHECK stands behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, Q

from farms.models import PickupDay, Season, SeasonSite
from shares.models import ShareType
from shares.prices import kept
from shares.prices.quotes import Line
from shares.prices.refusals import SiteFull, SoldOut


def take(season: Season, lines: Sequence[Line], at: datetime, *, from_queue: bool = False, swap: bool = False) -> None:
    """All the places of an order or none, types and sites each in one order, so that two buyers never deadlock. One
    place is kept for each who waits for it, unless who takes it is the first of them (`from_queue`); who has just left
    the same site (`swap`) finds its room there."""
    kept_of, kept_at = (Counter[int](), Counter[int]()) if from_queue else kept.for_queue(season)
    kept_at = Counter() if swap else kept_at
    types = {line.share_type.pk: line.share_type for line in lines}
    wanted = Counter[int]()
    for line in lines:
        wanted[line.share_type.pk] += line.quantity
    for pk in sorted(wanted):
        taken = ShareType.objects.filter(pk=pk, taken__lte=F("places") - wanted[pk] - kept_of[pk])
        if not taken.update(taken=F("taken") + wanted[pk]):
            raise SoldOut(types[pk])
    sites = {line.site.pk: line.site for line in lines}
    needed = _room_needed((s.share_type, s.site.pk, s.turn, s.quantity) for s in lines)
    for pk, (in_a, in_b) in sorted(needed.items()):
        room = SeasonSite.objects.filter(
            Q(taken_a__lte=F("capacity") - in_a - kept_at[pk]) if in_a else Q(),
            Q(taken_b__lte=F("capacity") - in_b - kept_at[pk]) if in_b else Q(),
            season=season,
            site=pk,
        )
        if not room.update(taken_a=F("taken_a") + in_a, taken_b=F("taken_b") + in_b):
            raise SiteFull(sites[pk])
    if crowded := _crowded(season, needed, at):
        raise SiteFull(sites[crowded])


def _crowded(season: Season, needed: dict[int, tuple[int, int]], at: datetime) -> int | None:
    """A site (id) that has, on a day still open, no room for what was just sold beside the boxes moved to that day.

    Asked after the site's row was taken, so that buyers at once see each other.
    """
    rooms = {row.site_id: row for row in SeasonSite.objects.filter(season=season, site__in=needed)}
    days = PickupDay.objects.open_for_change(at).filter(week__season=season, site__in=needed, moved_in__gt=0)
    for day in days.select_related("week").order_by("pk"):
        row, in_a_week = rooms[day.site_id], day.week.turn == "A"
        taken, wanted = (row.taken_a if in_a_week else row.taken_b), needed[day.site_id][0 if in_a_week else 1]
        if wanted and taken + day.moved_in > row.capacity:
            return day.site_id
    return None


def give_back(season: Season, places: Sequence[tuple[ShareType, int, str]]) -> None:
    """Give places back: each a share type, a site (its id) and a turn."""
    for pk, number in sorted(Counter(kind.pk for kind, _site, _turn in places).items()):
        ShareType.objects.filter(pk=pk).update(taken=F("taken") - number)
    for pk, (in_a, in_b) in sorted(_room_needed((*place, 1) for place in places).items()):
        SeasonSite.objects.filter(season=season, site=pk).update(
            taken_a=F("taken_a") - in_a, taken_b=F("taken_b") - in_b
        )


def _room_needed(wishes: Iterable[tuple[ShareType, int, str, int]]) -> dict[int, tuple[int, int]]:
    """Room by site in A and in B weeks. Add-ons ride along in the box and need none."""
    room: dict[int, tuple[int, int]] = {}
    for share_type, site, turn, quantity in wishes:
        if not share_type.is_addon:
            in_a, in_b = room.get(site, (0, 0))
            room[site] = in_a + quantity * (turn != "B"), in_b + quantity * (turn != "A")
    return room
