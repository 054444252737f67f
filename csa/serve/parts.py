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


class CannotServe(Exception):
    """Something stands in the way; the message says what to do about it."""


@dataclass(frozen=True)
class Part:
    """One program: its name in front of what it says, its command line, and the signal that ends it."""

    name: str
    command: list[str]
    # Ends it when we die without a word. The broker first writes what it holds.
    last_signal: int = signal.SIGKILL
    own_group: bool = False
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
    """Settle port and folder from the environment. Raises CannotServe for a port that is none."""
    text = environ.get("PORT", "") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CannotServe(f"PORT must be a number from 1 to 65535, not “{text}”.")
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
    place.socket_folder = broker.short_folder()
    assert place.socket_path
    place.environment["REDIS_URL"] = broker.url(place.socket_path)
    (place.run_folder / "broker.url").write_text(place.environment["REDIS_URL"])


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
    raise CannotServe(f"No free port from {preferred} on.")


def is_free(port: int) -> bool:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise CannotServe(f"Port {port} is reserved for the system. Try:  PORT=8080 make run") from error
            return False
    return True


def early_parts(place: Installation) -> list[Part]:
    """What needs no database and can start while it is being prepared."""
    parts = []
    if place.socket_path:
        command = broker.command(socket_path=place.socket_path, data=place.var / "broker")
        # A group of its own: Ctrl-C in the terminal must not end it before those who use it.
        parts.append(Part("broker", command, last_signal=signal.SIGTERM, own_group=True))
    if place.sandbox_port:
        parts.append(Part("stripe", _sandbox_command(place)))
    return parts


def _sandbox_command(place: Installation) -> list[str]:
    return [
        *(sys.executable, "-m", "stripe_sandbox"),
        *("--port", str(place.sandbox_port)),
        *("--state", str(place.var / "stripe_sandbox")),
        *("--webhook", f"{place.address}/webhooks/stripe/"),
        *("--webhook-secret", place.environment["STRIPE_WEBHOOK_SECRET"]),
    ]


def late_parts(place: Installation) -> list[Part]:
    """Web, worker and beat."""
    celery = [sys.executable, "-m", "celery", "--app", "celery_app", "--quiet"]
    return [
        Part("web", _web_command(place)),
        Part("worker", [*celery, "worker", *CALM, *TIED, "--concurrency", "2", "--without-gossip", "--without-mingle"]),
        Part("beat", [*celery, "beat", *CALM, "--pidfile", "", "--schedule", str(place.run_folder / "beat")]),
    ]


CALM = ("--loglevel", "WARNING")
TIED = ("--include", "csa.serve.worker")


def _web_command(place: Installation) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "csa.serve.web:application"),
        *("--interface", "wsgi", "--host", HOST, "--port", str(place.port)),
        *("--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
        *("--workers-kill-timeout", "3"),
    ]
