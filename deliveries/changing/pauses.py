"""A household goes away for some weeks: each turn until a date is held, or given away once its holds are used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries import wish_letters
from deliveries.changing import changes
from deliveries.changing.cases import ChangeRefused, NothingDue
from deliveries.due.turns import Turn, is_open, turns_of, weeks_held
from deliveries.models import Change
from farms.models import HoldBecomes, Household, Season
from people.models import User


@dataclass(frozen=True)
class Away:
    """What a pause makes of each turn before its last day: `held`, `given`, and `kept`, for which no hold is left and
    that nobody gets."""

    held: tuple[Turn, ...] = ()
    given: tuple[Turn, ...] = ()
    kept: tuple[Turn, ...] = ()

    @property
    def changed(self) -> tuple[Turn, ...]:
        return self.held + self.given


def foreseen(turns: Sequence[Turn], *, season: Season, until: date, at: datetime) -> Away:
    """What a pause until this date would do: the turns collected before it that can still be changed, in their order.
    Asks nothing: `turns` are the household's in the season."""
    weeks, left = weeks_held(turns), season.holds_allowed
    gifts = season.gifts_to_id is not None
    held, given, kept = list[Turn](), list[Turn](), list[Turn]()
    for turn in turns:
        may_change = turn.lies_ahead(at) and is_open(turn.place, at) and is_open(turn.day, at)
        if turn.place.date >= until or not may_change:
            continue
        if season.hold_becomes != HoldBecomes.GIFT and (turn.day.week_id in weeks or len(weeks) < left):
            weeks.add(turn.day.week_id)
            held.append(turn)
        else:
            (given if gifts else kept).append(turn)
    return Away(tuple(held), tuple(given), tuple(kept))


def pause(*, household: Household, season: Season, until: date, by: User | None, at: datetime) -> Away:
    """Hold the household's turns until this date, and give away those for which no hold is left; all or none.

    Raises NothingDue when there is none to change, or a refusal of one of them.
    """
    with transaction.atomic():
        away = foreseen(turns_of(household, seasons=[season]), season=season, until=until, at=at)
        if not away.changed:
            raise NothingDue(_("No week before that day can still be changed."))
        for turn in away.held:
            changes.hold(household=household, day=turn.day, by=by, at=at, told=False)
        for turn in away.given:
            changes.give(household=household, day=turn.day, by=by, at=at, told=False)
        wish_letters.write_pause(household=household, season=season, away=away, until=until, at=at)
    return away


def end_pause(*, household: Household, season: Season, made_at: datetime, by: User | None, at: datetime) -> int:
    """Take back what a pause changed (all its changes bear one moment) where it can still be; how many turns."""
    undone: list[Turn] = []
    with transaction.atomic():
        for turn in _made_at(turns_of(household, seasons=[season]), made_at):
            if turn.may_undo(at):
                try:
                    with transaction.atomic():
                        changes.undo(household=household, day=turn.day, by=by, at=at, told=False)
                except ChangeRefused:
                    continue  # its deadline passed in this moment: it stays as it is
                undone.append(turn)
        if undone:
            days = sorted({turn.day for turn in undone}, key=lambda day: (day.starts_at, day.pk))
            wish_letters.write_end_of_pause(household=household, days=days, at=at)
    return len(undone)


def pauses_of(turns: Sequence[Turn], *, at: datetime) -> list[tuple[datetime, list[Turn]]]:
    """Pauses of which something can still be taken back: when each was made, and its turns. A single week is none."""
    groups: dict[datetime, list[Turn]] = defaultdict(list)
    for turn in turns:
        if turn.change is not None and turn.change.kind in (Change.Kind.HOLD, Change.Kind.GIFT) and turn.may_undo(at):
            groups[turn.change.made_at].append(turn)
    return [(made_at, own) for made_at, own in sorted(groups.items()) if len({turn.day.week_id for turn in own}) > 1]


def _made_at(turns: Sequence[Turn], made_at: datetime) -> list[Turn]:
    return [turn for turn in turns if turn.change is not None and turn.change.made_at == made_at]
