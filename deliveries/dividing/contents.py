"""What is in a share: the portions of the division in force, for the people who eat them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from deliveries.harvesting.quantities import show_quantity
from deliveries.models import Allocation, Box, HarvestDay, Portion
from farms.models import Household, PickupDay


@dataclass(frozen=True)
class Item:
    """One crop of a share: whole steps in the unit it was divided in."""

    name: str
    steps: int
    step: Decimal
    unit: str
    crop: int = 0  # its id

    @property
    def amount(self) -> str:
        """As the language in force writes it: "1.4 kg"; "3" for pieces."""
        return show_quantity(self.steps, self.step, self.unit)


@dataclass(frozen=True)
class Contents:
    """One share of a type on a day, or one share's `own` box. `value` and `target` say what it is worth, and was to be,
    in minor units; `went_round` names the crops there were too few of, that others get this time."""

    items: tuple[Item, ...]
    value: int
    target: int
    went_round: tuple[str, ...] = ()
    own: bool = False


class Published(dict[tuple[int, int, int | None], Contents]):
    """What is published, by (day, share type, share) ids; the share is None where all of the type have the same."""

    def of(self, day: int, share_type: int, share: int) -> Contents | None:
        return self.get((day, share_type, share)) or self.get((day, share_type, None))


Given = Sequence[Any]  # steps, turn due, whether the crop was scarce
Facts = tuple[int, int, int | None, int, int, int]  # day, share type, share, division, value, target


def contents_of(days: Iterable[PickupDay], *, household: Household | None = None) -> Published:
    """What is published for these days; of one household only, if given. Three queries; a day not divided yet is
    missing."""
    boxes = Box.objects.filter(day__in=[day.pk for day in days], allocation__in_force_for__isnull=False)
    if household is not None:
        boxes = boxes.filter(Q(share=None) | Q(share__household=household))
    facts = boxes.order_by().values_list("pk", "day", "share_type", "share", "allocation", "value", "target")
    known: dict[int, Facts] = {row[0]: row[1:] for row in facts}
    if not known:
        return Published()
    crops = _crops({about[3] for about in known.values()})
    given: dict[int, dict[int, Given]] = defaultdict(dict)
    portions = Portion.objects.filter(box__in=boxes.order_by()).order_by()
    for box, crop, *what in portions.values_list("box", "crop", "steps", "turn_due", "reason__scarce").iterator():
        given[box][crop] = what
    return Published({about[:3]: _contents(about, given[box], crops[about[3]]) for box, about in known.items()})


def notes_of(days: Iterable[PickupDay]) -> dict[int, str]:
    """What the farmer wrote to households with what is published for these days, by day (id). One query."""
    said = HarvestDay.objects.filter(day__in=[day.pk for day in days], harvest__current__isnull=False)
    return dict(said.exclude(harvest__note="").values_list("day", "harvest__note"))


def _contents(about: Facts, given: dict[int, Given], crops: dict[int, tuple[str, Decimal, str]]) -> Contents:
    """In the order of the harvest. A portion says what, the division's inputs say in which unit."""
    _day, _kind, share, _run, value, target = about
    items, others = [], []
    for crop, (name, step, unit) in crops.items():
        steps, turn_due, scarce = given.get(crop, (0, 0, False))
        if steps:
            items.append(Item(name, steps, step, unit, crop))
        elif scarce and (share is None or turn_due):  # who does not care for a crop waits for no turn
            others.append(name)
    return Contents(tuple(items), value, target, tuple(others), own=share is not None)


def _crops(allocations: set[int]) -> dict[int, dict[int, tuple[str, Decimal, str]]]:
    """Per division the crops it divided: name, step, unit, as they were then."""
    rows = Allocation.objects.filter(pk__in=allocations).order_by().values_list("pk", "inputs__crops")
    return {
        pk: {crop["crop"]: (crop["name"], Decimal(crop["step"]), crop["unit"]) for crop in crops or []}
        for pk, crops in rows
    }
