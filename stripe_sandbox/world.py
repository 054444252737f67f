"""What every part of the sandbox shares: its store, its clock, its faults, and where webhooks go."""

from __future__ import annotations

import secrets
import string
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from .store import Json, Store

LETTERS = string.ascii_letters + string.digits


@dataclass
class Faults:
    """What goes wrong on purpose. Times are seconds. Set by `StripeSandbox(faults=…)` or POST /_sandbox/faults."""

    duplicates: int = 0  # extra copies of every webhook
    reorder: bool = False  # the events of one request arrive last first
    delay: float = 0.0  # webhooks leave that much later
    hold: bool = False  # webhooks wait for POST /_sandbox/release
    latency: float = 0.0  # before every API answer is worked out
    fail: int = 0  # so many API requests answer 500 and do nothing
    stall: int = 0  # so many API changes are done, and only answered after `stall_for`: a time-out after the charge
    stall_for: float = 15.0  # inf: never; the connection is closed at once instead
    stall_path: str = ""  # only requests whose path contains this stall or fail


@dataclass(frozen=True)
class Request:
    """The API request being answered, as an event tells of it."""

    id: str
    idempotency_key: str | None
    base_url: str


@dataclass
class World:
    store: Store
    clock: Callable[[], float] = time.time
    faults: Faults = field(default_factory=Faults)
    webhook_url: str | None = None
    webhook_secret: str = ""
    public_url: str | None = None
    wake: threading.Event = field(default_factory=threading.Event)  # there may be something to deliver

    def now(self) -> int:
        return int(self.clock())


current_request: ContextVar[Request | None] = ContextVar("current_request", default=None)


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(length))


def public(thing: Json) -> Json:
    """An object as the API shows it: what begins with an underscore is the sandbox's own business."""
    return {key: value for key, value in thing.items() if not key.startswith("_")}
