"""Publishing a week: gathered, divided, stored, printed, against the bare engine on the same problem.

`python -m benchmarks publish --households 3000 --sites 10 --json` → queries, cpu_s (the worker's sweep, its printing
process included), engine_cpu_s (dividing the same inputs and nothing else), peak_mb, and the queries at 300 households.
`--peer juntagrico` runs juntagrico's own list command beside it, as in `benchmarks lists`.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from benchmarks.database import KINDS, fresh_database
from benchmarks.lists import _season, beside_peer, weekly_job

ROUNDS = 3
"""So often the bare engine runs; the fastest counts."""


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="benchmarks publish")
    parser.add_argument("--households", type=int, default=3000)
    parser.add_argument("--sites", type=int, default=10)
    parser.add_argument("--mode", choices=("uniform", "choice"), default="uniform")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--peer", choices=("juntagrico",))
    asked = parser.parse_args(argv)
    with fresh_database(asked.database):
        few = weekly_job(_packed(_season("Small Farm", 300, asked.sites), asked.mode))
        season = _packed(_season("Large Farm", asked.households, asked.sites), asked.mode)
        found = weekly_job(season)
        engine = _engine_cpu(season)
    return {
        "households": asked.households,
        "sites": asked.sites,
        "mode": asked.mode,
        "queries": found["queries"],
        "cpu_s": found["cpu_s"],
        "engine_cpu_s": round(engine, 4),
        "peak_mb": found["peak_mb"],
        "queries_at_300": few["queries"],
        **beside_peer(asked, found["cpu_s"]),
    }


def _packed(season: Any, mode: str) -> Any:
    """The season, packed the same for everyone or to each what they like."""
    season.mode = mode
    season.save(update_fields=["mode"])
    return season


def _engine_cpu(season: Any) -> float:
    """Seconds of processor time that the engine alone takes for the last harvest's stored inputs."""
    from deliveries.dividing import corrections
    from deliveries.models import Allocation

    run = Allocation.objects.filter(harvest__week__season=season, finished_at__isnull=False).latest("finished_at")
    taken = []
    for _round in range(ROUNDS):
        begun = time.process_time()
        corrections.divided_by(run.inputs)
        taken.append(time.process_time() - begun)
    return min(taken)
