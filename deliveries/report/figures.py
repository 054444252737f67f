"""A season in figures: how even it was, who had turns at what was scarce, what came in, was left and was not collected.

Only divisions in force count. Nothing here knows words or pages: `report_tables` makes tables of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, Subquery, Sum

from deliveries.dividing.liked import LEVELS, liking
from deliveries.harvesting.quantities import amount
from deliveries.models import Allocation, Box, CheckIn, Leftover, PassedOn, Pickup
from deliveries.report.turns import Turns, Wait, place_of, turns_of, waits_of
from farms.models import PickupSite, Season
from shares.models import ShareType

BAND = 0.05
"""How far off its due a share's worth over a season may lie and still be called even."""

Cell = tuple[int, int]  # share type, site


@dataclass(frozen=True)
class Standing:
    """All shares of a type at a site: what one of them was due and got so far, minor units, in how many divisions."""

    share_type: ShareType
    site: PickupSite
    due: int
    got: int
    divisions: int

    @property
    def ratio(self) -> Decimal:
        return Decimal(self.got) / self.due

    @property
    def per_weight(self) -> int:
        """What it got per unit of weight: shares of any size can be compared."""
        return round(Decimal(self.got) / self.share_type.weight)


@dataclass
class CropSums:
    """A crop in one unit over the season: amounts and values (minor units) by week number, and what was left over."""

    crop: int
    name: str
    unit: str
    amounts: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    values: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    left: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    left_values: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    went: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # by PassedOn.Kind

    @property
    def amount(self) -> Decimal:
        return sum(self.amounts.values(), Decimal(0))

    @property
    def value(self) -> int:
        return sum(self.values.values())

    @property
    def left_amount(self) -> Decimal:
        return sum(self.left.values(), Decimal(0))

    @property
    def left_value(self) -> int:
        return sum(self.left_values.values())


@dataclass(frozen=True)
class Collected:
    """A week's pickups that are over: how many were collected; `unwatched` are those of days nobody checked in at."""

    number: int
    on: date
    pickups: int
    collected: int
    unwatched: int

    @property
    def unclaimed(self) -> int:
        return self.pickups - self.unwatched - self.collected


@dataclass(frozen=True)
class Report:
    season: Season
    standings: list[Standing]
    crops: list[CropSums]
    turns: list[Turns]
    waits: dict[str, Wait]
    liked: dict[int, list[int]]  # worth by liking, minor units, of each week in which shares were packed by likings
    collected: list[Collected]
    weeks: dict[int, date]
    single: list[Decimal]  # got ÷ due of each share that was packed by what its household likes

    @property
    def ratios(self) -> list[Decimal]:
        return [standing.ratio for standing in self.standings]

    @property
    def value(self) -> int:
        return sum(crop.value for crop in self.crops)

    @property
    def left_value(self) -> int:
        return sum(crop.left_value for crop in self.crops)

    @property
    def unclaimed(self) -> int:
        return sum(week.unclaimed for week in self.collected)

    @property
    def liking(self) -> Decimal | None:
        """Of all weeks packed by likings together."""
        return liking(sum(level) for level in zip(*self.liked.values(), strict=True))


def report_of(season: Season, *, at: datetime) -> Report | None:
    """The season so far; none before its first division. A constant number of queries."""
    runs = list(
        Allocation.objects.filter(in_force_for__week__season=season)
        .order_by("in_force_for__date")
        .values_list("pk", "in_force_for__week__number", "in_force_for__date", "inputs__crops")
    )
    if not runs:
        return None
    types = {kind.pk: kind for kind in ShareType.objects.filter(season=season)}
    sites = {site.pk: site for site in PickupSite.objects.filter(farm=season.farm_id)}
    weeks: dict[int, date] = {}
    for _run, number, on, _found in runs:
        weeks.setdefault(number, on)
    crops = _crops([(run, number, found or []) for run, number, _on, found in runs])
    _pass_on(season, crops)
    return Report(
        season=season,
        standings=_standings(season, types, sites),
        crops=sorted(crops, key=lambda crop: (-crop.value, crop.name.casefold(), crop.unit)),
        turns=turns_of(season, types, sites),
        waits=waits_of(season),
        liked=_liked(season),
        collected=_collected(season, at=at),
        weeks=weeks,
        single=_single(season),
    )


def evenness(ratios: list[Decimal]) -> Decimal | None:
    """What the least lucky got of its due, as a part of what the luckiest got of his."""
    top = max(ratios, default=Decimal(0))
    return min(ratios) / top if top else None


def _boxes(season: Season) -> Q:
    return Q(allocation__in_force_for__week__season=season)


def _standings(season: Season, types: dict[int, ShareType], sites: dict[int, PickupSite]) -> list[Standing]:
    """What a share was due and got: each division's average over its boxes, of which choice makes one a share."""
    boxes = Box.objects.filter(_boxes(season)).values_list("share_type", "day__site", "allocation")
    sums: dict[Cell, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for kind, site, _run, due, got, many in boxes.annotate(Sum("due"), Sum("got"), Count("pk")).order_by():
        sums[kind, site].append((Decimal(due) / many, Decimal(got) / many))
    found = [
        Standing(
            types[kind], sites[site], round(sum(due for due, _ in own)), round(sum(got for _, got in own)), len(own)
        )
        for (kind, site), own in sums.items()
    ]
    return sorted((one for one in found if one.due > 0), key=lambda one: place_of(one.share_type, one.site))


def _single(season: Season) -> list[Decimal]:
    sums = Box.objects.filter(_boxes(season), share__isnull=False).values_list("share")
    return [Decimal(got) / due for _share, due, got in sums.annotate(Sum("due"), Sum("got")).order_by() if due > 0]


def _liked(season: Season) -> dict[int, list[int]]:
    """By week number, as the divisions counted it; several divisions of a week together."""
    runs = Allocation.objects.filter(in_force_for__week__season=season, record__liked__isnull=False)
    found: dict[int, list[int]] = {}
    for number, worths in runs.order_by("in_force_for__date").values_list(
        "in_force_for__week__number", "record__liked"
    ):
        found[number] = [sum(pair) for pair in zip(found.get(number, [0] * LEVELS), worths, strict=True)]
    return found


def _crops(runs: Iterable[tuple[int, int, list[dict[str, str | int]]]]) -> list[CropSums]:
    """What was divided, as the divisions' inputs kept it: a crop counted in another unit is a row of its own."""
    sums: dict[tuple[int, str], CropSums] = {}
    facts: dict[tuple[int, int], tuple[CropSums, int, Decimal, int]] = {}
    for run, number, crops in runs:
        for crop in crops:
            step, price = Decimal(str(crop["step"])), int(crop["price"])
            key = (int(crop["crop"]), str(crop["unit"]))
            one = sums.setdefault(key, CropSums(key[0], str(crop["name"]), key[1]))
            one.amounts[number] += amount(int(crop["steps"]), step)
            one.values[number] += worth(int(crop["steps"]), step, price)
            facts[run, key[0]] = (one, number, step, price)
    left = Leftover.objects.filter(allocation__in=[run for run, _number, _crops in runs])
    for run, crop_id, steps in left.values_list("allocation", "crop", "steps").order_by():
        if (run, crop_id) in facts:
            one, number, step, price = facts[run, crop_id]
            one.left[number] += amount(steps, step)
            one.left_values[number] += worth(steps, step, price)
    return list(sums.values())


def _pass_on(season: Season, crops: list[CropSums]) -> None:
    """Where what was left over went, as far as it was written down."""
    known = {(one.crop, one.unit): one for one in crops}
    passed = PassedOn.objects.filter(harvest__week__season=season, undone_at=None).order_by()
    for crop, unit, step, kind, steps in passed.values_list("crop", "unit", "step", "kind").annotate(Sum("steps")):
        if (crop, unit) in known:
            known[crop, unit].went[kind] += amount(steps, step)


def worth(steps: int, step: Decimal, price: int) -> int:
    """Minor units that so many steps are worth, at a price per unit."""
    return int((steps * step * price).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _collected(season: Season, *, at: datetime) -> list[Collected]:
    """Week by week; a day at which not one pickup was ticked was not watched, and says nothing of who came."""
    # The latest tap counts, and of two at one moment "collected", which comes first in the alphabet.
    latest = CheckIn.objects.filter(pickup=OuterRef("pk")).order_by("-tapped_at", "action").values("action")[:1]
    over = Pickup.objects.filter(day__week__season=season, day__ends_at__lte=at, day__cancelled_at=None)
    days = (
        over.annotate(latest=Subquery(latest))
        .values("day", "day__week__number", "day__date")
        .annotate(pickups=Count("pk"), came=Count("pk", filter=Q(latest=CheckIn.Action.COLLECTED)), first=Min("latest"))
        .order_by("day__date")
    )
    weeks: dict[int, list[Any]] = defaultdict(list)
    for day in days:
        weeks[day["day__week__number"]].append(day)
    return [_week(number, own) for number, own in sorted(weeks.items())]


def _week(number: int, days: list[Any]) -> Collected:
    def counted(name: str, *, watched: bool | None = None) -> int:
        return sum(day[name] for day in days if watched is None or (day["first"] is not None) is watched)

    return Collected(
        number, days[0]["day__date"], counted("pickups"), counted("came"), counted("pickups", watched=False)
    )
