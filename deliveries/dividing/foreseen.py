"""What a division would give, for pages that show it before it is published: the same inputs give the same division, so
it is kept for a day under their digest and not asked of the engine again when somebody looks once more.

Nothing but speed hangs on what is kept: without it everything is divided anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache

from deliveries.allocation import VERSION, ProblemError
from deliveries.dividing import corrections
from deliveries.dividing.divided import Divided
from deliveries.dividing.refusals import words_of

log = logging.getLogger("hissa.foreseen")

DAY = 24 * 3600
MOST_ROWS = 5_000
"""Rows of a division up to which it is kept: beyond, looking it up would take as long as dividing."""

Kept = tuple[list[list[int]], list[int], list[int], list[int]]
"""Portions, leftover, targets and values, as Divided has them."""


def foreseen(inputs: dict[str, Any]) -> Divided:
    """These inputs divided, as publishing would. Raises ProblemError."""
    key = _key(inputs)
    if key in (known := _looked_up([key])):
        return Divided(inputs, *known[key])
    found = Divided.of(inputs, corrections.divided_by(inputs))
    _keep({key: found})
    return found


def all_foreseen(weeks: Sequence[dict[str, Any]]) -> list[Divided | str]:
    """Each of many divided; or why it cannot be, in the language in force."""
    keys = [_key(inputs) for inputs in weeks]
    known = _looked_up(keys)
    found = [
        Divided(inputs, *known[key]) if key in known else _divided(inputs)
        for key, inputs in zip(keys, weeks, strict=True)
    ]
    _keep({
        key: week for key, week in zip(keys, found, strict=True) if isinstance(week, Divided) and key not in known
    })  # fmt: skip
    return found


def _divided(inputs: dict[str, Any]) -> Divided | str:
    try:
        return Divided.of(inputs, corrections.divided_by(inputs))
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


def _keep(found: dict[str, Divided]) -> None:
    fresh: dict[str, Kept] = {
        key: (one.portions, one.leftover, one.targets, one.values)
        for key, one in found.items()
        if len(one.portions) <= MOST_ROWS
    }
    try:
        if fresh:
            cache.set_many(fresh, DAY)
    except Exception:
        log.warning("the cache cannot be written to")
