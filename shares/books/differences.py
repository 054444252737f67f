"""What a look at the books found, as facts that can be stored, and in words. No names of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from people.formats import isolated, money

WORDS = {
    "unbalanced": _("The posting %(what)s does not add up: %(found)s too much."),
    "not_posted": _("%(what)s of order %(order)s is not in the books: %(expected)s."),
    "posted_otherwise": _("%(what)s of order %(order)s is %(expected)s, but the books say %(found)s."),
    "posted_for_nothing": _("The books say %(found)s for %(what)s, but there is no such payment."),
    "refunded_too_much": _("%(what)s of order %(order)s was %(expected)s, but %(found)s went back."),
    "refunds_miscounted": _("%(what)s of order %(order)s counts %(found)s given back; its refunds are %(expected)s."),
    "parts_do_not_sum": _("The parts of order %(order)s come to %(found)s; it costs %(expected)s."),
    "fund_overdrawn": _("The solidarity fund stands at %(found)s."),
    "fund_miscounted": _("The solidarity fund counts %(found)s; the books say %(expected)s."),
    "places_miscounted": _("“%(what)s” counts %(found)s places as taken; %(expected)s are."),
    "room_miscounted": _("“%(what)s” counts room for %(found)s shares as taken; it is %(expected)s."),
    "settled_and_lapsed": _("Order %(order)s is both paid and lapsed."),
    "open_but_paid": _("Order %(order)s waits for money although nothing is owed."),
    "lapsed_but_owed": _("Order %(order)s has lapsed, but %(found)s stand open."),
    "paid_and_expired": _("%(what)s of order %(order)s is both paid and expired."),
    "refund_unclear": _("%(what)s of order %(order)s was both refused and given back."),
    "gap_in_numbers": _("Invoices of %(what)s: %(expected)s numbers were given, %(found)s documents are there."),
    # against the payment provider's list
    "unknown_here": _("The provider was paid %(expected)s (%(what)s); Hissa knows nothing of it."),
    "unknown_there": _("The books say %(found)s for %(what)s of order %(order)s; the provider lists no such payment."),
    "amount_differs": _("The provider was paid %(expected)s for %(what)s of order %(order)s; the books say %(found)s."),
    "refund_missing": _("The provider gave back %(expected)s of %(what)s, order %(order)s; the books say %(found)s."),
    "fee_differs": _("The provider kept %(expected)s of %(what)s, order %(order)s; the books say %(found)s."),
    "currency_differs": _("The provider took another currency for %(what)s of order %(order)s."),
}
COUNTS = frozenset(("places_miscounted", "room_miscounted", "gap_in_numbers"))  # their figures are not money


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it must be: the `rule` it breaks (I1–I8 of the reliability laws; "" against the
    provider), a `code` of WORDS, `what` it is about (a key, a number, a provider's id), and figures as they are
    (`found`) and as they should be (`expected`), in minor units or places. `on` is a date in ISO form."""

    code: str
    rule: str = ""
    what: str = ""
    order: int | None = None
    expected: int = 0
    found: int = 0
    on: str = ""

    def as_facts(self) -> dict[str, Any]:
        return asdict(self)


def in_words(facts: Mapping[str, Any], currency: str) -> str:
    """A stored difference as a sentence in the language of the page."""
    code = facts["code"]
    figures = {name: str(facts[name]) for name in ("expected", "found")}
    if code not in COUNTS:
        figures = {name: isolated(money(facts[name], currency)) for name in figures}
    return str(WORDS[code]) % {**figures, "what": isolated(facts["what"]), "order": facts["order"]}
