"""manage.py backup [FILE]: a copy of the whole database, while people go on working."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from csa import backups


class Command(BaseCommand):
    help = "Keep a copy of the whole database in FILE (a new one under var/backups, if not said); prints its path."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        to = options["file"] or settings.VAR_DIR / "backups" / f"hissa-{_now():%Y-%m-%dT%H%M%SZ}{backups.ending()}"
        try:
            backups.keep_copy(to)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(to))


def _now() -> datetime:
    """The real time, also where CSA_NOW stops the farm's: two backups must not bear one name."""
    return datetime.now(UTC)
