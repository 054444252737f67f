"""The check-in page of a large site: what it asks of the server, of the line and of a phone's patience.

`python -m benchmarks roster_page [--households 1000] [--loads 5] --json`
→ {"households", "queries", "server_ms", "server_cpu_ms", "kb", "sent_kb", "lcp_s", "slower_than_a_bare_page"}

Queries, median milliseconds and kilobytes (as compressed) of the page through the house's own handler; then a real
browser opens it from the web server that `make run` runs, over slow 4G (1.6 Mbit/s down, 750 kbit/s up, 150 ms there
and back: Lighthouse's), with nothing kept: the median time until the largest part is painted, beside that of the
shortest page on the same line (/health).
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.checkins import open_pickup
from benchmarks.database import fresh_database

ROUNDS = 7
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true }))"""


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="benchmarks roster_page")
    parser.add_argument("--households", type=int, default=1000)
    parser.add_argument("--loads", type=int, default=5)
    asked = parser.parse_args(argv)
    with fresh_database("sqlite"):
        _day, link = open_pickup(asked.households)
        path = f"/c/{link.token}/"
        facts = _served(path)
        with _web() as address:
            painted, sent = _painted(address + path, asked.loads)
            bare, _few = _painted(f"{address}/health", asked.loads)
    return {
        "households": asked.households, **facts, "sent_kb": sent, "lcp_s": painted,
        "slower_than_a_bare_page": round(painted / bare, 2),
    }  # fmt: skip


def _served(path: str) -> dict[str, Any]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.get(path)  # templates are read, translations loaded
    with CaptureQueriesContext(connection) as asked:
        body = client.get(path).content
        queries = len(asked)
    walls, cpus = [], []
    for _round in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        client.get(path)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return {
        "queries": queries, "server_ms": round(statistics.median(walls)),
        "server_cpu_ms": round(statistics.median(cpus)), "kb": round(len(gzip.compress(body, 6)) / 1000, 1),
    }  # fmt: skip


@contextmanager
def _web() -> Iterator[str]:
    """The web server of `make run` on this database; its address."""
    from csa.serve import parts

    port = parts.free_port(preferred=8950)
    environment = {**os.environ, "PORT": str(port)}
    place = parts.Installation(port=port, var=parts.Path(os.environ["VAR_DIR"]), environment=environment)
    web = subprocess.Popen(parts.web_part(place).command, env=environment, stdout=sys.stderr)
    try:
        for _try in range(100):
            try:
                urllib.request.urlopen(place.address, timeout=5)
                break
            except OSError:
                time.sleep(0.1)
        yield place.address
    finally:
        web.terminate()
        web.wait()


def _painted(address: str, loads: int) -> tuple[float, float]:
    """Seconds until the largest part was painted, and kilobytes over the line by then; medians of fresh browsers."""
    from playwright.sync_api import sync_playwright

    from tests.services.chromium import FLAGS, find_chromium

    times, weights = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for _load in range(loads):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            page = context.new_page()
            line = context.new_cdp_session(page)
            line.send("Network.enable")
            line.send("Network.emulateNetworkConditions", SLOW_4G)
            came: list[float] = []
            line.on("Network.loadingFinished", lambda told, came=came: came.append(told["encodedDataLength"]))
            page.goto(address)
            times.append(page.evaluate(PAINTED) / 1000)
            weights.append(sum(came) / 1000)
            context.close()
        browser.close()
    return round(statistics.median(times), 2), round(statistics.median(weights), 1)
