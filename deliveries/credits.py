"""A week on hold whose price becomes credit: it does when the week closes, until which the hold can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from deliveries.models import Change
from farms.models import HoldBecomes, PickupDay
from shares.credits import credit_for_pickup


def credit_holds(days: Iterable[PickupDay], *, at: datetime) -> int:
    """Credit every share that stands on hold for credit on these days; how many. The books take each once."""
    held = Change.objects.standing().filter(day__in=list(days), kind=Change.Kind.HOLD, becomes=HoldBecomes.CREDIT)
    rows = list(held.select_related("share__order__farm", "share__share_type", "share__household", "day__week"))
    for row in rows:
        credit_for_pickup(share=row.share, day=row.day, at=at)
    return len(rows)
