"""The fairest division of a week's harvest: pure, in whole numbers, the same for the same input everywhere.

    problem = Problem(share_ids=…, weights=…, counts=…, quantities=…, step_values=…)
    division = allocate(problem, mode="uniform")
    division.portions, division.leftover, division.record

Knows neither Django, nor a database, nor today.
"""

from __future__ import annotations

from .amend import amend
from .caps import Caps
from .divide import allocate
from .division import VERSION, Division, Mode
from .explain import Reason, Why, explain
from .ledger import Account, Ledger, account
from .problem import DISLIKE, LIKE, LOVE, NEUTRAL, NEVER, POINTS, Problem, ProblemError

__all__ = [
    "DISLIKE",
    "LIKE",
    "LOVE",
    "NEUTRAL",
    "NEVER",
    "POINTS",
    "VERSION",
    "Account",
    "Caps",
    "Division",
    "Ledger",
    "Mode",
    "Problem",
    "ProblemError",
    "Reason",
    "Why",
    "account",
    "allocate",
    "amend",
    "explain",
]
