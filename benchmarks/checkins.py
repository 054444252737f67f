"""A busy pickup: every household ticked by three phones, each phone's queue sent three times over, shuffled.

`python -m benchmarks checkins [--households 100] [--phones 3] [--times 3] [--rate 20] [--seconds 10] --json`
→ {"recorded", "sent", "p95_ms", "p50_ms", "posts", "alone_p95_ms"}: households recorded as collected, taps sent; then
how long a phone's POST of one tap takes at `rate` a second while harvests are divided beside it without a pause by a
process of its own, and how long with nothing beside it. Through the house's own handler, middleware and all, on one
database file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from benchmarks.database import KINDS, fresh_database


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="benchmarks checkins")
    parser.add_argument("--households", type=int, default=100)
    parser.add_argument("--phones", type=int, default=3)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    asked = parser.parse_args(argv)
    with fresh_database(asked.database):
        day, link = open_pickup(asked.households)
        recorded, sent = _queues(day, link, asked.households, asked.phones, asked.times)
        alone = _posts(link, asked.households, asked.rate, asked.seconds)
        beside = _dividing()
        try:
            busy = _posts(link, asked.households, asked.rate, asked.seconds)
        finally:
            beside.terminate()
            beside.wait()
    return {
        "recorded": recorded, "sent": sent, "p95_ms": _part(busy, 0.95), "p50_ms": _part(busy, 0.5),
        "posts": len(busy), "alone_p95_ms": _part(alone, 0.95), "database": asked.database,
    }  # fmt: skip


def open_pickup(households: int) -> tuple[Any, Any]:
    """A farm whose pickup is open now, and the link to it."""
    from benchmarks.lists import NAMES
    from deliveries.checking_in import host_links
    from deliveries.due import rosters
    from farms.models import PickupDay
    from people import clock
    from tests import factories

    today = clock.now().date()
    farm = factories.make_farm()
    season = factories.make_season(farm, first_day=today, deadline_days=0)
    kind = factories.make_share_type(season)
    for number in range(households):
        name = f"{NAMES[number % 14]}–{NAMES[number // 14 % 14]}"
        factories.make_order_and_share(factories.make_household(farm, name), kind)
    day = PickupDay.objects.select_related("week", "site__farm").filter(week__season=season).earliest("date")
    PickupDay.objects.filter(pk=day.pk).update(
        deadline_at=clock.now() - timedelta(hours=1), starts_at=clock.now(), ends_at=clock.now() + timedelta(hours=3)
    )
    day.refresh_from_db()
    rosters.draw_up(day=day, at=clock.now())
    return day, host_links.live_link(day=day, at=clock.now())


def _tap(number: int) -> dict[str, Any]:
    from people import clock

    return {"uuid": str(uuid.uuid4()), "household": number, "action": "collected", "at": clock.now().isoformat()}


_hands = threading.local()


def _client() -> Any:
    """Each phone its own, made once: making one loads the whole middleware."""
    from django.test import Client

    if not hasattr(_hands, "client"):
        _hands.client = Client()
    return _hands.client


def _send(link: Any, taps: list[dict[str, Any]]) -> float:
    """A queue, as a phone posts it, which says how many check-ins it has heard of; milliseconds. Fails when it is not
    taken."""
    client, body = _client(), json.dumps({"taps": taps, "seen": getattr(_hands, "seen", 0)})
    begun = time.perf_counter()
    answer = client.post(f"/c/{link.token}/sync/", body, content_type="application/json")
    took = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, answer.content[:200]
    _hands.seen = answer.json()["seen"]
    return took


def _queues(day: Any, link: Any, households: int, phones: int, times: int) -> tuple[int, int]:
    """Three phones at once, each with a tick for everybody: how many were recorded, how many ticks were sent."""
    from django.db import connection

    from deliveries.checking_in import checkins
    from deliveries.models import CheckIn
    from farms.models import Household

    numbers = list(Household.objects.values_list("number", flat=True))
    dice = random.Random(5)
    queues = [[_tap(number) for number in numbers] for _phone in range(phones)]

    def phone(queue: list[dict[str, Any]]) -> None:
        for _time in range(times):
            _send(link, dice.sample(queue, len(queue)))
        connection.close()

    with ThreadPoolExecutor(phones) as together:
        list(together.map(phone, queues))
    assert CheckIn.objects.count() == phones * households  # each tick once, however often it was sent
    return len(checkins.collected([day])), phones * times * households


def _posts(link: Any, households: int, rate: float, seconds: float) -> list[float]:
    """Single ticks at a steady rate, each begun when it is due whether or not the last is answered."""
    from farms.models import Household

    numbers = list(Household.objects.values_list("number", flat=True))
    _send(link, [_tap(numbers[0])])
    waiting = []
    with ThreadPoolExecutor(4) as hands:
        list(hands.map(lambda number: _send(link, [_tap(number)]), numbers[:16]))  # warm
        begun = time.perf_counter()
        for place in range(int(rate * seconds)):
            time.sleep(max(0.0, begun + place / rate - time.perf_counter()))
            waiting.append(hands.submit(_send, link, [_tap(numbers[place % households])]))
        return [one.result() for one in waiting]


def _part(times: list[float], part: float) -> float:
    return round(statistics.quantiles(times, n=100)[round(part * 100) - 1], 1)


def _dividing() -> subprocess.Popen[bytes]:
    """A worker's work, without a pause, in a process of its own: harvests of 300 households are divided and stored."""
    running = subprocess.Popen(
        [sys.executable, "-c", "from benchmarks.checkins import divide_for_ever; divide_for_ever()"],
        env={**os.environ}, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout
    running.stdout.readline()  # it has begun
    return running


def divide_for_ever() -> None:
    """Week after week of another farm, on the same database: rosters drawn up, harvest divided, lists printed, all
    stored; and once more from the first week, as corrections."""
    import django

    django.setup()
    from benchmarks.lists import divide_week, harvest_of, sold_season

    season = sold_season("Busy Farm", 300, 3)
    weeks = [harvest_of(season, week) for week in range(1, 26)]
    print("dividing", flush=True)
    while True:
        for harvest in weeks:
            divide_week(harvest)
