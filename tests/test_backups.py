"""The restore drill: keep a copy of a busy house, lose something, bring it back."""

from __future__ import annotations

import sqlite3
import threading
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from farms.models import Farm, Household
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def farm() -> Farm:
    return factories.make_farm(owner=factories.make_user("fern@cedarbend.example", name="Fern"))


def backup(to: Path) -> str:
    told = StringIO()
    call_command("backup", str(to), stdout=told)
    return told.getvalue()


def test_what_was_lost_since_the_backup_is_there_again_and_what_came_since_is_not(farm: Farm, tmp_path: Path):
    kept = tmp_path / "kept.copy"
    factories.make_household(farm, "Castillo–Reyes")
    assert backup(kept) == f"{kept}\n"
    Household.objects.all().delete()
    factories.make_household(farm, "Came later")

    call_command("restore", str(kept), "--yes", stdout=StringIO())

    assert list(Household.objects.values_list("name", flat=True)) == ["Castillo–Reyes"]
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_backup_in_the_middle_of_a_busy_day_is_whole(farm: Farm, tmp_path: Path):
    """Somebody writes all the while; each transaction adds two households, so a whole copy holds an even number."""
    from django.db import transaction

    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with transaction.atomic():
                factories.make_household(farm, f"Left {number}")
                factories.make_household(farm, f"Right {number}")
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup(tmp_path / f"{number}.copy")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        call_command("restore", str(tmp_path / f"{number}.copy"), "--yes", stdout=StringIO())
        names = Household.objects.values_list("name", flat=True)
        assert sum(name.startswith("Left") for name in names) == sum(name.startswith("Right") for name in names)


def test_a_backup_never_overwrites_another(farm: Farm, tmp_path: Path):
    kept = tmp_path / "kept.copy"
    kept.write_text("yesterday's")
    with pytest.raises(CommandError, match="never overwrites"):
        backup(kept)
    assert kept.read_text() == "yesterday's"


def test_restoring_asks_first(farm: Farm, tmp_path: Path):
    kept = tmp_path / "kept.copy"
    backup(kept)
    farm.delete()
    with pytest.raises(CommandError, match="add --yes"):
        call_command("restore", str(kept))
    assert Farm.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"no database at all", b"PGDMP and then nothing"])
def test_a_file_that_is_no_backup_changes_nothing(farm: Farm, tmp_path: Path, content: bytes):
    wrong = tmp_path / "wrong"
    wrong.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("restore", str(wrong), "--yes")
    assert Farm.objects.count() == 1


def test_somebody_elses_sqlite_file_changes_nothing(farm: Farm, tmp_path: Path):
    wrong = tmp_path / "bookmarks.sqlite3"
    with sqlite3.connect(wrong) as line:
        line.execute("CREATE TABLE bookmarks (address text)")
    with pytest.raises(CommandError):
        call_command("restore", str(wrong), "--yes")
    assert Farm.objects.count() == 1
