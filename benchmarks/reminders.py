"""The day before, for thousands of households, through a real worker that is killed again and again.

python -m benchmarks reminders --households 10000 --kills 5 --json
→ {"households", "kills", "lost", "extra", "write_s", "send_s", "per_s", "raw_per_s", "ratio_to_raw_smtp"}

Letters are written and sent by a Celery worker on a real broker, to a real SMTP server in this process; kill -9 falls
both while they are written and while they are sent. `raw_per_s` is the same server fed the same messages by smtplib
alone, one connection, in the same run; `ratio_to_raw_smtp` is letters a second while there was a worker, ours to that.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.database import fresh_database

PATIENCE = 600.0  # seconds a step may take before the run is called broken


def main(argv: list[str]) -> dict[str, Any]:
    from tests.services.broker import running_broker
    from tests.services.mail import running_mail_server

    parser = argparse.ArgumentParser(prog="benchmarks reminders")
    parser.add_argument("--households", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=5)
    asked = parser.parse_args(argv)
    with running_mail_server() as post, running_broker() as broker:
        os.environ["EMAIL_URL"] = post.url
        with fresh_database():
            return _run(asked.households, asked.kills, post, broker)


def _run(households: int, kills: int, post: Any, broker: Any) -> dict[str, Any]:
    at = _tomorrow(households)
    with _worker(broker) as worker:
        began = time.monotonic()
        at, killed = _write(worker, broker, households, at, kills // 2)
        written = time.monotonic()
        killed, seconds = _send(worker, broker, post, at, killed, kills)
    arrived = Counter(one.message["Message-ID"] for one in post.delivered)
    raw = _raw(post)
    rate = sum(arrived.values()) / seconds
    return {
        "households": households,
        "kills": killed,
        "lost": households - len(arrived),
        "extra": sum(arrived.values()) - len(arrived),
        "write_s": round(written - began, 1),
        "send_s": round(seconds, 1),
        "per_s": round(rate),
        "raw_per_s": round(raw),
        "ratio_to_raw_smtp": round(rate / raw, 2),
    }


def _tomorrow(households: int) -> datetime:
    """So many households, each with one person, who collect tomorrow; three in the afternoon of today."""
    from deliveries.due.rosters import expected
    from deliveries.telling.reminders import FROM
    from farms.models import Household, HouseholdPerson, PickupDay
    from farms.seasons import instant
    from people.models import User
    from shares.models import Order, Share
    from tests import factories

    farm = factories.make_farm()
    site = factories.make_site(farm)
    season = factories.make_season(farm, [site], capacity=households)
    kind = factories.make_share_type(season, places=households)
    users = User.objects.bulk_create(User(email=f"m{n}@example.org", password="!") for n in range(households))
    homes = Household.objects.bulk_create(
        Household(farm=farm, name=f"Home {n}", number=n + 1, since=factories.NOW) for n in range(households)
    )
    HouseholdPerson.objects.bulk_create(
        HouseholdPerson(household=home, user=user, since=factories.NOW) for home, user in zip(homes, users, strict=True)
    )
    when = {"ordered_at": factories.NOW, "held_until": factories.NOW, "settled_at": factories.NOW}
    facts = {"farm": farm, "season": season, "method": "offline", "currency": "EUR", "language": "en", **when}
    orders = Order.objects.bulk_create(Order(household=home, token=_uuid(), **facts) for home in homes)
    share = {"share_type": kind, "site": site, "first_week": 1, "last_week": 25, "pickups": 25, "cost": 1, "price": 1}
    Share.objects.bulk_create(Share(order=order, household_id=order.household_id, **share) for order in orders)
    day = PickupDay.objects.select_related("week__season__farm").order_by("date").first()
    assert day is not None
    assert len(expected([day]).rows) == households
    return instant(day.date - timedelta(days=1), FROM, farm.zone)


def _uuid() -> Any:
    import uuid

    return uuid.uuid4()


@contextmanager
def _worker(broker: Any) -> Iterator[Any]:
    from tests.services.worker import Worker

    environment = {"REDIS_URL": broker.url, "DATABASE_URL": os.environ["DATABASE_URL"]}
    environment |= {"EMAIL_URL": os.environ["EMAIL_URL"], "VAR_DIR": os.environ["VAR_DIR"]}
    worker = Worker(environment=environment, log=Path(os.environ["VAR_DIR"]) / "worker.log")
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()


def _write(worker: Any, broker: Any, households: int, at: datetime, kills: int) -> tuple[datetime, int]:
    """Reminders are written; kill -9 falls when a part of them is."""
    from people.models import Letter

    killed = 0
    _ask(broker, "deliveries.tasks.write_reminders", at)
    started = time.monotonic()
    while (there := Letter.objects.count()) < households:
        assert time.monotonic() - started < PATIENCE, there
        if killed < kills and there > households * (killed + 1) // (kills + 1):
            worker.restart()
            killed, at = killed + 1, at + timedelta(minutes=6)
            _ask(broker, "deliveries.tasks.write_reminders", at)
        time.sleep(0.02)
    return at, killed


def _send(worker: Any, broker: Any, post: Any, at: datetime, killed: int, kills: int) -> tuple[int, float]:
    """Letters leave; kill -9 falls in mid-sending. How often in all, and the seconds in which there was a worker."""
    from people.models import Letter

    before, total, down = killed, Letter.objects.count(), 0.0
    started = time.monotonic()
    while (waiting := Letter.objects.filter(sent_at=None).count()) > 0:
        assert time.monotonic() - started < PATIENCE, waiting
        until = total * (killed - before + 1) // (kills - before + 1) if killed < kills else total
        _ask(broker, "people.tasks.post_due_letters", at)  # the calendar's tick
        asked = time.monotonic()
        while len(post.delivered) < until and time.monotonic() - asked < 20:
            time.sleep(0.01)
        if killed < kills and len(post.delivered) >= until:
            dead = time.monotonic()
            worker.restart()
            down += time.monotonic() - dead
            killed, at = killed + 1, at + timedelta(minutes=6)
        else:
            time.sleep(0.2)  # the last one is marked
    return killed, time.monotonic() - started - down


def _ask(broker: Any, task: str, at: datetime) -> None:
    """What the calendar does, at the moment that is believed."""
    from celery import Celery

    with Celery("benchmark", broker=broker.url).connection_for_write() as connection:
        Celery("benchmark", broker=broker.url).send_task(task, kwargs={"at": at.isoformat()}, connection=connection)


def _raw(post: Any) -> float:
    """The same messages by smtplib alone, a second."""
    messages = [one.message for one in post.delivered[:2000]]
    kept = list(post.delivered)
    began = time.monotonic()
    with smtplib.SMTP("127.0.0.1", post.port) as line:
        for message in messages:
            line.send_message(message, "farm@hissa.test", ["someone@example.org"])
    seconds = time.monotonic() - began
    post.delivered[:] = kept
    return len(messages) / seconds
