"""Paying in parts: which parts an order has, and what of them is still open.

A plan of the farm takes so much per cent at once and the rest on its days; whoever pays at the pickup pays each when
it comes. The parts sum to what is owed, to the last unit. Which of them are paid is the ledger's to say: what came
pays the oldest part first, so money by hand, a credit or a refund change the parts by themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum

from people.currencies import step_of
from people.formats import local_day
from shares.books import ledger
from shares.cards.stripe_gateway import LEAST
from shares.models import Instalment, Order, PaymentPlan
from shares.prices import prices
from shares.prices.splitting import split

# Days from the due day on which something is done about a part: told of before, asked for, asked for again.
BY_CARD = (-3, 0, 3, 7, 14)
BY_TRANSFER = (-3, 3, 7, 14)


class NoSuchPlan(Exception):
    """So much cannot be paid in these parts: their days are over, or they would be too small."""


@dataclass(frozen=True)
class Part:
    """A part before it is promised: number 0 is what is due at once."""

    number: int
    due_on: date
    amount: int


@dataclass(frozen=True)
class OpenPart:
    """A part and what of it is not paid yet, in minor units."""

    part: Instalment
    open: int

    @property
    def paid(self) -> int:
        return self.part.amount - self.open


def schedule(*, total: int, deposit: int, days: Iterable[date], today: date, currency: str) -> list[Part]:
    """The parts of `total` by a plan: `deposit` per cent today, the rest equally on its days that are still to come.

    Largest remainder: they sum to `total`, and equal parts differ by one step at most. Empty when no day is left, or
    when a part would be too small for a card.
    """
    least, step = max(1, LEAST.get(currency.lower(), 1)), step_of(currency)
    ahead = sorted(day for day in set(days) if day > today)
    if not ahead or total <= 0:
        return []
    amounts = split(total, [deposit * len(ahead)] + [100 - deposit] * len(ahead), step=step)
    if min(amounts) < least:
        return []
    return [
        Part(number, day, amount) for number, (day, amount) in enumerate(zip([today, *ahead], amounts, strict=True))
    ]


def lay_out(order: Order, *, plan: PaymentPlan | None, at: datetime) -> None:
    """Write down the parts in which an order is paid, within its purchase: those of `plan`, or of its pickups."""
    today = local_day(at, order.farm.zone)
    parts: list[Part] = []
    if order.method == Order.Method.PER_PICKUP:
        parts = _of_pickups(order, today)
    elif plan is not None:
        days, total = plan.days.values_list("day", flat=True), ledger.owed(order)
        parts = schedule(total=total, deposit=plan.deposit, days=days, today=today, currency=order.currency)
        if total and not parts:
            raise NoSuchPlan
    Instalment.objects.bulk_create(
        Instalment(
            order=order,
            number=part.number,
            due_on=part.due_on,
            amount=part.amount,
            next_on=next_act(order.method, part.due_on, today) if part.number else None,
        )
        for part in parts
    )


def next_act(method: str, due_on: date, today: date) -> date | None:
    """The next day after today on which something is done about a part, or none: then it is the farmer's to say."""
    if method == Order.Method.PER_PICKUP:
        return None
    offsets = BY_CARD if method == Order.Method.CARD else BY_TRANSFER
    ahead = (due_on + timedelta(days=offset) for offset in offsets)
    return next((day for day in ahead if day > today), None)


def due_at_first(order: Order) -> int:
    """What must come before an order's shares are in force: what is owed but for the parts due later."""
    later = order.instalments.filter(number__gt=0).aggregate(sum=Sum("amount"))["sum"] or 0
    return max(0, ledger.owed(order) - int(later))


def open_parts(parts: Sequence[Instalment], *, owed: int) -> list[OpenPart]:
    """Each part with what of it is open, when so much is owed in all: what came paid the oldest first."""
    left = max(0, sum(part.amount for part in parts) - owed)
    found = []
    for part in sorted(parts, key=lambda part: part.number):
        paid = min(left, part.amount)
        left -= paid
        found.append(OpenPart(part, part.amount - paid))
    return found


def due_by(parts: Sequence[Instalment], *, owed: int, on: date) -> int:
    """What of an order is due by a day: its parts until then, and whatever is owed beside them. All, without parts."""
    not_yet = sum(each.open for each in open_parts(parts, owed=owed) if each.part.due_on > on)
    return max(0, owed - not_yet)


def _of_pickups(order: Order, today: date) -> list[Part]:
    """What each pickup day costs: every share's price divided over its pickups; a gift to the fund rides with the
    first."""
    days = prices.days_of_season(order.season)
    by_day: dict[date, int] = defaultdict(int)
    for share in order.shares.select_related("share_type", "site"):
        own = prices.days_of(share.share_type, turn=share.turn, site=share.site_id, days=days)
        dates = [day.date for day in own if share.first_week <= day.week.number <= share.last_week]
        for day, amount in zip(dates, split(share.price, [1] * len(dates), step=step_of(order.currency)), strict=True):
            by_day[day] += amount
    if order.donation and by_day:
        by_day[min(by_day)] += order.donation
    return [Part(n, day, by_day[day]) for n, day in enumerate(sorted(day for day in by_day if by_day[day]), start=1)]
