"""manage.py sweep [NAME] [--at ISO]: do now what the calendar does, without a worker."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from celery.utils.imports import symbol_by_name
from django.core.management.base import BaseCommand, CommandError, CommandParser

from celery_app import CALENDAR

log = logging.getLogger("hissa.sweep")


class Command(BaseCommand):
    help = "Run every sweep of the calendar once in this process, or only NAME; prints {name: count}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help=", ".join(CALENDAR))
        parser.add_argument("--at", metavar="ISO", help="believe it is this moment, like 2027-06-15T12:00:00+02:00")

    def handle(self, *args: Any, **options: Any) -> None:
        name, at = options["name"], _checked(options["at"])
        if name and name not in CALENDAR:
            raise CommandError(f"There is no sweep called {name}. There are: {', '.join(CALENDAR)}.")
        chosen = [name] if name else _in_order()
        counts, failed = _run(chosen, at)
        self.stdout.write(json.dumps(counts))
        if failed:
            raise CommandError(f"Failed, and to be run again: {', '.join(failed)}.")


def _run(chosen: list[str], at: str | None) -> tuple[dict[str, int], list[str]]:
    """Each sweep's count, and the names of those that failed: one never stops the next."""
    counts, failed = {}, []
    for name in chosen:
        try:
            counts[name] = symbol_by_name(CALENDAR[name][0])(at=at)
        except Exception:
            log.exception("the sweep %s failed", name)
            failed.append(name)
    return counts, failed


def _in_order() -> list[str]:
    """Letters last, so that what the other sweeps write leaves in the same run."""
    return sorted(CALENDAR, key=lambda name: name == "post_due_letters")


def _checked(at: str | None) -> str | None:
    """A moment without an offset would be read in some zone or other: refuse it."""
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise CommandError(f"{at} is not a moment. Write it like 2027-06-15T12:00:00+02:00.") from None
    if moment.tzinfo is None:
        raise CommandError(f"{at} has no offset. Write it like 2027-06-15T12:00:00+02:00.")
    return at
