"""Invoices and credit notes: what is printed is frozen when they are issued, and numbered without a gap.

An order is invoiced when it is settled. When less is sold than the invoice says (money let off and given back, a share
given up, a pickup credited), a credit note brings the two together again. Call both inside the transaction of what they
document, with the order's row held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Sum

from farms.models import Farm
from shares.models import Account, Document, LedgerEntry, Order, Payment, Refund, Series
from shares.prices.splitting import split

Facts = dict[str, Any]

SOLD = (
    Account.SHARES, Account.INCOME, Account.PLEDGED, Account.FUND, Account.BORNE, Account.LET_OFF, Account.KEPT,
)  # fmt: skip


def sold(order: Order) -> int:
    """What an order was sold for as it stands now, VAT included, in minor units: all that is not money moving."""
    entries = LedgerEntry.objects.filter(posting__order=order, account__in=SOLD)
    return -int(entries.aggregate(sum=Sum("amount"))["sum"] or 0)


def vat_in(gross: int, rate: int) -> int:
    """The VAT in an amount that includes it, rounded half up; `rate` in hundredths of a per cent."""
    return (2 * gross * rate + 10_000 + rate) // (2 * (10_000 + rate))


def vat_table(gross_by_rate: Mapping[int, int]) -> list[dict[str, int]]:
    """Net, VAT and gross by rate, the highest first; net and VAT sum to the gross exactly."""
    rows = []
    for rate, gross in sorted(gross_by_rate.items(), reverse=True):
        vat = vat_in(gross, rate)
        rows.append({"rate": rate, "gross": gross, "net": gross - vat, "vat": vat})
    return rows


def issue_invoice(order: Order, *, at: datetime) -> Document | None:
    """The invoice of an order, once; None when it was issued before, or when there is nothing to pay."""
    total = sold(order)
    if total <= 0 or Document.objects.filter(order=order, kind=Document.Kind.INVOICE).exists():
        return None
    lines = _lines(order)
    by_rate = Counter[int]()
    for line in lines:
        by_rate[line["rate"]] += line["amount"]
    facts = {
        **_heading(order),
        "lines": lines,
        "changed": total - sum(by_rate.values()),  # sold for less, or more, since it was ordered
        "vat": vat_table(_spread(total, by_rate)),
        "paid": _paid(order),
    }
    return _issue(order, Document.Kind.INVOICE, total, facts, at=at)


def credit_what_was_reduced(
    order: Order, *, refund: Refund | None = None, because: str = "", at: datetime
) -> Document | None:
    """A credit note for what an order's invoice says too much; None when it says what was sold, or there is none."""
    documents = list(Document.objects.filter(order=order))
    invoice = next((one for one in documents if one.kind == Document.Kind.INVOICE), None)
    if invoice is None:
        return None
    credited = [one for one in documents if one.kind == Document.Kind.CREDIT]
    amount = invoice.total - sum(one.total for one in credited) - sold(order)
    if amount <= 0:
        return None
    left = Counter({row["rate"]: row["gross"] for row in invoice.facts["vat"]})
    for one in credited:
        left.subtract({row["rate"]: row["gross"] for row in one.facts["vat"]})
    facts = {
        **_heading(order),
        "of": invoice.name,
        "of_day": invoice.at.astimezone(order.farm.zone).date().isoformat(),
        "because": refund.because if refund else because,
        "vat": vat_table(_spread(amount, left)),
    }
    return _issue(order, Document.Kind.CREDIT, amount, facts, at=at, refund=refund)


def _issue(
    order: Order, kind: Document.Kind, total: int, facts: Facts, *, at: datetime, refund: Refund | None = None
) -> Document:
    reader = order.household.people.order_by("pk").first()
    year = at.astimezone(order.farm.zone).year
    return Document.objects.create(
        farm=order.farm, kind=kind, year=year, number=next_number(order.farm, year), household=order.household,
        order=order, refund=refund, at=at, language=(reader and reader.language) or order.language,
        currency=order.currency, total=total, facts=facts,
    )  # fmt: skip


def next_number(farm: Farm, year: int) -> int:
    """The next number of a farm's year. The row is ours until commit: whoever comes at the same moment waits, and what
    is rolled back gives its number back."""
    Series.objects.get_or_create(farm=farm, year=year)
    Series.objects.filter(farm=farm, year=year).update(last=F("last") + 1)
    return Series.objects.get(farm=farm, year=year).last


def _heading(order: Order) -> Facts:
    """Who sells to whom, as they are called today."""
    farm, household = order.farm, order.household
    return {
        "farm": {
            "name": farm.legal_name or farm.name,
            "address": farm.address,
            "town": farm.town,
            "email": farm.email,
            "phone": farm.phone,
            "tax_number": farm.tax_number,
            "note": farm.tax_note,
        },
        "household": {"name": household.name, "number": household.number},
        "order": order.pk,
        "season": order.season.name,
    }


def _lines(order: Order) -> list[Facts]:
    """What was bought, equal shares on one line; what was given besides stands last and bears no VAT."""
    rows: dict[tuple[Any, ...], int] = Counter()
    for share in order.shares.select_related("share_type", "site").order_by("pk"):
        kind = share.share_type
        rows[kind.name, share.site.name, share.pickups, share.price, kind.vat_rate] += 1
    lines: list[Facts] = [
        {"what": what, "site": site, "pickups": pickups, "unit": unit, "rate": rate, "quantity": n, "amount": n * unit}
        for (what, site, pickups, unit, rate), n in rows.items()
    ]
    if order.donation:
        given = order.donation
        lines.append({"what": "", "unit": given, "rate": 0, "quantity": 1, "amount": given})
    return lines


def _paid(order: Order) -> list[Facts]:
    """What had come by then: the invoice is its receipt."""
    zone = order.farm.zone
    came = Payment.objects.filter(order=order, succeeded_at__isnull=False).order_by("succeeded_at", "pk")
    return [
        {"method": one.method, "amount": one.amount, "on": one.succeeded_at.astimezone(zone).date().isoformat()}
        for one in came
        if one.succeeded_at
    ]


def _spread(amount: int, weights: Mapping[int, int]) -> dict[int, int]:
    """An amount over the rates by what stands at each: largest remainder, to the last unit."""
    rates = [rate for rate, weight in weights.items() if weight > 0]
    return dict(zip(rates, split(amount, [weights[rate] for rate in rates]), strict=True)) if rates else {0: amount}


def vat_of(documents: Iterable[Document]) -> list[dict[str, int]]:
    """The sums by rate of many documents, credit notes taken off."""
    sums: dict[int, Counter[str]] = {}
    for document in documents:
        sign = -1 if document.kind == Document.Kind.CREDIT else 1
        for row in document.facts["vat"]:
            found = sums.setdefault(row["rate"], Counter())
            for name in ("net", "vat", "gross"):
                found[name] += sign * row[name]
    return [{"rate": rate, **sums[rate]} for rate in sorted(sums, reverse=True)]
