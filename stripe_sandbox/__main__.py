"""python -m stripe_sandbox --port 8020 --state var/stripe.sqlite --webhook URL --webhook-secret whsec_…"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from .sandbox import StripeSandbox


def main() -> int:
    options = _options()
    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING, format="stripe %(message)s")
    try:
        sandbox = StripeSandbox(
            port=options.port, host=options.host, state=options.state, webhook_url=options.webhook,
            webhook_secret=options.webhook_secret, public_url=options.public_url, clock=clock_from(options.now),
        ).start()  # fmt: skip
    except (OSError, ValueError) as e:
        sys.stderr.write(f"stripe sandbox: {e}\n")
        return 1
    sys.stdout.write(f"stripe sandbox: {sandbox.url}\n")
    sys.stdout.flush()
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    stopping.wait()
    sandbox.stop()
    return 0


def clock_from(stopped: str) -> Callable[[], float]:
    """The real time, or the moment at which the application's own clock (CSA_NOW) is stopped."""
    if not stopped:
        return time.time
    moment = datetime.fromisoformat(stopped)
    at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return lambda: at


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stripe_sandbox", description="A small Stripe on the loopback address.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and prints it")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", metavar="FILE.sqlite", help="kept across restarts; memory without it")
    parser.add_argument("--webhook", metavar="URL", help="where events are told (loopback)")
    parser.add_argument("--webhook-secret", metavar="whsec_…", default="whsec_sandbox")
    parser.add_argument(
        "--public-url", metavar="URL", help="how a browser reaches the till, if not by the API's own address"
    )
    parser.add_argument(
        "--now", metavar="ISO", default=os.environ.get("CSA_NOW", ""), help="stop its clock there (CSA_NOW)"
    )
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
