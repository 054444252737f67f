"""A household changes a week before its deadline: it holds its turn, gives it away, moves it to another day, or takes
that back. What keeps this right under load stands in `cases`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from deliveries import letters
from deliveries.changing.cases import (
    Case,
    DayCancelled,
    NoHoldsLeft,
    NoPlaceForGifts,
    WrongDay,
    days_whole,
    find_case,
    leave,
    room_at,
    settle,
    withdraw,
    write,
)
from deliveries.due.turns import Turn, takes_place
from deliveries.models import Change
from farms.models import HoldBecomes, Household, PickupDay, Season, SeasonSite
from people.models import User


def hold(*, household: Household, day: PickupDay, by: User | None, at: datetime, told: bool = True) -> None:
    """Leave out the household's turn on this day. What becomes of it is the season's rule at this moment, and stays so:
    it is collected in another week, its price becomes credit, or it is given away. Held twice is held once.

    Raises NothingDue, DeadlinePassed, DayCancelled, NoHoldsLeft; NoPlaceForGifts.
    """
    with transaction.atomic():
        case = find_case(household, day)
        if case.kinds() == {Change.Kind.HOLD}:
            return
        if not takes_place(case.day):
            raise DayCancelled(_("The farm called this pickup off: there is nothing to hold."))
        becomes = case.day.week.season.hold_becomes
        if becomes == HoldBecomes.GIFT:
            _give(case, by=by, at=at, told=told)
            return
        _spend_hold(case)
        leave(case, at=at)
        change = write(case, kind=Change.Kind.HOLD, becomes=becomes, by=by, at=at)
        if told:
            letters.write_change(household=household, day=case.day, change=change, at=at)


def give(*, household: Household, day: PickupDay, by: User | None, at: datetime, told: bool = True) -> None:
    """Give the household's turn of this day away, where it stands: it is packed as ever and somebody else gets it. It
    is no hold. Given twice is given once.

    Raises NothingDue, DeadlinePassed, DayCancelled, NoPlaceForGifts.
    """
    with transaction.atomic():
        _give(find_case(household, day), by=by, at=at, told=told)


def move(*, household: Household, day: PickupDay, to_day: PickupDay, by: User | None, at: datetime) -> None:
    """Collect the household's turn of this day on another one of the season, at any site, before or after.

    A turn moved or held before is moved from there; one on hold for another week even after its own deadline. Raises
    NothingDue, DeadlinePassed (of either day), DayCancelled, DayFull, WrongDay.
    """
    with transaction.atomic():
        case = find_case(household, day)
        target = days_whole().get(pk=to_day.pk)
        if target.week.season_id != case.day.week.season_id or target.pk == case.day.pk:
            raise WrongDay(_("Choose another pickup day of this season."))
        if case.kinds() == {Change.Kind.MOVE} and {place.pk for place in case.places.values()} == {target.pk}:
            return
        leave(case, at=at, target=target)
        to_days = dict.fromkeys((share.pk for share in case.shares), target)
        change = write(case, kind=Change.Kind.MOVE, to_days=to_days, by=by, at=at)
        letters.write_change(household=household, day=case.day, change=change, at=at)


def undo(*, household: Household, day: PickupDay, by: User | None, at: datetime, told: bool = True) -> None:
    """Take back the change of this day's turn: it is collected on its own day again; one that was given away, where it
    stood. The rows stay as record.

    Undone twice is undone once. Raises DeadlinePassed, DayCancelled.
    """
    with transaction.atomic():
        case = find_case(household, day)
        if not case.standing:
            return
        undone = next(iter(case.standing.values()))
        moved = {share: place for share, place in case.places.items() if place.pk != case.day.pk}
        if undone.kind == Change.Kind.GIFT and moved:
            _keep_open(case, at)
            write(case, kind=Change.Kind.MOVE, to_days=moved, by=by, at=at)
        else:
            leave(case, at=at, back=True)
            withdraw(list(case.standing.values()), by=by, at=at)
        if told:
            letters.write_undone(household=household, day=case.day, change=undone, at=at)


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


def weeks_on_hold(household: Household, season: Season) -> set[int]:
    """The weeks (ids) that a household holds; one that the farm called off is no hold any more. One query."""
    held = Change.objects.standing().filter(
        kind=Change.Kind.HOLD,
        share__household=household,
        day__week__number__lte=F("share__last_week"),  # a share given up ends there
        day__week__season=season,
        day__week__skipped=False,
        day__cancelled_at=None,
    )
    return set(held.values_list("day__week", flat=True))


def _spend_hold(case: Case) -> None:
    season = case.day.week.season
    weeks = weeks_on_hold(case.household, season) - {case.day.week_id}
    if len(weeks) >= season.holds_allowed:
        raise NoHoldsLeft(
            _("You hold %(held)s of %(allowed)s weeks already. You can still collect this one on another day.")
            % {"held": len(weeks), "allowed": season.holds_allowed}
        )


def _give(case: Case, *, by: User | None, at: datetime, told: bool) -> None:
    if case.kinds() == {Change.Kind.GIFT}:
        return
    if case.day.week.season.gifts_to_id is None:
        raise NoPlaceForGifts(_("The farm has not said yet where shares go that are given away."))
    _keep_open(case, at)
    moved = {share: place for share, place in case.places.items() if place.pk != case.day.pk}
    change = write(case, kind=Change.Kind.GIFT, to_days=moved, by=by, at=at)
    if told:
        letters.write_change(household=case.household, day=case.day, change=change, at=at)


def _keep_open(case: Case, at: datetime) -> None:
    """The days where the turn is collected are open, and stay so until we are done."""
    for _pk, day in sorted({place.pk: place for place in case.places.values()}.items()):
        settle(day, at=at)
