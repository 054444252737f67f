"""The fairest division of a week's harvest: pure, in whole numbers, the same for the same input everywhere.

    problem = Problem(share_ids=…, weights=…, counts=…, quantities=…, step_values=…)
    division = allocate(problem, mode="uniform")
    division.portions, division.leftover, division.record

Knows neither Django, nor a database, nor today.
"""

from __future__ import annotations

from .caps import Caps
from .corrections import amend
from .divide import allocate, restored
from .division import VERSION, Division, Mode
from .ledger import Account, Ledger, account
from .problem import DISLIKE, LIKE, LOVE, NEUTRAL, NEVER, POINTS, Problem, ProblemError
from .reasons import Reason, Why, explain

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
    "restored",
]
