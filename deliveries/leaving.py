"""A share is given up: which of its turns are still to be given back, and the rows that fall away with it.

The money and the places are `shares.cancelling`'s; which turn is collected, held or moved is known here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from deliveries import rosters
from deliveries.cases import days_whole, settle
from deliveries.models import Change, Pickup
from deliveries.plans import leg_in, plans_of
from deliveries.turns import boxes, has_turn
from farms.models import Household, PickupDay
from people.models import User
from shares import cancelling, deferred
from shares.cancelling import Standing, Terms
from shares.models import Cancellation, Share

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


def preview(share: Share, *, keeps: int | None = None, at: datetime) -> Terms:
    """What cancelling this share now comes to; changes nothing. Raises CannotCancel."""
    return cancelling.terms(share, _standing(share, _weeks(share), at), keeps=keeps)


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
    with transaction.atomic():
        Household.objects.filter(pk=share.household_id).update(number=F("number"))
        fresh = Share.objects.select_related("order__season__farm", "order__household", "share_type").get(pk=share.pk)
        _draw_up(fresh, at)
        weeks = _weeks(fresh)
        standing = _standing(fresh, weeks, at)
        cancellation = cancelling.cancel(fresh, standing, keeps=keeps, because=because, by=by, at=at, changed=changed)
        if cancellation.at == at:
            _withdraw([week for week in weeks if week.nth in standing.left], by=by, at=at)
    return cancellation


def _draw_up(share: Share, at: datetime) -> None:
    """Where it was moved to and is certain to be collected it stands on the roster, whatever becomes of the share."""
    moved = PickupDay.objects.filter(moved_here__share=share, moved_here__undone_at=None)
    for day in moved.filter(deadline_at__lte=at, drawn_up_at=None).distinct():
        rosters.draw_up(day=day, at=at)


def _weeks(share: Share) -> list[_Week]:
    """A share's turns in order, those credited left out. Five queries."""
    days = deferred.days_of_seasons([share.share_type.season_id])
    plans = plans_of([share])
    own = [day for day in days if has_turn(share, day, plans)]
    # Changed to the other weeks, it has others than it was sold with: the last is the last, and so on.
    nths = sorted(deferred.positions(share, days).values())[-len(own) :] if own else []
    changes = Change.objects.standing().filter(share=share).select_related("day", "to_day__week", "to_day__site")
    by_week = {change.day.week_id: change for change in changes}
    drawn = set(Pickup.objects.filter(share=share).values_list("turn_of__week", flat=True))
    credited = set(share.credits.values_list("day__week", flat=True))
    return [
        _Week(day, nth, by_week.get(day.week_id), day.week_id in drawn)
        for day, nth in zip(own[-len(nths) :], nths, strict=True)
        if day.week_id not in credited
    ]


def _standing(share: Share, weeks: list[_Week], at: datetime) -> Standing:
    over = [week for week in weeks if week.is_over(at)]
    ahead = [week.nth for week in weeks if week.is_ahead(at)]
    left = [week.nth for week in weeks if not week.is_over(at) and not week.is_ahead(at)]
    last_week = max((week.day.week.number for week in over), default=share.first_week - 1)
    legs = plans_of([share]).get(share.pk, ())
    site, turn = leg_in(LAST, site=share.site_id, turn=share.turn, legs=legs)
    full = share.pickups
    return Standing(
        left=tuple(nth for nth in left if nth <= full),
        ahead=tuple(nth for nth in ahead if nth <= full),
        last_week=last_week,
        places=((share.share_type, site, turn),),
    )


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
