"""One weekly list job, whole: rosters drawn up, the harvest divided, every list printed.

python -m benchmarks lists --households 3000 --sites 10 --json
→ {"households", "sites", "queries", "queries_at_300", "cpu_s", "wall_s", "peak_mb", "pages", "pdf_kb"}

CPU and memory count the processes that print too. The season behind it has four weeks of history. `--peer juntagrico`
runs its own list command on as many shares under the Python that HISSA_JUNTAGRICO_PYTHON names, and adds {"juntagrico",
"cpu_of_juntagrico"}.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import subprocess
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.database import KINDS, fresh_database

WEEKS_BEFORE = 4
# name, unit, step, how much there is for each share
CROPS = (
    ("Carrots", "kg", "0.05", 1.3), ("Chard", "bunch", "1", 0.7), ("Lettuce", "head", "1", 0.9),
    ("Leeks", "kg", "0.05", 0.6), ("Tomatoes", "kg", "0.05", 1.1), ("Courgettes", "piece", "1", 1.6),
    ("Melons", "piece", "1", 0.2), ("Potatoes", "kg", "0.05", 1.8), ("Parsley", "bunch", "1", 0.5),
    ("Onions", "kg", "0.05", 0.8), ("Beetroot", "bunch", "1", 0.6), ("Kohlrabi", "head", "1", 0.4),
    ("Spinach", "kg", "0.05", 0.3), ("Pumpkin", "piece", "1", 0.3), ("Beans", "kg", "0.05", 0.4),
    ("Quinces", "piece", "1", 0.0),
)  # fmt: skip


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="benchmarks lists")
    parser.add_argument("--households", type=int, default=3000)
    parser.add_argument("--sites", type=int, default=10)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--peer", choices=("juntagrico",))
    asked = parser.parse_args(argv)
    with fresh_database(asked.database):
        few = weekly_job(sold_season("Small Farm", 300, asked.sites))
        found = weekly_job(sold_season("Large Farm", asked.households, asked.sites))
    found |= {"queries_at_300": few["queries"], **beside_peer(asked, found["cpu_s"])}
    return {"households": asked.households, "sites": asked.sites, **found}


def beside_peer(asked: argparse.Namespace, cpu: float) -> dict[str, Any]:
    """What juntagrico's list command takes for as many shares, and what part of that `cpu` seconds of ours are."""
    if not asked.peer:
        return {}
    python = os.environ.get("HISSA_JUNTAGRICO_PYTHON", "")
    if not python:
        return {"juntagrico": {"skipped": "HISSA_JUNTAGRICO_PYTHON names no Python that has juntagrico 2.0"}}
    script = Path(__file__).resolve().parent / "peers" / "juntagrico_lists.py"
    done = subprocess.run(
        [python, str(script), str(asked.households), str(asked.sites)], capture_output=True, text=True,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
    )  # fmt: skip
    if done.returncode:
        return {"juntagrico": {"error": (done.stderr.strip().splitlines() or ["no answer"])[-1][:300]}}
    theirs = json.loads(done.stdout.strip().splitlines()[-1])
    return {"juntagrico": theirs, "cpu_of_juntagrico": round(cpu / theirs["cpu_s"], 4)}


def weekly_job(season: Any) -> dict[str, Any]:
    """Draw up the week's rosters and divide its harvest, as the worker's sweeps do it; what that took."""
    from django.db import connection

    from deliveries import divisions
    from deliveries.due import rosters
    from deliveries.models import PrintedList

    for week in range(1, WEEKS_BEFORE + 1):
        harvest = harvest_of(season, week)
        divide_week(harvest)
    harvest = harvest_of(season, WEEKS_BEFORE + 1)
    run = divisions.ask_for_division(harvest=harvest, by=None, at=_deadline(harvest))
    queries = 0

    def count(execute: Any, *rest: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*rest)

    wall, cpu = time.perf_counter(), _cpu()
    with Memory() as memory, connection.execute_wrapper(count):
        drawn = rosters.draw_up_rosters(_deadline(harvest))
        done = divisions.divide_harvests(_deadline(harvest))
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    assert (drawn, done) == (len(season.site_rows), 1)
    _must_add_up(run)
    sizes = [len(pdf) for pdf in PrintedList.objects.filter(allocation=run).values_list("pdf", flat=True)]
    return {
        "queries": queries,
        "cpu_s": round(cpu, 2),
        "wall_s": round(wall, 2),
        "peak_mb": round(memory.peak_mb, 1),
        "lists": len(sizes),
        "pdf_kb": sum(sizes) // 1024,
    }


def divide_week(harvest: Any) -> None:
    """A week, whole: rosters drawn up, its harvest divided and printed."""
    from deliveries import divisions
    from deliveries.due import rosters

    divisions.ask_for_division(harvest=harvest, by=None, at=_deadline(harvest))
    rosters.draw_up_rosters(_deadline(harvest))
    divisions.divide_harvests(_deadline(harvest))


def _must_add_up(run: Any) -> None:
    """A figure for lists that were wrong would be worth nothing."""
    from django.db.models import F, Sum

    from deliveries.models import Leftover, Pickup, Portion

    given = Portion.objects.filter(box__allocation=run).aggregate(all=Sum(F("steps") * F("box__count")))["all"]
    left = Leftover.objects.filter(allocation=run).aggregate(all=Sum("steps"))["all"] or 0
    picked = run.harvest.lines.aggregate(all=Sum("steps"))["all"]
    assert given + left == picked, (given, left, picked)
    assert Pickup.objects.filter(day__in=run.harvest.days.all()).count() >= sum(box.count for box in run.boxes.all())


def sold_season(name: str, households: int, sites: int) -> Any:
    """A farm with its season sold: full and half shares, some biweekly, a third with eggs."""
    from farms.models import Household
    from shares.models import Order, Share
    from tests import factories

    rng = random.Random(households)
    farm = factories.make_farm(name)
    site_rows = [factories.make_site(farm, f"Site {n}") for n in range(sites)]
    season = factories.make_season(farm, site_rows, capacity=households)
    full = factories.make_share_type(season, "Full share", places=households)
    half = factories.make_share_type(season, "Half share", weight=1, places=households)
    eggs = factories.make_share_type(season, "Eggs", is_addon=True, weight=1, places=households)
    people = Household.objects.bulk_create(
        Household(farm=farm, name=f"{rng.choice(NAMES)}–{rng.choice(NAMES)}", number=n, since=factories.NOW)
        for n in range(1, households + 1)
    )
    settled = {"ordered_at": factories.NOW, "held_until": factories.NOW, "settled_at": factories.NOW}
    bought = {"farm": farm, "season": season, "method": "offline", "currency": "EUR", "language": "en", **settled}
    orders = Order.objects.bulk_create(Order(household=one, token=uuid.uuid4(), **bought) for one in people)
    shares = []
    for order in orders:
        site, kind = rng.choice(site_rows), full if rng.random() < 0.6 else half
        facts = {"order": order, "household_id": order.household_id, "site": site, "first_week": 1, "last_week": 25}
        facts |= {"turn": rng.choice("AB") if rng.random() < 0.1 else "", "pickups": 25, "cost": 1, "price": 1}
        types = [kind, eggs] if rng.random() < 0.33 else [kind]
        shares += [Share(share_type=share_type, **facts) for share_type in types]
    Share.objects.bulk_create(shares)
    season.site_rows = site_rows
    return season


NAMES = (
    "Abel",
    "Amari",
    "Brandt",
    "Castillo",
    "Chen",
    "Dupont",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ibrahim",
    "Jansen",
    "Kowalski",
    "Laurent",
)


def harvest_of(season: Any, week: int) -> Any:
    """What came in that week: about two handfuls for each household."""
    from decimal import Decimal

    from deliveries.harvesting import harvests
    from deliveries.models import Crop
    from shares.models import Share
    from tests import factories

    rng = random.Random(week)
    shares = Share.objects.filter(share_type__season=season, share_type__is_addon=False).count()
    date = season.first_day + timedelta(weeks=week - 1)
    harvest = harvests.open_harvest(farm=season.farm, date=date, at=factories.NOW)
    picked = []
    for name, unit, step, each in CROPS:
        crop, _fresh = Crop.objects.get_or_create(
            farm=season.farm, name=name, defaults={"unit": unit, "step": Decimal(step), "price": rng.randint(100, 500)}
        )
        steps = max(1, int(shares * each * rng.uniform(0.6, 1.2) / float(step)))  # one quince is always left over
        picked.append(harvests.Picked(crop, steps, unit, Decimal(step), crop.price))
    harvests.record_harvest(harvest=harvest, picked=picked)
    return harvest


def _deadline(harvest: Any) -> Any:
    return harvest.days.first().deadline_at


def _cpu() -> float:
    """Seconds of processor time, the printing process included."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class Memory:
    """The most this process held, and the most that a process it started to print held beside it, in MB.

    A child's own peak is read while it runs: what the system counts for children that ended begins with what their
    parent held when it made them.
    """

    def __init__(self) -> None:
        self.of_children = 0
        self.done = threading.Event()
        self.watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        Path("/proc/self/clear_refs").write_text("5")  # this process's own peak begins now
        self.watching.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self.done.set()
        self.watching.join()
        self.peak_mb = (_most_held("self") + self.of_children) / 1024

    def _watch(self) -> None:
        while not self.done.wait(0.01):
            for task in Path("/proc/self/task").iterdir():
                with contextlib.suppress(OSError):  # it ended meanwhile
                    for child in (task / "children").read_text().split():
                        if b"typesetting" in Path("/proc", child, "cmdline").read_bytes():
                            self.of_children = max(self.of_children, _most_held(child))


def _most_held(process: str) -> int:
    """Its peak in kB."""
    lines = Path("/proc", process, "status").read_text().splitlines()
    return int(next((line.split()[1] for line in lines if line.startswith("VmHWM")), "0"))
