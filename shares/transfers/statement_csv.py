"""A bank's CSV: which encoding, which delimiter, which column is what, and which of two marks is the decimal one.

Every bank writes its own; what can be told from the file is told from it, the rest the farmer says on a page.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice

from django.utils.translation import gettext as _

from people.currencies import minor_digits

MOST_LINES = 20_000
HEAD_WITHIN = 30  # lines; banks write who and when above their table
ROLES = ("day", "amount", "incoming", "payer", "words")  # what a column may be; `incoming` where credits stand apart
# What banks call their columns, in the languages we have met; matched without accents and capitals.
NAMES: dict[str, tuple[str, ...]] = {
    "day": (
        "buchungstag", "buchungsdatum", "datum", "date", "date operation", "date de comptabilisation", "booking date",
        "transaction date", "completed date", "fecha", "fecha operacion", "data", "data contabile", "boekdatum",
        "rentedatum", "dato", "bokforingsdag", "data operacji", "value date", "wertstellung", "valutadatum", "التاريخ",
    ),
    "amount": (
        "betrag", "betrag (eur)", "umsatz", "montant", "amount", "importe", "importo", "bedrag", "bedrag (eur)",
        "belob", "belopp", "kwota", "amount (eur)", "montant(euros)", "montant (eur)", "transaction amount", "المبلغ",
    ),
    "incoming": ("credit", "haben", "gutschrift", "money in", "paid in", "abono", "avere", "credit amount", "deposit"),
    "payer": (
        "beguenstigter/zahlungspflichtiger", "auftraggeber/empfanger", "name zahlungsbeteiligter",
        "zahlungspflichtige*r", "name", "payer", "counterparty", "payee", "nom", "tiers", "debiteur", "contraparte",
        "naam tegenpartij",
        "naam / omschrijving", "ordinante", "partner name", "name of counterparty", "description/name",
    ),
    "words": (
        "verwendungszweck", "buchungstext/verwendungszweck", "reference", "description", "details", "libelle",
        "libelle operation", "libelle complet", "informations complementaires", "concepto", "causale", "descrizione",
        "omschrijving", "mededelingen", "payment reference", "memo", "narrative", "tytul", "text", "تفاصيل",
        "remittance",
    ),
}  # fmt: skip


class NotAStatement(ValueError):
    """This file cannot be read as a bank statement; the words say why."""


@dataclass(frozen=True)
class Money:
    """Money that came in by a line of a statement, in minor units; `bank_id` is the bank's own name for it, if any."""

    day: date
    amount: int
    payer: str
    words: str
    bank_id: str = ""


@dataclass(frozen=True)
class Reading:
    """What a statement said: what came in, how many lines went out, and [line, words] of those that were not read."""

    money: list[Money]
    going_out: int
    unread: list[tuple[int, str]]


@dataclass(frozen=True)
class Table:
    """A CSV as cells: the header line (its place and names) and the lines after it."""

    head: int
    names: list[str]
    lines: list[list[str]]


def decoded(content: bytes) -> str:
    """The file's text: UTF-8 or UTF-16 where it says so or can be, else as banks wrote before (Windows, Latin-1)."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _or_refuse(content, name)
    if content[:200].count(b"\0") > len(content[:200]) // 3:
        return _or_refuse(content, "utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    if b"\0" in content:
        raise NotAStatement(_("This is not a text file. Export the statement as CSV or camt.053 (XML)."))
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _or_refuse(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).replace("\0", "")
    except UnicodeDecodeError as e:
        raise NotAStatement(_("The file is broken: it ends in the middle of a letter. Export it once more.")) from e


def table_of(text: str) -> Table:
    """The cells of the file, below its header. Raises NotAStatement."""
    lines = _cells(text)
    if not lines:
        raise NotAStatement(_("There is nothing in this file."))
    widest = max(len(line) for line in lines[:200])
    if widest < 2:
        raise NotAStatement(_("This is not a table with columns. Export the statement as CSV or camt.053 (XML)."))
    head = max(range(min(len(lines), HEAD_WITHIN)), key=lambda n: (_known(lines[n]), len(lines[n]) == widest, -n))
    if len(lines) - head - 1 > MOST_LINES:
        raise NotAStatement(
            _("This file has more than %(n)s lines. Export a shorter time, and bring the parts one after the other.")
            % {"n": f"{MOST_LINES:,}"}
        )
    return Table(head + 1, [name.strip() for name in lines[head]], lines[head + 1 :])


def _cells(text: str) -> list[list[str]]:
    sample = [line for line in text.splitlines()[:60] if line.strip()]
    delimiter = max(";,\t|", key=lambda mark: _evenness(sample, mark))
    try:
        found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        lines = list(islice(found, MOST_LINES + HEAD_WITHIN + 2))
    except csv.Error as e:
        raise NotAStatement(_("The file is broken: a quotation mark is not closed. Export it once more.")) from e
    return [line for line in lines if any(cell.strip() for cell in line)]


def _evenness(sample: Sequence[str], mark: str) -> tuple[int, int]:
    """How many lines have the same number of this mark, and how many that is: a delimiter is in every line alike."""
    counts = [len(next(csv.reader([line], delimiter=mark), [])) for line in sample]
    best = max(set(counts), key=lambda n: (n > 1, counts.count(n), n), default=1)
    return (counts.count(best) if best > 1 else 0, best)


def _known(line: Sequence[str]) -> int:
    return len(guess(line))


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split()).strip("\"' :")


def guess(names: Sequence[str]) -> dict[str, int]:
    """Which column is what, by its name: the first of each."""
    plain = [_plain(name) for name in names]
    found = {}
    for role, known in NAMES.items():
        places = [n for wanted in known for n, name in enumerate(plain) if name == wanted]
        if places:
            found[role] = places[0]
    if "amount" in found:
        found.pop("incoming", None)
    return found


def is_enough(columns: Mapping[str, int]) -> bool:
    """Whether these columns tell a day, money and words."""
    return "day" in columns and ("amount" in columns or "incoming" in columns) and "words" in columns


def read(table: Table, columns: Mapping[str, int], *, currency: str) -> Reading:
    """The money of each line by these columns; lines that cannot be read are told one by one."""
    money: list[Money] = []
    unread: list[tuple[int, str]] = []
    going_out = 0
    at = columns.get("amount", columns.get("incoming", 0))
    order = _order_of_dates(_cell(line, columns["day"]) for line in table.lines)
    mark = _decimal_mark((_cell(line, at) for line in table.lines), currency)
    for number, line in enumerate(table.lines, start=table.head + 1):
        amount = _amount(_cell(line, at), mark, currency)
        day = _day(_cell(line, columns["day"]), order)
        if amount is None or day is None:
            if amount is None and not _cell(line, at):  # a credit column is empty where money went out
                going_out += "incoming" in columns
                unread += [] if "incoming" in columns else [(number, _("There is no amount."))]
                continue
            words = _("“%(cell)s” is no day.") if amount is not None else _("“%(cell)s” is no amount.")
            cell = _cell(line, columns["day"] if amount is not None else at)
            unread.append((number, words % {"cell": cell[:40]}))
        elif amount <= 0:
            going_out += 1
        else:
            words = " ".join(_cell(line, columns["words"]).split())
            payer = " ".join(_cell(line, columns["payer"]).split()) if "payer" in columns else ""
            money.append(Money(day, amount, payer[:140], words[:500]))
    return Reading(money, going_out, unread)


def _cell(line: Sequence[str], place: int) -> str:
    return line[place].strip().replace("\0", "") if 0 <= place < len(line) else ""


def _numbers_in(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"[0-9]+", text)[:3]]


def _order_of_dates(cells: Iterable[str]) -> str:
    """Day or month first: by the whole column, since one line of it rarely tells. Day first where none does."""
    found = [_numbers_in(cell) for cell in islice((cell for cell in cells if cell), 5000)]
    if any(len(parts) == 3 and 12 < parts[1] <= 31 and parts[0] <= 12 for parts in found):
        return "month first"
    return "day first"


def _day(cell: str, order: str) -> date | None:
    if re.fullmatch(r"[0-9]{8}", cell):
        cell = f"{cell[:4]}-{cell[4:6]}-{cell[6:]}"
    parts = _numbers_in(cell)
    if len(parts) != 3 or not re.match(r"\s*[0-9]{1,4}[-./ ][0-9]{1,2}[-./ ][0-9]{2,4}", cell):
        return None
    if parts[0] > 31:
        year, month, day = parts
    else:
        day, month, year = parts if order == "day first" else (parts[1], parts[0], parts[2])
    year += 2000 if year < 100 else 0
    try:
        return date(year, month, day) if 2000 <= year <= 2100 else None
    except ValueError:
        return None


def _decimal_mark(cells: Iterable[str], currency: str) -> str:
    """Which mark divides: the last one of an amount that has two or one figures after it, by the whole column."""
    digits = minor_digits(currency)
    votes = {",": 0, ".": 0}
    for cell in islice(cells, 5000):
        marks = re.findall(r"[.,]", cell)
        tail = re.search(r"([.,])([0-9]+)[^0-9.,]*$", cell)
        if tail and (len(tail[2]) in (1, 2, digits) and (len(tail[2]) != 3 or len(set(marks)) == 2)):
            votes[tail[1]] += 1
    return "," if votes[","] > votes["."] else "."


def _amount(cell: str, mark: str, currency: str) -> int | None:
    """Minor units; negative when it went out. `1.234,56`, `-12,00`, `12.00-`, `(12.00)`, `€ 12`, `12,00 EUR`."""
    text = cell.replace("\u2212", "-").replace("\xa0", "").replace("\u202f", "").replace("'", "").replace("’", "")
    text = re.sub(r"[A-Za-z€$£¥ ]", "", text)
    if not re.fullmatch(r"\(?[-+]?[0-9][0-9.,]*[-+]?\)?", text):
        return None
    negative = "-" in text or text.startswith("(")
    other = "." if mark == "," else ","
    figures = re.sub(r"[-+()]", "", text).replace(other, "").replace(mark, ".")
    try:
        value = Decimal(figures).scaleb(minor_digits(currency))
    except InvalidOperation:
        return None
    if value != value.to_integral_value() or value >= Decimal(10) ** 15:
        return None
    return -int(value) if negative else int(value)


def lines_of(table: Table, n: int = 5) -> Iterator[list[str]]:
    """The first lines, for the page on which the farmer says what is what."""
    yield from table.lines[:n]
