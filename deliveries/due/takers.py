"""Who gets a share that its household gives away: the farm's chosen place, or households that asked, in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q

from deliveries import wish_letters
from farms.models import Household, PickupDay
from shares.models import ShareType

if TYPE_CHECKING:
    from deliveries.due.rosters import Due


def handed_over(rows: Sequence[Due]) -> list[Due]:
    """The rows of some days with the given ones under whoever gets them. At most two queries.

    Where the farm gives to households first, a household that asked and collects there that day anyway gets all that
    one donor gives, each at most once a day, those first who got least so far. The rest goes to the season's place.
    """
    whose = {kind.pk: kind.season for kind in _kinds({row.share_type for row in rows if row.given})}
    to_households = any(season.gifts_first_to_households for season in whose.values())
    willing = _willing(rows) if to_households else {}
    found, chosen = [], dict[tuple[int, int], Household | None]()
    for row in sorted(rows, key=lambda row: (row.day, row.household, row.share)):
        if not row.given:
            found.append(row)
            continue
        season = whose[row.share_type]
        if (row.day, row.household) not in chosen:
            first = willing.get(row.day) if season.gifts_first_to_households else None
            chosen[row.day, row.household] = first.pop(0) if first else season.gifts_to
        found.append(_under(chosen[row.day, row.household], row))
    return found


def tell_takers(day: PickupDay, rows: Iterable[Due], *, at: datetime) -> None:
    """Write to the households that get a gift on this day; a place has nobody to write to."""
    takers: dict[int, list[Due]] = defaultdict(list)
    for row in rows:
        if row.given:
            takers[row.household].append(row)
    if takers:
        whole = PickupDay.objects.select_related("week__season__farm", "site").get(pk=day.pk)
        wish_letters.write_gifts(day=whole, takers=takers, at=at)


def _kinds(ids: Iterable[int]) -> Iterable[ShareType]:
    return ShareType.objects.filter(pk__in=list(ids)).select_related("season__gifts_to").order_by()


def _willing(rows: Iterable[Due]) -> dict[int, list[Household]]:
    """Households due on each day (id) that are glad of a gift, who got least so far first."""
    present: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if not row.given:
            present[row.day].add(row.household)
    asked = Household.objects.filter(takes_gifts=True, pk__in=set().union(*present.values()))
    others = Q(pickups__isnull=False) & ~Q(pickups__share__household=F("pk"))
    in_turn = list(asked.annotate(got=Count("pickups", filter=others)).order_by("got", "number"))
    return {day: [household for household in in_turn if household.pk in here] for day, here in present.items()}


def _under(taker: Household | None, row: Due) -> Due:
    if taker is None:
        return row
    return replace(row, household=taker.pk, number=taker.number, name=taker.name, noted=bool(taker.note))
