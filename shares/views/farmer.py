"""The farmer's books: who holds shares, who owes, money that came by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from farms.models import Farm
from farms.permissions import signed_in, staff_farm
from people import clock
from people.currencies import major
from people.formats import isolated, money
from people.fresh import freshly_signed_in
from people.tables import table_answer
from shares import permissions
from shares.books import ledger
from shares.forms.money import HandPaymentForm
from shares.models import Account, LedgerEntry, Order, Payment, Share
from shares.money import settling
from shares.prices import privacy
from shares.solidarity import bill

Table = tuple[Sequence[str], Sequence[Sequence[Any]]]


@login_required
@require_safe
def desk_people(request: HttpRequest, farm: str) -> HttpResponseBase:
    """Every household of the farm with its shares; search, filter by site, export."""
    place = staff_farm(request, farm)
    households = _households(place, request.GET.get("q", ""), request.GET.get("site", ""))
    if wanted := request.GET.get("format", ""):
        return _file(request, wanted, f"{place.slug}-people", lambda: _people_table(households))
    page = Paginator(households, 50).get_page(request.GET.get("page"))
    context = {
        "farm": place,
        "page": page,
        "sites": place.sites.filter(retired_at=None),
        "any": place.households.exists(),
    }
    return render(request, "shares/desk_people.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_household(request: HttpRequest, farm: str, number: int) -> HttpResponse:
    """One household: its people, shares and orders; money that came by hand is recorded here."""
    place = staff_farm(request, farm)
    household = permissions.household_of(place, number)
    orders = list(household.orders.select_related("season", "farm", "bid").prefetch_related(*bill.NEEDED))
    owed = ledger.owed_by_order(orders)
    private = privacy.kept_private(orders)
    due = {order.pk: _due_by_hand(order, owed[order.pk]) for order in orders}
    forms = {
        order.pk: _hand_form(request, order, due[order.pk], privacy.may_see_owed(order, private))
        for order in orders
        if due[order.pk] > 0
    }
    if request.method == "POST":
        form = forms.get(_number(request.POST.get("order", "")))
        if form is not None and form.is_valid() and _recorded(request, form):
            return redirect("desk_household", farm=place.slug, number=household.number)
    bound = next((form for form in forms.values() if form.is_bound), None)
    context = {
        "farm": place,
        "household": household,
        "people": household.people.order_by("pk"),
        "orders": [
            {
                "order": told.order,
                "bill": told,
                "hand": forms.get(told.order.pk),
                "private": told.order.pk in private,
                "in_force": sum(share.cancelled_at is None for share in told.order.shares.all()),
                "owed_shown": privacy.may_see_owed(told.order, private),
            }
            for told in bill.bills(orders)
        ],
        "form": bound,
    }
    return render(request, "shares/desk_household.html", context, status=422 if bound else 200)


@login_required
@require_safe
def desk_money(request: HttpRequest, farm: str) -> HttpResponseBase:
    """What the farm was paid, where the money is, and which orders wait for theirs."""
    place = staff_farm(request, farm)
    if wanted := request.GET.get("format", ""):
        return _file(request, wanted, f"{place.slug}-payments", lambda: _payments_table(place))
    sums = dict(
        LedgerEntry.objects.filter(posting__farm=place).values_list("account").annotate(sum=Sum("amount")).order_by()
    )
    waiting = list(
        Order.objects.open().filter(farm=place).select_related("household", "season").order_by("held_until")[:100]
    )
    owed = ledger.owed_by_order(waiting)
    came = Payment.objects.filter(order__farm=place).exclude(succeeded_at=None).order_by("-succeeded_at")
    page = Paginator(came.select_related("order__household"), 50).get_page(request.GET.get("page"))
    private = privacy.private_orders_of(place)
    context = {
        "farm": place,
        "accounts": [(account.label, sums.get(account.value, 0)) for account in Account if account != Account.SHARES],
        "raised": -sums.get(Account.SHARES.value, 0),
        "waiting": [(order, owed[order.pk] if privacy.may_see_owed(order, private) else None) for order in waiting],
        "page": page,
        "payments": [(payment, privacy.may_see(payment, private)) for payment in page],
    }
    return render(request, "shares/desk_money.html", context)


@freshly_signed_in
def _file(_request: HttpRequest, kind: str, name: str, table: Callable[[], Table]) -> HttpResponse:
    """Data that leaves: after a fresh sign-in."""
    return table_answer(kind, name, table())


def _households(farm: Farm, words: str, site: str) -> Any:
    in_force = Share.objects.in_force().select_related("share_type", "site")
    people = farm.households.filter(is_place=False)  # a food bank is no member
    households = people.prefetch_related(Prefetch("shares", in_force, to_attr="in_force"), "people")
    if words := words.strip():
        found = Q(name__icontains=words) | Q(people__email__icontains=words) | Q(people__name__icontains=words)
        households = households.filter(found | Q(number=_number(words))).distinct()
    if site.isascii() and site.isdigit():
        households = households.filter(shares__site=_number(site), shares__cancelled_at=None).distinct()
    return households


def _number(text: str) -> int:
    """A number in an address or a form, or −1, which nothing has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _people_table(households: Any) -> Table:
    heads = (_("Number"), _("Household"), _("E-mail"), _("Phone"), _("Shares"), _("Site"))
    rows = [
        (
            household.number,
            household.name,
            ", ".join(person.email for person in household.people.all()),
            household.phone,
            ", ".join(share.share_type.name for share in household.in_force),
            ", ".join(dict.fromkeys(share.site.name for share in household.in_force)),
        )
        for household in households
    ]
    return heads, rows


def _payments_table(farm: Farm) -> Table:
    """Payments that came. Amounts of prices that were chosen in private stand together in the last row: no
    sum where they are one household's."""
    heads = (_("Date"), _("Household"), _("Order"), _("How"), _("Amount"), _("Currency"), _("Reference"), _("Note"))
    came = list(Payment.objects.filter(order__farm=farm).exclude(succeeded_at=None).select_related("order__household"))
    private = privacy.private_orders_of(farm)
    hidden = [payment for payment in came if not privacy.may_see(payment, private)]
    rows: list[tuple[Any, ...]] = [
        (
            payment.succeeded_at.astimezone(farm.zone).date().isoformat() if payment.succeeded_at else "",
            payment.order.household.name,
            payment.order_id,
            payment.get_method_display(),
            major(payment.amount, payment.currency) if privacy.may_see(payment, private) else "",
            payment.currency,
            payment.provider_object or "",
            payment.note,
        )
        for payment in came
    ]
    if hidden:
        households = {payment.order.household_id for payment in hidden}
        together = major(sum(payment.amount for payment in hidden), farm.currency) if len(households) > 1 else ""
        words = _("All whose price was chosen in private")
        rows.append(("", words, "", "", together, farm.currency, "", ""))
    return heads, rows


def _due_by_hand(order: Order, owed: int) -> int:
    """What may still be recorded by hand: what is owed; all of it again where it lapsed before the money came."""
    if order.lapsed_at and order.method == Order.Method.OFFLINE:
        return owed + order.donation + sum(share.price for share in order.shares.all())
    return 0 if order.lapsed_at else owed


def _hand_form(request: HttpRequest, order: Order, owed: int, shown: bool) -> HandPaymentForm:
    mine = request.method == "POST" and request.POST.get("order") == str(order.pk)
    return HandPaymentForm(request.POST if mine else None, order=order, owed=owed, shown=shown, prefix=None)


def _recorded(request: HttpRequest, form: HandPaymentForm) -> bool:
    """Record what the form says. False when the order's places are gone: the form then says what to do."""
    facts = form.cleaned_data
    try:
        owed = None if form.order.lapsed_at else form.owed
        settling.record_by_hand(order=form.order, by=signed_in(request), at=clock.now(), owed=owed, **facts)
    except settling.OwedOtherwise:
        form.add_error("amount", _("It had changed meanwhile: look at what is due now."))
        return False
    except settling.PlacesGone:
        form.add_error("amount", _("Its places are sold. Add places to the share or the site, or give the money back."))
        return False
    amount = money(facts["amount"], form.order.currency)
    messages.success(request, _("%(amount)s recorded.") % {"amount": isolated(amount)})
    return True
