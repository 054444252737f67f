"""A real Celery worker for tests: a process of its own on the test database and the test broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from csa.serve import family

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 90.0  # 3 s on a quiet machine
Found = TypeVar("Found")


class Worker:
    """One worker process that does as many tasks at once as it has `hands`, and `loads` these modules besides the
    tasks. What it says is kept in `log`."""

    def __init__(self, *, environment: dict[str, str], log: Path, beat: bool = False) -> None:
        self.environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self.log = log
        self.beat = beat
        self.hands = 1
        self.loads = ["csa.serve.worker"]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes tasks."""
        command = [sys.executable, "-m", "celery", "--app", "celery_app", "worker", "--concurrency", str(self.hands)]
        command += ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--include", ",".join(self.loads)]
        command += ["--beat", "--schedule", str(self.log.with_suffix(".beat"))] if self.beat else []
        already = len(self.words())
        with self.log.open("ab") as words:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                preexec_fn=family.tied(signal.SIGKILL),
            )
        wait_for(lambda: " ready." in self.words()[already:] or not self.alive, seconds=START_SECONDS, what=self.words)
        assert self.alive, f"the worker did not start:\n{self.words()[already:]}"

    def kill(self) -> None:
        """kill -9, in the middle of whatever it does."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Ask it to finish what it does and go."""
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def words(self) -> str:
        """Everything it has said so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def wait_for(happens: Callable[[], Found], *, seconds: float = 20.0, what: Callable[[], str] = lambda: "") -> Found:
    """Ask again and again until the answer is true; the answer. Fails with `what()` when time is up."""
    until = time.monotonic() + seconds
    while True:
        answer = happens()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"did not happen in {seconds:g} s. {what()}")
        time.sleep(0.05)
