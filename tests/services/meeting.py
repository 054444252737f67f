"""Loaded by a test's worker (`worker.loads`): a division waits until another is leased beside it, and writes into the
folder MEETING whether one was. Divided one after another they would wait for one another in vain."""

from __future__ import annotations

import os
import time
from functools import wraps
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init

PATIENCE = 5.0


@worker_process_init.connect
def arm(**_: Any) -> None:
    """In each hand of the worker, before its first task."""
    from deliveries import divisions

    gather = divisions.gather

    @wraps(gather)
    def meeting(*args: Any, **kwargs: Any) -> Any:
        Path(os.environ["MEETING"], str(time.monotonic_ns())).write_text("met" if _somebody_comes() else "alone")
        return gather(*args, **kwargs)

    divisions.gather = meeting


def _somebody_comes() -> bool:
    from deliveries.models import Allocation

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if Allocation.objects.filter(leased_until__isnull=False).count() > 1:
            return True
        time.sleep(0.02)
    return False
