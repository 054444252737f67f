"""Places that wait for a transfer or cash: before one goes back on sale, its household is told once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from people.by_itself import by_itself
from shares.in_parts import instalments, part_letters
from shares.models import Order

log = logging.getLogger("hissa.places")

BEFORE = timedelta(days=3)


def write_place_letters(*, at: datetime) -> int:
    """The sweep: three days before a reserved place goes back on sale its household hears of it, unless it was ordered
    in those days; how many letters. One order's failure stops no other."""
    soon = Order.objects.open().filter(
        method=Order.Method.OFFLINE, held_until__gt=at, held_until__lte=at + BEFORE, ordered_at__lte=at - BEFORE
    )
    written = 0
    for order in soon.select_related("farm", "season", "household").order_by("held_until", "pk"):
        with by_itself(log, "order %s could not be told that its place lapses", order.pk):
            if instalments.due_at_first(order) > 0:
                written += part_letters.write_place_lapses(order, at=at)
    return written
