"""manage.py harvest FARM DATE FILE.csv"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from deliveries.harvesting import harvest_lines, harvest_log, harvests
from deliveries.harvesting.asked_for import add_farm_and_date, day_named, farm_named
from people import clock


class Command(BaseCommand):
    help = (
        "Write down what came in for the pickups of a date, from a CSV file with the columns crop,quantity,unit "
        "and, if you like, price (per unit). Crops in the file are set to it; others already written down stay. "
        "If a line cannot be read, each such line is named with its reason and nothing is written (exit code 1)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_farm_and_date(parser)
        parser.add_argument("file", type=Path, help="the CSV file, in UTF-8")
        parser.add_argument("--new-crops", action="store_true", help="begin crops that the farm does not know yet")

    def handle(self, *args: Any, **options: Any) -> None:
        farm, day = farm_named(options["farm"]), day_named(options["date"])
        try:
            data = options["file"].read_bytes()
        except OSError as failure:
            raise CommandError(f"{options['file']}: {failure.strerror}") from None
        try:
            with transaction.atomic():
                lines = harvest_log.read_log(data)
                lines = harvest_lines.understand(lines, farm=farm, new_crops=options["new_crops"])
                picked = harvest_lines.picked_from(lines, farm=farm)
                harvest = harvests.open_harvest(farm=farm, date=day, at=clock.now())
                harvests.record_harvest(harvest=harvest, picked=picked)
        except harvest_log.LogRefused as refused:
            for number, reason in refused.faults:
                self.stderr.write(f"Line {number}: {reason}")
            raise CommandError("Nothing was written.") from None
        except harvests.NoPickups:
            raise CommandError(f"{farm.name} has no pickup on {day}. Nothing was written.") from None
        for line in lines:
            for note in line.notes:
                self.stdout.write(f"Line {line.number}: {line.crop}: {note}")
        self.stdout.write(f"{len(picked)} crops written down for {harvest.date}.")
