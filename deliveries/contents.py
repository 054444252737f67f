"""What is in a share: the portions of the division in force, for the people who eat them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from deliveries.models import Allocation, Box, Portion
from deliveries.quantities import show_quantity
from farms.models import PickupDay


@dataclass(frozen=True)
class Item:
    """One crop of a share: whole steps in the unit it was divided in."""

    name: str
    steps: int
    step: Decimal
    unit: str

    @property
    def amount(self) -> str:
        """As the language in force writes it: "1.4 kg"; "3" for pieces."""
        return show_quantity(self.steps, self.step, self.unit)


@dataclass(frozen=True)
class Contents:
    """One share of a type on a day. `value` and `target` say what it is worth, and was to be, in minor units;
    `went_round` names the crops there were too few of, that others get this time."""

    items: tuple[Item, ...]
    value: int
    target: int
    went_round: tuple[str, ...] = ()


def contents_of(days: Iterable[PickupDay]) -> dict[tuple[int, int], Contents]:
    """What is published for these days, by (day, share type) ids. Three queries; a day not divided yet is missing."""
    boxes = Box.objects.filter(day__in=[day.pk for day in days], allocation__in_force_for__isnull=False)
    known = list(boxes.prefetch_related("portions"))
    if not known:
        return {}
    crops = _crops({box.allocation_id for box in known})
    return {(box.day_id, box.share_type_id): _contents(box, crops[box.allocation_id]) for box in known}


def _contents(box: Box, crops: dict[int, tuple[str, Decimal, str]]) -> Contents:
    """In the order of the harvest. A portion says what, the division's inputs say in which unit."""
    portions = {portion.crop_id: portion for portion in box.portions.all()}
    items, others = [], []
    for crop, (name, step, unit) in crops.items():
        portion = portions.get(crop)
        if portion and portion.steps:
            items.append(Item(name, portion.steps, step, unit))
        elif portion and _went_round(portion):
            others.append(name)
    return Contents(tuple(items), box.value, box.target, tuple(others))


def _went_round(portion: Portion) -> bool:
    return isinstance(portion.reason, dict) and bool(portion.reason.get("scarce"))


def _crops(allocations: set[int]) -> dict[int, dict[int, tuple[str, Decimal, str]]]:
    """Per division the crops it divided: name, step, unit, as they were then."""
    rows = Allocation.objects.filter(pk__in=allocations).order_by().values_list("pk", "inputs__crops")
    return {
        pk: {crop["crop"]: (crop["name"], Decimal(crop["step"]), crop["unit"]) for crop in crops or []}
        for pk, crops in rows
    }
