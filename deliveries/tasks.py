"""The sweeps of deliveries: rosters are drawn up, harvests are divided, people are reminded."""

from __future__ import annotations

from celery import shared_task

from deliveries import divisions, reminders, rosters
from people.tasks import moment


@shared_task(ignore_result=True)
def draw_up_rosters(at: str | None = None) -> int:
    """Pickup days whose deadline has passed get their roster; how many."""
    return rosters.draw_up_rosters(moment(at))


@shared_task(ignore_result=True)
def divide_harvests(at: str | None = None) -> int:
    """Harvests that were published are divided and printed; how many."""
    return divisions.divide_harvests(moment(at))


@shared_task(ignore_result=True)
def write_reminders(at: str | None = None) -> int:
    """Who collects tomorrow is told when, where and what; how many letters."""
    return reminders.write_reminders(at=moment(at))
