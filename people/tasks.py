"""The sweeps of people: due letters leave, the words of old ones and ended sessions go."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from people import clock, letters, post


def moment(at: str | None) -> datetime:
    """When a sweep is to believe it runs: `at` (ISO with an offset), else now."""
    return datetime.fromisoformat(at) if at else clock.now()


@shared_task(ignore_result=True)
def post_due_letters(at: str | None = None) -> int:
    """Letters that are due leave; how many."""
    return post.post_due_letters(at=moment(at))


@shared_task(ignore_result=True)
def forget_letters(at: str | None = None) -> int:
    """Codes, names and addresses do not stand in old letters for ever; how many were blanked."""
    return letters.forget_letters(at=moment(at))


@shared_task(ignore_result=True)
def clear_sessions(at: str | None = None) -> int:
    """Sessions that have ended are forgotten; how many. They end by the real clock, whatever moment is believed."""
    gone, _by_model = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return gone
