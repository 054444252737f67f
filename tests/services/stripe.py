"""A Stripe of our own for tests, on a free port of the loopback address.

with start_stripe_sandbox() as stripe:            # stripe.url, stripe.webhook_secret, stripe.pay(session_id), …
    settings.STRIPE_API_BASE = stripe.url
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = stripe.webhook_secret
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
    clock: Callable[[], float] = time.time,
) -> Iterator[StripeSandbox]:
    """A running sandbox. `webhook_url` is the farm's own address for news; without it nothing is told."""
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
