"""The benchmarks run, and the engine keeps its distance from other ways to divide."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks import season
from benchmarks.peers import published
from deliveries.allocation import Problem

ROOT = Path(__file__).resolve().parents[3]


def test_one_week_side_by_side_is_one_json_object():
    argv = ["allocation", "--shares", "30", "--crops", "12", "--peers", "highs_lp,hissa,even", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *argv], cwd=ROOT, capture_output=True, text=True, check=True
    )
    peers = json.loads(done.stdout)["peers"]
    assert list(peers) == ["highs_lp", "hissa", "even"]
    assert 0.98 < peers["hissa"]["liking_of_bound"] <= 1.0 + 1e-9
    assert peers["hissa"]["worst_deviation"] < 0.025 < peers["even"]["worst_deviation"]
    assert peers["hissa"]["left_beyond_caps"] == 0
    assert peers["hissa"]["wef1_violations"] == 0


def test_over_a_season_both_ledgers_leave_less_to_luck():
    ways = season.main(["--shares", "60", "--weeks", "12", "--seed", "2"])["ways"]
    ours, forgetful = ways["choice, both ledgers"], ways["choice, no ledger"]
    assert ours["smallest_of_largest"] > 0.99 > forgetful["smallest_of_largest"]
    assert ours["never_served"] < forgetful["never_served"]
    assert ours["liking"] > forgetful["liking"] - 1.5


def test_the_published_calculation_gives_small_boxes_no_lettuce():
    week = Problem([1, 2], [1, 2], [60, 25], [100], [200])
    portions, _ = published.divide(week, {})
    assert portions.tolist() == np.array([[0], [4]]).tolist()
