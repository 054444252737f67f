"""THE CALENDAR: every job in it is a task that there is, and `manage.py sweep` runs them all."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from celery_app import CALENDAR, app


def test_every_job_of_the_calendar_is_a_task_the_worker_knows():
    app.loader.import_default_modules()
    assert {task for task, _every in CALENDAR.values()} - app.tasks.keys() == set()
    assert app.conf.beat_schedule.keys() == CALENDAR.keys()


@pytest.mark.django_db
def test_a_sweep_without_a_name_runs_the_whole_calendar(capsys):
    call_command("sweep")
    assert json.loads(capsys.readouterr().out) == dict.fromkeys(CALENDAR, 0)
