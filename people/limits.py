"""How often somebody may try something: counted in the cache that all processes share."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.core.cache import cache


def allowed(what: str, who: object, *, most: int, within: timedelta) -> bool:
    """Count one more try of `what` by `who` (an address, a visitor, a link: kept as a digest), and whether it is one
    of the `most` that are allowed in this stretch of time."""
    key = f"limit:{what}:{sha256(str(who).lower().encode()).hexdigest()[:32]}"
    cache.add(key, 0, within.total_seconds())
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ran out in this moment, or the cache is away
        return True
