"""A household's turns as its pages show them: what is in the share, what may be changed, until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from deliveries import changes
from deliveries.change_forms import MoveForm
from deliveries.contents import Contents, Published
from deliveries.turns import Turn
from farms.models import PickupDay
from people.formats import local_day, relative_day
from shares.models import ShareType

NEAREST = 4
"""So many other weeks at its own site are offered first."""


@dataclass(frozen=True)
class Part:
    """Some shares of one type, and what is in each if that is published."""

    share_type: ShareType
    count: int
    inside: Contents | None


@dataclass(frozen=True)
class Option:
    """A day to which a turn could go; `number` ties it to its input, `beside`: the household is there anyway."""

    number: int
    day: PickupDay
    beside: bool


@dataclass(frozen=True)
class ShownTurn:
    """One turn with all that may be done about it at this moment. `state` is held, cancelled, collected, missed, or
    ahead; `may_move`, `may_hold` and `may_undo` say what the household can still do, `until` and `near` how long."""

    turn: Turn
    state: str
    may_move: bool
    may_hold: bool
    may_undo: bool
    until: datetime
    near: str
    parts: tuple[Part, ...]
    form: MoveForm
    near_days: tuple[Option, ...] = ()
    same_site: tuple[Option, ...] = ()
    elsewhere: tuple[Option, ...] = ()

    @property
    def has_options(self) -> bool:
        return bool(self.near_days or self.same_site or self.elsewhere)


@dataclass(frozen=True)
class Prospect:
    """What is the same for every turn of a page: the moment, the days that may take a turn, the weeks (ids) held and
    how many more may be, the days (ids) on which the household collects anyway, and what is published."""

    at: datetime
    zone: ZoneInfo
    days: Sequence[tuple[PickupDay, int]]
    held: frozenset[int]
    holds_left: int
    busy: frozenset[int]
    contents: Published

    def may_hold(self, turn: Turn) -> bool:
        return self.holds_left > 0 or turn.day.week_id in self.held


def show_turn(turn: Turn, prospect: Prospect, *, form: MoveForm) -> ShownTurn:
    """A turn with the days it could go to: the nearest first, then those at its own site, then anywhere."""
    at = prospect.at
    free = turn.may_change(at) and not turn.collected
    groups = _by_nearness(turn, changes.choices_for(turn, prospect.days) if free else [])
    numbers = {day.pk: number for number, day in enumerate(chain(*groups))}
    near_days, same_site, elsewhere = (
        tuple(Option(numbers[day.pk], day, day.pk in prospect.busy) for day in group) for group in groups
    )
    may_undo = turn.may_undo(at)
    until = turn.undo_until if may_undo else turn.place.deadline_at
    return ShownTurn(
        turn=turn,
        state=state_of(turn, at),
        may_move=free,
        may_hold=free and not turn.held and not turn.cancelled and prospect.may_hold(turn),
        may_undo=may_undo,
        until=until,
        near=how_near(until, at=at, zone=prospect.zone),
        parts=tuple(parts_of([turn], prospect.contents)),
        form=form,
        near_days=near_days,
        same_site=same_site,
        elsewhere=elsewhere,
    )


def _by_nearness(turn: Turn, days: Sequence[PickupDay]) -> tuple[list[PickupDay], list[PickupDay], list[PickupDay]]:
    """Days of the turn's own week with the nearest at its own site; the others at its site; the others elsewhere."""
    away = {day.pk: abs(day.starts_at - turn.day.starts_at) for day in days}
    own_site = [day for day in days if day.site_id == turn.day.site_id]
    nearest = {day.pk for day in sorted(own_site, key=lambda day: away[day.pk])[:NEAREST]}
    near = [day for day in days if day.week_id == turn.day.week_id or day.pk in nearest]
    rest = [day for day in days if day not in near]
    at_site = [day for day in rest if day.site_id == turn.day.site_id]
    return near, at_site, [day for day in rest if day not in at_site]


def how_near(moment: datetime, *, at: datetime, zone: ZoneInfo) -> str:
    """ "today", "in 3 days"; nothing when it is more than a fortnight away."""
    today, then = local_day(at, zone), local_day(moment, zone)
    return relative_day(then, today=today) if 0 <= (then - today).days <= 14 else ""


def state_of(turn: Turn, at: datetime) -> str:
    if turn.collected:
        return "collected"
    if turn.cancelled:
        return "cancelled"
    if turn.held:
        return "held"
    return "ahead" if turn.lies_ahead(at) else "missed"


def parts_of(turns: Iterable[Turn], contents: Published) -> list[Part]:
    """What is collected of these turns, all in one place: each share type with how many, each share that has a box of
    its own with what is in it."""
    parts: dict[tuple[int, int], Part] = {}
    for turn in turns:
        for share in turn.shares:
            inside = contents.of(turn.place.pk, share.share_type_id, share.pk)
            key = share.share_type_id, share.pk if inside and inside.own else 0
            count = parts[key].count if key in parts else 0
            parts[key] = Part(share.share_type, count + 1, inside)
    kinds = {key: part.share_type for key, part in parts.items()}
    in_order = sorted(parts, key=lambda key: (kinds[key].is_addon, kinds[key].position, key))
    return [parts[key] for key in in_order]
