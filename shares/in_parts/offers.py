"""What a season sells: its share types, the money they raise, and opening it for sale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from farms.calendars import WeekRow, rows_of, week_rows
from farms.models import Farm, Season, SeasonSite
from farms.planning import TooSmall, claim, start_season
from farms.seasons import lay_out_season
from people import formats
from shares.in_parts.plans import copy_plans
from shares.models import ShareType
from shares.prices.prices import has_turn, turns_of

PRICES = ("price", "lowest", "suggested", "highest")
SOLD_BY = (*PRICES, "rhythm", "weight", "is_addon", "first_week", "weeks")  # what was sold is not changed afterwards

RULES = (  # what a copied season takes over
    "mode", "deadline_days", "deadline_time", "holds_allowed", "hold_becomes", "gifts_to", "gifts_first_to_households",
    "percent_a", "swaps_close", "costs", "terms", "offline_days", "cancel_percent", "cancel_fee", "offer_hours",
)  # fmt: skip


class NotReady(Exception):
    """A season cannot be opened yet; the reasons are told by `missing`."""


@dataclass(frozen=True)
class TypePlan:
    """One row of the page of share types: the facts to write, for a type known by its id or a new one."""

    facts: dict[str, Any]
    share_type: int | None = None
    removed: bool = False


@dataclass(frozen=True)
class Money:
    """What a season raises when it is sold out, in minor units, and from how many shares on its costs are covered.

    `covered_at` counts shares (add-ons apart) sold in the proportion of their places; none without costs, or when
    they are not covered by shares alone. `short` is what is missing even when everything is sold. Where households
    choose their price: what they pay together if each pays what is `suggested`, or the `lowest`; against `raised`, the
    one fills the solidarity fund and the other is needed from it. None where all prices are fixed.
    """

    raised: int
    places: int
    costs: int | None
    covered_at: int | None
    short: int
    suggested: int | None = None
    lowest: int | None = None

    @property
    def into_fund(self) -> int:
        """What the fund gains if each pays what is suggested; below 0 it needs so much."""
        return (self.suggested or 0) - self.raised

    @property
    def needed_from_fund(self) -> int:
        """What it would need even then."""
        return -self.into_fund

    @property
    def out_of_fund(self) -> int:
        """What the fund would need if each paid the lowest price."""
        return self.raised - (self.lowest or 0)


def money_of(share_types: Iterable[ShareType], costs: int | None) -> Money:
    """The money of these types (saved or not), against the season's costs."""
    sold = list(share_types)
    raised = sum(each.price * each.places for each in sold)
    main = [each for each in sold if not each.is_addon]
    places = sum(each.places for each in main)
    by_shares = sum(each.price * each.places for each in main)
    covered_at = None
    if costs is not None and by_shares and costs <= by_shares:
        covered_at = -(-costs * places // by_shares)
    money = Money(raised, places, costs, covered_at, max(0, (costs or 0) - raised))
    if all(each.lowest is None for each in sold):
        return money
    suggested = sum((each.price if each.suggested is None else each.suggested) * each.places for each in sold)
    lowest = sum((each.price if each.lowest is None else each.lowest) * each.places for each in sold)
    return replace(money, suggested=suggested, lowest=lowest)


def pickups_of(share_type: ShareType, weeks: Sequence[WeekRow]) -> int:
    """How many pickups every buyer of this type gets: of A and B the fewer, so that nobody pays for one too many."""
    held = [row.number for row in weeks if not row.skipped]
    return min(sum(has_turn(share_type, turn=turn, week=number) for number in held) for turn in turns_of(share_type))


@transaction.atomic
def save_types(*, season: Season, version: int, plans: Sequence[TypePlan]) -> None:
    """Write what the season sells. May raise ChangedMeanwhile, or TooSmall when more places are taken already.

    Once it is open for sale, what was sold stays: only words and places change, and types are added.
    """
    claim(season, version=version)
    known = {each.pk: each for each in season.share_types.all()}
    for position, plan in enumerate(plans, start=1):
        share_type = known.get(plan.share_type) if plan.share_type else None
        if plan.removed:
            if share_type is not None and season.is_draft:
                share_type.delete()
        elif share_type is None:
            ShareType.objects.create(season=season, position=position, **plan.facts)
        else:
            _change_type(share_type, plan.facts, position, sold=not season.is_draft)


def _change_type(share_type: ShareType, facts: dict[str, Any], position: int, *, sold: bool) -> None:
    changes = {"position": position} | {name: value for name, value in facts.items() if not (sold and name in SOLD_BY)}
    room = ShareType.objects.filter(pk=share_type.pk, taken__lte=facts["places"])
    if not room.update(**changes):
        share_type.refresh_from_db()
        raise TooSmall(share_type.name, share_type.taken)


@transaction.atomic
def save_rules(*, season: Season, version: int, rules: dict[str, Any], at: datetime) -> None:
    """Write the season's rules (fields of Season), and lay out a draft's days by them. May raise ChangedMeanwhile."""
    claim(season, version=version)
    for name, value in rules.items():
        setattr(season, name, value)
    season.save(update_fields=list(rules))
    if season.is_draft:
        lay_out_season(season=season, at=at)


@transaction.atomic
def open_season(*, season: Season, at: datetime) -> None:
    """Open a season for sale from its `opens_at` on (now, if it names none): the farm is public from here.

    Harmless twice. Raises NotReady while something it needs is missing.
    """
    if missing(season):
        raise NotReady
    opens_at = season.opens_at or at
    if not Season.objects.filter(pk=season.pk, opened_at=None).update(opened_at=at, opens_at=opens_at):
        return
    lay_out_season(season=season, at=at)  # as a draft, once more: its sites may have changed with another draft's
    season.opened_at, season.opens_at = at, opens_at
    Farm.objects.filter(pk=season.farm_id, published_at=None).update(published_at=at)


@transaction.atomic
def copy_season(*, season: Season, name: str, first_day: date, skipped: Iterable[int], at: datetime) -> Season:
    """A draft like this season at other dates: its sites, rules, share types, prices and payment plans; no shares."""
    copied = start_season(
        farm=season.farm, name=name, first_day=first_day, length=season.length, skipped=skipped, at=at
    )
    for rule in RULES:
        setattr(copied, rule, getattr(season, rule))
    copied.save()
    SeasonSite.objects.bulk_create(
        SeasonSite(season=copied, site_id=row.site_id, capacity=row.capacity) for row in season.season_sites.all()
    )
    facts = (
        "name", "feeds", "is_addon", "weight", "rhythm", "first_week", "weeks", "places", "position", "vat_rate",
        *PRICES,
    )  # fmt: skip
    ShareType.objects.bulk_create(
        ShareType(season=copied, **{fact: getattr(each, fact) for fact in facts}) for each in season.share_types.all()
    )
    copy_plans(season, to=copied, at=at)
    lay_out_season(season=copied, at=at)
    return copied


def skips_like(season: Season, *, first_day: date) -> set[int]:
    """The weeks a copy of this season would skip: the same holidays where they fall then, else the same numbers."""
    weekdays = [row.site.weekday for row in season.season_sites.select_related("site")]
    new = week_rows(farm=season.farm, first_day=first_day, length=season.length, weekdays=weekdays)
    by_name = {name: row.number for row in new for name in row.holidays.values()}
    skips = set()
    for row in rows_of(season):
        if row.skipped:
            again = {by_name[name] for name in row.holidays.values() if name in by_name}
            skips |= again or ({row.number} if not row.holidays else set())
    return skips


def missing(season: Season) -> list[str]:
    """What a season still needs before it can be sold, in words."""
    needs = []
    if not season.season_sites.exists():
        needs.append(_("Add at least one place to collect shares."))
    if not season.share_types.filter(is_addon=False).exists():
        needs.append(_("Add at least one share."))
    if not season.weeks.filter(skipped=False).exists():
        needs.append(_("Every week is skipped: keep at least one."))
    return needs


def warnings(season: Season, rows: Sequence[WeekRow], *, at: datetime) -> list[str]:
    """What a farmer may have overlooked, in words. None of it forbids anything."""
    told = []
    for row in rows:
        if row.holiday and not row.skipped:
            day = next(iter(row.holidays))
            told.append(
                _("Week %(number)s is a holiday: %(holiday)s, %(day)s.")
                % {"number": row.number, "holiday": row.holiday, "day": formats.day(day)}
            )
    told += _first_day(season, rows) + _room(season)
    if rows and rows[0].first <= formats.local_day(at, season.farm.zone):
        told.append(_("The first pickup is not in the future. Who joins now pays for the pickups left."))
    for each in season.share_types.all():
        if not pickups_of(each, rows):
            told.append(_("%(share)s has no pickup in this season: look at its first week.") % {"share": each.name})
    return told


def _first_day(season: Season, rows: Sequence[WeekRow]) -> list[str]:
    """Whether anyone collects on the first day that was named."""
    if not rows or rows[0].first == season.first_day:
        return []
    told = {"day": formats.day(season.first_day), "first": formats.day(rows[0].first)}
    return [_("No place has pickups on %(day)s, so the first pickup is on %(first)s.") % told]


def _room(season: Season) -> list[str]:
    """Whether the places sold fit the sites. A biweekly share needs room in every second week only."""
    room = sum(row.capacity for row in season.season_sites.all())
    boxes = sum(-(-each.places // len(turns_of(each))) for each in season.share_types.all() if not each.is_addon)
    if not room or boxes <= room:
        return []
    return [
        ngettext(
            "You sell %(boxes)s box a week; the sites have room for %(room)s. Add room, or sell fewer places.",
            "You sell %(boxes)s boxes a week; the sites have room for %(room)s. Add room, or sell fewer places.",
            boxes,
        )
        % {"boxes": formats.number(boxes), "room": formats.number(room)}
    ]
