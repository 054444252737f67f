"""An invoice or a credit note on paper, in its household's language: from the facts frozen in its row, nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import get_language_bidi, ngettext, override
from django.utils.translation import gettext as _

from people.formats import comma, day, language, money, percent
from people.printing import isolated_ltr, set_page, typed
from shares.models import Document, Payment

TEMPLATE = Path(__file__).parent / "invoice.typ"
Cells = list[str]


def print_document(document: Document) -> bytes:
    """The PDF; the same bytes whenever it is asked for."""
    with override(document.language):
        words = words_of(document)
    return set_page(TEMPLATE, words, printed_at=document.at)


def words_of(document: Document) -> dict[str, Any]:
    """All that stands on it, in the language in force, as invoice.typ reads it."""
    facts = document.facts
    farm, is_credit = facts["farm"], document.kind == Document.Kind.CREDIT
    title = _("Credit note %(number)s") if is_credit else _("Invoice %(number)s")
    heading = title % {"number": isolated_ltr(document.name)}
    at = document.at.astimezone(document.farm.zone).date()
    return {
        "title": f"{heading} · {farm['name']}",
        "language": language().split("-")[0],
        "rtl": get_language_bidi(),
        "farm": typed(farm["name"]),
        "address": [typed(farm[name], 200) for name in ("address", "town") if farm[name]],
        "facts": _facts(document, at),
        "to": typed(facts["household"]["name"]),
        "to_number": _("Household %(number)s") % {"number": isolated_ltr(str(facts["household"]["number"]))},
        "heading": heading,
        "sentence": _of(document) if is_credit else "",
        "heads": [_("What"), _("Quantity"), _("Each"), _("Amount")],
        "lines": [] if is_credit else [_line(line, document.currency) for line in facts["lines"]],
        "total": _total(document),
        "vat_heads": [_("VAT"), _("Net"), _("VAT amount"), _("Gross")],
        "vat": _vat(document),
        "paid": [_came(one, document.currency) for one in facts.get("paid", [])],
        "note": typed(farm["note"], 200),
        "foot": comma().join(isolated_ltr(farm[name]) for name in ("email", "phone") if farm[name]),
        "page": _("Page {page} of {pages}"),
    }


def _facts(document: Document, at: date) -> Cells:
    tax_number = document.facts["farm"]["tax_number"]
    rows = [day(at, full=True), _("Order %(number)s") % {"number": isolated_ltr(str(document.facts["order"]))}]
    return [*rows, _("Tax number %(number)s") % {"number": isolated_ltr(tax_number)}] if tax_number else rows


def _of(document: Document) -> str:
    facts = document.facts
    words = _("To invoice %(number)s of %(day)s.") % {
        "number": isolated_ltr(facts["of"]),
        "day": day(date.fromisoformat(facts["of_day"]), full=True),
    }
    return f"{words} {typed(facts['because'], 250)}".strip()


def _line(line: dict[str, Any], currency: str) -> Cells:
    if not line["what"]:
        what = _("For the solidarity fund")
    else:
        pickups = ngettext("%(n)d pickup", "%(n)d pickups", line["pickups"]) % {"n": line["pickups"]}
        what = comma().join((typed(line["what"]), typed(line["site"]), pickups))
    return [what, str(line["quantity"]), _money(line["unit"], currency), _money(line["amount"], currency)]


def _total(document: Document) -> list[Cells]:
    rows = []
    if changed := document.facts.get("changed", 0):
        rows.append([_("Changed since it was ordered"), _money(changed, document.currency)])
    words = _("Credited") if document.kind == Document.Kind.CREDIT else _("Total")
    return [*rows, [words, _money(document.total, document.currency)]]


def _vat(document: Document) -> list[Cells]:
    """Nothing where no VAT is in it: the farm's note says why."""
    rows = document.facts["vat"]
    if not any(row["rate"] for row in rows):
        return []
    return [
        [percent(Decimal(row["rate"]) / 10_000, places=2), *(_money(row[name], document.currency) for name in SUMS)]
        for row in rows
    ]


SUMS = ("net", "vat", "gross")


def _came(paid: dict[str, Any], currency: str) -> str:
    """One payment that had come: the invoice is its receipt."""
    return _("Received on %(day)s: %(amount)s, %(way)s.") % {
        "day": day(date.fromisoformat(paid["on"]), full=True),
        "amount": _money(paid["amount"], currency),
        "way": Payment.Method(paid["method"]).label,
    }


def _money(minor: int, currency: str) -> str:
    return isolated_ltr(money(minor, currency))
