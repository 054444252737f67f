"""A share, or a whole order, is cancelled: what it comes to is shown, then, by a second press, it is done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries.changing import leaving
from farms.models import Household
from farms.permissions import my_households, signed_in, staff_farm
from people import clock
from people.fields import MoneyField
from people.formats import isolated, money
from people.fresh import freshly_signed_in
from people.poke import poke
from people.tasks import post_due_letters
from shares import permissions
from shares.models import Share, ShareQuerySet
from shares.money import cancelling
from shares.money.cancelling import Terms
from shares.prices import privacy

PAGE = ["GET", "HEAD", "POST"]


class CancelForm(forms.Form):
    """`keeps`: what the farm keeps, if the farmer says so. `shown`: what the page said: nothing else is done."""

    keeps = MoneyField(label=gettext_lazy("The farm keeps"), min_value=0, required=False)
    because = forms.CharField(label=gettext_lazy("Why"), max_length=250, required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, currency: str, by_farm: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keeps = self.fields["keeps"]
        assert isinstance(keeps, MoneyField)
        keeps.currency = currency
        if not by_farm:
            del self.fields["keeps"]


@login_required
@never_cache
@require_http_methods(PAGE)
def cancel_my_share(request: HttpRequest, share: int) -> HttpResponse:
    """A household gives up a share that it pays: by the farm's rule, until the day the farm set."""
    return _by_household(request, _mine(request).filter(pk=share))


@login_required
@never_cache
@require_http_methods(PAGE)
def cancel_my_order(request: HttpRequest, order: int) -> HttpResponse:
    """It gives up all shares of an order at once, by the same rule."""
    return _by_household(request, _mine(request).filter(order__pk=order, cancelled_at=None))


def _mine(request: HttpRequest) -> ShareQuerySet:
    return Share.objects.filter(order__household__in=my_households(request))


def _by_household(request: HttpRequest, wanted: ShareQuerySet) -> HttpResponse:
    shares = _found(wanted)
    home = redirect("my_share")
    home["Location"] += f"?farm={shares[0].order.farm.slug}"
    return _page(request, shares, template="deliveries/cancel_my_share.html", back=home, by_farm=False)


@login_required
@never_cache
@require_http_methods(PAGE)
def cancel_share(request: HttpRequest, farm: str, number: int, share: int) -> HttpResponseBase:
    """The farmer cancels a household's share, and says what the farm keeps."""
    household = permissions.household_of(staff_farm(request, farm), number)
    return _by_farmer(request, household, _found(Share.objects.filter(order__household=household, pk=share)))


@login_required
@never_cache
@require_http_methods(PAGE)
def cancel_order(request: HttpRequest, farm: str, number: int, order: int) -> HttpResponseBase:
    """The farmer cancels all shares of an order at once."""
    household = permissions.household_of(staff_farm(request, farm), number)
    wanted = Share.objects.filter(order__household=household, order__pk=order, cancelled_at=None)
    return _by_farmer(request, household, _found(wanted))


@freshly_signed_in
def _by_farmer(request: HttpRequest, household: Household, shares: list[Share]) -> HttpResponse:
    back = redirect("desk_household", farm=household.farm.slug, number=household.number)
    return _page(request, shares, template="deliveries/cancel_share.html", back=back, by_farm=True)


def _found(wanted: ShareQuerySet) -> list[Share]:
    """These shares, all of one order; 404 where there is none."""
    whole = wanted.paid().select_related("order__season__farm", "order__household", "household", "share_type", "site")
    shares = list(whole.order_by("pk"))
    if not shares:
        raise Http404
    for share in shares:
        share.order.farm = share.order.season.farm
    return shares


def _page(
    request: HttpRequest, shares: list[Share], *, template: str, back: HttpResponse, by_farm: bool
) -> HttpResponse:
    at, order = clock.now(), shares[0].order
    allowed = by_farm or cancelling.may_cancel(order.season, at=at)
    form = CancelForm(request.POST or None, currency=order.currency, by_farm=by_farm)
    page: dict[str, Any] = {
        "farm": order.farm, "season": order.season, "order": order, "shares": shares, "share": shares[0],
        "whole": len(shares) > 1, "household": order.household, "form": form, "allowed": allowed,
        "back": back["Location"],
    }  # fmt: skip
    if shares[0].cancelled_at or not allowed:
        return render(request, template, page)
    private = by_farm and not privacy.may_see_owed(order, privacy.kept_private([order]))
    keeps = form.cleaned_data.get("keeps") if request.method == "POST" and form.is_valid() else None
    told = _told(form, shares, keeps, at, private=private)
    shown = _shown(told)
    if "cancel" in request.POST and not form.errors:
        if form.cleaned_data["shown"] == shown:
            try:
                return _cancelled(request, shares, keeps, form.cleaned_data["because"], back)
            except cancelling.CannotCancel as refusal:  # somebody was at it in the same moment
                messages.warning(request, str(refusal))
                return redirect(request.path)
        page["changed"] = True
    if not form.errors:
        form.data = {"because": "", **request.POST.dict(), "shown": shown}
        form.is_bound = True
        by_rule = form.fields["keeps"].prepare_value(told.kept) if by_farm and not private else ""
        form.data.setdefault("keeps", by_rule)
    page |= {"terms": told, "lines": [] if private else _lines(told), "private": private}
    return render(request, template, page, status=422 if form.errors else 200)


def _told(form: CancelForm, shares: list[Share], keeps: int | None, at: datetime, *, private: bool) -> Terms:
    """What it comes to; by the farm's rule where it cannot keep what it says, and the form says why. A price that was
    chosen in private must not be found by trying: the farm then keeps no more than what the lowest price comes to."""
    by_rule = leaving.preview_all(shares, at=at)
    most = cancelling.least_worth(by_rule)
    if private and keeps is not None and keeps > most:
        told = {"most": money(most, shares[0].order.currency)}
        form.add_error("keeps", _("This price was chosen in private. Beside your rule you can keep %(most)s.") % told)
        return by_rule
    try:
        return by_rule if keeps is None else leaving.preview_all(shares, keeps=keeps, at=at)
    except cancelling.CannotCancel as refusal:
        form.add_error("keeps", str(refusal))
        return by_rule


def _shown(told: Terms) -> str:
    """What was shown, in a word: another press of the button may only do that."""
    facts = f"{len(told.shares)}-{told.left}-{told.kept}-{told.returned}-{told.by_card}"
    return salted_hmac("deliveries.leaving", facts).hexdigest()  # it stands in the page: a price may be private


def _lines(told: Terms) -> list[tuple[str, int]]:
    """The arithmetic: what the pickups left are worth, share by share, less what stays."""
    lines = []
    for one in told.shares:
        pattern = ngettext("%(left)d of %(n)d pickup is left", "%(left)d of %(n)d pickups are left", one.share.pickups)
        name = f"{isolated(one.share.share_type.name)}: " if len(told.shares) > 1 else ""
        lines.append((name + pattern % {"left": one.left, "n": one.share.pickups}, one.worth))
    if told.given:
        lines.append((_("Stays in the solidarity fund: it was given"), -told.given))
    if told.kept:
        lines.append((_("The farm keeps"), -told.kept))
    return lines


def _cancelled(
    request: HttpRequest, shares: list[Share], keeps: int | None, because: str, back: HttpResponse
) -> HttpResponse:
    leaving.cancel_all(shares=shares, keeps=keeps, because=because, by=signed_in(request), at=clock.now())
    poke(post_due_letters)
    if len(shares) > 1:
        messages.success(request, _("The whole order is cancelled."))
    else:
        messages.success(request, _("“%(share)s” is cancelled.") % {"share": shares[0].share_type.name})
    return back
