"""A farmer plans a season: its dates, then its sites. Each page is saved whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from farms.models import Farm, PickupSite, Season, SeasonSite
from farms.seasons import lay_out_drafts, lay_out_season

DATES_OF_A_SITE = ("weekday", "opens", "closes")


class ChangedMeanwhile(Exception):
    """Someone saved this season after the page was shown."""


class TooSmall(Exception):
    """More is taken already than the new number allows. `what` is its name, `taken` how many."""

    def __init__(self, what: str, taken: int) -> None:
        self.what, self.taken = what, taken
        super().__init__(what)


@dataclass(frozen=True)
class SitePlan:
    """One row of the page of sites: the facts to write, for a site known by `site` (its id) or a new one."""

    facts: dict[str, Any]
    capacity: int
    site: int | None = None
    removed: bool = False


def claim(season: Season, *, version: int) -> None:
    """Say that this edit follows from what the page showed. Raises ChangedMeanwhile when another was first."""
    if not Season.objects.filter(pk=season.pk, version=version).update(version=F("version") + 1):
        raise ChangedMeanwhile
    season.version = version + 1


@transaction.atomic
def start_season(
    *, farm: Farm, name: str, first_day: date, length: int, skipped: Iterable[int] = (), at: datetime
) -> Season:
    """A draft, laid out, with no sites yet."""
    season = Season.objects.create(farm=farm, name=name, first_day=first_day, length=length, created_at=at)
    lay_out_season(season=season, at=at, skipped=set(skipped))
    return season


@transaction.atomic
def save_dates(
    *, season: Season, version: int, name: str, first_day: date, length: int, skipped: Iterable[int], at: datetime
) -> None:
    """Change a draft's dates. Of an opened season only the name changes: its days are promised. May raise
    ChangedMeanwhile."""
    claim(season, version=version)
    season.name = name
    if not season.is_draft:
        season.save(update_fields=["name"])
        return
    season.first_day, season.length = first_day, length
    season.save(update_fields=["name", "first_day", "length"])
    lay_out_season(season=season, at=at, skipped=set(skipped))


@transaction.atomic
def save_sites(*, season: Season, version: int, plans: Sequence[SitePlan], at: datetime) -> None:
    """Write the sites of a season and lay out their days. Raises ChangedMeanwhile, or TooSmall for a capacity.

    A site that an opened season uses keeps its weekday and window; an opened season keeps its sites.
    """
    claim(season, version=version)
    known = {row.site_id: row for row in season.season_sites.select_related("site")}
    fixed = in_use(season.farm)
    dropped = []
    for position, plan in enumerate(plans, start=1):
        row = known.get(plan.site) if plan.site else None
        if plan.removed:
            if row is not None and season.is_draft:
                row.delete()
                dropped.append(row.site)
        elif row is None:
            site = PickupSite.objects.create(farm=season.farm, position=position, **plan.facts)
            SeasonSite.objects.create(season=season, site=site, capacity=plan.capacity)
        else:
            _change_site(row.site, plan.facts, position, fixed=row.site_id in fixed)
            _set_capacity(row, plan.capacity)
    lay_out_season(season=season, at=at)
    lay_out_drafts(farm=season.farm, at=at)
    _forget(dropped)


@transaction.atomic
def use_again(*, season: Season, site: PickupSite, at: datetime) -> None:
    """Take a site of an earlier season into this one, with the room it had."""
    before = site.season_sites.order_by("-season__first_day").first()
    capacity = before.capacity if before else SeasonSite._meta.get_field("capacity").get_default()
    SeasonSite.objects.get_or_create(season=season, site=site, defaults={"capacity": capacity})
    PickupSite.objects.filter(pk=site.pk).update(
        position=SeasonSite.objects.filter(season=season).count()  # after those already there
    )
    Season.objects.filter(pk=season.pk).update(version=F("version") + 1)
    lay_out_season(season=season, at=at)


def in_use(farm: Farm) -> set[int]:
    """The sites (ids) at which an opened season has its days: their weekday and window are promised."""
    running = SeasonSite.objects.filter(season__farm=farm, season__opened_at__isnull=False, season__closed_at=None)
    return set(running.values_list("site_id", flat=True))


def _change_site(site: PickupSite, facts: dict[str, Any], position: int, *, fixed: bool) -> None:
    changes = {"position": position} | {
        name: value for name, value in facts.items() if not (fixed and name in DATES_OF_A_SITE)
    }
    elsewhere = (site.name, site.address) != (changes.get("name", site.name), changes.get("address", site.address))
    for name, value in changes.items():
        setattr(site, name, value)
    site.save(update_fields=list(changes))
    if elsewhere:
        site.days.update(rewritten=F("rewritten") + 1)


def _set_capacity(row: SeasonSite, capacity: int) -> None:
    room = SeasonSite.objects.filter(pk=row.pk, taken_a__lte=capacity, taken_b__lte=capacity)
    if not room.update(capacity=capacity):
        row.refresh_from_db()
        raise TooSmall(row.site.name, max(row.taken_a, row.taken_b))


def _forget(sites: Iterable[PickupSite]) -> None:
    """A site that was never more than an idea is gone; one with a past or a host can be used again."""
    for site in sites:
        if not (site.season_sites.exists() or site.days.exists() or site.hosts.exists()):
            site.delete()
