"""The sandbox as a thing to start and stop: `with StripeSandbox(webhook_url=…) as stripe: …`"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from . import cards, checkout, controls, debits, refunds, webhooks
from .server import Server
from .store import Json, Store
from .world import Faults, World, public

TICK = 0.5  # how often what falls due by itself (expiry, pending refunds) is looked for


class StripeSandbox:
    """A Stripe of one's own on the loopback address. Thread-safe; `state` keeps it across restarts."""

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        state: Path | str | None = None,
        webhook_url: str | None = None,
        webhook_secret: str = "whsec_sandbox",  # noqa: S107  (of a test till)
        public_url: str | None = None,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        _only_loopback(host)
        if webhook_url:
            _only_loopback(urlsplit(webhook_url).hostname or "")
        self._address = (host, port)
        self.world = World(
            store=Store(state),
            clock=clock,
            faults=faults or Faults(),
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
            public_url=public_url.rstrip("/") if public_url else None,
        )
        self.webhook_secret = webhook_secret
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def faults(self) -> Faults:
        return self.world.faults

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        shown = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{shown}:{port}"

    def start(self) -> Self:
        self._server = Server(self._address, self.world)
        self._courier = webhooks.Courier(self.world)
        for work in (lambda: self._server.serve_forever(poll_interval=0.02), self._tick):
            thread = threading.Thread(target=work, name="stripe-sandbox", daemon=True)
            thread.start()
            self._threads.append(thread)
        self._courier.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._courier.stop()
        for thread in self._threads:
            thread.join(timeout=5)
        self.world.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    # --- for tests in the same process -----------------------------------------------------------------------

    def pay(
        self, session_id: str, *, card: str = "4242424242424242", name: str = "Sam", email: str = "sam@example.com"
    ) -> Json:
        """Pay a session as if its page had been filled in; the PaymentIntent as it came out."""
        with self.world.store.transaction(), self.world.store.as_owner_of(session_id):
            session = checkout.found(self.world, session_id)
            return public(checkout.pay(self.world, session, cards.card_of(cards.digits(card)), name=name, email=email))

    def finish_challenge(self, payment_intent: str, *, passed: bool) -> Json:
        with self.world.store.transaction(), self.world.store.as_owner_of(payment_intent):
            intent = self.world.store.get(payment_intent, "payment_intent")
            if intent is None:
                raise LookupError(payment_intent)
            return public(checkout.finish_challenge(self.world, intent, passed=passed))

    def control(self, name: str, **facts: str) -> Json:
        """Any of the knobs of `controls`, as POST /_sandbox/<name> turns it."""
        return controls.VERBS[name](self.world, facts)

    def release(self, *, reverse: bool = False) -> int:
        return webhooks.release(self.world, reverse=reverse)

    def redeliver(self, event_ids: list[str], *, copies: int = 1) -> int:
        return webhooks.deliver_again(self.world, event_ids, copies)

    def deliveries(self) -> list[Json]:
        return webhooks.all_deliveries(self.world)

    def wait_until_delivered(self, timeout: float = 5.0) -> bool:
        """True once nothing (but what is held) remains to be delivered."""
        until = time.monotonic() + timeout
        while webhooks.outstanding(self.world):
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def _tick(self) -> None:
        while not self._stopping.wait(TICK):
            with self.world.store.transaction():
                for account in self.world.store.accounts():
                    with self.world.store.as_account(account):
                        checkout.expire_due(self.world)
                        refunds.finish_due(self.world)
                        debits.finish_due(self.world)


def _only_loopback(host: str) -> None:
    """A till that takes any test key must not be reachable from elsewhere, nor tell anyone else."""
    if host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise ValueError(f"the Stripe sandbox is for the loopback address only, not {host!r}")
