"""What was sold is earned as it is delivered: week by week, a share's cost moves from what is still to be delivered to
the income of its pickup days."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Substr

from farms.models import Farm, PickupDay, Season
from shares.books import ledger
from shares.models import Account, LedgerEntry, Share
from shares.prices import prices

log = logging.getLogger("hissa.deferred")

LOOKS_BACK = timedelta(weeks=9)  # a purchase settled late, or a share cancelled late, still finds its days
KEY = "delivered:"


@dataclass(frozen=True)
class Part:
    """What one share earns on one of its pickup days, in minor units."""

    day: PickupDay
    share: Share
    amount: int


def nth_part(cost: int, *, nth: int, pickups: int) -> int:
    """What the `nth` (from 1) of a share's pickups is worth, in minor units: the parts of all sum exactly to the cost,
    and those still to come to what a share cancelled now gives back. Beyond the pickups it was sold with there is
    nothing left."""
    if nth > pickups:
        return 0
    left = pickups - nth
    return prices.part_of(cost, left=left + 1, full=pickups) - prices.part_of(cost, left=left, full=pickups)


def parts_of(share: Share, days: Sequence[PickupDay]) -> Iterator[Part]:
    """A share's pickups that were or will be delivered, each with its part of the cost.

    `days` are all of its season's, in order, those called off among them: a day that was called off after the share
    was sold keeps its part, undelivered, until the farm makes it up or gives it back; so does one that was credited.
    A share that was cancelled is delivered until its last week.
    """
    credited = {credit.day.week.number for credit in share.credits.all()}
    places = positions(share, days)
    for day in days:
        if day.site_id == share.site_id and not day.cancelled_at and day.week.number in places.keys() - credited:
            nth = places[day.week.number]
            yield Part(day, share, nth_part(share.cost, nth=nth, pickups=share.pickups))


def days_of_seasons(seasons: Sequence[int]) -> list[PickupDay]:
    """The days of these seasons (ids) as `parts_of` wants them: in order, those called off among them. One query."""
    days = PickupDay.objects.filter(week__season__in=seasons, week__skipped=False).select_related("week")
    return list(days.order_by("week__number", "date", "pk"))


def positions(share: Share, days: Sequence[PickupDay]) -> dict[int, int]:
    """The weeks (numbers) of a share's pickups until its last, each with its place among them from 1: which part of the
    share it is, delivered or given back. `days` as in `parts_of`."""
    weeks = [
        day.week.number
        for day in days
        if day.site_id == share.site_id
        and share.first_week <= day.week.number <= share.last_week
        and prices.has_turn(share.share_type, turn=share.turn, week=day.week.number)
        and not (day.cancelled_at and day.cancelled_at <= share.order.ordered_at)
    ]
    return {week: nth for nth, week in enumerate(weeks, start=1)}


def post_deliveries(*, at: datetime) -> int:
    """Sweep: what past pickup days delivered is income; how many postings. One farm's failure stops no other."""
    posted = 0
    for farm in Farm.objects.filter(seasons__weeks__days__ends_at__range=(at - LOOKS_BACK, at)).distinct():
        try:
            with transaction.atomic():
                posted += post_deliveries_of(farm, at=at)
        except Exception:
            log.exception("what farm %s delivered could not be posted", farm.pk)
    return posted


def post_deliveries_of(farm: Farm, *, at: datetime) -> int:
    """Post, for each pickup day of a farm that is past, what all shares in force earned there and was not posted yet.

    A day once posted is posted again, by its difference, when a purchase was settled or a share cancelled since. Five
    queries, however many shares.
    """
    earned = earned_by_day(farm, since=at - LOOKS_BACK, at=at)
    before = _posted(farm)
    events = []
    for day, amount in sorted(earned.items(), key=lambda pair: pair[0].starts_at):
        times, so_far = before.get(str(day.pk), (0, 0))
        if more := amount - so_far:
            key = f"{KEY}{day.pk}" + (f":{times + 1}" if times else "")
            moves = {Account.SHARES: more, Account.INCOME: -more}
            events.append(ledger.Event(key=key, kind="delivery", moves=moves, at=day.ends_at))
    return ledger.post_many(farm=farm, events=events)


def earned_by_day(farm: Farm, *, since: datetime, at: datetime) -> dict[PickupDay, int]:
    """What each day that ended in this time earned, in minor units. Two queries."""
    found: dict[PickupDay, int] = defaultdict(int)
    seasons: dict[int, list[PickupDay]] = defaultdict(list)
    in_course = Season.objects.filter(farm=farm, weeks__days__ends_at__range=(since, at))
    days = PickupDay.objects.filter(week__season__in=in_course, week__skipped=False)
    for day in days.select_related("week").order_by("week__number", "date", "pk"):
        seasons[day.week.season_id].append(day)
        if since <= day.ends_at <= at:
            found[day] = 0
    for part in _parts(farm, seasons):
        if since <= part.day.ends_at <= at:
            found[part.day] += part.amount
    return dict(found)


def _parts(farm: Farm, seasons: dict[int, list[PickupDay]]) -> Iterator[Part]:
    in_force = Share.objects.filter(order__farm=farm, order__settled_at__isnull=False, share_type__season__in=seasons)
    in_force = in_force.select_related("share_type", "order").prefetch_related("credits__day__week")
    for share in in_force.order_by("pk"):
        yield from parts_of(share, seasons[share.share_type.season_id])


def _posted(farm: Farm) -> dict[str, tuple[int, int]]:
    """How often, and how much, each day was posted so far, by the day's id as text. One query."""
    entries = LedgerEntry.objects.filter(posting__farm=farm, posting__key__startswith=KEY, account=Account.INCOME)
    told: dict[str, tuple[int, int]] = {}
    rows = entries.values_list(Substr("posting__key", len(KEY) + 1)).annotate(Count("posting"), Sum("amount"))
    for name, times, amount in rows:
        day = name.partition(":")[0]
        before = told.get(day, (0, 0))
        told[day] = before[0] + times, before[1] - amount
    return told
