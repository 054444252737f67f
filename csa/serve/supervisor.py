"""Keeps the parts alive, passes on what they say, and stops all of them in order.

One thread, one loop: wait for output, a signal or the next due time. A part that dies is started again after
0.5, 1, 2 … 30 seconds.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from csa.serve import family
from csa.serve.console import pass_on, say
from csa.serve.parts import ROOT, Installation, Part

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SOUND_AFTER = 30.0  # a part that lived so long starts its pauses anew
STOP_SECONDS = 5.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Running:
    """A part and its process, or the time at which it will be started again."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float | None = None
    pause: float = FIRST_PAUSE
    unfinished: bytes = b""

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Every process of one installation. Use it from the main thread: it takes the signals."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        self.parts: list[Running] = []
        self.stop_asked = 0
        self.selector = selectors.DefaultSelector()
        self._listen_for_signals()

    def _listen_for_signals(self) -> None:
        wakes, self._wakeup = socket.socketpair()
        wakes.setblocking(False)
        self._wakeup.setblocking(False)
        signal.set_wakeup_fd(self._wakeup.fileno(), warn_on_full_buffer=False)
        self.selector.register(wakes, selectors.EVENT_READ, None)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_asked += 1

    def start(self, part: Part) -> Running:
        running = Running(part)
        self.parts.append(running)
        self._launch(running)
        return running

    def _launch(self, running: Running) -> None:
        running.start_again_at = None
        running.started_at = time.monotonic()
        running.process = subprocess.Popen(  # tied: one thread only, so that preexec_fn is safe
            running.part.command,
            cwd=ROOT,
            env=self.place.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=family.tied(running.part.last_signal),
        )
        assert running.process.stdout
        os.set_blocking(running.process.stdout.fileno(), False)
        self.selector.register(running.process.stdout, selectors.EVENT_READ, running)
        self._note_processes()

    def _note_processes(self) -> None:
        ids = [each.process.pid for each in self.parts if each.alive and each.process]
        family.remember(self.place.run_folder / "processes.json", ids)

    def run_to_end(self, part: Part) -> int | None:
        """Run a part that ends by itself, passing on its words bare. Its exit code; None if stopped meanwhile."""
        running = self.start(part)
        self.loop_until(lambda: not running.alive)
        if running.alive:
            return None
        self._drain(running)
        self.parts.remove(running)
        return running.process.returncode if running.process else None

    def loop_until(self, done: Callable[[], bool]) -> None:
        """Look after everything until `done`, or until we are asked to stop."""
        while not self.stop_asked and not done():
            self._wait_and_listen(0.1)
            for running in self.parts:
                self._look_after(running)

    def _look_after(self, running: Running) -> None:
        now = time.monotonic()
        if running.process and running.process.poll() is not None and running.part.restarts:
            self._drain(running)
            self._plan_restart(running, now)
        elif running.start_again_at is not None and now >= running.start_again_at:
            self._launch(running)

    def _plan_restart(self, running: Running, now: float) -> None:
        assert running.process
        how = _how_it_ended(running.process.returncode)
        if now - running.started_at > SOUND_AFTER:
            running.pause = FIRST_PAUSE
        say(f"{running.part.name} {how}; starting it again in {running.pause:g} s.")
        running.process = None
        running.start_again_at = now + running.pause
        running.pause = min(running.pause * 2, LONGEST_PAUSE)

    def _wait_and_listen(self, seconds: float) -> None:
        for key, _events in self.selector.select(seconds):
            if key.data is None:
                with contextlib.suppress(OSError):
                    key.fileobj.recv(4096)  # type: ignore[union-attr]  # our end of the signals' socket
            else:
                self._read(key.data)

    def _read(self, running: Running) -> None:
        assert running.process
        assert running.process.stdout
        try:
            heard = os.read(running.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return
        if not heard:
            self.selector.unregister(running.process.stdout)
            running.process.stdout.close()
            return
        *lines, running.unfinished = (running.unfinished + heard).split(b"\n")
        for line in lines:
            pass_on(running.part.name, line, bare=not running.part.restarts)

    def _drain(self, running: Running) -> None:
        """The last words of a part that is over."""
        stream = running.process.stdout if running.process else None
        while stream and not stream.closed and self._has_more(stream.fileno()):
            self._read(running)
        if stream and not stream.closed:
            self.selector.unregister(stream)
            stream.close()
        if running.unfinished:
            pass_on(running.part.name, running.unfinished, bare=not running.part.restarts)
            running.unfinished = b""

    @staticmethod
    def _has_more(descriptor: int) -> bool:
        with selectors.DefaultSelector() as peek:
            peek.register(descriptor, selectors.EVENT_READ)
            return bool(peek.select(0))

    def stop(self) -> None:
        """Web, worker and the rest first; then the broker they spoke to; then whoever is still there."""
        asked = self.stop_asked
        self._stop_these([each for each in self.parts if not each.part.is_last], STOP_SECONDS, asked)
        self._stop_these([each for each in self.parts if each.part.is_last], STOP_SECONDS / 2, asked)
        family.end(family.stragglers(self.place.mark))
        (self.place.run_folder / "processes.json").unlink(missing_ok=True)

    def _stop_these(self, group: list[Running], seconds: float, asked: int) -> None:
        until = time.monotonic() + seconds
        self._signal(group, signal.SIGTERM)
        while any(each.alive for each in group) and time.monotonic() < until and self.stop_asked <= asked + 1:
            self._wait_and_listen(0.05)
        for each in group:
            if each.alive:
                say(f"{each.part.name} did not stop by itself; ending it.")
        self._signal(group, signal.SIGKILL)
        for each in group:
            if each.process:
                each.process.wait()
                self._drain(each)

    @staticmethod
    def _signal(group: list[Running], number: int) -> None:
        for each in group:
            if each.alive and each.process:
                with contextlib.suppress(ProcessLookupError):
                    each.process.send_signal(number)


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended (code {code})"
    with contextlib.suppress(ValueError):
        return f"was ended ({signal.Signals(-code).name})"
    return f"was ended (signal {-code})"
