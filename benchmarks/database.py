"""A database of a benchmark's own: a temporary SQLite file, or a real PostgreSQL that is stopped afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

KINDS = ("sqlite", "postgresql")


@contextmanager
def fresh_database(kind: str = "sqlite") -> Iterator[None]:
    """Set Django up on an empty, migrated database. Once in a process: Django is set up only once."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hissa-benchmark-"))
        os.environ.update(VAR_DIR=folder, DJANGO_SETTINGS_MODULE="csa.settings", REDIS_URL="", CSA_MODE="development")
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/benchmark.sqlite3"
        if kind == "postgresql":
            from tests.services.postgres import running_postgres

            os.environ["DATABASE_URL"] = stack.enter_context(running_postgres()).url()
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        yield
        connections.close_all()
