"""Celery, and THE CALENDAR: every recurring job of Hissa in one table.

A job is a sweep: it finds what is due and does it, so that running it twice, late or never for an hour loses
nothing. Nobody's work depends on a message: when the broker is wiped the next tick finds the same rows.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csa.settings")

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

app = Celery("hissa")

app.conf.update(
    broker_url=settings.REDIS_URL or "memory://",
    result_backend=None,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_time_limit=240,
    task_soft_time_limit=210,
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    broker_transport_options={
        "visibility_timeout": 600,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
    },
    task_publish_retry=False,
    timezone="UTC",
    worker_hijack_root_logger=False,
    beat_schedule_filename=str(settings.VAR_DIR / "run" / "beat"),
)
app.autodiscover_tasks()

# name in `manage.py sweep` → (task, how often)
CALENDAR = {
    "post_due_letters": ("people.tasks.post_due_letters", 20.0),
    "release_lapsed_holds": ("shares.tasks.release_lapsed_holds", 60.0),
    "reconcile_payments": ("shares.tasks.reconcile_payments", 600.0),
    "take_due_parts": ("shares.tasks.take_due_parts", 600.0),
    "draw_up_rosters": ("deliveries.tasks.draw_up_rosters", 60.0),
    "divide_harvests": ("deliveries.tasks.divide_harvests", 60.0),
    "set_prints": ("deliveries.tasks.set_prints", 60.0),
    "match_swaps": ("deliveries.tasks.match_swaps", 900.0),
    "release_left_places": ("deliveries.tasks.release_left_places", 900.0),
    "make_good": ("deliveries.tasks.make_good", 60.0),
    "offer_places": ("shares.tasks.offer_places", 60.0),
    "lapse_parts": ("shares.tasks.lapse_parts", 600.0),
    "write_renewals": ("shares.tasks.write_renewals", 3600.0),
    "tell_recipients": ("shares.tasks.tell_recipients", 600.0),
    "write_reminders": ("deliveries.tasks.write_reminders", 900.0),
    "post_deliveries": ("shares.tasks.post_deliveries", crontab(hour=2, minute=10)),
    "write_wished_letters": ("deliveries.tasks.write_wished_letters", 900.0),
    "write_hold_letters": ("deliveries.tasks.write_hold_letters", 3600.0),
    "write_place_letters": ("shares.tasks.write_place_letters", 3600.0),
    "send_messages": ("deliveries.tasks.send_messages", 60.0),
    "write_host_letters": ("deliveries.tasks.write_host_letters", 900.0),
    "write_shift_letters": ("community.tasks.write_shift_letters", 900.0),
    "write_hours_worked": ("community.tasks.write_hours_worked", 900.0),
    "hear_what_was_missed": ("shares.tasks.hear_what_was_missed", 3600.0),
    "reconcile_books": ("shares.tasks.reconcile_books", 300.0),
    "audit_books": ("shares.tasks.audit_books", crontab(hour=2, minute=40)),
    "forget_letters": ("people.tasks.forget_letters", crontab(hour=3, minute=40)),
    "forget_statements": ("shares.tasks.forget_statements", crontab(hour=3, minute=50)),
    "clear_sessions": ("people.tasks.clear_sessions", crontab(hour=3, minute=20)),
}

app.conf.beat_schedule = {
    name: {"task": task, "schedule": every, "options": {"expires": 300}} for name, (task, every) in CALENDAR.items()
}
