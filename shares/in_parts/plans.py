"""The payment plans a farm offers for a season."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from farms.models import Season
from shares.models import PayAtPickup, PaymentPlan, PlanDay

MOST_PARTS = 24
EVERY = ("month", "fortnight", "week")
DAYS_A_MONTH = 30.44


def days_from(first: date, *, parts: int, every: str) -> list[date]:
    """So many days from the first on, each month (on its date, or the month's last day), fortnight or week."""
    if every == "month":
        return [_months_later(first, n) for n in range(parts)]
    return [first + timedelta(weeks=n * (2 if every == "fortnight" else 1)) for n in range(parts)]


def _months_later(first: date, months: int) -> date:
    """The same date so many months later: from the 31st on to the 30th, the 28th or the 29th where a month is short,
    and back to the 31st after it."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def moved_along(season: Season, *, first_day: date) -> list[tuple[PaymentPlan, list[date]]]:
    """The plans of a season, each with its days in a season like it that begins on `first_day`: as many months later as
    that begins later, on the same dates. Two queries."""
    months = round((first_day - season.first_day).days / DAYS_A_MONTH)
    offered = season.payment_plans.filter(retired_at=None).prefetch_related("days")
    return [(plan, sorted({_months_later(row.day, months) for row in plan.days.all()})) for plan in offered]


@transaction.atomic
def copy_plans(season: Season, *, to: Season, at: datetime) -> None:
    """Offer in another season what this one offers: its plans, their days moved along, and paying at the pickup."""
    for plan, days in moved_along(season, first_day=to.first_day):
        make_plan(season=to, name=plan.name, deposit=plan.deposit, days=days, at=at)
    allow_at_pickup(season=to, allowed=PayAtPickup.objects.filter(season=season).exists(), at=at)


@transaction.atomic
def make_plan(*, season: Season, name: str, deposit: int, days: Sequence[date], at: datetime) -> PaymentPlan:
    """Offer a plan from now on."""
    plan = PaymentPlan.objects.create(season=season, name=name, deposit=deposit, made_at=at)
    PlanDay.objects.bulk_create(PlanDay(plan=plan, day=day) for day in days)
    return plan


def retire_plan(plan: PaymentPlan, *, at: datetime) -> None:
    """Offer it no more. Who chose it pays as they promised."""
    PaymentPlan.objects.filter(pk=plan.pk, retired_at=None).update(retired_at=at)


def allow_at_pickup(*, season: Season, allowed: bool, at: datetime) -> None:
    """Whether households may pay this season pickup by pickup. Orders made before stay as they are."""
    if allowed:
        PayAtPickup.objects.get_or_create(season=season, defaults={"since": at})
    else:
        PayAtPickup.objects.filter(season=season).delete()
