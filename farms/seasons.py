"""A season's calendar: numbered weeks, and a pickup day for each week at each site.

Days are laid out in the site's local time and only then turned into instants: adding seven days in UTC would move a
17:00 pickup to 16:00 when the clocks change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from farms.models import Farm, PickupDay, PickupSite, Season, Week

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Moments:
    """When one pickup day is: its local date, and the instants (UTC) that follow from it."""

    date: date
    starts_at: datetime
    ends_at: datetime
    deadline_at: datetime


@transaction.atomic
def lay_out_season(*, season: Season, at: datetime, skipped: set[int] | None = None) -> None:
    """Write the season's weeks and pickup days as its facts and sites say. Doing it again changes nothing.

    A week that is skipped has no days and keeps its number; `skipped` (numbers), if given, says anew which of a
    draft's are. Once the season is open for sale, a day whose deadline has passed never moves and no day is taken
    away; a draft is laid out afresh.
    """
    sites = [row.site for row in season.season_sites.select_related("site")]
    weeks = _lay_out_weeks(season, at)
    if skipped is not None and season.is_draft:
        _skip(weeks, skipped)
    _lay_out_days(season, weeks, sites, at)


def lay_out_drafts(*, farm: Farm, at: datetime) -> None:
    """Lay out the farm's drafts anew: its clock may have changed."""
    for season in farm.seasons.filter(opened_at=None):
        lay_out_season(season=season, at=at)


def moments_of(*, season: Season, site: PickupSite, week_starts: date, zone: ZoneInfo) -> Moments:
    """When a site's pickup is in the seven days from `week_starts`, and until when it may be changed."""
    day = week_starts + timedelta(days=(site.weekday - week_starts.weekday()) % 7)
    starts_at, ends_at = window(day, site.opens, site.closes, zone)
    deadline_at = instant(day - timedelta(days=season.deadline_days), season.deadline_time, zone)
    return Moments(day, starts_at, ends_at, deadline_at)


def window(day: date, opens: time, closes: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when a local window is on a day, in UTC; as long as by the clock where it goes forward in it."""
    starts_at, ends_at = instant(day, opens, zone), instant(day, closes, zone)
    if ends_at <= starts_at:
        ends_at = starts_at + (datetime.combine(day, closes) - datetime.combine(day, opens))
    return starts_at, ends_at


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local date and time. A time the clocks skip shifts forward; one they repeat is the first."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def week_starts(first_day: date, number: int) -> date:
    return first_day + WEEK * (number - 1)


def last_day_of(first_day: date, length: int) -> date:
    """The last date that may bear a pickup."""
    return week_starts(first_day, length) + timedelta(days=6)


def season_on(farm: Farm, day: date) -> Season | None:
    """The season to which a date at the farm belongs: the one that runs, else the next one opened, else the last."""
    return season_of_day(farm.seasons.opened(), day)


def season_of_day(seasons: Iterable[Season], day: date) -> Season | None:
    """The same of these seasons of a farm. Asks nothing but them."""
    in_order = sorted(seasons, key=lambda season: (season.first_day, season.pk))
    begun = [season for season in in_order if season.first_day <= day]
    running = [season for season in begun if day <= last_day_of(season.first_day, season.length)]
    ahead = in_order[len(begun) :]
    return next(iter([*running[-1:], *ahead[:1], *begun[-1:]]), None)


def _lay_out_weeks(season: Season, at: datetime) -> list[Week]:
    known = {week.number: week for week in season.weeks.all()}
    numbers = range(1, season.length + 1)
    fresh = [
        Week(season=season, number=number, starts_on=week_starts(season.first_day, number))
        for number in numbers
        if number not in known
    ]
    begun = _weeks_begun(season, at)
    moved = []
    for number, week in known.items():
        starts_on = week_starts(season.first_day, number)
        if week.starts_on != starts_on and number <= season.length and week.pk not in begun:
            week.starts_on = starts_on
            moved.append(week)
    if season.is_draft:
        season.weeks.filter(number__gt=season.length).delete()
    Week.objects.bulk_update(moved, ["starts_on"])
    Week.objects.bulk_create(fresh)
    return list(season.weeks.filter(number__lte=season.length))


def _skip(weeks: list[Week], skipped: set[int]) -> None:
    changed = [week for week in weeks if week.skipped != (week.number in skipped)]
    for week in changed:
        week.skipped = not week.skipped
    Week.objects.bulk_update(changed, ["skipped"])


def _weeks_begun(season: Season, at: datetime) -> set[int]:
    if season.is_draft:
        return set()
    settled = PickupDay.objects.filter(week__season=season, deadline_at__lte=at)
    return set(settled.values_list("week", flat=True))


def _lay_out_days(season: Season, weeks: list[Week], sites: Iterable[PickupSite], at: datetime) -> None:
    known = {(day.week_id, day.site_id): day for day in PickupDay.objects.filter(week__season=season)}
    fresh, moved = [], []
    was_laid_out = bool(known) and not season.is_draft
    zone = season.farm.zone
    for week in weeks:
        for site in sites:
            day = known.get((week.pk, site.pk))
            if week.skipped and (day is None or season.is_draft):
                continue
            known.pop((week.pk, site.pk), None)
            wanted = moments_of(season=season, site=site, week_starts=week.starts_on, zone=zone)
            if day is None:
                if not (was_laid_out and wanted.deadline_at <= at):  # a new site begins with its next open day
                    fresh.append(PickupDay(week=week, site=site, **vars(wanted)))
            elif _may_move(day, season, at) and _move(day, wanted):
                moved.append(day)
    if season.is_draft:
        PickupDay.objects.filter(pk__in=[day.pk for day in known.values()]).delete()
    PickupDay.objects.bulk_update(moved, ["date", "starts_at", "ends_at", "deadline_at", "rewritten"])
    PickupDay.objects.bulk_create(fresh)


def _may_move(day: PickupDay, season: Season, at: datetime) -> bool:
    return season.is_draft or (day.deadline_at > at and day.drawn_up_at is None)


def _move(day: PickupDay, wanted: Moments) -> bool:
    """Put a day where it belongs; whether that moved it."""
    if Moments(day.date, day.starts_at, day.ends_at, day.deadline_at) == wanted:
        return False
    day.date, day.starts_at, day.ends_at, day.deadline_at = vars(wanted).values()
    day.rewritten += 1
    return True
