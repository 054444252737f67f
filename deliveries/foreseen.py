"""Weeks that are only planned, as the engine would divide them. The same plan, shares and choices give the same
division: it is kept for a day under the digest of what it was made from, and not asked of the engine twice.

Nothing but speed hangs on what is kept: without it everything is divided anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache

from deliveries.allocation import VERSION, ProblemError, allocate
from deliveries.divided import Divided
from deliveries.gathering import problem_of
from deliveries.refusals import words_of

log = logging.getLogger("hissa.foreseen")

DAY = 24 * 3600

Kept = tuple[list[list[int]], list[int], list[int], list[int]]
"""Portions, leftover, targets and values, as Divided has them."""


def foreseen(weeks: Sequence[dict[str, Any]]) -> list[Divided | str]:
    """Each week's inputs divided, everybody alike by type and site; or why they cannot be, in the language in force."""
    keys = [_key(inputs) for inputs in weeks]
    known = _looked_up(keys)
    found: list[Divided | str] = []
    fresh: dict[str, Kept] = {}
    for key, inputs in zip(keys, weeks, strict=True):
        week = Divided(inputs, *known[key]) if key in known else _divided(inputs)
        if isinstance(week, Divided) and key not in known:
            fresh[key] = (week.portions, week.leftover, week.targets, week.values)
        found.append(week)
    if fresh:
        _keep(fresh)
    return found


def _divided(inputs: dict[str, Any]) -> Divided | str:
    try:
        return Divided.of(inputs, allocate(problem_of(inputs), mode="uniform"))
    except ProblemError as odd:
        return words_of(odd, [crop["name"] for crop in inputs["crops"]])


def _key(inputs: dict[str, Any]) -> str:
    words = json.dumps([VERSION, inputs], sort_keys=True)
    return f"foreseen:{hashlib.sha256(words.encode()).hexdigest()}"


def _looked_up(keys: Sequence[str]) -> dict[str, Kept]:
    try:
        return dict(cache.get_many(keys))
    except Exception:  # whatever is the matter with the cache, the page is none the worse
        log.warning("the cache cannot be asked")
        return {}


def _keep(fresh: dict[str, Kept]) -> None:
    try:
        cache.set_many(fresh, DAY)
    except Exception:
        log.warning("the cache cannot be written to")
