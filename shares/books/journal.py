"""A farm's journal for its accountant: every movement of a period with the opening and closing balances it ties to.

Who chose which price is nobody's business: what sells a share or moves the solidarity fund goes in collectively, once a
month, with no household, and so does money that came by card for a price kept private; other money that came or went
back stands with its household's number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from farms.models import Farm
from people.currencies import major
from shares.models import Account, LedgerEntry
from shares.prices import privacy

# Numbers of our own, by the usual order: what the farm has, what it owes, what it earns, what it spends. An accountant
# maps them to the chart of the country.
NUMBERS = {
    Account.CASH: 1000,
    Account.BANK: 1100,
    Account.CARD: 1200,
    Account.OWED: 1300,
    Account.SHARES: 2000,
    Account.PLEDGED: 2100,
    Account.FUND: 2110,
    Account.CREDIT: 2200,
    Account.INCOME: 4000,
    Account.KEPT: 4100,
    Account.FEES: 6000,
    Account.LET_OFF: 6100,
    Account.BORNE: 6110,
}
PRIVATE = frozenset((Account.SHARES, Account.PLEDGED, Account.FUND, Account.BORNE))
TEXTS = {
    "payment": gettext_lazy("Payment, order %(order)s"),
    "refund": gettext_lazy("Given back, order %(order)s"),
    "fee": gettext_lazy("Processor’s fee, order %(order)s"),
    "refund_failed": gettext_lazy("Given back, but it failed, order %(order)s"),
    "let_off": gettext_lazy("Let off the price, order %(order)s"),
    "credit_used": gettext_lazy("Credit used, order %(order)s"),
    "delivery": gettext_lazy("Shares delivered"),
}


@dataclass(frozen=True)
class Line:
    """One movement: `amount` in minor units, debit positive. `document` names what belongs together and sums to zero;
    `household` is its number at the farm, or none."""

    on: date
    document: str
    account: Account
    amount: int
    text: str
    household: int | None = None


@dataclass(frozen=True)
class Journal:
    """A period (both days in it) with its balances by account: opening + lines = closing, and each sums to zero."""

    farm: Farm
    first: date
    last: date
    opening: dict[Account, int]
    lines: Sequence[Line]
    closing: dict[Account, int]


def journal(farm: Farm, *, first: date, last: date) -> Journal:
    """The farm's journal from `first` to `last`, days at the farm's clock. Four queries."""
    begins, ends = _midnight(farm, first), _midnight(farm, last + timedelta(days=1))
    lines = list(_lines(farm, begins, ends, last))
    return Journal(farm, first, last, _balances(farm, begins), lines, _balances(farm, ends))


def _midnight(farm: Farm, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=farm.zone)


def _balances(farm: Farm, at: datetime) -> dict[Account, int]:
    entries = LedgerEntry.objects.filter(posting__farm=farm, posting__at__lt=at)
    sums = dict(entries.values_list("account").annotate(Sum("amount")).order_by())
    return {account: int(sums.get(account.value, 0)) for account in NUMBERS}


def _lines(farm: Farm, begins: datetime, ends: datetime, last: date) -> Iterator[Line]:
    """Single documents in the order of time, each month's collective one at its end."""
    entries = LedgerEntry.objects.filter(posting__farm=farm, posting__at__gte=begins, posting__at__lt=ends)
    names = ("posting__at", "posting_id", "posting__kind", "posting__order_id", "posting__order__household__number")
    rows = entries.order_by("posting__at", "posting_id", "account").values_list(*names, "account", "amount")
    private = privacy.private_orders_of(farm)
    for (_year, _month), of_month in groupby(rows, lambda row: _month_of(row[0].astimezone(farm.zone).date())):
        together: dict[Account, int] = defaultdict(int)
        for _posting, event in groupby(of_month, lambda row: row[1]):
            found = list(event)
            if found[0][3] is not None and (any(row[5] in PRIVATE for row in found) or _tells(found, private)):
                for row in found:
                    together[Account(row[5])] += row[6]
            else:
                yield from _single(farm, found)
        yield from _collective(together, _year, _month, last)


def _tells(rows: Sequence[Sequence[Any]], private: set[int]) -> bool:
    """Whether an event would tell a price that its household keeps to itself: all but money through the farm's hand."""
    return rows[0][3] in private and not any(row[5] in (Account.CASH, Account.BANK) for row in rows)


def _month_of(day: date) -> tuple[int, int]:
    return day.year, day.month


def _single(farm: Farm, rows: Iterable[Sequence[Any]]) -> Iterator[Line]:
    for at, posting, kind, order, household, account, amount in rows:
        text = str(TEXTS[kind]) % {"order": order} if kind in TEXTS else kind
        yield Line(at.astimezone(farm.zone).date(), str(posting), Account(account), amount, text, household)


def _collective(moves: dict[Account, int], year: int, month: int, last: date) -> Iterator[Line]:
    on = min(last, date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1))
    text = _("Shares sold, changed and given up, all together")
    for account in NUMBERS:
        if moves.get(account):
            yield Line(on, f"{year}-{month:02}", account, moves[account], text)


def table(book: Journal) -> tuple[Sequence[str], list[Sequence[Any]]]:
    """The journal as a table to export: opening balances, movements, closing balances; amounts in the main unit."""
    heads = (
        _("Date"), _("Document"), _("Account"), _("Name of the account"), _("Debit"), _("Credit"), _("Currency"),
        _("Text"), _("Household"),
    )  # fmt: skip
    opening = [Line(book.first, "", account, sum_, _("Opening balance")) for account, sum_ in book.opening.items()]
    closing = [Line(book.last, "", account, sum_, _("Closing balance")) for account, sum_ in book.closing.items()]
    lines = [*(line for line in opening if line.amount), *book.lines, *(line for line in closing if line.amount)]
    return heads, [_row(line, book.farm.currency) for line in lines]


def _row(line: Line, currency: str) -> Sequence[Any]:
    debit, credit = max(0, line.amount), max(0, -line.amount)
    return (
        line.on.isoformat(),
        line.document,
        NUMBERS[line.account],
        str(line.account.label),
        major(debit, currency) if debit else "",
        major(credit, currency) if credit else "",
        currency,
        line.text,
        line.household if line.household is not None else "",
    )
