"""A Stripe of our own for tests, on a free port of the loopback address.

with start_stripe_sandbox() as stripe:            # stripe.url, stripe.webhook_secret, stripe.pay(session_id), …
    settings.STRIPE_API_BASE = stripe.url
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = stripe.webhook_secret
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from people.clock import now
from stripe_sandbox import Faults, StripeSandbox

SECRET_KEY = "sk_test_hissa"
WEBHOOK_SECRET = "whsec_hissa"


@contextmanager
def start_stripe_sandbox(
    *,
    webhook_url: str | None = None,
    state: Path | None = None,
    port: int = 0,
    faults: Faults | None = None,
    clock: Callable[[], float] = lambda: now().timestamp(),
) -> Iterator[StripeSandbox]:
    """A running sandbox. `webhook_url` is the farm's own address for news; without it nothing is told.

    Its clock is the farm's, so a test that moves the one moves the other.
    """
    sandbox = StripeSandbox(
        port=port, state=state, webhook_url=webhook_url, webhook_secret=WEBHOOK_SECRET, faults=faults, clock=clock
    ).start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def environment(sandbox: StripeSandbox) -> dict[str, str]:
    """What a server started by a test needs in its environment to take cards at this sandbox."""
    return {
        "STRIPE_API_BASE": sandbox.url,
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": sandbox.webhook_secret,
    }


class Farmhouse:
    """Where webhooks are told in a test: keeps what came, and answers as it is bidden."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, str]] = []  # payload, Stripe-Signature
        self.answers: list[int] = []  # the statuses of the next answers; then 200
        self.url = ""

    def types(self) -> list[str]:
        return [json.loads(payload)["type"] for payload, _ in self.heard]


@contextmanager
def listening_farmhouse() -> Iterator[Farmhouse]:
    farmhouse = Farmhouse()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            farmhouse.heard.append((payload, self.headers["Stripe-Signature"]))
            self.send_response(farmhouse.answers.pop(0) if farmhouse.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=lambda: server.serve_forever(poll_interval=0.005), daemon=True).start()
    farmhouse.url = f"http://127.0.0.1:{server.server_address[1]}/stripe?farm=1"
    try:
        yield farmhouse
    finally:
        server.shutdown()
        server.server_close()
