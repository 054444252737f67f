"""manage.py restore FILE --yes: put the database back as it was when FILE was kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from csa import backups


class Command(BaseCommand):
    help = "Put the database back as it was in FILE (from manage.py backup), then bring it up to this version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--yes", action="store_true", help="what has happened since FILE may be lost")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["yes"]:
            raise CommandError("What has happened since that backup would be lost. If it may be, add --yes.")
        try:
            backups.bring_back(options["file"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"The database is as it was in {options['file']}.")
