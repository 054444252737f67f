"""`python -m tests.services.mishaps`: a worker that kills itself with -9 at a named step of publishing.

Reads lines "ISO STEP" and answers each with the exit status of the process that ran the sweep at that moment: -9 when
it died as it should, 0 when it finished. Each line has a process of its own, forked when all is loaded, so that a
death at every step takes seconds and not minutes.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from csa.serve import family

# The steps of divisions.divide in their order: the room and its function, and on which side of it the worker dies.
STEPS: dict[str, tuple[str, str, str]] = {
    "leased": ("divisions", "gather", "before"),
    "divided": ("dividing.corrections", "divided_by", "after"),
    "printed": ("printing.prints", "print_lists", "after"),
    "to be stored": ("dividing.storing", "store", "before"),
    "boxes stored, no portions": ("dividing.storing", "_insert", "after"),
    "stored, no lists": ("dividing.storing", "store", "after"),
    "swapped in, nobody told": ("dividing.corrections", "record_correction", "before"),
    "letters written": ("dividing.corrections", "write_letters", "after"),
    "marked and told, not committed": ("dividing.corrections", "record_correction", "after"),
    "committed": ("divisions", "divide", "after"),
}
COMMITTED = "committed"


class Workers:
    """Workers of the database at `environment`, one after another: `sweep` answers how each ended."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.services.mishaps"]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            preexec_fn=family.tied(signal.SIGKILL),
        )

    def sweep(self, at: str, step: str = "") -> int:
        """Run the sweep at this moment (ISO) and die at the step, if one is named; the exit status."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{at} {step}\n")
        return int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


def main() -> None:
    import django

    django.setup()
    from deliveries.tasks import divide_harvests

    for line in sys.stdin:
        at, _space, step = line.strip().partition(" ")
        child = os.fork()
        if not child:
            if step:
                _arm(step)
            divide_harvests(at=at)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _arm(step: str) -> None:
    room, name, side = STEPS[step]
    module = importlib.import_module(f"deliveries.{room}")
    setattr(module, name, _deadly(getattr(module, name), before=side == "before"))


def _deadly(function: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not before:
            function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return wrapped


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csa.settings")
    main()
