"""What the sandbox remembers: every object, every answered idempotency key, every delivery still to make.

One SQLite file (or memory), one lock: each request is one transaction, so a killed sandbox comes back with
whole requests only, and a test may stop and start it in the middle of a story.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# Whose objects are looked at: an account's (the Stripe-Account header), the platform's own (""), or everybody's (None).
current_account: ContextVar[str | None] = ContextVar("current_account", default="")

TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL, account TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (json_extract(body, '$.payment_intent'));
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, request TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL, held INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, answer TEXT);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (done, held, due_at);
"""


class Store:
    def __init__(self, path: Path | str | None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        # Survives the process being killed; a power cut may cost the last payments of a test till.
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(TABLES)
        if "account" not in [row[1] for row in self._db.execute("PRAGMA table_info(objects)")]:
            self._db.execute("ALTER TABLE objects ADD COLUMN account TEXT NOT NULL DEFAULT ''")  # an older file

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; inside another one, a savepoint."""
        with self._lock:
            name = f"level{self._depth}"
            self._db.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._db.execute("ROLLBACK" if self._depth == 0 else f"ROLLBACK TO {name}")
                raise
            self._depth -= 1
            self._db.execute("COMMIT" if self._depth == 0 else f"RELEASE {name}")

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def put(self, thing: Json) -> Json:
        """Keep an object as it now is (Stripe's `id` and `object` name it)."""
        self.run(
            "INSERT INTO objects (id, kind, created, body, account) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            thing["id"], thing["object"], thing["created"], json.dumps(thing), current_account.get() or "",
        )  # fmt: skip
        return thing

    def get(self, id: str, kind: str | None = None) -> Json | None:
        rows = self.run(
            "SELECT kind, body FROM objects WHERE id = ? AND account = coalesce(?, account)", id, current_account.get()
        )
        if not rows or (kind and rows[0][0] != kind):
            return None
        found: Json = json.loads(rows[0][1])
        return found

    def find(self, kind: str, where: str = "1", *values: Any, order: str = "seq DESC", limit: int = -1) -> list[Json]:
        """Objects of a kind, newest first; `where` is SQL of our own, values are bound."""
        mine = "kind = ? AND account = coalesce(?, account)"
        sql = f"SELECT body FROM objects WHERE {mine} AND ({where}) ORDER BY {order} LIMIT ?"  # noqa: S608  (our own text)
        return [json.loads(body) for (body,) in self.run(sql, kind, current_account.get(), *values, limit)]

    def place_of(self, id: str, kind: str) -> int | None:
        sql = "SELECT seq FROM objects WHERE id = ? AND kind = ? AND account = coalesce(?, account)"
        rows = self.run(sql, id, kind, current_account.get())
        return rows[0][0] if rows else None

    @contextmanager
    def as_account(self, account: str | None) -> Iterator[None]:
        """What is done inside is this account's own; its objects are nobody else's."""
        token = current_account.set(account)
        try:
            yield
        finally:
            current_account.reset(token)

    @contextmanager
    def as_owner_of(self, id: str) -> Iterator[None]:
        """As the account to which an object belongs: a page of the till knows only the object's id."""
        rows = self.run("SELECT account FROM objects WHERE id = ?", id)
        with self.as_account(rows[0][0] if rows else ""):
            yield

    def accounts(self) -> list[str]:
        """Everyone who has objects here, the platform itself ("") among them."""
        return [account for (account,) in self.run("SELECT DISTINCT account FROM objects")]

    def forget_everything(self) -> None:
        with self.transaction():
            for table in ("objects", "answers", "deliveries"):
                self.run(f"DELETE FROM {table}")  # noqa: S608  (our own names)
