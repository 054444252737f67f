"""What `make run` says, line by line, with the name of who says it in front."""

from __future__ import annotations

import contextlib
import sys

WIDTH = 7


def say(words: str = "") -> None:
    """Our own words. A terminal that is gone is no reason to stop the farm in disorder."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()


def pass_on(name: str, line: bytes, *, bare: bool = False) -> None:
    """A line of one of the parts."""
    words = line.decode("utf-8", "replace").rstrip()
    if words and not any(known in words for known in NOISE):
        say(words if bare else f"{name:<{WIDTH}}│ {words}")


# Said at every start or stop, and nothing anyone can act on.
NOISE = (
    "overcommit_memory",
    "is now ready to exit",
    "scheduling shutdown",
    "superuser privileges",
    "absolutely not recommended",
    "Please specify a different user",
    "User information:",
    "_warn_or_raise_security_error",
    "worker: Warm shutdown",
    "stripe sandbox: http",
)
