"""Where the harvests of a week stand: what the desk needs to say what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from deliveries.models import Allocation, Harvest, HarvestDay
from farms.models import PickupDay, Week


@dataclass(frozen=True)
class HarvestStatus:
    """Where one date's harvest stands."""

    date: date
    crops: int
    published_at: datetime | None
    changed_since: bool
    under_way: bool
    failed_because: str
    told: int = 0  # households written to about a correction


def status_of_week(*, week: Week) -> list[HarvestStatus]:
    """Every harvest of the week by date; a date with pickups and no harvest yet has no crops."""
    harvests = Harvest.objects.filter(week=week).select_related("current").annotate(crops=Count("lines"))
    found = {}
    runs = {run.harvest_id: run for run in Allocation.objects.filter(harvest__week=week).order_by("number")}
    covered: set[date] = set()
    for harvest in harvests:
        found[harvest.date] = _status_of(harvest, runs.get(harvest.pk), harvest.crops)
    for link in HarvestDay.objects.filter(harvest__week=week).select_related("day"):
        covered.add(link.day.date)
    for day in PickupDay.objects.standing().filter(week=week):
        if day.date not in covered:
            found.setdefault(day.date, HarvestStatus(day.date, 0, None, False, False, ""))
    return [found[when] for when in sorted(found)]


def _status_of(harvest: Harvest, run: Allocation | None, crops: int) -> HarvestStatus:
    current = harvest.current
    return HarvestStatus(
        date=harvest.date,
        crops=crops,
        published_at=current.finished_at if current else None,
        changed_since=bool(current and current.inputs.get("harvest_version") != harvest.version),
        under_way=bool(run and run.finished_at is None and run.failed_at is None),
        failed_because=run.failed_because if run and run.failed_at else "",
        told=current.record.get("told", 0) if current else 0,
    )
