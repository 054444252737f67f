"""Which programs an installation is made of, and the environment they share."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csa.serve import broker, family

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "127.0.0.1"


class CannotServeError(Exception):
    """Something stands in the way; the message says what to do about it."""


@dataclass(frozen=True)
class Part:
    """One program: its name in front of what it says, its command line, and the signal that ends it."""

    name: str
    command: list[str]
    # Ends it when we die without a word. The broker first writes what it holds.
    last_signal: int = signal.SIGKILL
    is_last: bool = False  # stopped after the others, who speak to it
    restarts: bool = True


@dataclass
class Installation:
    """What `make run` serves: where, with which environment, and which parts we bring ourselves."""

    port: int
    var: Path
    environment: dict[str, str]
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    socket_folder: Path | None = None
    sandbox_port: int | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def run_folder(self) -> Path:
        return self.var / "run"

    @property
    def socket_path(self) -> Path | None:
        return self.socket_folder / "broker.sock" if self.socket_folder else None


def read_installation(environ: Mapping[str, str]) -> Installation:
    """Settle port and folder from the environment. Raises CannotServeError for a port that is none."""
    text = environ.get("PORT", "") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CannotServeError(f"PORT must be a number from 1 to 65535, not “{text}”.")
    var = Path(environ.get("VAR_DIR") or ROOT / "var").absolute()
    place = Installation(port=int(text), var=var, environment=dict(environ))
    place.run_folder.mkdir(parents=True, exist_ok=True)
    place.environment.update(
        {
            "PORT": str(place.port),
            "VAR_DIR": str(var),
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), environ.get("PYTHONPATH")))),
            family.MARK: place.mark,
        }
    )
    return place


def settle_broker(place: Installation) -> None:
    """Bring a broker of our own where REDIS_URL names none, and note its address for other shells."""
    if place.environment.get("REDIS_URL"):
        return
    note = place.run_folder / "broker.url"
    if note.exists():  # only a start that was cut off leaves it: the lock is ours
        broker.clear_away(note.read_text())
    place.socket_folder = broker.short_folder()
    assert place.socket_path
    place.environment["REDIS_URL"] = broker.url(place.socket_path)
    note.write_text(place.environment["REDIS_URL"])


def settle_sandbox(place: Installation) -> None:
    """Bring the Stripe sandbox where no Stripe key is given, and note how to reach it for other shells."""
    if place.environment.get("STRIPE_SECRET_KEY") or not _has_sandbox():
        return
    place.sandbox_port = free_port(preferred=place.port + 1)
    place.environment.update(
        {
            "STRIPE_SECRET_KEY": "sk_test_sandbox",
            "STRIPE_WEBHOOK_SECRET": _kept(place.var / "webhook_secret"),
            "STRIPE_API_BASE": f"http://{HOST}:{place.sandbox_port}",
        }
    )
    note = "".join(f"{name}={place.environment[name]}\n" for name in STRIPE_NAMES)
    (place.run_folder / "stripe.env").write_text(note)


def _has_sandbox() -> bool:
    return (ROOT / "stripe_sandbox" / "__main__.py").exists()


STRIPE_NAMES = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE")


def _kept(path: Path) -> str:
    """A secret of this installation's own, made once."""
    if not path.exists():
        path.write_text("whsec_" + secrets.token_urlsafe(24))
        path.chmod(0o600)
    return path.read_text()


def free_port(*, preferred: int) -> int:
    """The preferred port or the next that nobody listens on."""
    for port in range(preferred, min(preferred + 50, 65536)):
        if is_free(port):
            return port
    raise CannotServeError(f"No free port from {preferred} on.")


def is_free(port: int) -> bool:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise CannotServeError(f"Port {port} is reserved for the system. Try:  PORT=8080 make run") from error
            return False
    return True


def broker_part(place: Installation) -> list[Part]:
    if not place.socket_path:
        return []
    command = broker.command(socket_path=place.socket_path, data=place.var / "broker")
    return [Part("broker", command, last_signal=signal.SIGTERM, is_last=True)]


def sandbox_part(place: Installation) -> list[Part]:
    return [Part("stripe", _sandbox_command(place))] if place.sandbox_port else []


def _sandbox_command(place: Installation) -> list[str]:
    return [
        *(sys.executable, "-m", "stripe_sandbox"),
        *("--port", str(place.sandbox_port)),
        *("--state", str(place.var / "stripe.sqlite")),
        *("--webhook", f"{place.address}/webhooks/stripe/"),
        *("--webhook-secret", place.environment["STRIPE_WEBHOOK_SECRET"]),
    ]


CALM = ("--loglevel", "WARNING")


def prepare_part() -> Part:
    return Part("prepare", [sys.executable, "-m", "csa.serve.prepare"], restarts=False)


def web_part(place: Installation) -> Part:
    command = [
        *(sys.executable, "-m", "granian", "csa.serve.web:application"),
        *("--interface", "wsgi", "--host", HOST, "--port", str(place.port)),
        *("--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
        *("--workers-kill-timeout", "2"),
    ]
    return Part("web", command)


def background_parts(place: Installation) -> list[Part]:
    """The worker, and the beat that wakes it by the calendar."""
    celery = [sys.executable, "-m", "celery", "--app", "celery_app", "--quiet"]
    alone = ("--without-gossip", "--without-mingle", "--include", "csa.serve.worker")
    schedule = str(place.run_folder / "beat")
    return [
        Part("worker", [*celery, "worker", *CALM, "--concurrency", "2", *alone]),
        Part("beat", [*celery, "beat", *CALM, "--pidfile", "", "--schedule", schedule]),
    ]
