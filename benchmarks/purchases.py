"""Many buyers for few places at once, through the verb that the join page calls; and its twin without the guard.

python -m benchmarks purchases --buyers 60 --places 10 [--database sqlite|postgresql] --json
→ {"sold", "errors", "sold_without_guard", "database"}
"""

from __future__ import annotations

import argparse
import threading
import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.database import KINDS, fresh_database


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="benchmarks purchases")
    parser.add_argument("--buyers", type=int, default=60)
    parser.add_argument("--places", type=int, default=10)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    with fresh_database(asked.database):
        sold, errors = _rush(asked.buyers, asked.places, guarded=True)
        without, _errors = _rush(asked.buyers, asked.places, guarded=False)
    return {"sold": sold, "errors": errors, "sold_without_guard": without, "database": asked.database}


def _rush(buyers: int, places: int, *, guarded: bool) -> tuple[int, int]:
    """Everybody presses Join in the same moment: how many got a share, and how many met anything but "sold out"."""
    from shares.models import Share
    from shares.prices.refusals import SoldOut
    from tests import factories

    season = factories.make_season(factories.make_farm(f"Farm {guarded}"), capacity=buyers)
    kind = factories.make_share_type(season, places=places)
    households = [factories.make_household(season.farm) for _n in range(buyers)]
    answers: list[object] = []
    buy = _guarded if guarded else _unguarded(buyers)
    _all_at_once([lambda household=household: answers.append(buy(household, season, kind)) for household in households])
    errors = sum(isinstance(answer, Exception) and not isinstance(answer, SoldOut) for answer in answers)
    return Share.objects.filter(share_type=kind).count(), errors


def _guarded(household: Any, season: Any, kind: Any) -> object:
    from shares.buying.purchases import start_purchase
    from shares.prices.quotes import Line
    from tests.factories import NOW

    site = season.season_sites.select_related("site").get().site
    try:
        return start_purchase(
            household=household, season=season, lines=[Line(kind, site)], method="offline", token=uuid.uuid4(),
            language="en", by=None, at=NOW,
        )  # fmt: skip
    except Exception as refusal:
        return refusal


def _unguarded(buyers: int) -> Callable[[Any, Any, Any], object]:
    """Look first, then buy, with no guard in the database: what a plain shop does."""
    everybody_looked = threading.Barrier(buyers)

    def look_then_buy(household: Any, season: Any, kind: Any) -> object:
        from shares.models import ShareType
        from tests.factories import make_order_and_share

        seen = ShareType.objects.get(pk=kind.pk)
        everybody_looked.wait()
        return make_order_and_share(household, seen) if seen.left > 0 else None

    return look_then_buy


def _all_at_once(acts: list[Callable[[], object]]) -> None:
    from django.db import connection

    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
