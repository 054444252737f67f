"""A sweep does each of many by itself: what fails in one is told to the log by its number, and the others are done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from logging import Logger

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction


@contextmanager
def by_itself(log: Logger, words: str, pk: int, *, whole: bool = True) -> Iterator[None]:
    """Do one of many: all of it or nothing; with `whole=False` what was written before it failed stands. `words` say
    what could not be done, with %s for the row's id."""
    try:
        with transaction.atomic() if whole else nullcontext():
            yield
    except SoftTimeLimitExceeded:  # the sweep's own time is over: the next one goes on
        raise
    except Exception:
        log.exception(words, pk)
