"""The swap table: a household offers one item of its box for another, and rounds match offers until the evening before
the pickup. Nobody gives up value unasked, and what was agreed stands only while both boxes still hold it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from deliveries.changing.cases import ChangeRefused
from deliveries.dividing.contents import Contents, Item, contents_of
from deliveries.due import rosters
from deliveries.due.turns import takes_place
from deliveries.models import Allocation, Crop, Exclusion, SwapOffer
from deliveries.swap_table import swap_letters
from deliveries.swap_table.swapping import Offer, match
from farms.models import Household, PickupDay
from farms.seasons import instant
from people.models import User
from people.names import filed_under

log = logging.getLogger("hissa.swaps")


class CannotSwap(ChangeRefused):
    """The swap cannot be offered, or taken back; the words say why."""


@dataclass(frozen=True)
class Agreed:
    """What a household leaves and takes, for the list of the site."""

    number: int
    name: str
    share_type: str
    gives: Item
    takes: Item
    takes_from: int  # the number of the household whose item it is


def closes_at(day: PickupDay) -> datetime | None:
    """When the swap table of a day closes; none where the season has none. `day` comes with its season and farm."""
    season = day.week.season
    if season.swaps_close is None:
        return None
    return instant(day.date - timedelta(days=1), season.swaps_close, season.farm.zone)


def is_open(day: PickupDay, at: datetime) -> bool:
    closes = closes_at(day)
    return closes is not None and at < closes and takes_place(day)


def offer(
    *,
    household: Household,
    share: int,
    day: PickupDay,
    gives: int,
    wanted: Iterable[int],
    less: int,
    by: User | None,
    at: datetime,
) -> SwapOffer:
    """Put one item (its crop's id) of a share's (id) box on the table, for one of the `wanted` crops (ids).

    Raises CannotSwap: the table is closed or not laid, the item is not in the box or offered already, or something is
    wanted that no box holds or that the household must not eat.
    """
    with transaction.atomic():
        fresh = _keep(day)
        _must_be_open(fresh, at)
        boxes = boxes_on(fresh)
        if share not in boxes.of(household.pk) or gives not in boxes.items[share]:
            raise CannotSwap(_("That is not in your share."))
        chosen = set(wanted) - {gives}
        if not chosen or not chosen <= {crop for items in boxes.items.values() for crop in items}:
            raise CannotSwap(_("Choose what you would take for it, out of what others get that day."))
        if Exclusion.objects.filter(household=household, crop__in=chosen).exists():
            raise CannotSwap(_("Your household must not eat that: take it off your allergies first."))
        try:
            with transaction.atomic():
                row = SwapOffer.objects.create(
                    share_id=share, day=fresh, gives_id=gives, less=less, made_at=at, made_by=by
                )
        except IntegrityError:
            raise CannotSwap(_("You offer that already.")) from None
        row.wanted.set(chosen)
    return row


def withdraw(*, household: Household, number: int, at: datetime) -> bool:
    """Take an offer (its id) off the table, also one that was agreed: whoever else was in that round of hands offers
    again. False when it was taken off before. Raises CannotSwap once the table is closed."""
    with transaction.atomic():
        row = _whole().filter(pk=number, share__household=household, withdrawn_at=None).first()
        if row is None:
            return False
        _must_be_open(_keep(row.day), at)
        others = _dissolve([row.pk], row.day, at)
        SwapOffer.objects.filter(pk=row.pk).update(withdrawn_at=at)
        swap_letters.write_off([other for other in others if other.pk != row.pk], at=at)
    return True


def run_rounds(at: datetime) -> int:
    """The sweep: a round for each day whose pickup has not begun; how many offers were met. One day's failure stops no
    other."""
    waiting = SwapOffer.objects.filter(withdrawn_at=None, day__starts_at__gt=at)
    met = 0
    for day in days_with_season().filter(pk__in=waiting.values("day")).order_by("starts_at", "pk"):
        try:
            met += run_round(day=day, at=at)
        except Exception:
            log.exception("swaps of day %s could not be matched", day.pk)
    return met


def run_round(*, day: PickupDay, at: datetime) -> int:
    """Match the open offers of a day, the oldest first; how many were met. Agreed ones whose item is no longer there
    (the harvest was divided again, a week was held), or that their household would no longer take (it is worth less by
    now, or must not be eaten), are dissolved first."""
    with transaction.atomic():
        fresh = _keep(day)
        boxes = boxes_on(fresh)
        rows = list(_whole().filter(day=fresh, withdrawn_at=None).prefetch_related("wanted"))
        offers = _as_offers(rows, boxes)
        gone = {row.pk for row in rows if row.pk not in offers}
        taken = {row.pk: row.takes_id for row in rows if row.pk in offers and row.takes_id in offers}
        unwanted = {pk for pk, giver in taken.items() if giver and not offers[pk].accepts(offers[giver])}
        hollow = [row for row in _dissolve(sorted(gone | unwanted), fresh, at) if row.pk not in gone]
        swap_letters.write_off(hollow, at=at)
        still = {row.pk for row in hollow}
        standing = [row for row in rows if row.pk not in gone and (row.takes_id is None or row.pk in still)]
        taken = match([offers[row.pk] for row in standing])
        by_id = {row.pk: row for row in standing}
        for taker, giver in taken.items():
            SwapOffer.objects.filter(pk=taker).update(takes=giver, agreed_at=at)
        pairs = [(by_id[taker], by_id[giver]) for taker, giver in sorted(taken.items())]
        swap_letters.write_agreed(pairs, boxes, at=at)
    return len(taken)


def agreed(day: PickupDay) -> list[Agreed]:
    """What is swapped on a day, A–Z by household: for the site's list and the check-in page. Six queries or so."""
    rows = list(_whole().filter(day=day, takes__isnull=False, withdrawn_at=None))
    if not rows:
        return []
    boxes = boxes_on(day)
    found = []
    for row in rows:
        gives = boxes.items.get(row.share_id, {}).get(row.gives_id)
        takes = boxes.items.get(row.takes.share_id, {}).get(row.takes.gives_id) if row.takes else None
        if gives and takes and row.takes:
            house, kind = row.share.household, row.share.share_type.name
            found.append(Agreed(house.number, house.name, kind, gives[0], takes[0], row.takes.share.household.number))
    return sorted(found, key=lambda one: (filed_under(one.name), one.number, one.gives.name))


@dataclass(frozen=True)
class Boxes:
    """What is in each share's (id) box on a day, by crop (id): the item, its worth (minor units); and whose it is."""

    items: Mapping[int, Mapping[int, tuple[Item, int]]]
    whose: Mapping[int, int]

    def of(self, household: int) -> list[int]:
        return [share for share, owner in self.whose.items() if owner == household]


def boxes_on(day: PickupDay) -> Boxes:
    """Every box that its own household collects on a day; none before the harvest is divided."""
    published = contents_of([day])
    if not published:
        return Boxes({}, {})
    prices = _prices(day)
    due = [row for row in rosters.expected([day]).on(day) if not row.given]
    items: dict[int, Mapping[int, tuple[Item, int]]] = {}
    known: dict[int, Mapping[int, tuple[Item, int]]] = {}
    for row in due:
        inside = published.of(day.pk, row.share_type, row.share)
        if inside is not None:
            items[row.share] = known.setdefault(id(inside), _worth(inside, prices))
    return Boxes(items, {row.share: row.household for row in due if row.share in items})


def crops_on(day: PickupDay) -> list[Crop]:
    """Every crop that is in some box of a day. One query."""
    inside = Q(portions__box__day=day, portions__steps__gt=0, portions__box__allocation__in_force_for__isnull=False)
    return list(Crop.objects.filter(inside).distinct().order_by("name"))


def offers_of(household: Household, days: Iterable[PickupDay]) -> list[SwapOffer]:
    """A household's offers on these days, open and agreed, the oldest first."""
    rows = _whole().filter(share__household=household, day__in=[day.pk for day in days], withdrawn_at=None)
    return list(rows.prefetch_related("wanted"))


def days_with_season() -> QuerySet[PickupDay]:
    return PickupDay.objects.select_related("week__season__farm", "site")


def _prices(day: PickupDay) -> dict[int, Decimal]:
    """Per crop (id) the price of a unit, in minor units, as it was when the harvest was divided."""
    runs = Allocation.objects.filter(in_force_for__days=day).values_list("inputs__crops", flat=True)
    return {crop["crop"]: Decimal(str(crop["price"])) for crops in runs for crop in crops or []}


def _worth(inside: Contents, prices: Mapping[int, Decimal]) -> dict[int, tuple[Item, int]]:
    nothing = Decimal(0)
    return {item.crop: (item, round(item.steps * item.step * prices.get(item.crop, nothing))) for item in inside.items}


def _as_offers(rows: Sequence[SwapOffer], boxes: Boxes) -> dict[int, Offer]:
    """Offers (by id) as the rounds see them now: those whose item is still in its box, wanting nothing that must not be
    eaten. One query."""
    never = set(
        Exclusion.objects.filter(household__in={row.share.household_id for row in rows}).values_list(
            "household", "crop"
        )
    )
    found = {}
    for row in rows:
        if row.gives_id in boxes.items.get(row.share_id, {}):
            wanted = {crop.pk for crop in row.wanted.all() if (row.share.household_id, crop.pk) not in never}
            _item, worth = boxes.items[row.share_id][row.gives_id]
            found[row.pk] = Offer(
                age=row.pk, share=row.share_id, gives=row.gives_id, worth=worth, wanted=frozenset(wanted), less=row.less
            )
    return found


def _dissolve(numbers: Sequence[int], day: PickupDay, at: datetime) -> list[SwapOffer]:
    """Break every ring of hands in which one of these offers (ids) is; all that were in them, open again."""
    rows = {row.pk: row for row in _whole().filter(day=day, takes__isnull=False)}
    broken: dict[int, SwapOffer] = {}
    for number in numbers:
        current: int | None = number
        while current in rows and current not in broken:
            broken[current] = rows[current]
            current = rows[current].takes_id
    SwapOffer.objects.filter(pk__in=broken).update(takes=None, agreed_at=None)
    return list(broken.values())


def _keep(day: PickupDay) -> PickupDay:
    """The day with its row to ourselves until commit: rounds, offers and withdrawals never pass each other."""
    PickupDay.objects.filter(pk=day.pk).update(moved_in=F("moved_in"))
    return days_with_season().get(pk=day.pk)


def _must_be_open(day: PickupDay, at: datetime) -> None:
    if not is_open(day, at):
        raise CannotSwap(_("The swap table of this day is closed."))


def _whole() -> QuerySet[SwapOffer]:
    return SwapOffer.objects.select_related(
        "gives", "day__week__season__farm", "day__site", "share__household", "share__share_type",
        "takes__gives", "takes__share__household",
    )  # fmt: skip
