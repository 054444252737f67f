"""One household's turn on a day, kept to ourselves while it is changed.

How it is kept right under load: every change first writes its household's row, then the rows of the days it touches
in order of their ids, each by a conditional UPDATE that says what must hold (open, not called off, room left). Such
an UPDATE keeps the row to itself until commit on PostgreSQL, and SQLite lets one writer in at a time; so two changes,
or a change and the roster being drawn up, never pass each other.

A day held or moved away from keeps its box's room, so that undoing always finds it. `moved_in` counts what came.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from deliveries.due.plans import plans_of
from deliveries.due.turns import boxes, has_turn, is_open, takes_place
from deliveries.models import Change, MadeGood, Pickup
from farms.models import HoldBecomes, Household, PickupDay, SeasonSite
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


class NoPlaceForGifts(ChangeRefused):
    """The farm has not said where shares go that are given away."""


@dataclass
class Case:
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

    @property
    def waits(self) -> bool:
        """Whether all of it is on hold for another week: its own day's deadline binds it no more."""
        changes = [self.standing.get(share.pk) for share in self.shares]
        return all(change is not None and change.becomes == HoldBecomes.MAKEUP for change in changes)

    def kinds(self) -> set[str]:
        """The kinds of its standing changes; "" for shares that have none."""
        return {change.kind if (change := self.standing.get(share.pk)) else "" for share in self.shares}


def find_case(household: Household, day: PickupDay) -> Case:
    """Keep the household's row to ourselves, then read its turn. Inside a transaction. Raises NothingDue."""
    Household.objects.filter(pk=household.pk).update(number=F("number"))
    fresh = days_whole().get(pk=day.pk)
    paid = Share.objects.in_force().filter(household=household, share_type__season=fresh.week.season_id)
    made_good = MadeGood.objects.filter(turn_of__week=fresh.week, share__household=household)
    paid = paid.exclude(pk__in=made_good.values("share"))
    handed_out = Pickup.objects.filter(turn_of__week=fresh.week, check_ins__isnull=False)
    paid = paid.exclude(pk__in=handed_out.values("share")).select_related("share_type", "site")
    plans = plans_of(list(paid))
    shares = [share for share in paid if has_turn(share, fresh, plans)]
    if not shares:
        raise NothingDue(_("You have nothing to collect on that day."))
    changes = Change.objects.standing().filter(day__week=fresh.week, share__in=shares)
    standing = {change.share_id: change for change in changes.select_related("to_day__week", "to_day__site")}
    case = Case(household, fresh, shares, standing)
    for share in shares:
        change = standing.get(share.pk)
        case.places[share.pk] = change.to_day if change and change.to_day else fresh
    return case


def days_whole() -> QuerySet[PickupDay]:
    return PickupDay.objects.select_related("week__season__farm", "site")


def leave(case: Case, *, at: datetime, target: PickupDay | None = None, back: bool = False, late: bool = False) -> None:
    """Take the turn away from where it is now, and bring it to `target` if given, or `back` to its own day. `late`: the
    farm agreed after the deadline.

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
        leaving = takes_place(day) and not (case.waits and day.pk == case.day.pk)
        must_be_open = (arriving or returning or leaving) and not late
        settle(day, at=at, coming=coming, going=going[day], must_be_open=must_be_open, must_be=arriving)


def settle(
    day: PickupDay, *, at: datetime, coming: int = 0, going: int = 0, must_be_open: bool = True, must_be: bool = False
) -> None:
    """Write a day's row: boxes come, boxes go, and nothing else may happen to the day until we are done. It must be
    open; or, if not that, at least take place (`must_be`) and not be over."""
    rows = PickupDay.objects.filter(pk=day.pk)
    if must_be_open:
        # Facts of this row alone: PostgreSQL looks at them again when it had to wait, but not at a joined week's.
        rows = rows.filter(deadline_at__gt=at, drawn_up_at=None, cancelled_at=None)
    elif must_be:
        rows = rows.filter(ends_at__gt=at, cancelled_at=None)
    if coming:
        rows = rows.filter(moved_in__lte=room(day) + going - coming)
    skipped = (must_be_open or must_be) and day.week.skipped
    if skipped or not rows.update(moved_in=F("moved_in") + coming - going):
        _refuse(days_whole().get(pk=day.pk), at, open_only=must_be_open)


def room(day: PickupDay) -> int:
    """How many boxes from other days the site could take on this day. Keeps the site's row until commit."""
    here = SeasonSite.objects.filter(season=day.week.season_id, site=day.site_id)
    here.update(capacity=F("capacity"))  # a sale for this site comes before or after, not between
    place = here.first()
    return room_at(day, place) if place else 0


def room_at(day: PickupDay, place: SeasonSite) -> int:
    """How many boxes from other days a site could take on this day: its capacity less what was sold for it."""
    return place.capacity - (place.taken_a if day.week.turn == "A" else place.taken_b)


def closed_words(day: PickupDay) -> str:
    """ "The pickup on Tue 8 June could be changed until Sun 6 June, 23:59." """
    zone = day.week.season.farm.zone
    facts = {"day": day_words(day.date), "closed": day_words(day.deadline_at, zone=zone)}
    facts["time"] = clock(day.deadline_at, zone=zone)
    return _("The pickup on %(day)s could be changed until %(closed)s, %(time)s.") % facts


def _refuse(day: PickupDay, at: datetime, *, open_only: bool) -> None:
    """Say why this day cannot be changed."""
    facts = {"day": day_words(day.date), "site": day.site.name}
    if not takes_place(day):
        raise DayCancelled(_("The farm called off the pickup on %(day)s at %(site)s.") % facts)
    if open_only and not is_open(day, at):
        raise DeadlinePassed(closed_words(day))
    if day.ends_at <= at:
        raise DeadlinePassed(_("The pickup on %(day)s is over.") % facts)
    raise DayFull(_("%(site)s has no room left on %(day)s. Choose another day.") % facts)


def write(
    case: Case,
    *,
    kind: Change.Kind,
    by: User | None,
    at: datetime,
    to_days: dict[int, PickupDay] | None = None,
    becomes: str = "",
) -> Change:
    """Replace what stands by a change of this kind for each share; `to_days` by share (id). The first of them."""
    withdraw(list(case.standing.values()), by=by, at=at)
    where = to_days or {}
    facts = {"day": case.day, "kind": kind, "becomes": becomes, "made_at": at, "made_by": by}
    rows = [Change(share=share, to_day=where.get(share.pk), **facts) for share in case.shares]
    return Change.objects.bulk_create(rows)[0]


def withdraw(changes: list[Change], *, by: User | None, at: datetime) -> None:
    ids = [change.pk for change in changes]
    Change.objects.standing().filter(pk__in=ids).update(undone_at=at, undone_by=by)
