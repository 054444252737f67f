"""The half of the demo's season that is over: held weeks, rosters, divided harvests, people who came or did not."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

from csa.demo import harvests, tastes
from deliveries.divisions import ask_for_division, divide
from deliveries.due.rosters import draw_up
from deliveries.harvesting.harvests import choose_days, open_harvest, record_harvest, week_days
from deliveries.models import Change, CheckIn, Crop, HostLink, Pickup
from farms.models import PickupDay, Season, Week
from people.models import Letter
from shares.models import Share


def run_past_weeks(season: Season, *, seed: int, at: datetime) -> None:
    """Live through every week whose pickups are past, and write down the coming week's harvest, not yet published."""
    dice = random.Random(f"{seed}:weeks:{season.pk}")  # noqa: S311
    crops = harvests.plant(season.farm)
    tastes.rate_all(season, crops, seed=seed, at=at)
    full_shares = _full_shares(season)
    _hold_some(season, dice, at)
    for week in season.weeks.filter(skipped=False):
        days = week_days(week)
        _draw_up(days, at)
        past = all(day.ends_at < at for day in days)
        if week.starts_on <= at.astimezone(season.farm.zone).date() + timedelta(days=6):
            _bring_in(week, days, crops, full_shares, publish=past)
        _collect(days, dice, at)
    Letter.objects.filter(sent_at=None).update(sent_at=at)  # the past's letters were read long ago


def host_links(season: Season, *, at: datetime) -> dict[str, str]:
    """For each site a link to its check-in page of the next pickup day, by site name: token."""
    links: dict[str, str] = {}
    days = PickupDay.objects.standing().filter(week__season=season, ends_at__gte=at).select_related("site")
    for day in days.order_by("starts_at"):
        if day.site.name not in links:
            link = HostLink.objects.filter(day=day, revoked_at=None).first() or HostLink.objects.create(
                day=day, made_at=at
            )
            links[day.site.name] = link.token
    return links


def _full_shares(season: Season) -> float:
    """The farm's shares counted in full ones: weight ÷ 2, half for a share of every second week."""
    shares = Share.objects.in_force().for_season(season).filter(share_type__is_addon=False)
    return sum(weight / 2 / (2 if turn else 1) for weight, turn in shares.values_list("share_type__weight", "turn"))


def _hold_some(season: Season, dice: random.Random, at: datetime) -> None:
    """One turn in twenty is held, a week before its pickup."""
    days = list(PickupDay.objects.standing().filter(week__season=season, starts_at__lte=at).select_related("week"))
    by_site: dict[int, list[PickupDay]] = {}
    for day in days:
        by_site.setdefault(day.site_id, []).append(day)
    changes = []
    for share in Share.objects.in_force().for_season(season).filter(share_type__is_addon=False):
        for day in by_site.get(share.site_id, []):
            if dice.random() < 0.05 and share.turn in ("", day.week.turn):
                changes.append(Change(share=share, day=day, kind="hold", made_at=day.deadline_at - timedelta(days=5)))
    Change.objects.bulk_create(changes, batch_size=500)


def _draw_up(days: list[PickupDay], at: datetime) -> None:
    for day in days:
        if day.deadline_at <= at:
            draw_up(day=day, at=day.deadline_at)


def _bring_in(week: Week, days: list[PickupDay], crops: dict[str, Crop], full_shares: float, *, publish: bool) -> None:
    """The week's harvest, picked for all its days; divided by the engine once it is past."""
    morning = days[0].starts_at - timedelta(hours=8)
    harvest = open_harvest(farm=week.season.farm, date=days[0].date, at=morning)
    choose_days(harvest=harvest, days=days)
    record_harvest(harvest=harvest, picked=harvests.picked_in(week.number, crops=crops, full_shares=full_shares))
    if publish:
        divide(run=ask_for_division(harvest=harvest, by=None, at=morning), at=morning)


def _collect(days: list[PickupDay], dice: random.Random, at: datetime) -> None:
    """Nineteen households in twenty came, in the order in which people come: any."""
    taps = []
    for day in days:
        if day.ends_at >= at:
            continue
        minutes = int((day.ends_at - day.starts_at).total_seconds() // 60)
        came: dict[int, datetime | None] = {}
        for pickup in Pickup.objects.filter(day=day):
            if pickup.household_id not in came:
                tapped = day.starts_at + timedelta(minutes=dice.randrange(minutes))
                came[pickup.household_id] = tapped if dice.random() < 0.95 else None
            if tapped_at := came[pickup.household_id]:
                mark = uuid.UUID(int=dice.getrandbits(128), version=4)
                taps.append(
                    CheckIn(pickup=pickup, uuid=mark, action="collected", tapped_at=tapped_at, received_at=tapped_at)
                )
    CheckIn.objects.bulk_create(taps, batch_size=500)
