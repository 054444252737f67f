"""`make run` as a person meets it: it starts, keeps its parts alive, says what is wrong, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from csa.serve import broker, family, parts, prepare
from csa.serve.greeting import sign_ins
from tests.services.worker import wait_for

pytestmark = [
    pytest.mark.house,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see every process"),
]
WORKER = "--quiet\0worker"
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "TEST_DATABASE_NAME", "CSA_NOW", "MAKELEVEL")


class House:
    """One `python -m csa.serve` on a folder and port of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.log = var.parent / "said.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        return {**kept, "VAR_DIR": str(self.var), "PORT": str(self.port), "DEMO": "no"}

    def start(self) -> None:
        command = [sys.executable, "-m", "csa.serve"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=parts.ROOT, env=self.environment(), stdout=log, stderr=log, process_group=0
            )
        wait_for(lambda: "is ready" in self.said(), seconds=90, what=self.said)
        wait_for(lambda: self.pids("beat"), seconds=30, what=self.said)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def pids(self, words: str = "") -> list[int]:
        """Every process that was started with our folder, and whose command line holds `words`."""
        ours = f"VAR_DIR={self.var}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if ours in (entry / "environ").read_bytes() and words.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def page(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=10) as answer:
            return int(answer.status)

    def run_again(self, **environment: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "csa.serve"]
        done = subprocess.run(
            command,
            check=False,
            cwd=parts.ROOT,
            env={**self.environment(), **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "a folder with spaces" / "var")
    house.var.mkdir(parents=True)
    yield house
    family.end(house.pids())


@pytest.mark.slow
def test_a_day_with_make_run(house: House):
    """One house for several sentences: starting takes seconds."""
    house.start()
    assert house.page() == 200

    code, said = house.run_again()
    assert (code, said) == (
        1,
        f"Hissa already runs on {house.var}: http://127.0.0.1:{house.port} "
        f"(process {house.process.pid}; Ctrl-C in its window stops it).\n",
    )

    [worker] = [pid for pid in house.pids(WORKER) if parent_of(pid) == house.process.pid]
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: "worker was ended (SIGKILL); starting it again in 0.5 s." in house.said(), what=house.said)
    wait_for(lambda: [pid for pid in house.pids(WORKER) if pid != worker], what=house.said)

    os.killpg(house.process.pid, signal.SIGINT)  # Ctrl-C in a terminal reaches all of them at once
    assert house.process.wait(12) == 0
    assert house.pids() == []
    assert not (house.var / "run" / "broker.url").exists()
    assert house.said().endswith("Stopping …\n")


@pytest.mark.slow
def test_nothing_outlives_a_supervisor_that_is_killed_and_the_next_start_keeps_the_data(house: House):
    house.start()
    database = house.var / "hissa.sqlite3"
    made = database.stat().st_ino
    assert len(house.pids()) >= 5
    house.process.kill()
    house.process.wait()
    wait_for(lambda: house.pids() == [], seconds=5)
    socket_folder = Path(urlsplit((house.var / "run" / "broker.url").read_text()).path).parent
    assert socket_folder.is_dir()

    house.start()
    assert house.page() == 200
    assert database.stat().st_ino == made
    assert "Database:" not in house.said()
    assert not socket_folder.exists()
    house.process.terminate()
    assert house.process.wait(12) == 0
    assert house.pids() == []


def test_a_taken_port_is_said_with_a_way_out(house: House):
    with socket.socket() as other:
        other.bind(("127.0.0.1", house.port))
        other.listen()
        code, said = house.run_again()
    assert code == 1
    assert said.startswith(f"Port {house.port} is taken by another program. Try:  PORT=")


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "٨٠٨٠"])
def test_a_port_that_is_none_is_refused(house: House, port: str):
    assert house.run_again(PORT=port) == (1, f"PORT must be a number from 1 to 65535, not “{port}”.\n")


def test_what_a_crash_left_behind_is_ended_but_nobody_elses_process(tmp_path: Path):
    ours, others = (subprocess.Popen(["sleep", f"{seconds}"]) for seconds in (301, 302))
    note = tmp_path / "processes.json"
    family.remember(note, [ours.pid, others.pid])
    note.write_text(note.read_text().replace("sleep 302", "something else"))
    try:
        assert family.end_leftovers(note) == [ours.pid]
        assert ours.wait(5) == -signal.SIGKILL
        assert others.poll() is None
    finally:
        others.kill()
        others.wait()


def test_a_long_folder_name_does_not_make_the_socket_path_too_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    deep = tmp_path / ("long" * 20)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    folder = broker.short_folder()
    folder.rmdir()
    assert len(str(folder / "broker.sock")) < 107


def test_only_changed_catalogues_are_compiled(tmp_path: Path):
    catalogue = tmp_path / "locale" / "ar" / "LC_MESSAGES" / "django.po"
    catalogue.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"'
    catalogue.write_text(f'{head}\n\nmsgid "Share"\nmsgstr "حصة"\n')
    assert prepare.compile_translations(tmp_path) == 1
    assert prepare.compile_translations(tmp_path) == 0
    later = time.time() + 5
    os.utime(catalogue, (later, later))
    assert prepare.compile_translations(tmp_path) == 1


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_the_greeting_names_everyone_who_can_sign_in_at_the_port_of_today(tmp_path: Path):
    links = {"School gate": "http://127.0.0.1:8000/c/abc/"}
    farm = {"name": "Cedar Bend", "page": "http://127.0.0.1:8000/f/cedar-bend/", "owner": "o@x.example"}
    note = tmp_path / "demo.json"
    note.write_text(json.dumps({"password": "bring-a-basket", "farms": [{**farm, "host_links": links}]}))
    assert sign_ins(note, address="http://127.0.0.1:8111") == [
        "",
        "  Cedar Bend       http://127.0.0.1:8111/f/cedar-bend/",
        "  owner            o@x.example",
        "  check-in         http://127.0.0.1:8111/c/abc/   School gate",
        "  password         bring-a-basket",
    ]


@pytest.mark.parametrize("content", ["", "[]", '{"farms": 1}', '{"farms": [{}]}'])
def test_a_spoilt_note_of_the_demo_stops_nobody(tmp_path: Path, content: str):
    note = tmp_path / "demo.json"
    note.write_text(content)
    assert sign_ins(note, address="http://127.0.0.1:8111") == []
