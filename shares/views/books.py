"""The farmer looks into the books: whether they hold, and whether they say what the payment provider says."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from farms.models import Farm
from farms.permissions import staff_farm
from people import clock
from people.fresh import freshly_signed_in
from people.poke import poke
from people.tables import table_answer
from shares import tasks
from shares.books import differences, journal
from shares.books.journal import Journal
from shares.forms.journal import PeriodForm
from shares.models import BooksCheck, Payment
from shares.paying import reconciling
from shares.prices import privacy

Kind = BooksCheck.Kind


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_reconcile(request: HttpRequest, farm: str) -> HttpResponse:
    """What the last looks at the books found, by name; POST asks for another one."""
    place = staff_farm(request, farm)
    if request.method == "POST":
        reconciling.ask_for_look(place, at=clock.now())
        poke(tasks.reconcile_books)
        return redirect("desk_reconcile", farm=place.slug)
    looks = {check.kind: check for check in place.checks.all()}
    provider, books = looks.get(Kind.PROVIDER.value), looks.get(Kind.BOOKS.value)
    context = {
        "farm": place,
        "provider": provider,
        "books": books,
        "rows": _rows(provider) if provider and provider.finished_at else [],
        "differences": _named(place, provider),
        "faults": _named(place, books),
        "takes_cards": Payment.objects.filter(order__farm=place, method=Payment.Method.CARD).exists(),
    }
    return render(request, "shares/desk_reconcile.html", context)


@login_required
@require_safe
def desk_journal(request: HttpRequest, farm: str) -> HttpResponseBase:
    """The balances of a period, and its journal to take along: that after a fresh sign-in."""
    place = staff_farm(request, farm)
    today = clock.now().astimezone(place.zone).date()
    given = {"first": date(today.year, 1, 1), "last": today}
    form = PeriodForm(request.GET if "first" in request.GET else None, initial=given)
    if form.is_bound and not form.is_valid():
        return render(request, "shares/desk_journal.html", {"farm": place, "form": form}, status=422)
    period = form.cleaned_data if form.is_bound else given
    if request.GET.get("format"):
        return _journal_file(request, place, period["first"], period["last"])
    book = journal.journal(place, first=period["first"], last=period["last"])
    context = {"farm": place, "form": form, "period": period, "rows": _accounts(book), "lines": len(book.lines)}
    return render(request, "shares/desk_journal.html", context)


@freshly_signed_in
def _journal_file(request: HttpRequest, farm: Farm, first: date, last: date) -> HttpResponse:
    book = journal.journal(farm, first=first, last=last)
    name = f"{farm.slug}-journal-{first.isoformat()}-{last.isoformat()}"
    return table_answer(request.GET["format"], name, journal.table(book))


def _accounts(book: Journal) -> list[dict[str, Any]]:
    """Each account that has anything in the period: its number and name, opening, debit, credit, closing."""
    rows = []
    for account, number in journal.NUMBERS.items():
        moved = [line.amount for line in book.lines if line.account == account]
        figures = {
            "opening": book.opening[account],
            "debit": sum(amount for amount in moved if amount > 0),
            "credit": -sum(amount for amount in moved if amount < 0),
            "closing": book.closing[account],
        }
        if any(figures.values()):
            rows.append({"number": number, "name": account.label, **figures})
    return rows


def _named(farm: Farm, check: BooksCheck | None) -> list[dict[str, Any]]:
    """What a look found, in words; without the amounts of an order whose price is kept from the farm."""
    found = check.found if check else []
    private = privacy.kept_private([facts["order"] for facts in found if facts["order"]])
    hidden = _("%(what)s of order %(order)s is not the same; its amounts are kept private.")
    return [
        {**facts, "words": hidden % facts if facts["order"] in private else differences.in_words(facts, farm.currency)}
        for facts in found
    ]


def _rows(check: BooksCheck) -> list[tuple[str, int, int]]:
    """What the provider lists beside what the books say, in minor units."""
    words = {"amount": _("Payments"), "refunded": _("Given back"), "fee": _("Processor’s fees")}
    return [(words[name], *check.sums[name]) for name in words if name in check.sums]
