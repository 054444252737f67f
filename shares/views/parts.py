"""Co-holders: splitting an order, and each one's own page to pay their part."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from people import clock
from people.names import NameField
from people.poke import poke
from people.tasks import post_due_letters
from people.texts import AddressField
from shares import permissions
from shares.books import ledger
from shares.cards.stripe_gateway import PaymentProviderDown, PaymentRefused
from shares.models import SharedPart
from shares.paying import parts, payments


class HolderForm(forms.Form):
    name = NameField(label=gettext_lazy("Name"), max_length=120, required=False)
    email = AddressField(label=gettext_lazy("E-mail address"), required=False)

    def clean(self) -> None:
        super().clean()
        facts = self.cleaned_data
        if bool(facts.get("name")) != bool(facts.get("email")) and not self.errors:
            self.add_error("email" if facts.get("name") else "name", _("Write both the name and the e-mail address."))


Holders = forms.formset_factory(HolderForm, extra=0, min_num=4, max_num=parts.MOST, absolute_max=parts.MOST)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def split_order(request: HttpRequest, farm: str) -> HttpResponse:
    """Whoever made an order names those who pay it together: all pay the same, each by their own link."""
    order = permissions.order_by_token(farm, request.GET.get("order", ""))
    done = f"{reverse('join_done', args=[order.farm.slug])}?order={order.token}"
    # Whoever has the order's link may split it; who else is of the household only its own people are shown.
    of_them = order.household.people.filter(pk=request.user.pk or 0).exists()
    people = list(order.household.people.order_by("pk")[: parts.MOST]) if of_them else []
    known = [{"name": person.name or order.household.name, "email": person.email} for person in people]
    rows = Holders(request.POST or None, initial=known, prefix="holders")
    page = {"farm": order.farm, "order": order, "rows": rows, "owed": ledger.owed(order), "done": done}
    if request.method == "POST" and rows.is_valid():
        holders = [(row["name"], row["email"]) for row in rows.cleaned_data if row.get("email")]
        try:
            parts.split_order(order, holders=holders, at=clock.now())
        except parts.CannotSplit as refusal:
            page["error"] = str(refusal)
        else:
            poke(post_due_letters)
            messages.success(request, _("Split. Each of you gets a letter with their own link."))
            return redirect(done)
    failed = "error" in page or (rows.is_bound and not rows.is_valid())
    page["has_errors"] = failed
    return render(request, "shares/split_order.html", page, status=422 if failed else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shared_part(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """A co-holder's own page: their part, whether it is paid, and the way to pay it."""
    found = SharedPart.objects.select_related("order__farm", "order__season", "order__household", "payment")
    part = found.filter(token=token).first()
    if part is None:
        raise Http404
    at = clock.now()
    if part.payment and request.method == "GET":
        payments.look_after(part.payment, at=at)
        part.payment.refresh_from_db()
    if request.method == "POST" and (payment := parts.pay_part(part, at=at)):
        try:
            return redirect(payments.open_payment_page(payment))
        except PaymentProviderDown:
            messages.warning(request, _("The payment page does not answer. Try again in a minute."))
        except PaymentRefused:
            messages.warning(request, _("The payment page cannot be opened any more. Write to the farm."))
    paid = part.payment is not None and part.payment.succeeded_at is not None
    page = {"farm": part.order.farm, "order": part.order, "part": part, "paid": paid, "owed": ledger.owed(part.order)}
    page["shares"] = list(part.order.shares.select_related("share_type", "site"))
    return render(request, "shares/shared_part.html", page)
