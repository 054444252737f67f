"""Before the first page: folders, translations, database and, in an empty house, the demo farm."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from csa.serve.console import say
from csa.serve.parts import ROOT

DEMO = {"households": 60, "seed": 7}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csa.settings")
    compile_translations()
    import django

    django.setup()
    make_folders()
    lay_out_database()
    grow_demo_farm()
    return 0


def compile_translations(root: Path = ROOT) -> int:
    """Compile each catalogue that is newer than its compiled twin. How many."""
    stale = [path for path in sorted((root / "locale").glob("*/LC_MESSAGES/django.po")) if _is_stale(path)]
    for path in stale:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        say(f"Translations: {path.parent.parent.name}")
        with path.open("rb") as source:
            catalogue = read_po(source, locale=path.parent.parent.name)
        fresh = path.with_suffix(f".mo.{os.getpid()}")
        with fresh.open("wb") as target:
            write_mo(target, catalogue)
        fresh.replace(path.with_suffix(".mo"))
    return len(stale)


def _is_stale(path: Path) -> bool:
    compiled = path.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime


def make_folders() -> None:
    from django.conf import settings

    for folder in (settings.STATIC_ROOT, settings.MAIL_FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)


def lay_out_database() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if steps:
        say(f"Database: {steps} steps to bring it up to date …")
        call_command("migrate", interactive=False, verbosity=0)


def grow_demo_farm() -> None:
    """A farm to look at, where nobody has made one yet. Never in production, nor when DEMO=no."""
    from django.conf import settings
    from django.core.management import call_command, get_commands

    from farms.models import Farm

    if os.environ.get("DEMO") == "no" or settings.PRODUCTION or "demo" not in get_commands() or Farm.objects.exists():
        return
    say(f"Demo: growing a farm with {DEMO['households']} households (half a minute, only this once) …")
    told = io.StringIO()
    try:
        call_command("demo", stdout=told, **DEMO)
    except Exception as trouble:  # the pages work without it
        say(f"The demo farm could not be grown ({type(trouble).__name__}: {trouble}). Going on without.")
        return
    note = settings.VAR_DIR / "demo.json"
    if not note.exists():
        note.write_text(told.getvalue())


def fingerprint(environment: Mapping[str, str]) -> str:
    """What there is to prepare: migrations, catalogues and the database. Alike means: nothing has changed."""
    digest = hashlib.sha256(environment.get("DATABASE_URL", environment["VAR_DIR"]).encode())
    for path in sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("locale/*/LC_MESSAGES/django.po")]):
        digest.update(f"{path}{path.stat().st_mtime_ns}{path.stat().st_size}".encode())
    return digest.hexdigest()


def read_stamp(run_folder: Path) -> str:
    stamp = run_folder / "prepared"
    database = run_folder.parent / "hissa.sqlite3"
    return stamp.read_text() if stamp.exists() and (database.exists() or "DATABASE_URL" in os.environ) else ""


def write_stamp(run_folder: Path, known: str) -> None:
    (run_folder / "prepared").write_text(known)


if __name__ == "__main__":
    sys.exit(main())
