"""The choices' example as its page shows it: a crop a row, what a share of each type gets, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from deliveries.book.plan_page import told_between
from deliveries.dividing.divided import Divided
from deliveries.dividing.engine_choices import Trial
from deliveries.harvesting.quantities import show_quantity
from people.formats import language
from shares.models import ShareType


@dataclass(frozen=True)
class Pair:
    """A figure before and, where it was tried otherwise, after."""

    before: str
    after: str

    @property
    def differs(self) -> bool:
        return bool(self.after) and self.after != self.before


@dataclass(frozen=True)
class Line:
    crop: str
    each: list[Pair]
    left: Pair

    @property
    def differs(self) -> bool:
        return self.left.differs or any(pair.differs for pair in self.each)


def example_lines(before: Trial, after: Trial | None, types: Sequence[ShareType]) -> list[Line]:
    """A line a crop of the week, in the order of the harvest."""
    found = []
    for place, crop in enumerate(before.divided.inputs["crops"]):
        each = [
            Pair(_each(before.divided, kind, place), _each(after.divided, kind, place) if after else "")
            for kind in types
        ]
        left = Pair(_left(before.divided, place), _left(after.divided, place) if after else "")
        found.append(Line(crop["name"], each, left))
    return found


def _each(divided: Divided, kind: ShareType, place: int) -> str:
    crop = divided.inputs["crops"][place]
    return told_between(divided.between(kind.pk, place), Decimal(crop["step"]), crop["unit"])


def _left(divided: Divided, place: int) -> str:
    crop = divided.inputs["crops"][place]
    left = divided.leftover[place]
    return show_quantity(left, Decimal(crop["step"]), crop["unit"], language()) if left else "–"
