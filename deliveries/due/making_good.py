"""A pickup that was called off is made good for everybody: its price becomes credit, or goes back.

The rows were written with the calling off (`cancellations`); a sweep does them one by one, so that nobody's failure
keeps others waiting and whoever is killed in the middle is taken up again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from deliveries.due import rosters
from deliveries.due.rosters import Due
from deliveries.models import Instead, MadeGood
from farms.models import PickupDay
from shares.books import deferred
from shares.models import Refund, Share
from shares.money import credits, refunds

log = logging.getLogger("hissa.making_good")


@dataclass(frozen=True)
class Cost:
    """What making a pickup good would come to: so many shares get their price back, `total` in minor units."""

    shares: int
    total: int


def cost_of(day: PickupDay) -> Cost:
    """What all shares due on this day would get for it: the same arithmetic, share by share, as the act."""
    rows = rosters.expected([day]).rows
    return Cost(shares=len(rows), total=sum(amount for _row, amount in _worths(day, rows)))


def make_good(*, at: datetime) -> int:
    """Sweep: give back what pickups that were called off are worth; how many turns. One failure stops no other."""
    done = 0
    waiting = MadeGood.objects.filter(done_at=None).select_related(
        "turn_of__week", "share__share_type", "share__order__farm", "share__order__household"
    )
    for row in waiting.order_by("pk"):
        try:
            done += _make_good(row, at)
        except Exception:
            log.exception("turn %s could not be made good", row.pk)
    return done


def _make_good(row: MadeGood, at: datetime) -> bool:
    with transaction.atomic():
        if not MadeGood.objects.filter(pk=row.pk, done_at=None).update(done_at=at):
            return False
        amount = credits.credit_for_pickup(share=row.share, day=row.turn_of, at=at)
        MadeGood.objects.filter(pk=row.pk).update(amount=amount)
        if row.instead == Instead.REFUND and amount:
            reason = Refund.Reason.CALLED_OFF
            refunds.return_overpaid(row.share.order, reason=reason, by=None, at=at, most=amount)
    return True


def _worths(day: PickupDay, rows: Sequence[Due]) -> list[tuple[Due, int]]:
    """What each turn is worth to its household, in minor units."""
    shares = Share.objects.filter(pk__in=[row.share for row in rows]).select_related("order__farm", "share_type")
    by_id = {share.pk: share for share in shares}
    days = deferred.days_of_seasons([day.week.season_id])
    weeks = {one.pk: one.week.number for one in days}
    found = []
    for row in rows:
        share = by_id[row.share]
        nth = deferred.positions(share, days).get(weeks[row.turn_of], 0)
        found.append((row, credits.worth_of_pickup(share, nth=nth).owed))
    return found
