"""Explain my bill: every amount of an order, when it came about, and why.

A bill is the order's postings to OWED, oldest first, so that its lines always sum to what the ledger says is owed.
The sale is told share by share, as the arithmetic by which it was sold.

Whoever posts a new kind: it ties by itself, and is called "A change" until you give its kind a line in WORDS; if there
is a cause to tell, write a function `(posting line, its facts) → sentences` and name it in CAUSES. Kinds without an
entry in OWED need nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from farms.models import Week
from people.formats import day, isolated, money
from shares.models import Account, LedgerEntry, Order, Share
from shares.prices.prices import has_turn, part_of

WORDS: dict[str, str | Promise] = {
    "sale": gettext_lazy("What you ordered"),
    "lapse": gettext_lazy("The order lapsed"),
    "payment": gettext_lazy("Paid"),
    "refund": gettext_lazy("Given back"),
    "refund_failed": gettext_lazy("Given back, but it did not arrive"),
    "let_off": gettext_lazy("Let off by the farm"),
    "cancellation": gettext_lazy("A share was given up"),
    "credit": gettext_lazy("Credit for a pickup"),
    "credit_used": gettext_lazy("Credit of another order"),
}

OF_THE_PRICE = frozenset(("cancellation",))  # kinds whose causes tell the price that was chosen


@dataclass(frozen=True)
class Line:
    """One amount (minor units; below 0: in the household's favour), its words, its moment, and the sentences on why.
    `chosen` tells of the price that was chosen: for the household, and whom it lets see it. `key` names the event."""

    words: str
    amount: int
    at: datetime
    why: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    key: str = ""

    @property
    def minus(self) -> int:
        """The amount without its sign, for the page that writes the sign itself."""
        return abs(self.amount)


@dataclass(frozen=True)
class Bill:
    """An order's lines; together they are what is owed. `parts`: the days and amounts it is to be paid in, if any."""

    order: Order
    lines: tuple[Line, ...]
    parts: tuple[tuple[Any, int], ...] = ()

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def total_shown(self) -> int:
        """What is owed, or what was paid too much."""
        return abs(self.total)


@dataclass
class _Event:
    """A posting of an order with what it moved in OWED, FUND and BORNE."""

    kind: str
    key: str
    at: datetime
    moves: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def bills(orders: Sequence[Order]) -> list[Bill]:
    """The bills of orders of one farm, in five queries besides theirs; prefetch `shares__share_type`, `payments` and
    their refunds where you have them anyway."""
    weeks: dict[int, list[int]] = defaultdict(list)
    for season, number in Week.objects.filter(
        season__in={order.season_id for order in orders}, skipped=False
    ).values_list("season_id", "number"):
        weeks[season].append(number)
    events = _events(orders)
    return [_bill(order, events[order.pk], weeks[order.season_id]) for order in orders]


def _events(orders: Sequence[Order]) -> dict[int, list[_Event]]:
    found: dict[int, dict[int, _Event]] = defaultdict(dict)
    accounts = (Account.OWED, Account.FUND, Account.BORNE)
    entries = LedgerEntry.objects.filter(posting__order__in=orders, account__in=accounts).select_related("posting")
    for entry in entries.order_by("posting__at", "posting_id", "pk"):
        posting = entry.posting
        event = found[posting.order_id or 0].setdefault(posting.pk, _Event(posting.kind, posting.key, posting.at))
        event.moves[entry.account] += entry.amount
    return {order.pk: list(found[order.pk].values()) for order in orders}


def _bill(order: Order, events: list[_Event], weeks: list[int]) -> Bill:
    lines: list[Line] = []
    for event in events:
        owed = event.moves[Account.OWED]
        if event.kind == "sale":
            lines += _sale(order, event, weeks)
        elif owed:
            cause = CAUSES.get(event.kind)
            words, why = cause(order, event) if cause else (_worded(event.kind), ())
            told = {"chosen": why} if event.kind in OF_THE_PRICE else {"why": why}
            lines.append(Line(words, owed, event.at, key=event.key, **told))
    parts = tuple((part.due_on, part.amount) for part in order.instalments.all())
    return Bill(order, tuple(lines), parts if len(parts) > 1 else ())


def _worded(kind: str) -> str:
    return str(WORDS.get(kind, _("A change")))


def _sale(order: Order, event: _Event, weeks: list[int]) -> list[Line]:
    """The shares it was a sale of, the gift with it, and (never expected) what these do not explain."""
    lines = [_of_share(share, order, event, weeks) for share in order.shares.all()]
    if order.donation:
        why = (_("A gift: it helps households pay less for their share."),)
        lines.append(Line(_("For the solidarity fund"), order.donation, event.at, why))
    if rest := event.moves[Account.OWED] - sum(line.amount for line in lines):
        lines.append(Line(_worded("sale"), rest, event.at))
    return lines


def _of_share(share: Share, order: Order, event: _Event, weeks: list[int]) -> Line:
    words = share.share_type.name
    if share.turn:
        words = _("%(share)s, %(turn)s") % {"share": isolated(words), "turn": share.get_turn_display()}
    why, chosen = arithmetic(share, weeks, order.currency), _solidarity(share, order.currency, event)
    return Line(words, share.price, event.at, tuple(why), tuple(chosen), event.key)


def arithmetic(share: Share, weeks: Sequence[int], currency: str) -> list[str]:
    """How its cost came about: "€24.00 × 18 of 25 pickups = €432.00". `weeks`: the season's weeks that are held."""
    kind, left = share.share_type, share.pickups
    full = sum(has_turn(kind, turn=share.turn, week=number) for number in weeks)
    as_sold = full >= left and part_of(kind.price, left=left, full=full) == share.cost
    if not as_sold or (left == full and kind.price % full):
        told = {"cost": _money(share.cost, currency), "n": left}
        plain = ngettext("%(cost)s for %(n)d pickup", "%(cost)s for %(n)d pickups", left) % told
        bid = not as_sold and hasattr(share.order, "bid")
        return [plain, *([_("The price was settled in a bidding round.")] if bid else [])]
    told = {"price": _money(kind.price, currency), "full": full, "left": left, "cost": _money(share.cost, currency)}
    if kind.price % full:
        pattern = ngettext(
            "%(price)s ÷ %(full)d pickup × %(left)d = %(cost)s",
            "%(price)s ÷ %(full)d pickups × %(left)d = %(cost)s",
            full,
        )
        return [pattern % told]
    told["each"] = _money(kind.price // full, currency)
    if left == full:
        return [
            ngettext("%(each)s × %(full)d pickup = %(cost)s", "%(each)s × %(full)d pickups = %(cost)s", full) % told
        ]
    pattern = ngettext(
        "%(each)s × %(left)d of %(full)d pickup = %(cost)s",
        "%(each)s × %(left)d of %(full)d pickups = %(cost)s",
        full,
    )
    return [pattern % told]


def _solidarity(share: Share, currency: str, event: _Event) -> list[str]:
    """What lies between the cost and the price that was chosen, and who met it: the fund, or the farm where the fund
    was short (both, of several shares of one sale, without saying how much each)."""
    between = share.price - share.cost
    if not between:
        return []
    told = {"price": _money(share.price, currency), "amount": _money(abs(between), currency)}
    if between > 0:
        return [_("You chose %(price)s: %(amount)s goes into the solidarity fund.") % told]
    if event.moves[Account.BORNE] > 0 and event.moves[Account.FUND] <= 0:
        return [_("You chose %(price)s: the farm bears the other %(amount)s of its cost itself.") % told]
    if event.moves[Account.BORNE] > 0:
        return [_("You chose %(price)s: the solidarity fund and the farm together bear the other %(amount)s.") % told]
    return [_("You chose %(price)s: the solidarity fund gives %(amount)s, so that the farm has its cost.") % told]


def _money(minor: int, currency: str) -> str:
    return isolated(money(minor, currency))


NEEDED = ("shares__share_type", "shares__cancellation", "payments__refunds", "instalments")
"""What to prefetch with the orders, beside `season`, `farm` and `bid`."""


# --- causes -------------------------------------------------------------------------------------

Told = tuple[str, tuple[str, ...]]


def _paid(order: Order, event: _Event) -> Told:
    """By card, by transfer, in cash; the farmer's note."""
    for payment in order.payments.all():
        if event.key in (f"charge:{payment.provider_object}", f"by-hand:{payment.reference}"):
            words = _("Paid: %(how)s") % {"how": payment.get_method_display()}
            came = _("It came on %(day)s.") % {"day": day(event.at, zone=order.farm.zone, full=True)}
            return words, (came, *([isolated(payment.note)] if payment.note else []))
    return _worded("payment"), ()


def _refunded(order: Order, event: _Event) -> Told:
    for payment in order.payments.all():
        for refund in payment.refunds.all():
            if event.key in (f"refund:{refund.provider_object}", f"refund:{refund.reference}"):
                why = [str(refund.get_reason_display()), *([isolated(refund.because)] if refund.because else [])]
                return _worded("refund"), tuple(why)
    return _worded("refund"), ()


def _lapsed(order: Order, event: _Event) -> Told:
    until = day(order.held_until, zone=order.farm.zone, full=True)
    return _worded("lapse"), (_("No money had come by %(day)s, so its places went back on sale.") % {"day": until},)


def _given_up(order: Order, event: _Event) -> Told:
    """Which share, how many of its pickups, what the farm kept."""
    for share in order.shares.all():
        gone = getattr(share, "cancellation", None)
        if gone is not None and event.key == f"cancel:{share.pk}":
            told = {"left": gone.left, "n": gone.pickups, "worth": _money(gone.worth, order.currency)}
            why = [
                ngettext(
                    "%(left)d of %(n)d pickup was not collected any more, %(worth)s of the price.",
                    "%(left)d of %(n)d pickups were not collected any more, %(worth)s of the price.",
                    gone.pickups,
                )
                % told
            ]
            if gone.kept:
                why.append(_("The farm keeps %(kept)s of it.") % {"kept": _money(gone.kept, order.currency)})
            return _("Given up: %(share)s") % {"share": isolated(share.share_type.name)}, tuple(why)
    return _worded("cancellation"), ()


CAUSES: dict[str, Callable[[Order, _Event], Told]] = {
    "payment": _paid,
    "refund": _refunded,
    "lapse": _lapsed,
    "cancellation": _given_up,
}
