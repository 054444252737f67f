"""A season's weeks as people look at them before and after they are laid out: dates, public holidays, skipped weeks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.utils import translation
from django.utils.translation import gettext as _

from farms.models import Farm, Season
from farms.seasons import last_day_of, week_starts
from people import formats
from people.ribbons import WeekCell


@dataclass(frozen=True)
class WeekRow:
    """One numbered week: its pickup dates (one for each weekday on which there is a pickup) and what falls on them."""

    number: int
    dates: tuple[date, ...]
    skipped: bool = False
    holidays: Mapping[date, str] = field(default_factory=dict)

    @property
    def first(self) -> date:
        return self.dates[0]

    @property
    def holiday(self) -> str:
        """The names of the public holidays on its pickup dates."""
        return ", ".join(dict.fromkeys(self.holidays.values()))


def week_rows(
    *, farm: Farm, first_day: date, length: int, weekdays: Iterable[int] = (), skipped: Iterable[int] = ()
) -> list[WeekRow]:
    """The weeks a season would have. Without weekdays its pickups are on that of the first day."""
    days = sorted({(weekday - first_day.weekday()) % 7 for weekday in weekdays} or {0})
    free = public_holidays(farm=farm, first=first_day, last=last_day_of(first_day, length))
    skips = set(skipped)
    rows = []
    for number in range(1, length + 1):
        dates = tuple(week_starts(first_day, number) + timedelta(days=away) for away in days)
        named = {day: free[day] for day in dates if day in free}
        rows.append(WeekRow(number, dates, number in skips, named))
    return rows


def rows_of(season: Season, *, weekdays: Iterable[int] | None = None) -> list[WeekRow]:
    """The weeks of a season as they are stored."""
    skipped = [week.number for week in season.weeks.all() if week.skipped]
    if weekdays is None:
        weekdays = [row.site.weekday for row in season.season_sites.all()]
    return week_rows(
        farm=season.farm, first_day=season.first_day, length=season.length, weekdays=weekdays, skipped=skipped
    )


def public_holidays(*, farm: Farm, first: date, last: date) -> dict[date, str]:
    """The public holidays of the farm's country from `first` to `last`, named in the page's language where known."""
    spoken = (translation.get_language() or "en").split("-")[0]
    known = _holidays_of(farm.country, first.year, last.year, spoken)
    return {day: name for day, name in known if first <= day <= last}


@lru_cache(maxsize=256)
def _holidays_of(country: str, first_year: int, last_year: int, spoken: str) -> tuple[tuple[date, str], ...]:
    years = range(first_year, last_year + 1)
    try:
        known = holidays.country_holidays(country, years=years)
    except NotImplementedError:  # a country the library does not know
        return ()
    supported = getattr(known, "supported_languages", None) or ()
    language = next((each for each in supported if each.split("_")[0] == spoken), None)
    if language:
        known = holidays.country_holidays(country, years=years, language=language)
    return tuple(sorted(known.items()))


def season_cells(rows: Iterable[WeekRow], *, today: date | None = None) -> list[WeekCell]:
    """The ribbon of a season that nobody holds a share of yet: what lies behind, what comes next, what is skipped."""
    cells, next_is_told = [], False
    for row in rows:
        state = "off" if row.skipped else "ahead"
        if today and not row.skipped:
            if row.dates[-1] < today:
                state = "rest"
            elif not next_is_told:
                state, next_is_told = "next", True
        cells.append(WeekCell(number=row.number, state=state, words=_words(row, state)))
    return cells


def _words(row: WeekRow, state: str) -> str:
    told = {"number": row.number, "day": formats.day(row.first)}
    if state == "off":
        return _("Week %(number)s, %(day)s: no pickup") % told
    if state == "next":
        return _("Week %(number)s, %(day)s: next pickup") % told
    if state == "rest":
        return _("Week %(number)s, %(day)s: past") % told
    return _("Week %(number)s, %(day)s") % told
