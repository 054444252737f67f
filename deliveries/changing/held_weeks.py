"""Weeks on hold that are still to be collected: before the season's last chance passes, their household is told."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Max
from django.urls import reverse

from deliveries import letters
from deliveries.models import Change
from farms.models import HoldBecomes, PickupDay, Season
from people.by_itself import by_itself
from people.letters import page_url, write_letters

log = logging.getLogger("hissa.letters")

KIND = "hold_lapses"
BEFORE = timedelta(days=14)
"""Before the season's last deadline: until then a week on hold can go to another day."""
NEWS = timedelta(days=1)  # who held a week in this time has just been told what becomes of it


def write_hold_letters(*, at: datetime) -> int:
    """The sweep: households with a week on hold and no day chosen for it hear until when they can choose; once a
    season. One season's failure stops no other."""
    written = 0
    for season, last in _closing(at):
        with by_itself(log, "weeks on hold of season %s could not be told of", season.pk):
            written += _tell(season, last, at)
    return written


def _closing(at: datetime) -> list[tuple[Season, PickupDay]]:
    """Seasons whose last day that can take a share closes soon, each with that day. Two queries."""
    days = PickupDay.objects.open_for_change(at).filter(
        week__skipped=False, drawn_up_at=None, week__season__opened_at__isnull=False
    )
    soon = days.order_by().values("week__season").annotate(last=Max("deadline_at")).filter(last__lte=at + BEFORE)
    left = days.filter(week__season__in=soon.values("week__season"))
    in_order = left.select_related("week__season__farm", "site").order_by("deadline_at", "pk")
    last = {day.week.season_id: day for day in in_order}
    return [(day.week.season, day) for _pk, day in sorted(last.items())]


def _tell(season: Season, last: PickupDay, at: datetime) -> int:
    waiting = _waiting(season, at)
    farm, people = season.farm, letters.people_of(waiting)
    context = {
        "season": season,
        "last": letters.place_facts(last, zone=farm.zone),
        "until": letters.moment_facts(last.deadline_at, zone=farm.zone),
        "url": page_url(f"{reverse('my_season')}?farm={farm.slug}"),
    }
    drafts = (
        letters.draft(
            kind=KIND, farm=farm, reader=reader, occasion=f"season:{season.pk}:household:{household}",
            context={**context, "days": days}, at=at, stale_at=last.deadline_at, may_stop=True,
        )
        for household, days in waiting.items()
        for reader in people[household]
    )  # fmt: skip
    return len(write_letters(drafts))


def _waiting(season: Season, at: datetime) -> dict[int, Sequence[PickupDay]]:
    """The days on hold that may still go elsewhere, by household (id). One query."""
    held = Change.objects.standing().filter(
        kind=Change.Kind.HOLD, becomes=HoldBecomes.MAKEUP, made_at__lte=at - NEWS, day__week__season=season,
        day__week__skipped=False, day__cancelled_at=None, share__cancelled_at=None,
        share__order__settled_at__isnull=False,
    )  # fmt: skip
    found: dict[int, dict[int, PickupDay]] = defaultdict(dict)
    for change in held.select_related("day__week", "share").order_by("day__starts_at", "day"):
        found[change.share.household_id][change.day_id] = change.day
    return {household: list(days.values()) for household, days in sorted(found.items())}
