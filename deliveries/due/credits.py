"""A week on hold whose price becomes credit: it does when the week closes, until which the hold can be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from deliveries.due.plans import plans_of
from deliveries.due.turns import has_turn
from deliveries.models import Change
from farms.models import HoldBecomes, PickupDay
from shares.money.credits import credit_for_pickup


def credit_holds(days: Iterable[PickupDay], *, at: datetime) -> int:
    """Credit every share that stands on hold for credit and has its turn on these days, wherever it had it when it was
    held; how many. The books take each once."""
    by_week = defaultdict(list)
    for day in days:
        by_week[day.week_id].append(day)
    held = Change.objects.standing().filter(day__week__in=by_week, kind=Change.Kind.HOLD, becomes=HoldBecomes.CREDIT)
    rows = list(held.select_related("share__order__farm", "share__share_type", "share__household", "day__week"))
    plans = plans_of(row.share for row in rows)
    due = [row for row in rows if any(has_turn(row.share, day, plans) for day in by_week[row.day.week_id])]
    for row in due:
        credit_for_pickup(share=row.share, day=row.day, at=at)
    return len(due)
