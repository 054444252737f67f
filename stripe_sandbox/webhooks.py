"""Telling the farm's server: signed deliveries, tried again until it answers 2xx (https://docs.stripe.com/webhooks).

Stripe promises neither order nor once-only delivery, and `Faults` brings both out on demand.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import sqlite3
import threading
import time
from urllib.parse import urlsplit

from .store import Json
from .world import World, public

log = logging.getLogger("stripe_sandbox")

# Stripe retries for days, ever more slowly (https://docs.stripe.com/webhooks#retries); a sandbox has no days.
RETRY_AFTER = (0.5, 1, 2, 4, 8, 15, 30, 60, 60, 60, 300, 300, 300, 900, 900, 900)
TIME_OUT = 10.0


def signature(payload: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header (https://docs.stripe.com/webhooks#verify-manually).

    Stripe adds a made-up `v0` to test events so that receivers learn to pick `v1`; so do we.
    """
    signed = str(at).encode() + b"." + payload
    v1 = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    v0 = hashlib.sha256(signed).hexdigest()
    return f"t={at},v1={v1},v0={v0}"


def plan_deliveries(world: World, event_id: str) -> None:
    """Write down, in the same transaction as what happened, that the farm's server must hear of it."""
    if not world.webhook_url:
        return
    faults = world.faults
    for _ in range(1 + max(0, faults.duplicates)):
        world.store.run(
            "INSERT INTO deliveries (event, due_at, held) VALUES (?, ?, ?)",
            event_id, time.time() + faults.delay + (0.2 if faults.reorder else 0), int(faults.hold),
        )  # fmt: skip
    world.wake.set()


def release(world: World, *, reverse: bool = False) -> int:
    """Let the held deliveries go, in order or last first; how many."""
    with world.store.transaction():
        held = world.store.run("SELECT id FROM deliveries WHERE held = 1 AND done = 0 ORDER BY id")
        order = list(reversed(held)) if reverse else held
        for place, (id,) in enumerate(order):
            due_at = time.time() + place / 1_000_000
            world.store.run("UPDATE deliveries SET held = 0, due_at = ? WHERE id = ?", due_at, id)
    world.wake.set()
    return len(held)


def deliver_again(world: World, event_ids: list[str], copies: int = 1) -> int:
    """Send events once more, as the dashboard's "Resend" does."""
    with world.store.transaction():
        for event_id in event_ids:
            for _ in range(copies):
                world.store.run("INSERT INTO deliveries (event, due_at) VALUES (?, ?)", event_id, time.time())
    world.wake.set()
    return len(event_ids) * copies


def outstanding(world: World) -> int:
    """Deliveries that are neither made, given up, nor held."""
    rows = world.store.run("SELECT count(*) FROM deliveries WHERE done = 0 AND held = 0 AND due_at IS NOT NULL")
    return int(rows[0][0])


def all_deliveries(world: World) -> list[Json]:
    rows = world.store.run(
        "SELECT d.id, d.event, json_extract(o.body, '$.type'), d.attempts, d.held, d.done, d.answer"
        " FROM deliveries d JOIN objects o ON o.id = d.event ORDER BY d.id"
    )
    names = ("id", "event", "type", "attempts", "held", "done", "answer")
    return [dict(zip(names, row, strict=True)) for row in rows]


class Courier(threading.Thread):
    """Carries what is due, one after the other, so that an order asked for is the order delivered."""

    def __init__(self, world: World) -> None:
        super().__init__(name="stripe-sandbox-courier", daemon=True)
        self._world = world
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()
        self._world.wake.set()
        self.join(timeout=2)  # what is under way to a silent server is sent again next time

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._world.wake.clear()
                if not self._carry_one():
                    self._world.wake.wait(self._until_next())
        except sqlite3.ProgrammingError:
            if not self._stopping.is_set():  # else the book was closed while a silent server was waited for
                raise

    def _until_next(self) -> float:
        rows = self._world.store.run(
            "SELECT min(due_at) FROM deliveries WHERE done = 0 AND held = 0 AND due_at IS NOT NULL"
        )
        return min(5.0, max(0.01, rows[0][0] - time.time())) if rows[0][0] is not None else 5.0

    def _carry_one(self) -> bool:
        store, last_first = self._world.store, self._world.faults.reorder
        fresh = store.run("SELECT max(due_at) FROM deliveries WHERE done = 0 AND held = 0 AND attempts = 0")
        if last_first and (fresh[0][0] or 0) > time.time():
            return False  # more of the same request may follow: wait for its window to close
        due = "SELECT id, event, attempts FROM deliveries WHERE done = 0 AND held = 0 AND due_at <= ? ORDER BY "
        rows = store.run(due + ("id DESC LIMIT 1" if last_first else "due_at, id LIMIT 1"), time.time())
        for id, event_id, attempts in rows:
            answer = self._send(event_id)
            self._note(id, event_id, attempts + 1, answer)
        return bool(rows)

    def _send(self, event_id: str) -> str:
        """The status the farm's server answered, or what went wrong."""
        with self._world.store.as_account(None):
            event = self._world.store.get(event_id, "event")
        if event is None or not self._world.webhook_url:
            return "nowhere to send it"
        payload = json.dumps(public(event), indent=2, ensure_ascii=False).encode()
        # The signature bears the real time even when the sandbox's clock is set: it proves freshness, not history.
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(payload, self._world.webhook_secret, int(time.time())),
            "Connection": "close",
        }
        where = urlsplit(self._world.webhook_url)
        line = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=TIME_OUT)
        try:
            path = (where.path or "/") + (f"?{where.query}" if where.query else "")
            line.request("POST", path, body=payload, headers=headers)
            return str(line.getresponse().status)
        except (OSError, http.client.HTTPException) as e:
            return type(e).__name__
        finally:
            line.close()

    def _note(self, id: int, event_id: str, attempts: int, answer: str) -> None:
        """Done on 2xx (a redirect is a failure to Stripe); else later, and given up at the end of the ladder."""
        store, done = self._world.store, answer.startswith("2") and len(answer) == 3
        due_at = time.time() + RETRY_AFTER[attempts - 1] if not done and attempts <= len(RETRY_AFTER) else None
        with store.transaction(), store.as_owner_of(event_id):
            store.run(
                "UPDATE deliveries SET attempts = ?, done = ?, answer = ?, due_at = ? WHERE id = ?",
                attempts, int(done), answer, due_at, id,
            )  # fmt: skip
            event = store.get(event_id, "event")
            if done and event and event["pending_webhooks"]:
                store.put(event | {"pending_webhooks": 0})
        if not done:
            log.warning("webhook %s: %s (attempt %d)", event_id, answer, attempts)
