"""Who is late with money, and what the farmer says about it: more time, a reminder, or no pickups until it is paid.

Hissa itself never stops anybody's food.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Sum

from farms.models import Farm
from people.formats import local_day
from people.models import User
from shares.books import ledger
from shares.in_parts import instalments, part_letters
from shares.models import Account, Instalment, LedgerEntry, Order, PickupStop

MORE_TIME = timedelta(days=14)


@dataclass(frozen=True)
class Late:
    """An order of which `due` (minor units) should have come by now: since when, by which part, and whether its
    pickups are stopped."""

    order: Order
    due: int
    since: date | None
    part: Instalment | None
    stopped: bool


def late_ones(farm: Farm, *, at: datetime) -> list[Late]:
    """Orders in force of which something is due, the oldest first. Four queries."""
    today = local_day(at, farm.zone)
    owing = LedgerEntry.objects.filter(
        posting__order__farm=farm, posting__order__settled_at__isnull=False, account=Account.OWED
    )
    sums = owing.values_list("posting__order_id").annotate(sum=Sum("amount")).filter(sum__gt=0).order_by()
    owed = {int(pk or 0): int(total) for pk, total in sums}
    orders = Order.objects.filter(pk__in=owed).select_related("household", "season", "farm")
    found = [_late(order, owed[order.pk], today) for order in orders.prefetch_related("instalments", "stops")]
    return sorted((each for each in found if each.due), key=lambda each: (each.since or today, each.order.pk))


def _late(order: Order, owed: int, today: date) -> Late:
    parts = list(order.instalments.all())
    due = instalments.due_by(parts, owed=owed, on=today)
    first = next((each.part for each in instalments.open_parts(parts, owed=owed) if each.open), None)
    part = first if first and first.due_on <= today else None
    stopped = any(stop.ended_at is None for stop in order.stops.all())
    return Late(order, due, part.due_on if part else None, part, stopped)


def wait(order: Order, *, at: datetime) -> date:
    """Give two weeks more: until then nothing is charged or written about what is late."""
    today = local_day(at, order.farm.zone)
    until = today + MORE_TIME
    order.instalments.filter(number__gt=0, due_on__lte=today).update(next_on=until, waits_until=until, trouble="")
    return until


def remind(order: Order, *, at: datetime) -> bool:
    """Write to the household, once a day at most; False when nothing is late."""
    found = _late(order, ledger.owed(order), local_day(at, order.farm.zone))
    if not found.due or found.part is None:
        return False
    part_letters.write_reminder(found.part, open=found.due, on=local_day(at, order.farm.zone), at=at)
    return True


def stop_pickups(order: Order, *, by: User, at: datetime) -> None:
    """Not packed from now on, where the roster is not drawn up yet. Harmless twice."""
    try:
        with transaction.atomic():
            PickupStop.objects.create(order=order, stopped_at=at, stopped_by=by)
            part_letters.write_stopped(order, at=at)
    except IntegrityError:
        return


def let_pickups_go_on(order: Order, *, at: datetime) -> None:
    order.stops.filter(ended_at=None).update(ended_at=at)
