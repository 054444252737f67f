"""The farmer gives money back: sees what it comes to, then does it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from farms.models import Household
from farms.permissions import signed_in, staff_farm
from people import clock
from people.formats import isolated, money
from people.fresh import freshly_signed_in
from people.poke import poke
from people.tasks import post_due_letters
from shares import permissions
from shares.books import ledger
from shares.forms.refund import RefundForm
from shares.models import Payment, Refund
from shares.money import refunds
from shares.prices import privacy


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, farm: str, number: int, payment: int) -> HttpResponseBase:
    """Give back a payment, or a part of it: the arithmetic first, then, by a second press, the act."""
    place = staff_farm(request, farm)
    household = permissions.household_of(place, number)
    return _refund(request, household, permissions.payment_of(household, payment))


@freshly_signed_in
def _refund(request: HttpRequest, household: Household, paid: Payment) -> HttpResponse:
    left = paid.amount - paid.refunded
    suggested = min(left, refunds.overpaid_of(paid.order)) or left
    private = not privacy.may_see(paid, privacy.kept_private([paid.order]))
    form = RefundForm(request.POST or None, payment=paid, suggested=None if private else suggested)
    page: dict[str, Any] = {"farm": household.farm, "household": household, "payment": paid, "form": form, "left": left}
    page["private"] = private
    if request.method == "POST" and form.is_valid():
        try:
            planned = refunds.plan(payment=paid, amount=form.cleaned_data["amount"])
            shown = _shown(form, planned)
            if "give" in request.POST and form.cleaned_data["shown"] == shown:
                return _give_back(request, household, paid, form)
        except refunds.CannotRefund as refusal:
            form.add_error("amount", _("So much of this payment cannot be given back.") if private else str(refusal))
        else:
            form.data = request.POST.dict() | {"shown": shown}  # what a second press will mean
            page |= {"plan": planned, "lines": _lines(planned), "owed_after": ledger.owed(paid.order)}
            page["changed"] = "give" in request.POST
    return render(request, "shares/refund.html", page, status=422 if form.errors else 200)


def _shown(form: RefundForm, planned: refunds.Plan) -> str:
    """What was shown, in a word: another press of the button may only do that."""
    told = f"{planned.amount}-{planned.before}-{planned.reduced}-{form.cleaned_data['way']}"
    return salted_hmac("shares.refund", told).hexdigest()  # it stands in the page: a price may be private


def _lines(planned: refunds.Plan) -> list[tuple[str, int]]:
    lines = [(_("Paid"), planned.paid)]
    if planned.before:
        lines.append((_("Given back before"), -planned.before))
    return [*lines, (_("Given back now"), -planned.amount)]


def _give_back(request: HttpRequest, household: Household, paid: Payment, form: RefundForm) -> HttpResponse:
    facts, at = form.cleaned_data, clock.now()
    asked = refunds.ask(
        payment=paid,
        amount=facts["amount"],
        reason=Refund.Reason.FARMER,
        at=at,
        way=facts["way"],
        because=facts["because"],
        token=facts["token"],
        by=signed_in(request),
    )
    amount = isolated(money(asked.amount, paid.currency))
    if asked.accepted_at or refunds.send(asked, at=at):
        messages.success(request, _("%(amount)s given back.") % {"amount": amount})
    elif Refund.objects.on_its_way().filter(pk=asked.pk).exists():
        messages.warning(request, _("The card processor does not answer. %(amount)s goes back as soon as it does.") % {
            "amount": amount
        })  # fmt: skip
    else:
        messages.error(request, _("The card processor refused to give %(amount)s back. Nothing was changed.") % {
            "amount": amount
        })  # fmt: skip
    poke(post_due_letters)
    return redirect("desk_household", farm=household.farm.slug, number=household.number)
