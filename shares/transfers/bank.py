"""A bank statement comes in: what it says is read, matched to orders by their references, and recorded once.

Nothing is recorded before the farmer has seen it. The same money in two statements is one line, by the database's word;
another farm's reference is nobody's here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from farms.models import Farm, Household
from people.models import User
from shares.books import bank_reference, ledger
from shares.models import BankLine, BankStatement, Order, Payment
from shares.money import settling
from shares.transfers import statement_camt, statement_csv
from shares.transfers.statement_csv import Money, NotAStatement, Reading

LARGEST = 5 * 1024 * 1024
KEPT = timedelta(days=30)  # how long a statement file may wait to be read otherwise
MOST_UNREAD = 200  # told one by one


@dataclass(frozen=True)
class Proposal:
    """A line of a statement and what would be recorded: for which order, and what would then still be owed (minor
    units; negative: too much)."""

    line: BankLine
    order: Order | None
    left: int


@transaction.atomic
def bring(*, farm: Farm, name: str, content: bytes, by: User, at: datetime) -> BankStatement:
    """Take a statement file in, and read it where it says by itself how. Raises NotAStatement."""
    if len(content) > LARGEST:
        raise NotAStatement(_("This file is larger than 5 MB. Export a shorter time."))
    if not content.strip():
        raise NotAStatement(_("There is nothing in this file."))
    facts = {"farm": farm, "name": name[:120], "brought_at": at, "brought_by": by}
    if statement_camt.looks_like(content):
        reading = statement_camt.read(content, currency=farm.currency)
        return _store(BankStatement.objects.create(**facts), reading, at)
    table = statement_csv.table_of(statement_csv.decoded(content))
    columns = statement_csv.guess(table.names)
    statement = BankStatement.objects.create(**facts, content=content, columns=columns)
    if statement_csv.is_enough(columns):
        _store(statement, statement_csv.read(table, columns, currency=farm.currency), at)
    return statement


@transaction.atomic
def read_as(statement: BankStatement, columns: Mapping[str, int], *, at: datetime) -> None:
    """Read a CSV by the columns the farmer named; what was read of it otherwise, and not recorded, goes."""
    table = statement_csv.table_of(statement_csv.decoded(bytes(statement.content or b"")))
    statement.lines.filter(payment=None, ignored_at=None).delete()
    statement.columns = dict(columns)
    _store(statement, statement_csv.read(table, columns, currency=statement.farm.currency), at)


def _store(statement: BankStatement, reading: Reading, at: datetime) -> BankStatement:
    """The lines that no earlier statement had brought; each with the order whose reference it bears."""
    farm = statement.farm
    marks = _marks(reading.money)
    known = set(BankLine.objects.filter(farm=farm, mark__in=marks).values_list("mark", flat=True)) if marks else set()
    references = _references(farm)
    BankLine.objects.bulk_create(
        [
            BankLine(
                farm=farm,
                statement=statement,
                mark=mark,
                day=money.day,
                amount=money.amount,
                payer=money.payer,
                words=money.words,
                order_id=_order_of(money, references),
            )
            for money, mark in zip(reading.money, marks, strict=True)
            if mark not in known
        ],
        ignore_conflicts=True,  # the same file in another tab, in this very moment
        batch_size=1000,
    )
    statement.known, statement.going_out, statement.read_at = len(known), reading.going_out, at
    statement.unread = [list(told) for told in reading.unread[:MOST_UNREAD]]
    statement.save()
    return statement


def _marks(money: Sequence[Money]) -> list[str]:
    """What makes each line itself: all that it says, and which of its equals it is within its file (two equal payments
    on one day are two, in every statement that bears that day)."""
    seen: Counter[tuple[object, ...]] = Counter()
    marks = []
    for each in money:
        facts = (each.bank_id, each.day.isoformat(), each.amount, each.payer.casefold(), each.words.casefold())
        seen[facts] += 1
        marks.append(hashlib.sha256(repr((*facts, seen[facts])).encode()).hexdigest())
    return marks


def _references(farm: Farm) -> dict[str, int]:
    """The farm's references and their orders; two alike (one in 10¹¹) are nobody's."""
    found: dict[str, int] = {}
    twice = set()
    for pk, token in Order.objects.filter(farm=farm).values_list("pk", "token"):
        reference = bank_reference.of_token(token)[4:]
        twice |= {reference} if reference in found else set()
        found[reference] = pk
    return {reference: pk for reference, pk in found.items() if reference not in twice}


def _order_of(money: Money, references: Mapping[str, int]) -> int | None:
    plain = bank_reference.squashed(money.words)
    size = bank_reference.LENGTH
    found = {references[plain[n : n + size]] for n in range(len(plain) - size + 1) if plain[n : n + size] in references}
    return found.pop() if len(found) == 1 else None


def proposals(lines: Iterable[BankLine]) -> list[Proposal]:
    """What recording these lines would come to, one after the other. A constant number of queries."""
    lines = list(lines)
    orders = {line.order.pk: line.order for line in lines if line.order is not None}
    owed = ledger.owed_by_order(list(orders.values()))
    for pk, order in orders.items():
        if order.lapsed_at:  # its sale was taken back: its money makes it again
            owed[pk] += order.donation + sum(share.price for share in order.shares.all())
    found = []
    for line in lines:
        left = 0
        if line.order_id:
            owed[line.order_id] -= line.amount
            left = owed[line.order_id]
        found.append(Proposal(line, line.order, left))
    return found


def record(statement: BankStatement, *, by: User, at: datetime) -> tuple[int, list[BankLine]]:
    """Record every matched line as a transfer; how many, and those whose order's places are gone. Harmless twice."""
    recorded, refused = 0, []
    waiting = statement.lines.filter(payment=None, ignored_at=None, order__isnull=False)
    for line in waiting.select_related("order__farm", "order__season", "order__household"):
        try:
            recorded += _record_one(line, by, at)
        except settling.PlacesGone:
            refused.append(line)
    if not statement.lines.filter(payment=None, ignored_at=None).exists():
        BankStatement.objects.filter(pk=statement.pk).update(content=None)  # it has done its work
    return recorded, refused


def _record_one(line: BankLine, by: User, at: datetime) -> bool:
    assert line.order is not None
    with transaction.atomic():
        note = " ".join(f"{line.day.isoformat()} {line.payer}".split())[:160]
        payment = settling.record_by_hand(
            order=line.order, method=Payment.Method.BANK, amount=line.amount, note=note, token=line.token, by=by, at=at
        )
        return bool(BankLine.objects.filter(pk=line.pk, payment=None).update(payment=payment))


def assign(line: BankLine, order: Order | None) -> None:
    """The farmer says whose money it is; what was recorded stays."""
    BankLine.objects.filter(pk=line.pk, payment=None).update(order=order, ignored_at=None)


def ignore(line: BankLine, *, at: datetime) -> None:
    """Not for any order: rent, a market day, the farmer's own money."""
    BankLine.objects.filter(pk=line.pk, payment=None).update(ignored_at=at, order=None)


def forget(household: Household) -> int:
    """Who paid and with what words is taken out of a household's transfers: day and amount stay, for the books, and the
    mark, so that the same line of another statement is known still; how many. Call it when a household is erased."""
    lines = BankLine.objects.filter(order__household=household)
    Payment.objects.filter(order__household=household, method=Payment.Method.BANK).update(note="")
    return lines.update(payer="", words="")


def forget_files(*, at: datetime) -> int:
    """Sweep: statement files are not kept for longer than they are needed to be read, nor one that nobody read; how
    many went."""
    old = BankStatement.objects.filter(brought_at__lte=at - KEPT)
    gone, _rows = old.filter(read_at=None, lines=None).delete()
    return gone + old.exclude(content=None, unread=[]).update(content=None, unread=[])
