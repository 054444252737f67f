"""The sweeps of people: due letters leave, ended sessions go."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task
from django.contrib.sessions.models import Session

from people import clock, post


def moment(at: str | None) -> datetime:
    """When a sweep is to believe it runs: `at` (ISO with an offset), else now."""
    return datetime.fromisoformat(at) if at else clock.now()


@shared_task(ignore_result=True)
def post_due_letters(at: str | None = None) -> int:
    """Letters that are due leave; how many."""
    return post.post_due_letters(at=moment(at))


@shared_task(ignore_result=True)
def clear_sessions(at: str | None = None) -> int:
    """Sessions that have ended are forgotten; how many."""
    gone, _by_model = Session.objects.filter(expire_date__lt=moment(at)).delete()
    return gone
