"""manage.py allocate FARM DATE [--json] [--publish | --replay]"""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deliveries import divisions
from deliveries.allocation import ProblemError
from deliveries.dividing.divided import Divided
from deliveries.dividing.replay import replay
from deliveries.dividing.told import told
from deliveries.harvesting.asked_for import add_farm_and_date, harvest_on
from deliveries.models import Harvest
from people import clock


class Command(BaseCommand):
    help = (
        "Show how a harvest is divided: the division in force if it was published and not changed since, else a "
        "preview made by the same engine. --publish divides it now, prints its lists and puts them in force. "
        "--json prints one object: farm, date, dates, published (number and moment, or null), seed, mode, crops "
        "[crop, unit, step, price, steps, quantity, given, leftover: amounts in steps], portions [site, date, type, "
        "crop, steps and quantity for one share, unit, count of shares], leftover [crop, steps, quantity, unit], "
        "worth [site, date, type, count, target, value: minor units for one share]. For every crop "
        "Σ steps × count + leftover = harvested steps. --replay divides the inputs that were kept with the published "
        "division again: same (true, or exit code 1), version, engine, differs [what, and portions as kept and again], "
        "since {roster, quantities, prices, parameters…: what changed after publishing}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_farm_and_date(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--publish", action="store_true", help="divide, print and put in force first")
        what.add_argument("--replay", action="store_true", help="run the published division again and compare")

    def handle(self, *args: Any, **options: Any) -> None:
        harvest = harvest_on(options["farm"], options["date"])
        if options["replay"]:
            self._replay(harvest, as_json=options["json"])
            return
        try:
            if options["publish"]:
                _publish(harvest)
            divided, published = _division(harvest)
        except ProblemError as odd:
            raise CommandError(f"This harvest cannot be divided: {odd}") from None
        facts = told(harvest, divided, published=published)
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"{facts['farm']}, {facts['date']}: {'published' if published else 'preview'}")
        for one in facts["portions"]:
            amount = f"{one['quantity']:g} {one['unit']} × {one['count']}"
            self.stdout.write(f"{one['crop']}: {one['site']}, {one['type']}: {amount}")
        for one in facts["leftover"]:
            self.stdout.write(f"{one['crop']}: {one['quantity']:g} {one['unit']} left over")

    def _replay(self, harvest: Harvest, *, as_json: bool) -> None:
        """Say whether the published division comes out again. Ends with 1 if not."""
        if harvest.current is None:
            raise CommandError("Nothing is published for that date: there is nothing to run again.")
        facts = replay(harvest, harvest.current)
        if as_json:
            self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=1))
        else:
            self.stdout.write(f"version {facts['version']}: {'the same' if facts['same'] else 'NOT the same'}")
            for one in [*facts["differs"], *(f"changed since: {kind}" for kind in facts["since"])]:
                self.stdout.write(str(one))
        if not facts["same"]:
            sys.exit(1)


def _publish(harvest: Harvest) -> None:
    """Ask for a run (or take up the one asked for) and do it here."""
    at = clock.now()
    try:
        divisions.ask_for_division(harvest=harvest, by=None, at=at)
    except divisions.NothingToDivide as nothing:
        raise CommandError(str(nothing)) from None
    except divisions.DivisionUnderWay:
        pass
    run = divisions.divide_asked(harvest=harvest, at=at)
    if run is None:
        raise CommandError("It is being divided already. Ask again in a minute.")
    if run.failed_at:
        raise CommandError(run.failed_because)
    harvest.refresh_from_db()


def _division(harvest: Harvest) -> tuple[Divided, bool]:
    current = harvest.current
    if current and current.inputs.get("harvest_version") == harvest.version:
        return Divided.stored(current), True
    return divisions.preview(harvest)[1], False
