"""What time it is. Only the edges (views, tasks, commands) ask; verbs are told (`at`)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings


def now() -> datetime:
    """This moment, in UTC; in development and tests the moment that CSA_NOW names."""
    stopped: datetime | None = settings.CSA_NOW
    return (stopped or datetime.now(UTC)).astimezone(UTC)
