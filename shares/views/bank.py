"""Bank statements: brought, looked at, recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from farms.models import Farm
from farms.permissions import signed_in, staff_farm
from people import clock
from shares.books import bank_reference, ledger
from shares.forms.statement import ColumnsForm, StatementForm
from shares.models import BankLine, BankStatement, Order
from shares.prices import privacy
from shares.transfers import bank, statement_csv
from shares.transfers.statement_csv import NotAStatement

PAGE = ["GET", "HEAD", "POST"]
A_PAGE = 50


@login_required
@require_http_methods(PAGE)
def desk_bank(request: HttpRequest, farm: str) -> HttpResponse:
    """The statements brought so far, and the way to bring another."""
    place = staff_farm(request, farm)
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            content = file.read(bank.LARGEST + 1)
            found = bank.bring(farm=place, name=file.name, content=content, by=signed_in(request), at=clock.now())
        except NotAStatement as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("desk_statement", farm=place.slug, statement=found.pk)
    page = Paginator(place.bank_statements.defer("content", "unread"), A_PAGE).get_page(request.GET.get("page"))
    context = {"farm": place, "form": form, "page": page, "waiting": _waiting_lines(place).count()}
    return render(request, "shares/desk_bank.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(PAGE)
def desk_statement(request: HttpRequest, farm: str, statement: int) -> HttpResponse:
    """What one statement says, matched to orders. Nothing is recorded before the farmer says so."""
    place = staff_farm(request, farm)
    found = _statement(place, statement)
    if request.method == "POST" and (request.POST.get("act") != "columns" or not found.content):
        _act(request, found)
        return redirect("desk_statement", farm=place.slug, statement=found.pk)
    if found.read_at is None or ("columns" in request.GET and found.content):
        return _columns(request, found)
    return render(request, "shares/desk_statement.html", {"farm": place, "statement": found, **_lines(request, found)})


def _columns(request: HttpRequest, statement: BankStatement) -> HttpResponse:
    """Which column is what: asked where the file does not tell, or told wrongly."""
    table = statement_csv.table_of(statement_csv.decoded(bytes(statement.content or b"")))
    form = ColumnsForm(request.POST or None, initial=statement.columns, table=table)
    if request.method == "POST" and form.is_valid():
        bank.read_as(statement, form.columns(), at=clock.now())
        return redirect("desk_statement", farm=statement.farm.slug, statement=statement.pk)
    context = {"farm": statement.farm, "statement": statement, "form": form, "table": table, "lines": table.lines[:5]}
    return render(request, "shares/desk_columns.html", context, status=422 if form.errors else 200)


def _lines(request: HttpRequest, statement: BankStatement) -> dict[str, Any]:
    lines = statement.lines.select_related("order__household", "order__season", "payment").prefetch_related(
        "order__shares"
    )
    open_lines = lines.filter(payment=None, ignored_at=None)
    matched = list(open_lines.exclude(order=None)[:500])
    unknown = Paginator(open_lines.filter(order=None), A_PAGE).get_page(request.GET.get("page"))
    return {
        "private": _not_told(line.order for line in matched),
        "proposals": bank.proposals(matched),
        "sum": sum(line.amount for line in matched),
        "unknown": unknown,
        "orders": _waiting_orders(statement.farm) if unknown.object_list else [],
        "done": lines.filter(payment__isnull=False)[:100],
        "ignored": lines.exclude(ignored_at=None)[:100],
    }


def _waiting_orders(farm: Farm) -> list[tuple[Order, int | None, str, bool]]:
    """Orders a transfer may be for: what each owes, its reference, and whether no other owes just as much."""
    orders = list(farm.orders.select_related("household", "season").order_by("household__name", "pk")[:2000])
    owed = ledger.owed_by_order(orders)
    alike = Counter(owed.values())
    hidden = _not_told(orders)
    found = []
    for order in orders:
        if owed[order.pk] > 0 or order.lapsed_at:
            told = None if order.pk in hidden else owed[order.pk]
            reference = bank_reference.shown(bank_reference.of_order(order))
            found.append((order, told, reference, alike[owed[order.pk]] == 1))
    return found


def _not_told(orders: Iterable[Order | None]) -> set[int]:
    """Those of these orders (ids) of which what is owed is not the farm's to see."""
    known = [order for order in orders if order is not None]
    private = privacy.kept_private(known)
    return {order.pk for order in known if not privacy.may_see_owed(order, private)}


def _act(request: HttpRequest, statement: BankStatement) -> None:
    act, at = request.POST.get("act", ""), clock.now()
    if act == "record":
        recorded, refused = bank.record(statement, by=signed_in(request), at=at)
        words = ngettext("%(n)d transfer recorded.", "%(n)d transfers recorded.", recorded)
        messages.success(request, words % {"n": recorded})
        for line in refused:
            told = {"payer": line.payer or line.words[:40]}
            messages.warning(request, _("“%(payer)s”: the places of that order are sold. Give the money back.") % told)
    elif act in ("assign", "ignore", "loosen"):
        line = _line(request, statement)
        if act == "ignore":
            bank.ignore(line, at=at)
        else:
            bank.assign(line, _order(request, statement.farm) if act == "assign" else None)


def _line(request: HttpRequest, statement: BankStatement) -> BankLine:
    found = statement.lines.filter(pk=_number(request.POST.get("line", ""))).first()
    if found is None:
        raise Http404
    return found


def _order(request: HttpRequest, farm: Farm) -> Order | None:
    """The order that was chosen, or whose reference was typed; none when nothing was chosen."""
    chosen = request.POST.get("order", "")
    if not chosen:
        return None
    found = farm.orders.filter(pk=_number(chosen)).first()
    if found is None:
        raise Http404
    return found


def _statement(farm: Farm, number: int) -> BankStatement:
    found = farm.bank_statements.filter(pk=number).first()
    if found is None:
        raise Http404
    found.farm = farm
    return found


def _waiting_lines(farm: Farm) -> Any:
    return farm.bank_lines.filter(payment=None, ignored_at=None)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1
