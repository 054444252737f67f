"""Bidding rounds: households bid in private, the farm sees sums and settles."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from farms.models import Farm, Household
from farms.permissions import public_farm, staff_farm
from people import clock
from people.models import User
from shares.buying import joining
from shares.forms.bid import BidForm, RoundForm
from shares.models import Bid, BiddingRound
from shares.solidarity import bids

PAGE = ["GET", "HEAD", "POST"]


@require_http_methods(PAGE)
def bid(request: HttpRequest, farm: str) -> HttpResponse:
    """Bid in the round that is open: for one's household, or with a name and an address."""
    place = public_farm(farm)
    opened = next(iter(bids.open_rounds(place, at=clock.now())), None)
    if opened is None:
        return render(request, "shares/bid.html", {"farm": place})
    user = request.user if isinstance(request.user, User) else None
    mine = Household.objects.filter(farm=place, memberships__user=user) if user else Household.objects.none()
    household = mine.order_by("-since").first()
    made = Bid.objects.filter(round=opened, household=household).first() if household else None
    return _bid_page(request, opened, user, household, made)


@require_http_methods(PAGE)
def bid_by_link(request: HttpRequest, farm: str, bid: uuid.UUID) -> HttpResponse:
    """A bid by the link in its letter: changed while the round is open, then its outcome."""
    made = (
        Bid.objects.filter(token=bid, round__season__farm__slug=farm)
        .select_related("round__season__farm", "household", "share_type", "order")
        .first()
    )
    if made is None:
        raise Http404
    opened = made.round
    at = clock.now()
    if opened.settled_at is None and opened.opens_at <= at < opened.closes_at:
        return _bid_page(request, opened, None, made.household, made)
    if request.method == "POST":
        messages.warning(request, _("The round is over. Nothing was changed."))
        return redirect("bid_by_link", farm=farm, bid=bid)
    return render(request, "shares/bid_outcome.html", {"farm": opened.season.farm, "round": opened, "bid": made})


def _bid_page(
    request: HttpRequest, opened: BiddingRound, user: User | None, household: Household | None, made: Bid | None
) -> HttpResponse:
    known = {name: getattr(made, name) for name in ("comfortable", "possible", "limit")} if made else {}
    known |= {"share_type": made.share_type_id} if made else {}
    data = request.POST if request.method == "POST" else None
    form = BidForm(data, initial=known, opened=opened, user=user, household=household)
    if form.is_bound and form.is_valid():
        try:
            _make(form, opened, user, household)
        except bids.RoundIsOver:
            form.add_error(None, _("The round has just closed. Nothing was changed."))
        else:
            messages.success(request, _("Your bid is in. Our letter has the link to change it."))
            return redirect(request.path)
    context = {"farm": opened.season.farm, "round": opened, "form": form, "made": made}
    return render(request, "shares/bid.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _make(form: BidForm, opened: BiddingRound, user: User | None, household: Household | None) -> None:
    """The person, the household and the bid. Who only typed an address never changes a bid that stands: its letter
    has the link for that."""
    facts, at = form.cleaned_data, clock.now()
    language = translation.get_language() or "en"
    who = household or joining.household_for(
        farm=opened.season.farm, user=user, name=facts["name"], email=facts.get("email", ""), phone="",
        language=language, at=at,
    )  # fmt: skip
    if household is None and user is None and Bid.objects.filter(round=opened, household=who).exists():
        return
    bids.make_bid(
        opened=opened, household=who, share_type=form.types[facts["share_type"]], amounts=facts["amounts"],
        language=language, at=at,
    )  # fmt: skip


@login_required
@require_http_methods(PAGE)
def desk_bidding(request: HttpRequest, farm: str) -> HttpResponse:
    """The farm's rounds: open one, see how it goes in sums, settle it."""
    place = staff_farm(request, farm)
    with timezone.override(place.zone):
        return _desk_page(request, place)


def _desk_page(request: HttpRequest, place: Farm) -> HttpResponse:
    """All moments as the farm's clocks show them."""
    at = clock.now()
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act == "settle":
        _settle(request, place)
        return redirect("desk_bidding", farm=place.slug)
    form = RoundForm(request.POST if act == "open" else None, farm=place, at=at, initial=_usual(place))
    if act == "open" and form.is_valid():
        facts = form.cleaned_data
        bids.open_round(
            season=form.seasons[facts["season"]], types=[form.kinds[pk] for pk in facts["types"]],
            budget=facts["budget"], opens_at=at, closes_at=facts["closes_at"], at=at,
        )  # fmt: skip
        messages.success(request, _("The round is open."))
        return redirect("desk_bidding", farm=place.slug)
    rounds = list(
        BiddingRound.objects.filter(season__farm=place).select_related("season").prefetch_related("types")[:20]
    )
    sums = bids.sums_of(rounds)
    context = {
        "farm": place, "form": form, "at": at, "rounds": [(each, sums[each.pk]) for each in rounds],
        "fewest": bids.FEWEST, "running": any(each.settled_at is None for each in rounds),
    }  # fmt: skip
    return render(request, "shares/desk_bidding.html", context, status=422 if form.errors else 200)


def _usual(farm: Farm) -> dict[str, Any]:
    """What the form begins with: the budget of the round that missed, all shares ticked."""
    last = BiddingRound.objects.filter(season__farm=farm).prefetch_related("types").first()
    if last is None:
        return {}
    return {"season": last.season_id, "budget": last.budget, "types": [kind.pk for kind in last.types.all()]}


def _settle(request: HttpRequest, farm: Farm) -> None:
    number = request.POST.get("round", "")
    rounds = BiddingRound.objects.filter(season__farm=farm)
    opened = rounds.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    if opened is None or len(number) > 12:
        raise Http404
    settled = bids.settle_round(opened, at=clock.now())
    if settled.covered:
        messages.success(request, _("The budget is covered. Everybody has a letter with their own price."))
    elif settled.settled_at:
        messages.warning(request, _("The budget is not covered. Open another round."))
