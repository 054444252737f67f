"""manage.py lists FARM DATE --to DIR"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify

from deliveries import divisions
from deliveries.allocation import ProblemError
from deliveries.harvesting.asked_for import add_farm_and_date, harvest_on
from deliveries.models import Harvest
from deliveries.printing import prints
from farms.models import PickupDay
from people import clock


class Command(BaseCommand):
    help = (
        "Write a date's lists as PDF files into a folder: harvest.pdf, packing.pdf, site-<name>.pdf for each pickup, "
        "and everything.pdf. They are the lists in force; of a harvest that was never published, a preview that "
        "bears version 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_farm_and_date(parser)
        parser.add_argument("--to", type=Path, required=True, help="the folder; it is made if it is not there")

    def handle(self, *args: Any, **options: Any) -> None:
        harvest = harvest_on(options["farm"], options["date"])
        try:
            lists = _in_force(harvest) or _drafts(harvest)
        except ProblemError as odd:
            raise CommandError(f"This harvest cannot be divided: {odd}") from None
        folder: Path = options["to"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, pdf in lists.items():
                (folder / name).write_bytes(pdf)
                self.stdout.write(str(folder / name))
        except OSError as failure:
            raise CommandError(f"{folder}: {failure.strerror}") from None


def _in_force(harvest: Harvest) -> dict[str, bytes]:
    if harvest.current is None:
        return {}
    farm = harvest.week.season.farm
    kept = harvest.current.printed.filter(language=farm.language, paper=farm.prints_on).select_related("day__site")
    return _named([(printed.kind, printed.day, bytes(printed.pdf)) for printed in kept])


def _drafts(harvest: Harvest) -> dict[str, bytes]:
    case, divided = divisions.preview(harvest)
    farm = harvest.week.season.farm
    words = prints.word_lists(case, divided, number=0, at=clock.now(), language=farm.language)
    drafts = prints.print_lists(words, language=farm.language, paper=farm.prints_on, told=lambda _set, _all: None)
    days = {day.pk: day for day in case.days}
    return _named([(draft["kind"], days.get(draft["day_id"]), draft["pdf"]) for draft in drafts])


def _named(lists: list[tuple[str, PickupDay | None, bytes]]) -> dict[str, bytes]:
    """Each PDF by its file's name; two sites of one name are told apart by number."""
    named: dict[str, bytes] = {}
    for kind, day, pdf in lists:
        name = "everything" if kind == "all" else kind
        if day is not None:
            name = f"site-{slugify(day.site.name, allow_unicode=True) or day.site_id}"
            name = f"{name}-{day.site_id}" if f"{name}.pdf" in named else name
        named[f"{name}.pdf"] = pdf
    return named
