"""The season's memory for people to read: who got what of its due so far, and whose turn comes next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum

from deliveries.dividing.memory import memory_of
from deliveries.due.turns import Turn
from deliveries.harvesting.quantities import amount
from deliveries.models import Box, Crop, Harvest, HarvestLine, Portion
from farms.models import Household, Packing, PickupSite, Season, Week
from shares.models import Share, ShareType

FAIR = Decimal("0.05")
"""So far off its due a share may be and is even, as the table says."""
THOUSAND = 1000
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Account:
    """What was due and got so far, in minor units."""

    due: int
    got: int

    @property
    def difference(self) -> int:
        return self.got - self.due

    @property
    def off(self) -> Decimal | None:
        """0.02 is 2 % more than due; none before anything was due."""
        return Decimal(self.got) / self.due - 1 if self.due else None

    @property
    def is_even(self) -> bool:
        return self.off is None or abs(self.off) <= FAIR


@dataclass(frozen=True)
class CellStanding:
    """One share of a type at a site, over `times` divisions; an average where each share has a box of its own."""

    share_type: ShareType
    site: PickupSite
    times: int
    account: Account


@dataclass(frozen=True)
class HouseholdStanding:
    """A household's own boxes of the season."""

    number: int
    name: str
    boxes: int
    account: Account


@dataclass(frozen=True)
class Waiting:
    """A crop that goes round, and who waits longest for it: `owed` to each share there, in the crop's unit, to a tenth;
    nothing when it is less."""

    crop: Crop
    share_type: ShareType
    site: PickupSite
    owed: Decimal


@dataclass(frozen=True)
class OwnStanding:
    """A household's season: what it paid, what its boxes were due and are worth, and the crops whose turn is next."""

    season: Season
    paid: int
    account: Account
    boxes: int
    turns: tuple[str, ...]


def standing_by_cell(season: Season) -> list[CellStanding]:
    """What a share was due and got, by share type and site. Three queries."""
    boxes = Box.objects.filter(allocation__in_force_for__week__season=season)
    sums = boxes.values("share_type", "day__site", "allocation").annotate(
        all_due=Sum(F("due") * F("count")), all_got=Sum(F("got") * F("count")), shares=Sum("count")
    )
    found: dict[tuple[int, int], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for row in sums.order_by():
        each = Decimal(row["all_due"]) / row["shares"], Decimal(row["all_got"]) / row["shares"]
        found[row["share_type"], row["day__site"]].append(each)
    kinds = {kind.pk: kind for kind in ShareType.objects.filter(season=season)}
    sites = PickupSite.objects.in_bulk({site for _kind, site in found})
    cells = [
        CellStanding(
            kinds[kind],
            sites[site],
            len(weeks),
            Account(round(sum(due for due, _got in weeks)), round(sum(got for _due, got in weeks))),
        )
        for (kind, site), weeks in found.items()
    ]
    return sorted(cells, key=lambda one: (one.share_type.position, one.share_type.pk, one.site.position, one.site.pk))


def standing_by_household(season: Season) -> list[HouseholdStanding]:
    """What households were due and got in weeks in which each share had its own box; who got least of its due first."""
    boxes = Box.objects.filter(allocation__in_force_for__week__season=season, share__isnull=False)
    sums = boxes.values("share__household__number", "share__household__name").annotate(
        all_due=Sum("due"), all_got=Sum("got"), boxes=Sum("count")
    )
    found = [
        HouseholdStanding(
            row["share__household__number"], row["share__household__name"], row["boxes"],
            Account(row["all_due"], row["all_got"]),
        )
        for row in sums.order_by()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.account.off or 0, one.number))


def waiting_in(season: Season) -> list[Waiting]:
    """Each crop that goes round with the type and site that comes first, as the next division will see it."""
    week = Week.objects.filter(season=season).order_by("-number").first()
    if week is None:
        return []
    crops = {crop.pk: crop for crop in Crop.objects.filter(farm=season.farm_id)}
    turns = _turns(week, list(crops.values()), Packing.UNIFORM)
    kinds = {kind.pk: kind for kind in ShareType.objects.filter(season=season)}
    sites = PickupSite.objects.in_bulk({site for _kind, site, _crop in turns})
    first: dict[int, tuple[int, int, int]] = {}
    for (kind, site, crop), owed in sorted(turns.items()):
        if owed > 0 and owed > first.get(crop, (0, 0, 0))[0]:
            first[crop] = owed, kind, site
    return [
        Waiting(crops[crop], kinds[kind], sites[site], _in_unit(owed, crops[crop]))
        for crop, (owed, kind, site) in sorted(first.items(), key=lambda one: crops[one[0]].name.casefold())
    ]


def _turns(week: Week, crops: list[Crop], mode: Packing) -> dict[tuple[int, int, int], int]:
    """What is remembered of turns after all weeks that were divided: what a harvest after them would gather."""
    lines = [HarvestLine(crop=crop, unit=crop.unit, step=crop.step) for crop in crops]
    return memory_of(Harvest(week=week, date=date.max, mode=mode), lines).turns


def _in_unit(thousandths: int, crop: Crop) -> Decimal:
    return amount(1, (Decimal(thousandths) / THOUSAND * crop.step).quantize(TENTH))


def own_standing(household: Household, season: Season, turns: Sequence[Turn]) -> OwnStanding | None:
    """What a household paid and has had in a season, of the divisions in force; none before the first. `turns` are all
    it has there. A constant number of queries."""
    places = {turn.place.pk for turn in turns if not turn.held}
    boxes = Box.objects.filter(day__in=places, allocation__in_force_for__isnull=False)
    rows = boxes.filter(Q(share=None) | Q(share__household=household)).order_by()
    facts = rows.values_list("day", "share_type", "share", "due", "got")
    known: dict[tuple[int, int, int | None], tuple[int, int]] = {
        (day, kind, share): (due, got) for day, kind, share, due, got in facts
    }
    had: list[tuple[int, int]] = []
    taken: set[tuple[int, int]] = set()
    for turn in turns:
        for share in turn.shares if not turn.held and not turn.cancelled else ():
            own = known.get((turn.place.pk, share.share_type_id, share.pk))
            if own and (turn.place.pk, share.pk) not in taken:
                taken.add((turn.place.pk, share.pk))
                had.append(own)
            elif own is None and (alike := known.get((turn.place.pk, share.share_type_id, None))):
                had.append(alike)
    if not had:
        return None
    shares = Share.objects.paid().filter(household=household, share_type__season=season)
    due, got = (sum(part) for part in zip(*had, strict=True))
    crops = _turns_of(season, list(shares))
    return OwnStanding(season, sum(share.price for share in shares), Account(due, got), len(had), crops)


def _turns_of(season: Season, shares: Sequence[Share]) -> tuple[str, ...]:
    """The crops of which one of these shares is owed a turn, and nobody more."""
    scarce = Portion.objects.filter(
        Q(turn_due__gt=0) | Q(turn_got__gt=0), box__allocation__in_force_for__week__season=season
    )
    owed: dict[int, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
    names: dict[int, str] = {}
    own = Q(box__share=None) | Q(box__share__in=[share.pk for share in shares])
    sums = scarce.filter(own).values_list("crop", "crop__name", "box__share", "box__share_type", "box__day__site")
    for crop, name, share, kind, site, left in sums.annotate(left=Sum(F("turn_due") - F("turn_got"))).order_by():
        owed[crop][(share, 0) if share else (kind, site)] += left
        names[crop] = name
    whose = {(share.share_type_id, share.site_id) for share in shares} | {(share.pk, 0) for share in shares}
    next_ones = [
        names[crop]
        for crop, by in owed.items()
        if any(by[key] > 0 and by[key] == max(by.values()) for key in whose if key in by)
    ]
    return tuple(sorted(next_ones, key=str.casefold))
