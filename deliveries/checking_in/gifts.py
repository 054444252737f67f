"""What was given away: shares that nobody collected, shares given to a place beforehand, and leftovers; with weights
and values, to whom, and all of a season for the open book."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from deliveries.checking_in import checkins
from deliveries.dividing.contents import contents_of
from deliveries.models import Allocation, Closing, Gift, HarvestLine, PassedOn, Pickup
from farms.models import PickupDay, Season
from shares.models import Share

GRAMS = {"kg": Decimal(1000), "g": Decimal(1), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}


@dataclass(frozen=True)
class Line:
    """So much of a crop, in its unit; `value` in minor units."""

    name: str
    unit: str
    amount: Decimal
    value: int


@dataclass(frozen=True)
class Given:
    """One thing that was given: when, to whom, from how many shares (none: a leftover). `receipt` is the Gift it stands
    on, if a receipt can be printed."""

    at: datetime
    place: str
    shares: int
    lines: tuple[Line, ...]
    receipt: int | None = None
    site: str = ""

    @property
    def value(self) -> int:
        return sum(line.value for line in self.lines)

    @property
    def grams(self) -> int:
        return sum(weight(line.amount, line.unit) for line in self.lines)


@dataclass(frozen=True)
class Gifts:
    """All that a season gave, in order of time. Values in minor units of the farm's currency, weights in grams: only
    what is sold by weight is counted in them."""

    log: tuple[Given, ...]

    @cached_property
    def value(self) -> int:
        return sum(one.value for one in self.log)

    @cached_property
    def grams(self) -> int:
        return sum(one.grams for one in self.log)

    @cached_property
    def shares(self) -> int:
        return sum(one.shares for one in self.log)

    @cached_property
    def places(self) -> dict[str, int]:
        """What each place was given, in minor units, the most first."""
        sums: Counter[str] = Counter()
        for one in self.log:
            sums[one.place] += one.value
        return dict(sums.most_common())


def given(season: Season) -> Gifts:
    """Everything the season has given away so far. A constant number of queries."""
    log = [*_unclaimed(season), *_beforehand(season), *_leftovers(season)]
    return Gifts(tuple(sorted(log, key=lambda one: one.at)))


def weight(amount: Decimal, unit: str) -> int:
    """Grams of what is weighed; nothing for bunches, pieces and litres."""
    return int((amount * GRAMS.get(unit, Decimal(0))).quantize(Decimal(1), ROUND_HALF_UP))


def gift_of(*, closing: Closing, place: str, pickups: Sequence[Pickup], at: datetime) -> Gift:
    """The row of what a place gets of these unclaimed pickups, as their boxes are now. Not saved."""
    lines = lines_of(closing.day, pickups)
    return Gift(
        closing=closing, place=place, given_at=at, shares=len(pickups),
        value=sum(line.value for line in lines), grams=sum(weight(line.amount, line.unit) for line in lines),
        lines=[{"name": one.name, "unit": one.unit, "amount": str(one.amount), "value": one.value} for one in lines],
    )  # fmt: skip


def lines_of(day: PickupDay, pickups: Iterable[Pickup]) -> list[Line]:
    """What is in these pickups together, crop by crop. `pickups` come with their share and its type."""
    return _Boxes([day]).lines(pickups)


class _Boxes:
    """What the boxes of some days hold and what it is worth: four queries, however many days."""

    def __init__(self, days: Sequence[PickupDay]) -> None:
        self.inside, self.prices = contents_of(days), _prices(days)

    def lines(self, pickups: Iterable[Pickup]) -> list[Line]:
        amounts: dict[tuple[int, int, str, str], Decimal] = defaultdict(Decimal)
        extras: dict[str, list[Share]] = defaultdict(list)  # eggs and bread: no crop, but worth their price
        own: set[tuple[int, int]] = set()  # a share with a box of its own has one, however many turns it collects
        for pickup in pickups:
            box = self.inside.of(pickup.day_id, pickup.share.share_type_id, pickup.share_id)
            if pickup.share.share_type.is_addon:
                extras[pickup.share.share_type.name].append(pickup.share)
            if box is None or (box.own and (pickup.day_id, pickup.share_id) in own):
                continue
            own.add((pickup.day_id, pickup.share_id))
            for item in box.items:
                amounts[pickup.day_id, item.crop, item.name, item.unit] += item.steps * item.step
        crops = [
            Line(name, unit, amount, _worth(amount, self.prices.get((day, crop), 0)))
            for (day, crop, name, unit), amount in amounts.items()
        ]
        return crops + [
            Line(name, "", Decimal(len(shares)), sum(round(one.cost / max(1, one.pickups)) for one in shares))
            for name, shares in extras.items()
        ]


def _worth(amount: Decimal, price: int) -> int:
    return int((amount * price).quantize(Decimal(1), ROUND_HALF_UP))


def _prices(days: Iterable[PickupDay]) -> dict[tuple[int, int], int]:
    """What a unit of each crop was worth in the division in force: by day and crop (ids)."""
    runs = Allocation.objects.filter(in_force_for__days__in=[day.pk for day in days])
    rows = runs.order_by().values_list("in_force_for__days", "inputs__crops").distinct()
    return {(day, crop["crop"]): crop["price"] for day, crops in rows for crop in crops or []}


def _unclaimed(season: Season) -> Iterable[Given]:
    rows = Gift.objects.filter(closing__day__week__season=season, closing__reopened_at=None)
    for gift in rows.select_related("closing__day__site"):
        yield Given(gift.given_at, gift.place, gift.shares, read_lines(gift.lines), gift.pk, gift.closing.day.site.name)


def read_lines(lines: Any) -> tuple[Line, ...]:
    return tuple(Line(one["name"], one["unit"], Decimal(one["amount"]), one["value"]) for one in lines)


def _beforehand(season: Season) -> Iterable[Given]:
    """Shares that their households gave away in time, collected by a place that is no household."""
    pickups = Pickup.objects.filter(day__week__season=season, household__is_place=True)
    found = list(pickups.select_related("share__share_type", "household", "day__site").order_by("day__starts_at", "pk"))
    days = {pickup.day_id: pickup.day for pickup in found}
    came = checkins.collected(days.values()) if days else {}
    groups: dict[tuple[int, int], list[Pickup]] = {}
    for pickup in found:
        if pickup.pk in came:
            groups.setdefault((pickup.day_id, pickup.household_id), []).append(pickup)
    if not groups:
        return
    boxes = _Boxes(list(days.values()))
    for own in groups.values():
        place, when = own[0].household.name, max(came[one.pk] for one in own)
        yield Given(when, place, len(own), tuple(boxes.lines(own)), None, own[0].day.site.name)


def _leftovers(season: Season) -> Iterable[Given]:
    """Crops that a division left over and that were passed on as a gift."""
    gone = PassedOn.objects.filter(harvest__week__season=season, kind=PassedOn.Kind.GIFT, undone_at=None)
    lines = HarvestLine.objects.filter(harvest__week__season=season)
    prices = {(harvest, crop): price for harvest, crop, price in lines.values_list("harvest", "crop", "price")}
    for one in gone.select_related("crop"):
        price = prices.get((one.harvest_id, one.crop_id), one.crop.price)
        yield Given(
            one.made_at, one.place, 0, (Line(one.crop.name, one.unit, one.quantity, _worth(one.quantity, price)),)
        )
