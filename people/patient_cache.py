"""Redis as a cache that may be away: what it would have known is then not known, and nobody's page breaks.

Rate limits are open in that time; /health says that the broker is broken. Sign-in codes are guarded besides by a few
tries each, counted in the database's session.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger("hissa.cache")


def _unless_away(name: str, instead: Callable[..., Any]) -> Any:
    real = getattr(RedisCache, name)

    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return real(self, *args, **kwargs)
        except (RedisError, OSError) as away:
            log.warning("the cache is away: %s", type(away).__name__)
            return instead(*args, **kwargs)

    method.__name__ = name
    return method


def _unknown(*_args: Any, **_kwargs: Any) -> None:
    raise ValueError("the cache is away")


class PatientRedisCache(RedisCache):
    get = _unless_away("get", lambda key, default=None, version=None: default)
    get_many = _unless_away("get_many", lambda *_args, **_kwargs: {})
    has_key = _unless_away("has_key", lambda *_args, **_kwargs: False)
    add = _unless_away("add", lambda *_args, **_kwargs: True)
    set = _unless_away("set", lambda *_args, **_kwargs: None)
    set_many = _unless_away("set_many", lambda *_args, **_kwargs: [])
    touch = _unless_away("touch", lambda *_args, **_kwargs: False)
    delete = _unless_away("delete", lambda *_args, **_kwargs: False)
    delete_many = _unless_away("delete_many", lambda *_args, **_kwargs: None)
    incr = _unless_away("incr", _unknown)
