"""A household's season as a ribbon: what each week was, is, or will be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from deliveries.due.turns import Turn, next_turns
from farms.models import Week
from people.formats import day as day_words
from people.ribbons import WeekCell

Address = Callable[[date], str]


def household_cells(
    weeks: Iterable[Week], turns: Sequence[Turn], *, at: datetime, address: Address, current: int | None = None
) -> list[WeekCell]:
    """A cell per week of one season; `turns` are the household's there. `address` gives the page of a date, `current`
    is the week (id) the page is about. A week is due if any share is."""
    coming = {id(turn) for turn in next_turns(turns, at=at)}
    cells = []
    for week in weeks:
        own = [turn for turn in turns if turn.day.week_id == week.pk]
        here = [turn for turn in turns if turn.place.week_id == week.pk and not turn.held and not turn.given]
        state = _state(week, own, here, coming, at)
        day = own[0].day.date if own else here[0].place.date if here else None
        cells.append(
            WeekCell(
                number=week.number,
                state=state,
                words=_words(week, state, own, day),
                href=address(day) if day else "",
                current=week.pk == current,
            )
        )
    return cells


def _state(week: Week, own: list[Turn], here: list[Turn], coming: set[int], at: datetime) -> str:
    """What is collected this week counts first; then why nothing is."""
    standing = [turn for turn in here if not turn.cancelled]
    if any(id(turn) in coming for turn in standing):
        return "next"
    if any(turn.lies_ahead(at) for turn in standing):
        return "ahead" if any(turn.day.week_id == week.pk for turn in standing) else "extra"
    if any(turn.collected for turn in standing):
        return "done"
    if standing:
        return "missed"
    if any(turn.held and not turn.cancelled for turn in own):
        return "hold"
    if any(turn.given and not turn.cancelled for turn in own):
        return "gift"
    if any(turn.place.week_id != week.pk and not turn.cancelled for turn in own):
        return "moved"
    return "off" if own or here or week.skipped else "rest"


def _words(week: Week, state: str, own: list[Turn], day: date | None) -> str:
    facts = {"number": week.number, "day": day_words(day or week.starts_on)}
    if state == "moved":
        away = next(turn for turn in own if turn.place.week_id != week.pk and not turn.cancelled)
        facts["to"] = day_words(away.place.date)
    told = {
        "next": _("Week %(number)s, %(day)s: next pickup"),
        "ahead": _("Week %(number)s, %(day)s: coming up"),
        "extra": _("Week %(number)s, %(day)s: a share you moved here"),
        "done": _("Week %(number)s, %(day)s: collected"),
        "missed": _("Week %(number)s, %(day)s: not collected"),
        "hold": _("Week %(number)s, %(day)s: on hold"),
        "gift": _("Week %(number)s, %(day)s: given away"),
        "moved": _("Week %(number)s, %(day)s: moved to %(to)s"),
        "off": _("Week %(number)s, %(day)s: no pickup"),
        "rest": _("Week %(number)s: not your week"),
    }
    return told[state] % facts
