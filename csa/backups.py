"""Keeping a copy of everything, and bringing it back. Everything is in the database, the printed lists too.

A live SQLite file must not be copied with `cp`: what stands in its write-ahead log would be missing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection

DUMP = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges"]
RESTORE = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"]


class BackupError(Exception):
    """The copy could not be made, or is none of ours. The message says why."""


def ending() -> str:
    return ".sqlite3" if connection.vendor == "sqlite" else ".dump"


def keep_copy(to: Path) -> None:
    """Write the whole database, as it is at this moment, to a new file while people go on working.

    The file appears only when it is whole. Raises BackupError if it exists or cannot be written.
    """
    if to.exists():
        raise BackupError(f"{to} exists already; a backup never overwrites another.")
    partial = to.with_name(f".{to.name}.partial")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
        if connection.vendor == "sqlite":
            _copy_sqlite(partial)
        else:
            _run_postgres_program([*DUMP, "--file", str(partial)])
        partial.rename(to)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"The backup could not be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _copy_sqlite(to: Path) -> None:
    with contextlib.closing(sqlite3.connect(str(connection.settings_dict["NAME"]), timeout=60)) as live:
        live.execute("VACUUM INTO ?", (str(to),))


def bring_back(copy: Path) -> None:
    """Put the database back as it was in `copy`; what has happened since is gone from it.

    All or nothing. Raises BackupError for a file that is no backup of Hissa.
    """
    if not copy.is_file():
        raise BackupError(f"There is no file {copy}.")
    connection.close()
    if connection.vendor == "sqlite":
        _check_sqlite(copy)
        _restore_sqlite(copy)
    else:
        _run_postgres_program([*RESTORE, "--dbname", str(connection.settings_dict["NAME"]), str(copy)])


def _check_sqlite(copy: Path) -> None:
    """Whole, and a house of ours: nothing is touched before both are certain."""
    try:
        with contextlib.closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as kept:
            [state] = kept.execute("PRAGMA integrity_check").fetchone()
            kept.execute("SELECT 1 FROM django_migrations WHERE app = 'farms' LIMIT 1")
    except sqlite3.Error as error:
        raise BackupError(f"{copy} is no backup of Hissa: {error}.") from error
    if state != "ok":
        raise BackupError(f"{copy} is damaged: {state}.")


def _restore_sqlite(copy: Path) -> None:
    """SQLite's own backup, backwards: in one transaction, also under connections that are open."""
    live_path = str(connection.settings_dict["NAME"])
    with (
        contextlib.closing(sqlite3.connect(str(copy))) as kept,
        contextlib.closing(sqlite3.connect(live_path, timeout=60)) as live,
    ):
        try:
            kept.backup(live)
            live.execute("PRAGMA journal_mode=WAL")
        except sqlite3.Error as error:
            raise BackupError(f"The database could not be put back: {error}. Stop Hissa and try again.") from error


def _run_postgres_program(command: list[str]) -> None:
    """pg_dump or pg_restore with the connection Django has; the password goes by environment, not on show."""
    found = shutil.which(command[0])
    if not found:
        raise BackupError(f"{command[0]} is not installed (Debian: apt-get install postgresql-client).")
    whole = [found, *command[1:]]
    done = subprocess.run(whole, check=False, capture_output=True, text=True, env=_postgres_environment())
    if done.returncode:
        raise BackupError(f"{command[0]}: {done.stderr.strip()}")


def _postgres_environment() -> dict[str, str]:
    facts: dict[str, Any] = connection.settings_dict
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    mode = (facts.get("OPTIONS") or {}).get("sslmode")
    given = {name: str(facts[key]) for name, key in named.items() if facts.get(key)}
    return {**os.environ, **given, **({"PGSSLMODE": mode} if mode else {})}
