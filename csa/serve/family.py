"""No process outlives the one that started it, however that one ended.

On Linux the kernel tells a child when its parent dies. Elsewhere the next start finds what was left by the
list of processes kept under var/run.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1
MARK = "HISSA_RUN"
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(with_signal: int = signal.SIGKILL) -> None:
    """Ask the kernel to end this process when its parent ends. Does nothing where the kernel can't."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)


def tied(with_signal: int = signal.SIGKILL) -> Callable[[], None]:
    """For `preexec_fn`: tie a child to us, also if we died between the fork and this line.

    Ctrl-C and a closing terminal reach the whole process group at once; a child and all it starts leave them
    to us (the mask is inherited), so that they end in order and once.
    """
    us = os.getpid()

    def tie() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        die_with_parent(with_signal)
        if os.getppid() != us:
            os._exit(1)

    return tie


def stragglers(mark: str) -> list[int]:
    """Process ids, ours excepted, whose environment bears the mark of this run. Linux only, else none."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0") and not _is_over(entry):
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def _is_over(entry: Path) -> bool:
    return (entry / "stat").read_text().rpartition(")")[2].split()[0] in ("Z", "X")


def end(pids: Iterable[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def remember(path: Path, pids: Iterable[int]) -> None:
    """Keep the list of running processes, so that the next start can end what a crash left behind."""
    path.write_text(json.dumps({pid: _command_of(pid) for pid in pids}))


def end_leftovers(path: Path) -> list[int]:
    """End the processes of an earlier run that still run the very command we noted. Their ids."""
    try:
        noted = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    left = [int(pid) for pid, command in noted.items() if command and _command_of(int(pid)) == command]
    end(left)
    path.unlink(missing_ok=True)
    return left


def _command_of(pid: int) -> str:
    """The command line of a running process; an empty text if it is gone or the system can't say."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        return ""
    ps = shutil.which("ps")
    if not ps:
        return ""
    asked = [ps, "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()
