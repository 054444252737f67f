"""`manage.py demo`: a believable farm with a season half over."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from csa.demo.farms import PASSWORD, PLACES, make_farm, place_of
from csa.demo.season import host_links, run_past_weeks
from farms.models import Farm, Season
from people import clock


class Command(BaseCommand):
    help = (
        "Make a believable farm: sites on two weekdays, shares and add-ons sold and paid, half of 25 weeks past, their "
        "harvests a real garden's log divided by the engine. Prints JSON: farms, sign-ins, one host link per site. "
        "Where the demo's farms stand already it only prints."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--farms", type=int, default=1, help="how many farms (1)")
        parser.add_argument("--households", type=int, default=300, help="households of the first farm (300)")
        parser.add_argument("--sites", type=int, default=3, help="pickup sites of each farm (3)")
        parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same farm (7)")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, least, most in (("farms", 1, 50), ("households", 1, 50_000), ("sites", 1, 50)):
            if not least <= options[name] <= most:
                raise CommandError(f"--{name} takes a number from {least} to {most}.")
        at = clock.now()
        with transaction.atomic():
            seasons = self._standing(options["farms"]) or [
                self._make(number, options) for number in range(options["farms"])
            ]
            facts = {"password": PASSWORD, "farms": [self._facts(season, at) for season in seasons]}
        words = json.dumps(facts, ensure_ascii=False, indent=2)
        if settings.VAR_DIR.exists():
            (settings.VAR_DIR / "demo.json").write_text(words)
        self.stdout.write(words)

    def _standing(self, farms: int) -> list[Season]:
        """The first season of each of the demo's farms, if the first farm stands already."""
        if not Farm.objects.filter(slug=PLACES[0].slug).exists():
            return []
        made = Season.objects.filter(farm__slug__in=[place_of(number).slug for number in range(farms)])
        first = {season.farm_id: season for season in made.select_related("farm").order_by("farm_id", "-pk")}
        return list(first.values())

    def _make(self, number: int, options: dict[str, Any]) -> Season:
        at = clock.now()
        households = options["households"] if number == 0 else max(options["households"] // 4, 5)
        season = make_farm(number=number, households=households, sites=options["sites"], seed=options["seed"], at=at)
        run_past_weeks(season, seed=options["seed"], at=at)
        return season

    def _facts(self, season: Season, at: Any) -> dict[str, Any]:
        slug = season.farm.slug
        links = host_links(season, at=at)
        return {
            "slug": slug,
            "name": season.farm.name,
            "page": f"{settings.SITE_URL}/f/{slug}/",
            "owner": f"owner@{slug}.example",
            "packer": f"packer@{slug}.example",
            "subscriber": f"member1@{slug}.example",
            "host_links": {site: f"{settings.SITE_URL}/c/{token}/" for site, token in links.items()},
        }
