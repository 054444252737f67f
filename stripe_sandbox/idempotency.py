"""The same key, the same answer (https://docs.stripe.com/api/idempotent_requests)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import ApiError
from .store import Json, current_account
from .world import World

LONGEST_KEY = 255
KEPT_FOR = 24 * 3600  # "You can remove keys from the system automatically after they're at least 24 hours old"


@dataclass(frozen=True)
class Kept:
    status: int
    body: str
    request: str


class InFlight:
    """Keys whose first request is still being answered: a second one is told to wait its turn (409)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()

    @contextmanager
    def only_one(self, key: str | None) -> Iterator[None]:
        if key is None:
            yield
            return
        with self._lock:
            if key in self._keys:
                raise ApiError(
                    "There is currently another in-progress request using this Idempotent Key. "
                    "Please try again later.",
                    status=409, kind="idempotency_error", code="idempotency_key_in_use", replayed=False,
                )  # fmt: skip
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


def check_key(key: str | None) -> None:
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        raise ApiError(
            f"Idempotency key must be between 1 and {LONGEST_KEY} characters.",
            kind="idempotency_error",
            replayed=False,
        )


def fingerprint(params: Json) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


def kept_answer(world: World, key: str, *, path: str, print: str) -> Kept | None:
    """What this key was answered before; raises when it comes back for something else. Each account has its own."""
    key = f"{current_account.get() or ''}|{key}"
    world.store.run("DELETE FROM answers WHERE created < ?", world.now() - KEPT_FOR)
    rows = world.store.run("SELECT path, fingerprint, status, body, request FROM answers WHERE key = ?", key)
    if not rows:
        return None
    first_path, first_print, status, body, request = rows[0]
    if first_path != path:
        raise _mismatch(f"the same endpoint they were first used for ('{first_path}')", key)
    if first_print != print:
        raise _mismatch("the same parameters they were first used with", key)
    return Kept(status, body, request)


def _mismatch(what: str, key: str) -> ApiError:
    key = key.partition("|")[2]
    return ApiError(
        f"Keys for idempotent requests can only be used with {what}. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
        replayed=False,
    )


def keep_answer(world: World, key: str, *, path: str, print: str, kept: Kept) -> None:
    key = f"{current_account.get() or ''}|{key}"
    world.store.run(
        "INSERT INTO answers (key, path, fingerprint, status, body, request, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
        key, path, print, kept.status, kept.body, kept.request, world.now(),
    )  # fmt: skip
