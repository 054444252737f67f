"""A believable farm to look around in: `manage.py demo`.

Everything goes through the verbs that people's clicks go through (purchases, changes, divisions), at the moments at
which it would have happened; only the many taps of past pickups are written in bulk.
"""

from csa.demo.farms import PASSWORD, make_farm
from csa.demo.season import run_past_weeks

__all__ = ["PASSWORD", "make_farm", "run_past_weeks"]
