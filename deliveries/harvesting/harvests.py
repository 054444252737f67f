"""What came in: a harvest is opened for the pickups of a date, and written down crop by crop."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, F, Max, QuerySet, When
from django.utils.translation import gettext as _

from deliveries.harvesting.quantities import MOST_STEPS, UNITS, QuantityUnreadable, steps_of
from deliveries.models import Crop, Harvest, HarvestDay, HarvestLine
from farms.models import Farm, Packing, PickupDay, Season, Week

NO_COUNTED_RULES: dict[str, Any] = {"most": None, "portion": 1, "locked": {}}
"""A crop's rules that are counted in its steps, as they are without any."""


class NoPickups(LookupError):
    """The farm has no pickup on that date."""


class DayTaken(ValueError):
    """The day is divided from another harvest already."""


class CropTwice(ValueError):
    """The crop stands in this harvest already, on another line."""


@dataclass(frozen=True)
class Picked:
    """A crop as it came in: whole steps; unit, step and price (minor units per unit) as they are this week. `rules`
    (fields of HarvestLine, in these steps) go with a crop that is not written down yet."""

    crop: Crop
    steps: int
    unit: str
    step: Decimal
    price: int
    rules: Mapping[str, Any] = field(default_factory=dict)


def pickup_days(*, farm: Farm, date: date) -> list[PickupDay]:
    """The pickup days of that date, with week, season and site; of the later season when two have one."""
    days = (
        PickupDay.objects.filter(week__season__farm=farm, week__season__opened_at__isnull=False, date=date)
        .select_related("week__season", "site")
        .order_by("-week__season__first_day", "-week__season", "site__position", "site")
    )
    found = list(days)
    return [day for day in found if day.week_id == found[0].week_id]


def harvest_of(days: Sequence[PickupDay]) -> Harvest | None:
    """The harvest these days of one date are divided from, if it was opened."""
    links = HarvestDay.objects.filter(day__in=[day.pk for day in days])
    known = {
        link.day_id: link.harvest for link in links.select_related("harvest__current", "harvest__week__season__farm")
    }
    own = [harvest for harvest in known.values() if harvest.date == days[0].date]
    if own or len(known) == len(days):
        return (own or list(known.values()))[0]
    return None


@transaction.atomic
def open_harvest(*, farm: Farm, date: date, at: datetime) -> Harvest:
    """The harvest of that date's pickups, opened if it was not. Raises NoPickups."""
    days = pickup_days(farm=farm, date=date)
    if not days:
        raise NoPickups(date)
    harvest = harvest_of(days)
    if harvest is None:
        harvest, _fresh = Harvest.objects.get_or_create(week=days[0].week, date=date, defaults={"created_at": at})
        HarvestDay.objects.bulk_create([HarvestDay(harvest=harvest, day=day) for day in days], ignore_conflicts=True)
    return harvest


def days_of(harvest: Harvest) -> list[PickupDay]:
    """The pickup days it is divided among, cancelled ones apart, in order; of one not opened yet, its date's."""
    days = PickupDay.objects.standing().select_related("week", "site").order_by("date", "site__position", "site")
    if not harvest.pk:
        return list(days.filter(week=harvest.week, date=harvest.date, harvest_day=None))
    return list(days.filter(harvests=harvest))


def week_days(week: Week) -> list[PickupDay]:
    """Every pickup of the week that takes place, in order."""
    return list(
        PickupDay.objects.standing().filter(week=week).select_related("site").order_by("date", "site__position", "site")
    )


@transaction.atomic
def choose_days(*, harvest: Harvest, days: Iterable[PickupDay]) -> None:
    """Divide the harvest among these days of its week; those of its own date always belong to it.

    Raises DayTaken when a day has a harvest with crops of its own.
    """
    wanted = {day.pk for day in days if day.week_id == harvest.week_id}
    own = PickupDay.objects.filter(week=harvest.week, date=harvest.date)
    wanted |= set(own.exclude(harvest_day__harvest__in=_others(harvest)).values_list("pk", flat=True))
    others = Harvest.objects.filter(harvest_days__day__in=wanted).exclude(pk=harvest.pk).distinct()
    for other in others.annotate(crops=Count("lines", distinct=True), runs=Count("allocations", distinct=True)):
        if other.crops or other.runs:
            raise DayTaken(_("A pickup you chose has a harvest of its own already."))
        other.delete()
    harvest.harvest_days.exclude(day__in=wanted).delete()
    HarvestDay.objects.bulk_create([HarvestDay(harvest=harvest, day_id=day) for day in wanted], ignore_conflicts=True)
    _edited(harvest)


@transaction.atomic
def choose_packing(*, harvest: Harvest, packing: Packing) -> None:
    """Pack this week the same for everyone, or to each what they like; as its season does unless it says otherwise."""
    mode = "" if packing == harvest.week.season.mode else packing
    if harvest.mode != mode:
        harvest.mode = mode
        harvest.save(update_fields=["mode"])
        _edited(harvest)


def _others(harvest: Harvest) -> QuerySet[Harvest]:
    """The week's other harvests that bear crops."""
    return Harvest.objects.filter(week=harvest.week, lines__isnull=False).exclude(pk=harvest.pk)


@transaction.atomic
def record_line(
    *, harvest: Harvest, picked: Picked, line: HarvestLine | None = None, rules: dict[str, Any] | None = None
) -> HarvestLine:
    """Write down a crop, on its line if given; the crop remembers its unit, step and price for next time.

    `rules` (fields of HarvestLine, in steps) replace the line's; a line counted otherwise from now on loses its own.

    Raises CropTwice when another line has the crop.
    """
    twin = HarvestLine.objects.filter(harvest=harvest, crop=picked.crop).first()
    if twin is not None and (line is None or twin.pk != line.pk):
        raise _twice(picked.crop)
    line = line or HarvestLine(harvest=harvest, position=_next_position(harvest))
    if rules is None and line.pk and (line.unit, line.step) != (picked.unit, picked.step):
        rules = NO_COUNTED_RULES
    for name, value in (rules or {}).items():
        setattr(line, name, value)
    line.crop, line.steps, line.unit = picked.crop, picked.steps, picked.unit
    line.step, line.price = picked.step, picked.price
    try:
        with transaction.atomic():
            line.save()
    except IntegrityError:  # somebody else wrote it down in the same moment
        raise _twice(picked.crop) from None
    _remember([picked])
    _edited(harvest)
    return line


def _twice(crop: Crop) -> CropTwice:
    return CropTwice(_("%(crop)s stands on another line already: change it there.") % {"crop": crop.name})


def begin_crop(*, farm: Farm, name: str, unit: str, step: Decimal, price: int) -> Crop:
    """A crop the farm grows from now on; the one somebody began in the same moment, if so."""
    try:
        with transaction.atomic():
            return Crop.objects.create(farm=farm, name=name, unit=unit, step=step, price=price)
    except IntegrityError:
        return Crop.objects.get(farm=farm, name__iexact=name)


@transaction.atomic
def record_harvest(*, harvest: Harvest, picked: Iterable[Picked]) -> int:
    """Write down a whole list: crops it names are set to it, other lines stay. Returns how many crops."""
    listed = list(picked)
    _remember(listed)
    _forget_rules(harvest, listed)
    position = _next_position(harvest)
    lines = [
        HarvestLine(
            harvest=harvest, crop=one.crop, steps=one.steps, unit=one.unit, step=one.step, price=one.price,
            position=position + place, **one.rules,
        )
        for place, one in enumerate(listed)
    ]  # fmt: skip
    HarvestLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["harvest", "crop"],
        update_fields=["steps", "unit", "step", "price"],
    )
    _edited(harvest)
    return len(listed)


def _forget_rules(harvest: Harvest, listed: Iterable[Picked]) -> None:
    """Lines that are counted otherwise from now on lose the rules that were counted in their steps."""
    now = {one.crop.pk: (one.unit, one.step) for one in listed}
    known = harvest.lines.filter(crop__in=now).values_list("pk", "crop", "unit", "step")
    changed = [pk for pk, crop, unit, step in known if (unit, step) != now[crop]]
    if changed:
        harvest.lines.filter(pk__in=changed).update(**NO_COUNTED_RULES)


@transaction.atomic
def remove_line(*, line: HarvestLine) -> None:
    harvest = line.harvest
    line.delete()
    _edited(harvest)


def last_harvest(*, farm: Farm, before: date) -> Harvest | None:
    """The harvest to repeat: that of a week ago to the day, else the latest before this date with crops."""
    earlier = Harvest.objects.filter(week__season__farm=farm, date__lt=before, lines__isnull=False).distinct()
    week_ago = Case(When(date=before - timedelta(days=7), then=1), default=0)
    return earlier.annotate(week_ago=week_ago).order_by("-week_ago", "-date", "-pk").first()


def repeat_last_week(*, harvest: Harvest) -> int:
    """Fill in last week's crops, amounts and rules for crops not written down yet; how many."""
    before = last_harvest(farm=harvest.week.season.farm, before=harvest.date)
    if before is None:
        return 0
    known = set(harvest.lines.values_list("crop", flat=True))
    lines = before.lines.exclude(crop__in=known).select_related("crop")
    return record_harvest(
        harvest=harvest,
        picked=[
            Picked(line.crop, line.steps, line.unit, line.step, line.price, _rules_of(line, harvest.week.season))
            for line in lines
        ],
    )


def _rules_of(line: HarvestLine, season: Season) -> dict[str, Any]:
    """A line's rules as far as they hold in this season: another season may have other places and share types."""
    rules: dict[str, Any] = {"most": line.most, "portion": line.portion, "margin": line.margin}
    if line.sites:
        here = set(season.sites.values_list("pk", flat=True))
        rules["sites"] = [site for site in line.sites if site in here]
    if line.locked:
        kinds = {str(pk) for pk in season.share_types.values_list("pk", flat=True)}
        rules["locked"] = {kind: steps for kind, steps in line.locked.items() if kind in kinds}
    return rules


def crops_by_name(farm: Farm) -> dict[str, Crop]:
    """The farm's crops by the name as people mean it: no case, one form of letters."""
    return {folded(crop.name): crop for crop in farm.crops.all()}


def folded(name: str) -> str:
    """A crop's name without case, outer space or double spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def whole_steps(quantity: Decimal, *, unit: str, step: Decimal) -> tuple[int, Decimal]:
    """A typed amount as whole steps, and what stays below a step of something weighed (0.03 kg).

    Raises QuantityUnreadable for half a bunch, for less than nothing, for more than any field can bear.
    """
    if quantity < 0:
        raise QuantityUnreadable(_("A quantity cannot be below zero."))
    if quantity / step > MOST_STEPS:
        raise QuantityUnreadable(_("That is more than a field can bear. Is there a digit too many?"))
    known = UNITS.get(unit)
    if known and known.measured:
        steps, rest = divmod(quantity, step)
        return int(steps), rest
    return steps_of(quantity, step), Decimal(0)


def _next_position(harvest: Harvest) -> int:
    last: int | None = harvest.lines.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _remember(picked: Iterable[Picked]) -> None:
    """Each crop keeps the unit, step and price it was last written down with."""
    changed = []
    for one in picked:
        if (one.crop.unit, one.crop.step, one.crop.price) != (one.unit, one.step, one.price):
            one.crop.unit, one.crop.step, one.crop.price = one.unit, one.step, one.price
            changed.append(one.crop)
    Crop.objects.bulk_update(changed, ["unit", "step", "price"])


def _edited(harvest: Harvest) -> None:
    Harvest.objects.filter(pk=harvest.pk).update(version=F("version") + 1)
    harvest.refresh_from_db(fields=["version"])
