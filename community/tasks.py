"""The sweeps of many hands: people are reminded, missing hands are called for, hours worked are written down."""

from __future__ import annotations

from celery import shared_task

from community import hours, shift_letters
from people.tasks import moment


@shared_task(ignore_result=True)
def write_shift_letters(at: str | None = None) -> int:
    """Who has a shift soon is reminded, and a shift short of hands is told of; how many letters."""
    return shift_letters.write_shift_letters(at=moment(at))


@shared_task(ignore_result=True)
def write_hours_worked(at: str | None = None) -> int:
    """Shifts that are over become hours in the ledger; how many entries."""
    return hours.write_hours_worked(at=moment(at))
