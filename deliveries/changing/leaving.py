"""A share is given up: which of its turns are still to be given back, and the rows that fall away with it.

The money and the places are `shares.money.cancelling`'s; which turn is collected, held or moved is known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from deliveries.changing.cases import days_whole, settle
from deliveries.due import rosters
from deliveries.due.plans import leg_in, plans_of
from deliveries.due.turns import boxes, has_turn
from deliveries.models import Change, Pickup
from farms.models import Household, PickupDay
from people.models import User
from shares.books import deferred
from shares.models import Cancellation, PickupCredit, Share
from shares.money import cancelling
from shares.money.cancelling import Standing, Terms

LAST = 10_000  # a week after all weeks


@dataclass(frozen=True)
class _Week:
    """A share's turn of one week: its own day, its place among the share's pickups, and what became of it."""

    day: PickupDay
    nth: int
    change: Change | None
    drawn: bool

    def is_over(self, at: datetime) -> bool:
        """Whether it is its own day's, whose deadline has passed: collected, held or missed."""
        return self.day.cancelled_at is None and self.day.deadline_at <= at

    def is_ahead(self, at: datetime) -> bool:
        """Whether it was, or is certain to be, collected on another day although its own is open or called off."""
        gone = self.change is not None and self.change.to_day is not None and self.change.to_day.deadline_at <= at
        return not self.is_over(at) and (self.drawn or gone)


@dataclass(frozen=True)
class _Leaver:
    """A share that may be given up: the site and turn it has in the end, and its turns, week by week."""

    share: Share
    place: tuple[int, str]
    weeks: tuple[_Week, ...]

    def standing(self, at: datetime) -> Standing:
        over = [week for week in self.weeks if week.is_over(at)]
        ahead = [week.nth for week in self.weeks if week.is_ahead(at)]
        left = [week.nth for week in self.weeks if not week.is_over(at) and not week.is_ahead(at)]
        full = self.share.pickups
        return Standing(
            left=tuple(nth for nth in left if nth <= full),
            ahead=tuple(nth for nth in ahead if nth <= full),
            last_week=max((week.day.week.number for week in over), default=self.share.first_week - 1),
            places=((self.share.share_type, *self.place),),
        )


def preview(share: Share, *, keeps: int | None = None, at: datetime) -> Terms:
    """What cancelling this share now comes to; changes nothing. Raises CannotCancel."""
    return preview_all([share], keeps=keeps, at=at)


def preview_all(shares: Sequence[Share], *, keeps: int | None = None, at: datetime) -> Terms:
    """The same for shares of one order, cancelled at once."""
    return cancelling.terms([(one.share, one.standing(at)) for one in _look_at(shares)], keeps=keeps)


def cancel_share(
    *,
    share: Share,
    keeps: int | None = None,
    because: str = "",
    by: User | None,
    at: datetime,
    changed: bool = False,
) -> Cancellation:
    """Cancel a share: pickups whose deadline has passed are still its own, the others are given back by the farm's rule
    (or less what it `keeps`), and its places are free. Cancelled twice, it is cancelled once. `changed`: another share
    takes its place. Raises CannotCancel."""
    [done] = cancel_all(shares=[share], keeps=keeps, because=because, by=by, at=at, changed=changed)
    return done


def cancel_all(
    *,
    shares: Sequence[Share],
    keeps: int | None = None,
    because: str = "",
    by: User | None,
    at: datetime,
    changed: bool = False,
) -> list[Cancellation]:
    """The same for shares of one order at once: all of them or, where one of them was cancelled meanwhile, none."""
    keys = [share.pk for share in shares]
    with transaction.atomic():
        Household.objects.filter(pk__in={share.household_id for share in shares}).update(number=F("number"))
        whole = Share.objects.select_related("order__season__farm", "order__household", "share_type")
        fresh = list(whole.filter(pk__in=keys).order_by("pk"))
        gone = sum(share.cancelled_at is not None for share in fresh)
        if 0 < gone < len(fresh):
            raise cancelling.CannotCancel(_("This has changed since it was shown. Look again."))
        _draw_up(fresh, at)
        leavers = _look_at(fresh)
        leaving = [(one.share, one.standing(at)) for one in leavers]
        done = cancelling.cancel(leaving, keeps=keeps, because=because, by=by, at=at, changed=changed)
        if not gone:
            for one, (_share, standing) in zip(leavers, leaving, strict=True):
                _withdraw([week for week in one.weeks if week.nth in standing.left], by=by, at=at)
    return done


def _draw_up(shares: Sequence[Share], at: datetime) -> None:
    """Where they were moved to and are certain to be collected they stand on the roster, whatever becomes of them."""
    moved = PickupDay.objects.filter(moved_here__share__in=shares, moved_here__undone_at=None)
    for day in moved.filter(deadline_at__lte=at, drawn_up_at=None).distinct():
        rosters.draw_up(day=day, at=at)


def _look_at(shares: Sequence[Share]) -> list[_Leaver]:
    """Shares of one order with their turns in order, those credited left out. As many queries for one as for ten."""
    order = shares[0].order
    days = deferred.days_of_seasons([order.season_id])
    plans = plans_of(shares)
    changes: dict[tuple[int, int], Change] = {}
    standing = Change.objects.standing().filter(share__in=shares)
    for change in standing.select_related("share__share_type", "day", "to_day__week", "to_day__site"):
        changes[change.share_id, change.day.week_id] = change
    drawn = set(Pickup.objects.filter(share__in=shares).values_list("share", "turn_of__week"))
    credited = set(PickupCredit.objects.filter(share__in=shares).values_list("share", "day__week"))
    found = []
    for share in shares:
        share.order = order
        own = [day for day in days if has_turn(share, day, plans)]
        # Changed to the other weeks, it has others than it was sold with: the last is the last, and so on.
        nths = sorted(deferred.positions(share, days).values())[-len(own) :] if own else []
        weeks = [
            _Week(day, nth, changes.get((share.pk, day.week_id)), (share.pk, day.week_id) in drawn)
            for day, nth in zip(own[-len(nths) :], nths, strict=True)
            if (share.pk, day.week_id) not in credited
        ]
        place = leg_in(LAST, site=share.site_id, turn=share.turn, legs=plans.get(share.pk, ()))
        found.append(_Leaver(share, place, tuple(weeks)))
    return found


def _withdraw(weeks: list[_Week], *, by: User | None, at: datetime) -> None:
    """Changes of turns that are given back fall away; where they were moved to there is room again."""
    changes = [week.change for week in weeks if week.change is not None]
    going = Counter[int]()
    for change in changes:
        if change.to_day_id:
            going[change.to_day_id] += boxes([change.share])
    for day in days_whole().filter(pk__in=going).order_by("pk"):
        settle(day, at=at, going=going[day.pk], must_be_open=False)
    Change.objects.standing().filter(pk__in=[change.pk for change in changes]).update(undone_at=at, undone_by=by)
