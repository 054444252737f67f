"""A bank's camt.053 (ISO 20022, XML): https://www.iso20022.org/catalogue-messages (camt.053, all its versions).

Read as it streams by, entry by entry. A document type (the way to entities, external files and bombs) is refused
before anything in it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.parsers import expat

from django.utils.translation import gettext as _

from people.currencies import minor_digits
from shares.transfers.statement_csv import MOST_LINES, Money, NotAStatement, Reading

DEEPEST = 40


@dataclass
class Node:
    name: str
    facts: dict[str, str]
    text: str = ""
    inside: list[Node] = field(default_factory=list)

    def all(self, path: str) -> Iterator[Node]:
        """What stands along a path of names ("RmtInf/Ustrd")."""
        first, _slash, rest = path.partition("/")
        for node in self.inside:
            if node.name == first:
                yield from node.all(rest) if rest else (node,)

    def one(self, *paths: str) -> str:
        """The text at the first of these paths that has any."""
        return next((node.text.strip() for path in paths for node in self.all(path) if node.text.strip()), "")


def looks_like(content: bytes) -> bool:
    return b"<" in content[:200].replace(b"\0", b"")[:8]


def read(content: bytes, *, currency: str) -> Reading:
    """The money that came in by this statement. Raises NotAStatement."""
    money: list[Money] = []
    unread: list[tuple[int, str]] = []
    going_out = lines = 0
    for line, entry in _entries(content):
        lines += 1
        if lines > MOST_LINES:
            raise NotAStatement(
                _("This file has more than %(n)s entries. Export a shorter time.") % {"n": f"{MOST_LINES:,}"}
            )
        if entry.one("CdtDbtInd") != "CRDT" or entry.one("RvslInd") == "true":
            going_out += 1
            continue
        if entry.one("Sts/Cd", "Sts") not in ("BOOK", ""):
            unread.append((line, _("Not booked yet: it comes with a later statement.")))
            continue
        try:
            money += _money(entry, currency)
        except (ValueError, InvalidOperation):
            unread.append(
                (line, _("No day, no amount, or another currency than %(currency)s.") % {"currency": currency})
            )
    if not lines:
        raise NotAStatement(_("There is no entry in this file. Is it a statement (camt.053)?"))
    return Reading(money, going_out, unread)


def _entries(content: bytes) -> Iterator[tuple[int, Node]]:
    """Each entry (Ntry) with the line of the file where it ends."""
    parser = expat.ParserCreate(namespace_separator="|")
    stack: list[Node] = []
    done: list[tuple[int, Node]] = []

    def begin(name: str, facts: dict[str, str]) -> None:
        if len(stack) > DEEPEST:
            raise NotAStatement(_("This is not a bank statement."))
        node = Node(name.rpartition("|")[2], dict(facts))
        if stack:
            stack[-1].inside.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        node = stack.pop()
        if node.name == "Ntry":
            done.append((parser.CurrentLineNumber, node))
            stack[-1].inside.clear()

    def text(words: str) -> None:
        if stack and len(stack[-1].text) < 2000:
            stack[-1].text += words

    def refuse(*_facts: object) -> None:
        raise NotAStatement(_("This file brings a document type of its own, which no bank’s statement does."))

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        for at in range(0, len(content), 65536):
            parser.Parse(content[at : at + 65536], False)
            yield from done
            done.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as e:
        raise NotAStatement(_("The file is broken at line %(n)d. Export it once more.") % {"n": e.lineno}) from e
    yield from done


def _money(entry: Node, currency: str) -> list[Money]:
    """One entry: its one payment, or each of those the bank booked together."""
    day = date.fromisoformat(entry.one("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")[:10])
    total = _amount(next(entry.all("Amt")), currency)
    bank_id = entry.one("AcctSvcrRef", "NtryRef")
    parts = list(entry.all("NtryDtls/TxDtls"))
    amounts = [next(iter([*part.all("Amt"), *part.all("AmtDtls/TxAmt/Amt")]), None) for part in parts]
    if len(parts) > 1 and all(amounts):
        split = [_amount(amount, currency) for amount in amounts if amount]
        if sum(split) == total:
            return [
                Money(day, amount, *_who(part, entry), bank_id=part.one("Refs/AcctSvcrRef") or f"{bank_id}/{n}")
                for n, (part, amount) in enumerate(zip(parts, split, strict=True))
            ]
    return [Money(day, total, *_who(parts[0] if parts else entry, entry), bank_id=bank_id)]


def _amount(node: Node, currency: str) -> int:
    if node.facts.get("Ccy", currency) != currency:
        raise ValueError("another currency")
    value = Decimal(node.text.strip()).scaleb(minor_digits(currency))
    if not value.is_finite() or value != value.to_integral_value() or not 0 < value < Decimal(10) ** 15:
        raise ValueError("no amount")
    return int(value)


def _who(part: Node, entry: Node) -> tuple[str, str]:
    """Who paid, and all the words that may bear a reference."""
    payer = part.one(
        "RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm", "RltdPties/UltmtDbtr/Nm", "RltdPties/UltmtDbtr/Pty/Nm"
    )
    words = [node.text for node in part.all("RmtInf/Strd/CdtrRefInf/Ref")] + [n.text for n in part.all("RmtInf/Ustrd")]
    end_to_end = part.one("Refs/EndToEndId")
    if end_to_end and end_to_end != "NOTPROVIDED":
        words.append(end_to_end)
    words.append(entry.one("AddtlNtryInf"))
    return payer[:140], " ".join(" ".join(words).split())[:500]
