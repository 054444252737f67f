"""A small Stripe to develop and test against: it speaks Stripe's HTTP API on the loopback address.

Reading order: `routes` (what it answers) → `checkout` (the till) → `payments` → `refunds` → `events` →
`webhooks`; around them `server` and `api` (one request), `idempotency`, `parameters`, `store`; what goes wrong on
purpose is in `world.Faults`, the knobs in `controls`. No line of the application knows it: production talks to
Stripe by setting keys only.
"""

from .sandbox import StripeSandbox
from .world import Faults

__all__ = ["Faults", "StripeSandbox"]
