"""The farmer's heavy pages, through their views: processor time of one request, in milliseconds (the least of several).

`python -m benchmarks desk_pages --households 300 --sites 10 --json` → for each way of packing the harvest page and the
preview after one row was typed; the plan of 25 weeks with nothing kept and kept; the season's report, and on paper
(its printing process included). Bars: 300 ms for the preview, 200 ms for the pages, at 300 households.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from benchmarks.database import KINDS, fresh_database
from benchmarks.lists import CROPS, _cpu, divide_week, harvest_of, sold_season

ROUNDS = 5
WEEKS = 4


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="benchmarks desk_pages")
    parser.add_argument("--households", type=int, default=300)
    parser.add_argument("--sites", type=int, default=10)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    asked = parser.parse_args(argv)
    with fresh_database(asked.database):
        season = sold_season("Large Farm", asked.households, asked.sites)
        found: dict[str, Any] = {"households": asked.households, "sites": asked.sites, "crops": len(CROPS)}
        farmer = _farmer(season)
        for week in range(1, WEEKS):
            divide_week(harvest_of(season, week))
        _likings(season)
        harvest_of(season, WEEKS)
        for mode in ("uniform", "choice"):
            season.mode = mode
            season.save(update_fields=["mode"])
            found[mode] = _harvest_page(farmer, season)
        return found | _season_pages(farmer, season, asked.households)


def _farmer(season: Any) -> Any:
    """The farm's owner, signed in; it is the day before the season's first pickup."""
    from django.conf import settings
    from django.test import Client

    from farms.models import StaffMember
    from tests import factories

    settings.CSA_NOW, settings.ALLOWED_HOSTS = factories.NOW, ["testserver"]
    owner = factories.make_user("owner@large.example")
    StaffMember.objects.create(farm=season.farm, user=owner, role="owner", since=factories.NOW)
    farmer = Client()
    farmer.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    return farmer


def _likings(season: Any) -> None:
    """Three of five crops rated by each household."""
    from deliveries.models import Crop, Liking

    rng = random.Random(7)
    crops = list(Crop.objects.filter(farm=season.farm))
    Liking.objects.bulk_create(
        Liking(household=household, crop=crop, level=rng.choice((0, 1, 3, 4)))
        for household in season.farm.households.all()
        for crop in crops
        if rng.random() < 0.6
    )


def _harvest_page(farmer: Any, season: Any) -> dict[str, int]:
    from deliveries.models import HarvestLine

    day = season.first_day + timedelta(weeks=WEEKS - 1)
    page = f"/f/{season.farm.slug}/desk/harvest/{day}/"
    line = HarvestLine.objects.filter(harvest__week__season=season, harvest__date=day).select_related("crop").first()
    assert line
    typed = {"row": str(line.pk), f"{line.pk}-crop": line.crop.name, f"{line.pk}-unit": line.unit}
    amounts = iter(range(100, 1000))

    def preview() -> Any:
        sent = typed | {f"{line.pk}-picked": str(next(amounts)), f"{line.pk}-step": str(line.step)}
        return farmer.post(f"{page}rows/", sent, headers={"HX-Request": "true"})

    return {"page_ms": _least(lambda: farmer.get(page)), "preview_ms": _least(preview)}


def _season_pages(farmer: Any, season: Any, households: int) -> dict[str, int]:
    from django.core.cache import cache

    _plan(season, households)
    season.mode = "uniform"
    season.save(update_fields=["mode"])
    desk = f"/f/{season.farm.slug}/desk/seasons/{season.pk}"

    def forgotten() -> Any:
        cache.clear()
        return farmer.get(f"{desk}/plan/")

    return {
        "plan_anew_ms": _least(forgotten),
        "plan_ms": _least(lambda: farmer.get(f"{desk}/plan/")),
        "report_ms": _least(lambda: farmer.get(f"{desk}/report/")),
        "report_pdf_ms": _least(lambda: farmer.get(f"{desk}/report/?format=pdf")),
    }


def _plan(season: Any, households: int) -> None:
    """Every crop in every week, about as much as there is for each share."""
    from deliveries.models import Crop, PlannedCrop

    rng = random.Random(5)
    crops = {crop.name: crop for crop in Crop.objects.filter(farm=season.farm)}
    PlannedCrop.objects.bulk_create(
        PlannedCrop(
            season=season, crop=crops[name], number=week, unit=unit, step=Decimal(step),
            steps=max(1, int(households * each * rng.uniform(0.5, 1.2) / float(step))),
        )
        for name, unit, step, each in CROPS
        for week in range(1, season.length + 1)
    )  # fmt: skip


def _least(ask: Callable[[], Any]) -> int:
    taken = []
    for _round in range(ROUNDS):
        begun = _cpu()
        answer = ask()
        taken.append(_cpu() - begun)
        assert answer.status_code == 200, answer.status_code
    return round(1000 * min(taken))
