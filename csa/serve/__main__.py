"""`python -m csa.serve`: the order of things, from the lock on the folder to the last process gone."""

from __future__ import annotations

import fcntl
import http.client
import os
import shutil
import signal
import sys
import time
from typing import IO

from csa.serve import broker, family, parts, prepare
from csa.serve.console import say
from csa.serve.greeting import greet
from csa.serve.parts import CannotServeError, Installation, Part
from csa.serve.supervisor import Supervisor

FIRST_PAGE_SECONDS = 60.0


def main() -> int:
    if "MAKELEVEL" in os.environ:  # `make run` is one thing to whoever started it: without make, no us
        family.die_with_parent(signal.SIGTERM)
    began = time.monotonic()
    try:
        place = parts.read_installation(os.environ)
        lock = take_lock(place)
    except CannotServeError as obstacle:
        say(str(obstacle))
        return 1
    supervisor = Supervisor(place)
    try:
        return serve(place, supervisor, began)
    except CannotServeError as obstacle:
        say(str(obstacle))
        return 1
    finally:
        supervisor.stop()
        tidy(place)
        lock.close()


def take_lock(place: Installation) -> IO[str]:
    """One `make run` for one folder, and nobody else on its port."""
    lock = (place.run_folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        whose = lock.read().strip() or "just starting"
        raise CannotServeError(f"Hissa already runs on {place.var}: {whose}.") from error
    left = family.end_leftovers(place.run_folder / "processes.json")
    if left:
        say(f"Ended what an earlier run had left behind ({len(left)} processes).")
    if not parts.is_free(place.port):
        lock.close()
        other = parts.free_port(preferred=place.port + 80)
        raise CannotServeError(f"Port {place.port} is taken by another program. Try:  PORT={other} make run")
    lock.truncate(0)
    lock.write(f"{place.address} (process {os.getpid()}; Ctrl-C in its window stops it)")
    lock.flush()
    return lock


def serve(place: Installation, supervisor: Supervisor, began: float) -> int:
    """Start everything, then look after it until we are asked to stop. The exit code.

    Where nothing has changed since the last start, people do not wait while that is checked once more.
    """
    say("Starting … (Ctrl-C stops)")
    parts.settle_broker(place)
    parts.settle_sandbox(place)
    known = prepare.fingerprint(place.environment)
    sooner, later = (stage_prepare, stage_web)
    if known == prepare.read_stamp(place.run_folder):
        sooner, later = later, sooner
    start_all(supervisor, parts.broker_part(place))
    for stage in (sooner, later):
        if not stage(place, supervisor):
            say("Hissa could not start; the reason stands above.")
            return 1
        if stage is stage_web and not supervisor.stop_asked:
            greet(place, seconds=time.monotonic() - began)
    if not supervisor.stop_asked:
        prepare.write_stamp(place.run_folder, known)
        start_all(supervisor, parts.background_parts(place))
    supervisor.loop_until(lambda: False)
    say("\nStopping …")
    return 0


def stage_prepare(place: Installation, supervisor: Supervisor) -> bool:
    """Bring database, translations and demo up to date. False if that failed."""
    start_all(supervisor, parts.sandbox_part(place))
    return not supervisor.run_to_end(parts.prepare_part())


def stage_web(place: Installation, supervisor: Supervisor) -> bool:
    """Start the web server and wait for its first answer."""
    if supervisor.stop_asked:
        return True
    if place.socket_path and not broker.wait_until_it_answers(place.socket_path):
        say("The broker does not answer yet: what people do is kept, and done when it does.")
    supervisor.start(parts.web_part(place))
    until = time.monotonic() + FIRST_PAGE_SECONDS
    supervisor.loop_until(lambda: first_page(place) or time.monotonic() > until)
    return True


def start_all(supervisor: Supervisor, several: list[Part]) -> None:
    for part in several:
        supervisor.start(part)


def first_page(place: Installation) -> bool:
    """Does the front door answer? A broken page is an answer too: the log says why."""
    line = http.client.HTTPConnection(parts.HOST, place.port, timeout=5)
    try:
        line.request("GET", "/health", headers={"Accept-Language": "en"})
        return bool(line.getresponse().status)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def tidy(place: Installation) -> None:
    """Notes for other shells are true only while we serve."""
    for note in ("broker.url", "stripe.env"):
        (place.run_folder / note).unlink(missing_ok=True)
    if place.socket_folder:
        shutil.rmtree(place.socket_folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
