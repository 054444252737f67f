"""A household changes a week: it holds its turn, collects it on another day, or takes that back.

How it is kept right under load: every change first writes its household's row, then the rows of the days it touches
in order of their ids, each by a conditional UPDATE that says what must hold (open, not called off, room left). Such
an UPDATE keeps the row to itself until commit on PostgreSQL, and SQLite lets one writer in at a time; so two changes,
or a change and the roster being drawn up, never pass each other.

A day held or moved away from keeps its box's room, so that undoing always finds it. `moved_in` counts what came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from deliveries import letters
from deliveries.models import Change, Pickup
from deliveries.turns import Turn, boxes, has_turn, is_open, takes_place
from farms.models import Household, PickupDay, Season, SeasonSite
from people.formats import clock
from people.formats import day as day_words
from people.models import User
from shares.models import Share


class ChangeRefused(ValueError):
    """The change cannot be made; the words say why, to the household."""


class NothingDue(ChangeRefused):
    """The household has no turn on that day, or nothing there to undo."""


class DeadlinePassed(ChangeRefused):
    """That day's deadline has passed."""


class DayCancelled(ChangeRefused):
    """The farm called that pickup off."""


class NoHoldsLeft(ChangeRefused):
    """The household has held as many weeks as the season allows."""


class DayFull(ChangeRefused):
    """The site has no room for another box on that day."""


class WrongDay(ChangeRefused):
    """The day is no pickup of the household's season."""


@dataclass
class _Case:
    """One household's turn on a day as it stands: its shares, their standing changes, and where they are collected."""

    household: Household
    day: PickupDay
    shares: list[Share]
    standing: dict[int, Change]
    places: dict[int, PickupDay] = field(default_factory=dict)

    @property
    def moved_to(self) -> Counter[PickupDay]:
        """Boxes of this turn by the day they were moved to."""
        found: Counter[PickupDay] = Counter()
        for share in self.shares:
            change = self.standing.get(share.pk)
            if change and change.to_day:
                found[change.to_day] += boxes([share])
        return found


def hold(*, household: Household, day: PickupDay, by: User | None, at: datetime) -> None:
    """Leave out the household's turn on this day: a week without a pickup. Held twice is held once.

    Raises NothingDue, DeadlinePassed, DayCancelled, NoHoldsLeft.
    """
    with transaction.atomic():
        case = _case(household, day)
        if all(_is_hold(case.standing.get(share.pk)) for share in case.shares):
            return
        if not takes_place(case.day):
            raise DayCancelled(_("The farm called this pickup off: there is nothing to hold."))
        _spend_hold(case)
        _leave(case, at=at)
        _write(case, kind=Change.Kind.HOLD, to_day=None, by=by, at=at)


def move(*, household: Household, day: PickupDay, to_day: PickupDay, by: User | None, at: datetime) -> None:
    """Collect the household's turn of this day on another one of the season, at any site, before or after.

    A turn moved or held before is moved from there. Raises NothingDue, DeadlinePassed (of either day), DayCancelled,
    DayFull, WrongDay.
    """
    with transaction.atomic():
        case = _case(household, day)
        target = _days().get(pk=to_day.pk)
        if target.week.season_id != case.day.week.season_id or target.pk == case.day.pk:
            raise WrongDay(_("Choose another pickup day of this season."))
        if all(change.to_day_id == target.pk for change in _each(case)):
            return
        _leave(case, at=at, target=target)
        _write(case, kind=Change.Kind.MOVE, to_day=target, by=by, at=at)


def undo(*, household: Household, day: PickupDay, by: User | None, at: datetime) -> None:
    """Take back the change of this day's turn: it is collected on its own day again. The rows stay as record.

    Undone twice is undone once. Raises DeadlinePassed, DayCancelled.
    """
    with transaction.atomic():
        case = _case(household, day)
        if not case.standing:
            return
        _leave(case, at=at, back=True)
        undone = list(case.standing.values())
        _withdraw(undone, by=by, at=at)
        letters.write_undone(household=household, day=case.day, change=undone[0], at=at)


def days_with_room(*, season: Season, at: datetime) -> list[tuple[PickupDay, int]]:
    """The days of a season that may still be changed, in order, each with how many boxes from other days it could
    still take in. Two queries."""
    rooms = {place.site_id: place for place in SeasonSite.objects.filter(season=season)}
    days = PickupDay.objects.open_for_change(at).filter(
        week__season=season, week__skipped=False, drawn_up_at=None, site__in=rooms
    )
    in_order = days.select_related("week", "site").order_by("starts_at", "site__position", "site_id")
    return [(day, room_at(day, rooms[day.site_id]) - day.moved_in) for day in in_order]


def choices_for(turn: Turn, days: Iterable[tuple[PickupDay, int]]) -> list[PickupDay]:
    """Where a turn could go, of these days with their room: anywhere that has room for it but where it is."""
    taken = (turn.day.pk, turn.place.pk)
    return [day for day, room in days if day.pk not in taken and (room >= turn.boxes or not turn.boxes)]


def room_at(day: PickupDay, place: SeasonSite) -> int:
    """How many boxes from other days a site could take on this day: its capacity less what was sold for it."""
    return place.capacity - (place.taken_a if day.week.turn == "A" else place.taken_b)


def _case(household: Household, day: PickupDay) -> _Case:
    """Keep the household's row to ourselves, then read its turn. Raises NothingDue."""
    Household.objects.filter(pk=household.pk).update(number=F("number"))
    fresh = _days().get(pk=day.pk)
    paid = Share.objects.paid().filter(household=household, site=fresh.site_id, share_type__season=fresh.week.season_id)
    handed_out = Pickup.objects.filter(turn_of=fresh, check_ins__isnull=False)
    paid = paid.exclude(pk__in=handed_out.values("share")).select_related("share_type", "site")
    shares = [share for share in paid if has_turn(share, fresh)]
    if not shares:
        raise NothingDue(_("You have nothing to collect on that day."))
    changes = Change.objects.standing().filter(day=fresh, share__in=shares)
    standing = {change.share_id: change for change in changes.select_related("to_day__week", "to_day__site")}
    case = _Case(household, fresh, shares, standing)
    for share in shares:
        change = standing.get(share.pk)
        case.places[share.pk] = change.to_day if change and change.to_day else fresh
    return case


def _days() -> QuerySet[PickupDay]:
    return PickupDay.objects.select_related("week__season__farm", "site")


def _each(case: _Case) -> Iterable[Change]:
    """The standing change of each share; an unsaved one for a share that has none."""
    return [case.standing.get(share.pk) or Change(share=share, day=case.day) for share in case.shares]


def _is_hold(change: Change | None) -> bool:
    return change is not None and change.kind == Change.Kind.HOLD


def _spend_hold(case: _Case) -> None:
    season = case.day.week.season
    held = Change.objects.standing().filter(
        kind=Change.Kind.HOLD,
        share__household=case.household,
        share__cancelled_at=None,
        day__week__season=season,
        day__week__skipped=False,
        day__cancelled_at=None,
    )
    weeks = set(held.values_list("day__week", flat=True)) - {case.day.week_id}
    if len(weeks) >= season.holds_allowed:
        raise NoHoldsLeft(
            _("You hold %(held)s of %(allowed)s weeks already. You can still collect this one on another day.")
            % {"held": len(weeks), "allowed": season.holds_allowed}
        )


def _leave(case: _Case, *, at: datetime, target: PickupDay | None = None, back: bool = False) -> None:
    """Take the turn away from where it is now, and bring it to `target` if given, or `back` to its own day.

    Every day touched is written once, in order of ids, so that no two changes wait for each other in a ring.
    """
    going = case.moved_to
    touched = {place.pk: place for place in [*case.places.values(), *going]}
    if back:
        touched[case.day.pk] = case.day
    if target is not None:
        touched[target.pk] = target
    for _pk, day in sorted(touched.items()):
        arriving = target is not None and day.pk == target.pk
        returning = back and day.pk == case.day.pk
        coming = boxes(case.shares) if arriving else 0
        must_be_open = arriving or returning or takes_place(day)
        _settle(day, at=at, coming=coming, going=going[day], must_be_open=must_be_open)


def _settle(day: PickupDay, *, at: datetime, coming: int, going: int, must_be_open: bool) -> None:
    """Write a day's row: boxes come, boxes go, and nothing else may happen to the day until we are done."""
    rows = PickupDay.objects.filter(pk=day.pk)
    if must_be_open:
        # Facts of this row alone: PostgreSQL looks at them again when it had to wait, but not at a joined week's.
        rows = rows.filter(deadline_at__gt=at, drawn_up_at=None, cancelled_at=None)
    if coming:
        rows = rows.filter(moved_in__lte=_room(day) + going - coming)
    if (must_be_open and day.week.skipped) or not rows.update(moved_in=F("moved_in") + coming - going):
        _refuse(_days().get(pk=day.pk), at)


def _room(day: PickupDay) -> int:
    here = SeasonSite.objects.filter(season=day.week.season_id, site=day.site_id)
    here.update(capacity=F("capacity"))  # a sale for this site comes before or after, not between
    place = here.first()
    return room_at(day, place) if place else 0


def _refuse(day: PickupDay, at: datetime) -> None:
    """Say why this day cannot be changed."""
    facts = {"day": day_words(day.date), "site": day.site.name, "week": day.week.number}
    if not takes_place(day):
        raise DayCancelled(_("The farm called off the pickup on %(day)s at %(site)s.") % facts)
    if not is_open(day, at):
        zone = day.week.season.farm.zone
        closed = {"closed": day_words(day.deadline_at, zone=zone), "time": clock(day.deadline_at, zone=zone)}
        raise DeadlinePassed(_("The pickup on %(day)s could be changed until %(closed)s, %(time)s.") % (facts | closed))
    raise DayFull(_("%(site)s has no room left on %(day)s. Choose another day.") % facts)


def _write(case: _Case, *, kind: Change.Kind, to_day: PickupDay | None, by: User | None, at: datetime) -> None:
    _withdraw(list(case.standing.values()), by=by, at=at)
    written = Change.objects.bulk_create(
        Change(share=share, day=case.day, kind=kind, to_day=to_day, made_at=at, made_by=by) for share in case.shares
    )
    letters.write_change(household=case.household, day=case.day, change=written[0], at=at)


def _withdraw(changes: list[Change], *, by: User | None, at: datetime) -> None:
    ids = [change.pk for change in changes]
    Change.objects.standing().filter(pk__in=ids).update(undone_at=at, undone_by=by)
