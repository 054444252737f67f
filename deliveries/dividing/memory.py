"""What earlier weeks of the season left owing, in worth and in turns: by share type and site where all pack alike, by
share where each has a box of its own. A season may change between the two: nobody's memory is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from deliveries.due import rosters
from deliveries.models import Allocation, Box, Harvest, HarvestLine, Portion
from farms.models import Packing, PickupDay

Whose = tuple[int, int]
"""(share type, site) in uniform mode, (share, 0) in choice mode."""


@dataclass(frozen=True)
class Memory:
    """`owed` in minor units for a share; `turns` in thousandths of a portion, by whose and the crop."""

    owed: dict[Whose, int]
    turns: dict[tuple[int, int, int], int]


def memory_of(harvest: Harvest, lines: list[HarvestLine]) -> Memory:
    """What the season's weeks before this one left owing. A constant number of queries."""
    boxes = Box.objects.filter(
        allocation__in_force_for__week__season=harvest.week.season_id, allocation__in_force_for__date__lt=harvest.date
    ).order_by()
    scarce = _Scarce(harvest, lines, boxes)
    if harvest.packing == Packing.CHOICE:
        return _by_share(boxes, scarce)
    return _by_cell(boxes, scarce)


class _Scarce:
    """The turns that were due and had, of crops that are counted now as they were then."""

    def __init__(self, harvest: Harvest, lines: list[HarvestLine], boxes: QuerySet[Box]) -> None:
        self.now = {line.crop_id: (line.unit, line.step.normalize(), line.portion) for line in lines}
        earlier = Allocation.objects.filter(
            in_force_for__week__season=harvest.week.season_id, in_force_for__date__lt=harvest.date
        )
        self.alike = {
            (run, crop["crop"])
            for run, crops in earlier.order_by().values_list("pk", "inputs__crops")
            for crop in crops or []
            if self.now.get(crop["crop"]) == _counted(crop)
        }
        self.boxes = boxes

    def rows(self, boxes: Q, *names: str) -> Iterator[tuple[Any, ...]]:
        """(*names, crop, due − got) of portions of these boxes."""
        if not self.alike:
            return
        portions = Portion.objects.filter(
            Q(turn_due__gt=0) | Q(turn_got__gt=0), boxes, crop__in=list(self.now), box__in=self.boxes
        )
        asked = portions.order_by().values_list("box__allocation", "crop", "turn_due", "turn_got", *names)
        for run, crop, due, got, *facts in asked.iterator(chunk_size=2000):
            if (run, crop) in self.alike:
                yield (*facts, crop, due - got)


def _counted(crop: dict[str, Any]) -> tuple[str, Decimal, int]:
    return crop["unit"], Decimal(crop["step"]).normalize(), crop.get("portion", 1)


def _by_cell(boxes: QuerySet[Box], scarce: _Scarce) -> Memory:
    """By type and site; a week in which each share had its own box counts as what its shares had on average."""
    owed: dict[Whose, int] = defaultdict(int)
    sums = boxes.values("allocation", "share_type", "day__site").annotate(
        owing=Sum((F("due") - F("got")) * F("count")), shares=Sum("count")
    )
    shares: dict[tuple[int, int, int], int] = {}
    for row in sums:
        whose = row["share_type"], row["day__site"]
        shares[row["allocation"], *whose] = row["shares"]
        owed[whose] += round(row["owing"] / row["shares"])
    turns: dict[tuple[int, int, int], float] = defaultdict(float)
    names = ("box__allocation", "box__share_type", "box__day__site", "box__count")
    for run, share_type, site, count, crop, owing in scarce.rows(Q(), *names):
        turns[share_type, site, crop] += owing * count / shares[run, share_type, site]
    return Memory(dict(owed), {key: round(value) for key, value in turns.items()})


def _by_share(boxes: QuerySet[Box], scarce: _Scarce) -> Memory:
    """By share; of a week in which all packed alike each share has what its type had at its pickup."""
    owed: dict[Whose, int] = defaultdict(int)
    turns: dict[tuple[int, int, int], int] = defaultdict(int)
    own = boxes.exclude(share=None).values("share").annotate(owing=Sum(F("due") - F("got")))
    for share, owing in own.values_list("share", "owing"):
        owed[share, 0] += owing
    for share, crop, owing in scarce.rows(Q(box__share__isnull=False), "box__share"):
        turns[share, 0, crop] += owing
    alike = {
        (day, share_type): owing
        for day, share_type, owing in boxes.filter(share=None).values_list("day", "share_type", F("due") - F("got"))
    }
    if alike:
        _remember_alike(alike, scarce, owed, turns)
    return Memory(dict(owed), dict(turns))


def _remember_alike(
    alike: dict[tuple[int, int], int],
    scarce: _Scarce,
    owed: dict[Whose, int],
    turns: dict[tuple[int, int, int], int],
) -> None:
    """Add what everybody who was due in weeks packed alike was left owing."""
    crops: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for day, share_type, crop, owing in scarce.rows(Q(box__share=None), "box__day", "box__share_type"):
        crops[day, share_type].append((crop, owing))
    days = PickupDay.objects.filter(pk__in={day for day, _share_type in alike})
    for due in rosters.expected(days).rows:
        key = due.day, due.share_type
        if key in alike:
            owed[due.share, 0] += alike[key]
            for crop, owing in crops[key]:
                turns[due.share, 0, crop] += owing
