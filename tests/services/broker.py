"""A real broker for one test run: the very server that `make run` starts."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from csa.serve import broker, family


class Broker:
    """A Valkey server that tests may stop, start again and empty."""

    def __init__(self) -> None:
        self.folder = broker.short_folder()
        self.socket_path = self.folder / "broker.sock"
        self.url = broker.url(self.socket_path)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = broker.command(socket_path=self.socket_path, data=Path(self.folder), durable=False)
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=family.tied(signal.SIGKILL)
        )
        if not broker.wait_until_it_answers(self.socket_path):
            raise RuntimeError("the broker did not start")

    def stop(self) -> None:
        """As if somebody had pulled the plug: everything it held is lost."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def wipe(self) -> None:
        """Empty it: queues, results, cache."""
        import redis

        with contextlib.closing(redis.Redis(unix_socket_path=str(self.socket_path))) as line:
            line.flushall()


@contextlib.contextmanager
def running_broker() -> Iterator[Broker]:
    server = Broker()
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
