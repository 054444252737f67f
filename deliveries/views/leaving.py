"""A share is cancelled: what it comes to is shown, then, by a second press, it is done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries import leaving
from farms.models import Household
from farms.permissions import my_households, signed_in, staff_farm
from people import clock
from people.fields import MoneyField
from people.fresh import freshly_signed_in
from people.poke import poke
from people.tasks import post_due_letters
from shares import cancelling, permissions
from shares.cancelling import Terms
from shares.models import Share

PAGE = ["GET", "HEAD", "POST"]


class CancelForm(forms.Form):
    """`keeps`: what the farm keeps, if the farmer says so. `shown`: what the page said: nothing else is done."""

    keeps = MoneyField(label=gettext_lazy("The farm keeps"), min_value=0, required=False)
    because = forms.CharField(label=gettext_lazy("Why"), max_length=250, required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args: Any, share: Share, by_farm: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keeps = self.fields["keeps"]
        assert isinstance(keeps, MoneyField)
        keeps.currency = share.order.currency
        if not by_farm:
            del self.fields["keeps"]


@login_required
@never_cache
@require_http_methods(PAGE)
def cancel_my_share(request: HttpRequest, share: int) -> HttpResponse:
    """A household gives up a share that it pays: by the farm's rule, until the day the farm set."""
    mine = my_households(request)
    wanted = _share(Share.objects.filter(order__household__in=mine), share)
    home = redirect("my_share")
    home["Location"] += f"?farm={wanted.order.farm.slug}"
    return _page(request, wanted, template="deliveries/cancel_my_share.html", back=home, by_farm=False)


@login_required
@never_cache
@require_http_methods(PAGE)
def cancel_share(request: HttpRequest, farm: str, number: int, share: int) -> HttpResponseBase:
    """The farmer cancels a household's share, and says what the farm keeps."""
    place = staff_farm(request, farm)
    household = permissions.household_of(place, number)
    return _cancel_share(request, household, _share(Share.objects.filter(order__household=household), share))


@freshly_signed_in
def _cancel_share(request: HttpRequest, household: Household, share: Share) -> HttpResponse:
    back = redirect("desk_household", farm=household.farm.slug, number=household.number)
    return _page(request, share, template="deliveries/cancel_share.html", back=back, by_farm=True)


def _share(shares: Any, number: int) -> Share:
    whole = shares.paid().select_related("order__season__farm", "order__household", "household", "share_type", "site")
    share: Share | None = whole.filter(pk=number).first()
    if share is None:
        raise Http404
    share.order.farm = share.order.season.farm
    return share


def _page(request: HttpRequest, share: Share, *, template: str, back: HttpResponse, by_farm: bool) -> HttpResponse:
    at, season = clock.now(), share.order.season
    allowed = by_farm or cancelling.may_cancel(season, at=at)
    form = CancelForm(request.POST or None, share=share, by_farm=by_farm)
    page: dict[str, Any] = {
        "farm": season.farm, "season": season, "share": share, "household": share.order.household, "form": form,
        "allowed": allowed, "back": back["Location"],
    }  # fmt: skip
    if share.cancelled_at or not allowed:
        return render(request, template, page)
    keeps = form.cleaned_data.get("keeps") if request.method == "POST" and form.is_valid() else None
    try:
        told = leaving.preview(share, keeps=keeps, at=at)
    except cancelling.CannotCancel as refusal:
        form.add_error("keeps", str(refusal))
        told = leaving.preview(share, at=at)
    shown = f"{told.left}-{told.kept}-{told.returned}-{told.by_card}"
    if "cancel" in request.POST and not form.errors:
        if form.cleaned_data["shown"] == shown:
            return _cancelled(request, share, keeps, form.cleaned_data["because"], back)
        page["changed"] = True
    if not form.errors:
        form.data = {"because": "", **request.POST.dict(), "shown": shown}
        form.is_bound = True
        form.data.setdefault("keeps", form.fields["keeps"].prepare_value(told.kept) if by_farm else "")
    page |= {"terms": told, "lines": _lines(told)}
    return render(request, template, page, status=422 if form.errors else 200)


def _lines(told: Terms) -> list[tuple[str, int]]:
    """The arithmetic: what the pickups left are worth, less what stays."""
    left = ngettext("%(left)d of %(n)d pickup is left", "%(left)d of %(n)d pickups are left", told.pickups)
    lines = [(left % {"left": told.left, "n": told.pickups}, told.worth)]
    if told.given:
        lines.append((_("Stays in the solidarity fund: it was given"), -told.given))
    if told.kept:
        lines.append((_("The farm keeps"), -told.kept))
    return lines


def _cancelled(request: HttpRequest, share: Share, keeps: int | None, because: str, back: HttpResponse) -> HttpResponse:
    leaving.cancel_share(share=share, keeps=keeps, because=because, by=signed_in(request), at=clock.now())
    poke(post_due_letters)
    messages.success(request, _("“%(share)s” is cancelled.") % {"share": share.share_type.name})
    return back
