"""Loaded by the worker of `make run`: its pool is ended with it, however it ends."""

from typing import Any

from celery.signals import worker_process_init

from csa.serve import family


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def end_with_the_worker(**_: Any) -> None:
    family.die_with_parent()
