"""What a division could not give fairly goes somewhere named: a swap table, a gift, the next harvest. Nothing goes
twice, and never more than is left; what was a mistake is taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from deliveries.harvesting import harvests
from deliveries.harvesting.quantities import UNITS, amount, unit_word
from deliveries.models import Allocation, Crop, Harvest, HarvestLine, Leftover, PassedOn
from farms.models import PickupDay, PickupSite, Week
from people.formats import day as day_words
from people.formats import quantity
from people.models import User


class NotPassedOn(ValueError):
    """It cannot go there, or not so much; the message says why. `field` is where it was asked for."""

    def __init__(self, said: str, *, field: str = "where") -> None:
        super().__init__(said)
        self.field = field


@dataclass(frozen=True)
class Left:
    """A crop of a harvest with what was left over (`steps`), where some of it went, and what has no place yet."""

    crop: Crop
    unit: str
    step: Decimal
    steps: int
    gone: tuple[PassedOn, ...] = ()

    @property
    def rest(self) -> int:
        """Steps without a place; below nothing when a correction left less than had been passed on."""
        return self.steps - sum(one.steps for one in self.gone)

    @property
    def amount(self) -> Decimal:
        return amount(self.steps, self.step)

    @property
    def unit_word(self) -> str:
        return unit_word(self.unit, 2)

    @property
    def rest_amount(self) -> Decimal:
        return amount(self.rest, self.step)

    @property
    def over_amount(self) -> Decimal:
        """What was passed on beyond what is left now."""
        return amount(-self.rest, self.step)


def left_of(harvest: Harvest) -> list[Left]:
    """Each crop of which the division in force left some, or some was passed on. Three queries."""
    run = harvest.current if harvest.pk else None
    if run is None:
        return []
    facts = {crop["crop"]: crop for crop in run.inputs.get("crops", [])}
    gone: dict[int, list[PassedOn]] = defaultdict(list)
    standing = harvest.passed_on.filter(undone_at=None).select_related("crop", "site", "made_by", "line__harvest")
    for one in standing:
        gone[one.crop_id].append(one)
    found = [
        _left(one.crop, facts[one.crop_id], one.steps, gone.pop(one.crop_id, []))
        for one in run.leftovers.select_related("crop").order_by("pk")
        if one.crop_id in facts
    ]
    return found + [Left(own[0].crop, own[0].unit, own[0].step, 0, tuple(own)) for own in gone.values()]


def _left(crop: Crop, facts: dict[str, str], steps: int, gone: Iterable[PassedOn]) -> Left:
    return Left(crop, facts["unit"], Decimal(facts["step"]), steps, tuple(gone))


def counts_of(week: Week) -> dict[date, tuple[int, int]]:
    """By the harvests' dates: crops left over, and those of which some has no place yet. Two queries."""
    left = Leftover.objects.filter(allocation__in_force_for__week=week).values_list(
        "allocation__in_force_for", "allocation__in_force_for__date", "crop", "steps"
    )
    sums = PassedOn.objects.filter(harvest__week=week, undone_at=None).values_list("harvest", "crop")
    gone = {(harvest, crop): steps for harvest, crop, steps in sums.annotate(all=Sum("steps")).order_by()}
    found: dict[date, tuple[int, int]] = {}
    for harvest, on, crop, steps in left.order_by():
        crops, without = found.get(on, (0, 0))
        found[on] = crops + 1, without + (steps > gone.get((harvest, crop), 0))
    return found


@transaction.atomic
def pass_on(
    *,
    harvest: Harvest,
    crop: Crop,
    steps: int,
    kind: str,
    by: User | None,
    at: datetime,
    site: PickupSite | None = None,
    place: str = "",
) -> PassedOn:
    """Write down where so many steps of a crop went. Raises NotPassedOn."""
    harvest = Harvest.objects.select_for_update().select_related("week__season__farm").get(pk=harvest.pk)
    left = next((one for one in left_of(harvest) if one.crop == crop), None)
    if left is None or left.rest <= 0:
        raise NotPassedOn(_("Nothing of it is left any more."), field="amount")
    if not 0 < steps <= left.rest:
        rest = quantity(left.rest_amount, left.unit)
        raise NotPassedOn(_("Too much: without a place is %(rest)s.") % {"rest": rest}, field="amount")
    facts = PassedOn(
        harvest=harvest, crop=crop, steps=steps, unit=left.unit, step=left.step, kind=kind, site=site, place=place,
        made_at=at, made_by=by,
    )  # fmt: skip
    if kind == PassedOn.Kind.NEXT:
        facts.line, facts.line_steps = _carry_over(harvest, left, steps, at)
    facts.save()
    return facts


def next_date(harvest: Harvest) -> date | None:
    """The date of the season's next pickup after the last of this harvest's."""
    last = max((day.date for day in harvests.days_of(harvest)), default=harvest.date)
    days = PickupDay.objects.standing().filter(
        week__season=harvest.week.season_id, week__skipped=False, date__gt=last, harvests__current=None
    )
    return days.order_by("date").values_list("date", flat=True).first()


def _carry_over(harvest: Harvest, left: Left, steps: int, at: datetime) -> tuple[HarvestLine, int]:
    """Add so much to the next harvest's line of the crop; the line, and how many of its own steps that is."""
    when = next_date(harvest)
    if when is None:
        raise NotPassedOn(_("No harvest of this season is still to be divided."))
    later = harvests.open_harvest(farm=harvest.week.season.farm, date=when, at=at)
    if _is_divided(later):
        raise NotPassedOn(_("The next harvest is divided already."))
    line = later.lines.filter(crop=left.crop).first()
    if line is None:
        price = harvest.lines.filter(crop=left.crop).values_list("price", flat=True).first()
        known = left.crop.price if price is None else price
        picked = harvests.Picked(left.crop, steps, left.unit, left.step, known)
        return harvests.record_line(harvest=later, picked=picked), steps
    own, rest = divmod(steps * left.step, line.step)
    if line.unit != left.unit or rest:
        facts = {"day": day_words(when), "unit": UNITS[line.unit].name}
        raise NotPassedOn(_("On %(day)s it is counted otherwise: by the %(unit)s, in other steps.") % facts)
    _change(line, int(own))
    return line, int(own)


def _change(line: HarvestLine, more: int) -> None:
    """So many steps more (or fewer) on a line that is not divided yet."""
    picked = harvests.Picked(line.crop, line.steps + more, line.unit, line.step, line.price)
    harvests.record_line(harvest=line.harvest, line=line, picked=picked)


def _is_divided(harvest: Harvest) -> bool:
    """Whether it was divided, or is being divided at this moment."""
    return Allocation.objects.filter(harvest=harvest, failed_at=None).exists()


@transaction.atomic
def take_back(*, passed: PassedOn, by: User | None, at: datetime) -> None:
    """It did not go there after all. Raises NotPassedOn when the next harvest has been divided with it."""
    found = (
        PassedOn.objects.select_for_update(of=("self",)).select_related("line__harvest", "line__crop").get(pk=passed.pk)
    )
    if found.undone_at is not None:
        return
    if found.line is not None:
        if _is_divided(found.line.harvest):
            raise NotPassedOn(_("The next harvest has been divided with it: it cannot be taken back."))
        if found.line.steps < found.line_steps:
            raise NotPassedOn(_("The next harvest's line holds less than that by now: change it there first."))
        if found.line.steps == found.line_steps:
            harvests.remove_line(line=found.line)
            found.line = None
        else:
            _change(found.line, -found.line_steps)
    found.undone_at, found.undone_by = at, by
    found.save()


def carried_notes(lines: Iterable[HarvestLine]) -> dict[int, str]:
    """What to say beside a line (its id) into which something was carried over. One query."""
    carried = PassedOn.objects.filter(line__in=[line.pk for line in lines], undone_at=None).select_related("harvest")
    return {
        one.line_id: _("%(amount)s of it carried over from %(day)s.")
        % {"amount": quantity(amount(one.steps, one.step), one.unit), "day": day_words(one.harvest.date)}
        for one in carried
        if one.line_id
    }


def where(passed: PassedOn) -> str:
    """Where it went, in words."""
    if passed.kind == PassedOn.Kind.SWAP and passed.site:
        return _("Swap table, %(site)s") % {"site": passed.site.name}
    if passed.kind == PassedOn.Kind.GIFT:
        return _("Gift: %(place)s") % {"place": passed.place}
    if passed.line:
        return _("Harvest for %(day)s") % {"day": day_words(passed.line.harvest.date)}
    return _("Next harvest (its line was taken away)")
