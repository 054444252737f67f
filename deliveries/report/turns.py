"""How scarce crops went round in a season: how often each had some, and who still waits for a first one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Q, QuerySet, Sum

from deliveries.models import Portion
from farms.models import PickupSite, Season
from shares.models import ShareType

WHOLE = 1000
"""A turn, in the thousandths that boxes count."""


@dataclass(frozen=True)
class Turns:
    """A type at a site and a crop there was too little of: how often it was scarce, how often a share had some."""

    crop: str
    share_type: ShareType
    site: PickupSite
    times: int
    had: Decimal


@dataclass(frozen=True)
class Wait:
    """A crop there was too little of: to how many shares a whole turn was due by now, and how many of them had none."""

    due: int
    without: int


def turns_of(season: Season, types: dict[int, ShareType], sites: dict[int, PickupSite]) -> list[Turns]:
    """How often each type at each site had some of each crop that was scarce; where shares have boxes of their own, on
    average."""
    cells = _scarce(season).values("crop__name", "box__share_type", "box__day__site")
    counted = cells.annotate(
        boxes=Count("pk"), times=Count("box__allocation", distinct=True), had=Count("pk", filter=Q(steps__gt=0))
    )
    rows = [
        Turns(
            row["crop__name"],
            types[row["box__share_type"]],
            sites[row["box__day__site"]],
            row["times"],
            (Decimal(row["had"] * row["times"]) / row["boxes"]).quantize(Decimal("0.1")).normalize(),
        )
        for row in counted.order_by()
    ]
    return sorted(rows, key=lambda one: (one.crop.casefold(), *place_of(one.share_type, one.site)))


def waits_of(season: Season) -> dict[str, Wait]:
    """By the crop's name. Where all pack alike the shares of a type at a site wait together."""
    scarce = _scarce(season).values_list("crop__name", "box__share", "box__share_type", "box__day__site")
    sums = scarce.annotate(
        turns=Sum("turn_due"), had=Count("pk", filter=Q(steps__gt=0)), many=Max("box__count")
    ).order_by()
    found: dict[tuple[str, tuple[int, int]], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for crop, share, kind, site, turns, had, many in sums:
        whose = (share, 0) if share else (kind, site)
        before = found[crop, whose]
        found[crop, whose] = before[0] + turns, before[1] + had, max(before[2], many)
    waits = {crop: Wait(0, 0) for crop, _whose in found}
    for (crop, _whose), (turns, had, many) in found.items():
        if turns >= WHOLE:
            waits[crop] = Wait(waits[crop].due + many, waits[crop].without + many * (not had))
    return waits


def _scarce(season: Season) -> QuerySet[Portion]:
    """Portions of crops there was too little of, for those who like them."""
    turn = Q(turn_due__gt=0) | Q(turn_got__gt=0)
    return Portion.objects.filter(turn, box__allocation__in_force_for__week__season=season)


def place_of(share_type: ShareType, site: PickupSite) -> tuple[int, int, int, int]:
    """By which types and sites are put in order."""
    return (share_type.position, share_type.pk, site.position, site.pk)
