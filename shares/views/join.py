"""Someone joins: one page, then the payment page, then what they bought."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from farms.models import Farm, Household, Season
from farms.permissions import public_farm
from people import clock, limits
from people.formats import isolated, local_day
from people.models import User
from shares import letters, permissions
from shares.books import bank_reference, ledger
from shares.buying import joining, purchases
from shares.forms.join import JoinForm
from shares.in_parts import instalments, plan_choice
from shares.models import BankAccount, Bid, Order, ShareType
from shares.money import credits
from shares.paying import payments
from shares.prices import kept, refusals
from shares.prices.quotes import Line, Quote, quote
from shares.solidarity import bids, fund
from shares.views.paying import to_payment

AN_HOUR = timedelta(hours=1)
PER_VISITOR, PER_ADDRESS = 30, 6  # orders without sign-in that wait for a transfer


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, farm: str) -> HttpResponse:
    """Choose a share and a place, say who you are, see the total, go and pay."""
    place = public_farm(farm)
    at = clock.now()
    season = permissions.season_on_sale(place, request.GET.get("season", ""), at=at)
    if season is None:
        return redirect("farm", farm=place.slug)
    form = _form(request, season, at)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") == "wait":
            return _wait(request, form, season, at)
        try:
            order = None if _too_often(request, form) else _buy(form, season, at)
        except refusals.CannotBuy as refusal:
            _say_why(form, season, refusal)
        else:
            if order is not None:
                return to_payment(request, order)
    status = 422 if form.errors else 200
    return render(request, "shares/join.html", _page(form, place, season, at), status=status)


@require_safe
def join_price(request: HttpRequest, farm: str) -> HttpResponse:
    """The price of what is ticked so far: the part of the join page that follows each choice."""
    place = public_farm(farm)
    at = clock.now()
    season = permissions.season_on_sale(place, request.GET.get("season", ""), at=at)
    if season is None:
        raise Http404
    form = JoinForm(request.GET, season=season, user=None, household=None, at=at, bid=_bid(request, season))
    form.is_valid()  # unreadable parts are left out of the price; the page says so when it is sent
    context = {**_priced(form, place, season, at), "swap": True}
    return HttpResponse(
        render_to_string("shares/join.html#total", context, request) + render_to_string("shares/join.html#sum", context)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def join_done(request: HttpRequest, farm: str) -> HttpResponse:
    """What became of an order: paid, waiting for the payment to be confirmed, or its places given back.

    POST leads to the payment page again, the same payment: never a second charge.
    """
    order = permissions.order_by_token(farm, request.GET.get("order", ""))
    at = clock.now()
    payment = order.payments.filter(method="card").last()
    if request.method == "POST":
        purchases.attempt_again(order, at=at)
        return to_payment(request, order)
    if payment and request.method == "GET":
        payments.look_after(payment, at=at)
        order.refresh_from_db()
    context = {
        "farm": order.farm,
        "order": order,
        "payment": payment,
        "shares": list(order.shares.select_related("share_type", "site")),
        "owed": instalments.due_at_first(order),
        "parts": instalments.open_parts(list(order.instalments.all()), owed=ledger.owed(order)),
        "today": local_day(at, order.farm.zone),
        "bank": BankAccount.objects.filter(farm=order.farm_id).first(),
        "reference": bank_reference.shown(bank_reference.of_order(order)),
        "first_day": letters.first_pickup(order),
        "refund": payment.refunds.first() if payment else None,
    }
    return render(request, "shares/join_done.html", context)


def _form(request: HttpRequest, season: Season, at: datetime) -> JoinForm:
    user = request.user if isinstance(request.user, User) else None
    mine = Household.objects.filter(farm=season.farm, memberships__user=user) if user else Household.objects.none()
    bid = _bid(request, season)
    household = bid.household if bid else mine.order_by("-since").first()
    data = request.POST if request.method == "POST" else None
    initial = _chosen(request, season)
    return JoinForm(data, initial=initial, season=season, user=user, household=household, at=at, bid=bid)


def _bid(request: HttpRequest, season: Season) -> Bid | None:
    """The settled bid whose link led here, while its share is still to be taken."""
    try:
        token = uuid.UUID(request.GET.get("bid", ""))
    except ValueError:
        return None
    found = bids.to_be_taken(season.farm).filter(token=token, round__season=season)
    return found.select_related("household").first()


def _chosen(request: HttpRequest, season: Season) -> dict[str, Any]:
    """A link on the farm page may bring its share along."""
    chosen = request.GET.get("share", "")
    return {"share": int(chosen)} if chosen.isascii() and chosen.isdigit() and len(chosen) < 12 else {}


def _page(form: JoinForm, farm: Farm, season: Season, at: datetime) -> dict[str, Any]:
    return {"form": form, **_priced(form, farm, season, at)}


def _priced(form: JoinForm, farm: Farm, season: Season, at: datetime) -> dict[str, Any]:
    if form.is_bound:
        form.is_valid()
    quoted = quote(season=season, lines=form.wished(), at=at)
    lines = [(_words(line, terms), line.quantity * terms.price) for line, terms in quoted.lines]
    if form.donation:
        lines.append((_("For the solidarity fund"), form.donation))
    return {
        "farm": farm,
        "season": season,
        "quote": quoted,
        "lines": lines,
        "total": quoted.total + form.donation,
        **_when_due(form, season, quoted.total + form.donation, at),
        "fund_is_short": not fund.can_meet(farm, quoted.below),
        "credit": credits.credit_of(form.household) if form.household and form.user else 0,
        "late": _late(quoted),
        "card_minutes": int(purchases.CARD_HOLD.total_seconds() // 60),
    }


def _when_due(form: JoinForm, season: Season, total: int, at: datetime) -> dict[str, Any]:
    """What is due today, and the parts due later, in amounts."""
    facts = form.cleaned_data if form.is_bound else {}
    parts = plan_choice.parts_of(form.payment_plan, total=total, season=season, at=at)
    at_pickups = facts.get("method") == Order.Method.PER_PICKUP
    return {
        "parts": parts,
        "at_pickups": at_pickups,
        "due_today": 0 if at_pickups else parts[0].amount if parts else total,
    }


def _words(line: Line, terms: Any) -> str:
    """One line of the arithmetic: "2 × Full share, 12 of 25 pickups"."""
    name = f"{line.quantity} × {line.share_type.name}" if line.quantity > 1 else line.share_type.name
    if terms.left == terms.full:
        return ngettext("%(share)s, %(n)d pickup", "%(share)s, %(n)d pickups", terms.full) % {
            "share": isolated(name),
            "n": terms.full,
        }
    return ngettext("%(share)s, %(left)d of %(n)d pickup", "%(share)s, %(left)d of %(n)d pickups", terms.full) % {
        "share": isolated(name),
        "left": terms.left,
        "n": terms.full,
    }


def _late(quoted: Quote) -> bool:
    return any(terms.left < terms.full for _line, terms in quoted.lines)


def _too_often(request: HttpRequest, form: JoinForm) -> bool:
    """An order that waits for a transfer keeps its places for days: nobody unknown takes a season's in an hour."""
    if form.user or form.cleaned_data["method"] == Order.Method.CARD:
        return False
    visitor, email = get_adapter().get_client_ip(request), form.cleaned_data.get("email", "")
    free = [
        limits.allowed("order-from", visitor, most=PER_VISITOR, within=AN_HOUR),
        limits.allowed("order-to", email, most=PER_ADDRESS, within=AN_HOUR),
    ]
    if not all(free):
        form.add_error("email", _("Those were many orders in one hour. Try again later, or sign in first."))
    return not all(free)


def _buy(form: JoinForm, season: Season, at: datetime) -> Order:
    """The person, the household and the order: all of it or nothing."""
    facts = form.cleaned_data
    language = translation.get_language() or "en"
    with transaction.atomic():
        household = form.household or joining.household_for(
            farm=season.farm,
            user=form.user,
            name=facts["name"],
            email=facts.get("email", ""),
            phone="",
            language=language,
            at=at,
        )
        order = purchases.start_purchase(
            household=household,
            season=season,
            lines=form.wished(),
            method=facts["method"],
            token=facts["token"] or uuid.uuid4(),
            language=language,
            by=form.user,
            at=at,
            donation=form.donation,
            plan=form.payment_plan,
        )
        if order.household_id != household.pk:  # the twin of a click that came first: its household is enough
            transaction.set_rollback(True)
        elif form.bid and not bids.take(form.bid, order):
            raise refusals.NotOnSale
    return order


def _wait(request: HttpRequest, form: JoinForm, season: Season, at: datetime) -> HttpResponse:
    """They would rather hear when the solidarity fund can help: nothing is bought."""
    facts, quoted = form.cleaned_data, quote(season=season, lines=form.wished(), at=at)
    fund.ask_to_be_told(
        season=season,
        share_type=quoted.lines[0][0].share_type,
        name=form.user.name if form.user else facts["name"],
        email=form.user.email if form.user else facts["email"],
        language=translation.get_language() or "en",
        needed=quoted.below,
        token=facts["token"] or uuid.uuid4(),
        at=at,
    )
    messages.success(request, _("We will write to you when the solidarity fund can help. Nothing was bought."))
    return redirect("farm", farm=season.farm.slug)


def _say_why(form: JoinForm, season: Season, refusal: refusals.CannotBuy) -> None:
    """The refusal beside the field it is about, with what is still to be had; the input stays."""
    form.types = list(season.share_types.all())
    kept.mark(form.types)
    match refusal:
        case refusals.SoldOut(share_type=kind):
            words = _("The last place of “%(share)s” has just gone.") % {"share": kind.name}
            form.add_error(f"addon_{kind.pk}" if kind.is_addon else "share", f"{words} {_still(form.types, kind)}")
        case refusals.SiteFull(site=site):
            form.add_error("site", _("“%(site)s” has no room for this share any more.") % {"site": site.name})
        case refusals.NothingLeft(share_type=kind):
            form.add_error("share", _("“%(share)s” has no pickup left this season.") % {"share": kind.name})
        case refusals.FundCannotMeet():
            pay = form.cleaned_data["pay"]
            form.add_error("pay", _("The solidarity fund cannot meet this price just now. Nothing was bought."))
            form.cleaned_data["pay"] = pay  # the price in sight stays the one that was chosen
        case refusals.PriceOutOfRange():
            form.add_error("pay", _("Choose one of these prices."))
        case refusals.NotInParts():
            form.add_error("plan", _("Your parts would be too small: pay all at once."))
        case _:
            form.add_error(None, _("This season is not on sale at the moment."))


def _still(types: list[ShareType], gone: ShareType) -> str:
    """What is left instead: "“Half share” has 4 left." """
    left = [kind for kind in types if kind.left > 0 and kind.pk != gone.pk and kind.is_addon == gone.is_addon]
    return " ".join(_("“%(share)s” has %(n)d left.") % {"share": kind.name, "n": kind.left} for kind in left)
