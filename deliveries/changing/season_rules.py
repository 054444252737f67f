"""A season's rules: until when weeks may be changed, how many may be held and what they become, where gifts go, how A
and B are evened out, when swaps close. A rule is tried on the real roster before it is put into force."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from deliveries import wish_letters
from deliveries.changing import turn_balance
from deliveries.changing.turn_balance import Side
from deliveries.due import rosters
from deliveries.models import Change
from farms.households import open_household
from farms.models import Household, PickupDay, Season
from farms.planning import claim
from farms.seasons import lay_out_season, moments_of
from people.models import User
from shares.models import Share

RULES = ("deadline_days", "deadline_time", "holds_allowed", "hold_becomes", "gifts_first_to_households", "percent_a",
         "swaps_close")  # fmt: skip


@dataclass(frozen=True)
class DayTold:
    """One pickup: boxes due as it is, and as they would be had the rules stood from the beginning; its deadline now and
    under the rules, where that may still move."""

    day: PickupDay
    due: int
    would: int
    deadline_at: datetime

    @property
    def moves(self) -> bool:
        return self.deadline_at != self.day.deadline_at


@dataclass(frozen=True)
class Outlook:
    """What rules would mean: day by day, changes of households that would not have been possible (`undone`), whom a new
    deadline concerns, the days that it would close at once, and who goes over between A and B."""

    days: tuple[DayTold, ...]
    over_quota: tuple[Change, ...]
    too_late: tuple[Change, ...]
    households: int
    closes_now: int
    sides: tuple[Side, ...]

    @property
    def otherwise(self) -> list[DayTold]:
        """The days that these rules would make another."""
        return [told for told in self.days if told.moves or told.would != told.due]

    @property
    def moved_deadlines(self) -> int:
        return sum(told.moves for told in self.days)

    @property
    def go_over(self) -> int:
        return sum(len(side.goes) for side in self.sides)


def outlook(season: Season, rules: dict[str, Any], *, at: datetime) -> Outlook:
    """Try rules (fields of Season) on the real roster; nothing is written. A constant number of queries."""
    days = list(
        PickupDay.objects.filter(week__season=season, week__skipped=False, cancelled_at=None)
        .select_related("week", "site")
        .order_by("starts_at", "site__position", "pk")
    )
    tried = Season(pk=season.pk, farm=season.farm, **_facts(season) | {name: rules[name] for name in RULES})
    deadlines = {day.pk: _deadline(tried, day, at) for day in days}
    over, late = _not_possible(season, deadlines, rules["holds_allowed"])
    sides = turn_balance.sides_of(season, percent_a=rules["percent_a"], at=at)
    roster = rosters.expected(days)
    main = {kind.pk for kind in season.share_types.all() if not kind.is_addon}
    due = Counter(row.day for row in roster.rows if row.share_type in main)
    more = _differences([*over, *late], main)
    more.update(_gone_over(sides, days, at))  # adding would drop what is fewer
    told = tuple(DayTold(day, due[day.pk], due[day.pk] + more.get(day.pk, 0), deadlines[day.pk]) for day in days)
    moved = {each.day.pk for each in told if each.moves}
    concerned = {row.household for row in roster.rows if row.day in moved and not row.given}
    closes = sum(each.moves and each.deadline_at <= at for each in told)
    return Outlook(told, tuple(over), tuple(late), len(concerned), closes, tuple(sides))


@transaction.atomic
def change(*, season: Season, version: int, rules: dict[str, Any], gifts_to: str, by: User | None, at: datetime) -> int:
    """Put rules into force. Deadlines of days still open move; what households did before stays. Households whose
    deadlines move get a letter; how many households. May raise ChangedMeanwhile."""
    claim(season, version=version)
    before = _deadlines(season)
    for name in RULES:
        setattr(season, name, rules[name])
    season.gifts_to = _place(season, gifts_to, at)
    season.save(update_fields=[*RULES, "gifts_to"])
    lay_out_season(season=season, at=at)
    after = _deadlines(season)
    moved = [pk for pk, deadline in after.items() if pk in before and before[pk] != deadline]
    if season.is_draft or not moved:
        return 0
    days = PickupDay.objects.filter(pk__in=moved).select_related("week__season__farm", "site")
    rows = rosters.expected(days.order_by("starts_at")).rows
    households = sorted({row.household for row in rows if not row.given})
    wish_letters.write_rules(season=season, households=households, version=season.version, at=at)
    return len(households)


def _facts(season: Season) -> dict[str, Any]:
    return {name: getattr(season, name) for name in ("first_day", "length", "opened_at")}


def _deadline(tried: Season, day: PickupDay, at: datetime) -> datetime:
    """A day's deadline under the rules; what is closed stays as it was."""
    if tried.opened_at is not None and (day.deadline_at <= at or day.drawn_up_at is not None):
        return day.deadline_at
    return moments_of(season=tried, site=day.site, week_starts=day.week.starts_on, zone=tried.farm.zone).deadline_at


def _deadlines(season: Season) -> dict[int, datetime]:
    return dict(PickupDay.objects.filter(week__season=season).values_list("pk", "deadline_at"))


def _not_possible(
    season: Season, deadlines: dict[int, datetime], holds_allowed: int
) -> tuple[list[Change], list[Change]]:
    """Standing changes that the rules would have refused: holds beyond the quota, in the order they were made, and
    what was made after the deadline as it would have been."""
    standing = Change.objects.standing().filter(day__week__season=season, day__in=deadlines).order_by("made_at", "pk")
    weeks: dict[int, set[int]] = defaultdict(set)
    over, late = [], []
    for row in standing.select_related("share__household", "share__share_type", "day__week", "to_day__week"):
        held = weeks[row.share.household_id]
        if row.made_at >= min(deadlines[row.day_id], deadlines.get(row.to_day_id or 0, deadlines[row.day_id])):
            if row.day.deadline_at > row.made_at:
                late.append(row)
        elif row.kind == Change.Kind.HOLD:
            if row.day.week_id not in held and len(held) >= holds_allowed:
                over.append(row)
            else:
                held.add(row.day.week_id)
    return over, late


def _differences(refused: Sequence[Change], main: set[int]) -> Counter[int]:
    """Boxes more (or fewer) by day (id) if these changes did not stand."""
    more: Counter[int] = Counter()
    for row in refused:
        if row.share.share_type_id in main and row.kind != Change.Kind.GIFT:
            more[row.day_id] += 1
            if row.to_day_id:
                more[row.to_day_id] -= 1
    return more


def _gone_over(sides: Sequence[Side], days: Sequence[PickupDay], at: datetime) -> Counter[int]:
    """Boxes more (or fewer) by day (id) once shares have gone over between A and B."""
    more: Counter[int] = Counter()
    for side in sides:
        if side.share_type.is_addon:
            continue
        for day in days:
            if day.site_id == side.site.pk and day.deadline_at > at and _sold_for(side.share_type, day):
                more[day.pk] += len(side.goes) * (1 if day.week.turn == side.turn else -1)
    return more


def _sold_for(kind: Any, day: PickupDay) -> bool:
    number = day.week.number
    return kind.first_week <= number and (kind.weeks is None or number < kind.first_week + kind.weeks)


def _place(season: Season, name: str, at: datetime) -> Household | None:
    """The household that stands for the place of this name: made when it is new, renamed nowhere."""
    if not name:
        return None
    known = Household.objects.filter(farm=season.farm_id, is_place=True, name=name).first()
    if known is None:
        known = open_household(farm=season.farm, name=name, user=None, at=at)
        Household.objects.filter(pk=known.pk).update(is_place=True)
        known.is_place = True
    return known


def households_waiting_for_gifts(season: Season) -> int:
    """Households of the season that asked for a share that somebody gives away."""
    here = Share.objects.in_force().for_season(season).filter(household__takes_gifts=True)
    return here.values("household").distinct().count()
