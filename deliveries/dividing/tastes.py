"""What households like, and what they must not eat: read for a division, written by the household itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from deliveries.models import Crop, Exclusion, Liking
from farms.models import Farm, Household

NEUTRAL = Liking.Level.NEUTRAL


def levels_of(farm: Farm, households: Iterable[int], crops: Sequence[int]) -> list[str]:
    """For each of these households (ids) one digit for each crop (id), 0 never to 4 love. Two queries.

    What somebody must not eat stands there as never: what is kept of a division does not tell why.
    """
    rated = Liking.objects.filter(household__farm=farm, crop__in=crops).values_list("household", "crop", "level")
    levels = {(household, crop): str(level) for household, crop, level in rated}
    without = Exclusion.objects.filter(household__farm=farm, crop__in=crops).values_list("household", "crop")
    levels |= dict.fromkeys(without, "0")
    usual = str(NEUTRAL.value)
    return ["".join(levels.get((household, crop), usual) for crop in crops) for household in households]


def without_of(farm: Farm, crops: Iterable[int]) -> dict[int, set[int]]:
    """Which of these crops (ids) each household must not eat, by household (id). One query."""
    found: dict[int, set[int]] = {}
    rows = Exclusion.objects.filter(household__farm=farm, crop__in=list(crops)).values_list("household", "crop")
    for household, crop in rows:
        found.setdefault(household, set()).add(crop)
    return found


@transaction.atomic
def rate(*, household: Household, levels: Mapping[Crop, int]) -> None:
    """Write what a household likes; neutral is no row at all."""
    Liking.objects.filter(household=household, crop__in=[crop.pk for crop in levels]).delete()
    Liking.objects.bulk_create(
        Liking(household=household, crop=crop, level=level) for crop, level in levels.items() if level != NEUTRAL
    )


@transaction.atomic
def exclude(*, household: Household, crops: Iterable[Crop], at: datetime) -> None:
    """Exactly these crops must not be eaten, and the household consents to have it kept. No crop: all is forgotten."""
    wanted = {crop.pk: crop for crop in crops}
    known = household.exclusions.all()
    known.exclude(crop__in=list(wanted)).delete()
    there = set(household.exclusions.values_list("crop", flat=True))
    Exclusion.objects.bulk_create(
        Exclusion(household=household, crop=crop, consented_at=at) for pk, crop in wanted.items() if pk not in there
    )
