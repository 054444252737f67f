"""Settle a bidding round of many households.

python -m benchmarks bidding --households 10000 --json
→ {"households", "classes", "raised", "over_budget", "seconds", "seconds_equal_bids", "seconds_worst"}

`seconds`: bids as people make them (in steps of 5). `seconds_equal_bids`: in steps of 50, many alike. `seconds_worst`:
couples who bid the same, each couple its own amounts, so that all sets must be weighed.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from shares.solidarity.bidding import Amounts, Outcome, settle


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="benchmarks bidding")
    parser.add_argument("--households", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    draw = random.Random(asked.seed)
    usual = [_bid(draw, 500) for _n in range(asked.households)]
    alike = [_bid(draw, 5000) for _n in range(asked.households)]
    couples = [_bid(draw, 1) for _n in range(asked.households // 2)] * 2
    outcome, seconds = _timed(usual, _budget(usual))
    _alike, equal = _timed(alike, _budget(alike))
    _couples, worst = _timed(couples, _awkward_budget(couples))
    return {
        "households": asked.households,
        "classes": len(set(usual)),
        "raised": sum(price > bid.comfortable for price, bid in zip(outcome.prices, usual, strict=True)),
        "over_budget": outcome.total - _budget(usual),
        "seconds": seconds,
        "seconds_equal_bids": equal,
        "seconds_worst": worst,
    }


def _bid(draw: random.Random, step: int) -> Amounts:
    """Around 650 for a season, in steps of so many cents."""
    amounts = sorted(int(draw.gauss(65000, 15000)) // step * step for _n in range(3))
    return Amounts(*(max(0, amount) for amount in amounts))


def _budget(bids: list[Amounts]) -> int:
    """A third of the way from what is comfortable to the limits."""
    low, high = sum(bid.comfortable for bid in bids), sum(bid.limit for bid in bids)
    return low + (high - low) // 3


def _awkward_budget(bids: list[Amounts]) -> int:
    """A unit more than half the households with the most room can give: one of the next couple would do."""
    rooms = sorted((bid.limit - bid.comfortable for bid in bids), reverse=True)
    return sum(bid.comfortable for bid in bids) + sum(rooms[: len(bids) // 4 * 2]) + 1


def _timed(bids: list[Amounts], budget: int) -> tuple[Outcome, float]:
    began = time.perf_counter()
    outcome = settle(bids, budget)
    return outcome, round(time.perf_counter() - began, 3)
