"""Asking a sweep to run now, so that people don't wait for the calendar."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import transaction

log = logging.getLogger("hissa.poke")


def poke(task: Any) -> None:
    """After commit, ask the worker to run this sweep soon. Best effort: the calendar does it anyway."""
    if settings.REDIS_URL:
        transaction.on_commit(lambda: _send(task))


def _send(task: Any) -> None:
    try:
        task.apply_async(expires=60, retry=False)
    except Exception:  # a broker that is away must never fail or hold a request
        log.warning("could not poke %s", task.name)
