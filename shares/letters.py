"""What a household is told about its purchases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from farms.models import Household
from people import formats
from people.letters import page_url, write_letter
from people.models import User
from shares.models import Cancellation, Order, Refund, Share
from shares.prices import prices, privacy


def write_receipt(order: Order, *, at: datetime) -> None:
    """What was paid for, and how much, once per order."""
    shares = list(order.shares.select_related("share_type", "site"))
    context = {
        "shares": shares,
        "total": sum(share.price for share in shares) + order.donation,
        "paid_at": at,
        "payments": list(order.payments.exclude(succeeded_at=None)),
        "came": sum(payment.amount for payment in order.payments.exclude(succeeded_at=None)),
        "coming": [part for part in order.instalments.all() if part.number],
    }
    if order.method == Order.Method.PER_PICKUP:  # nothing came yet
        return
    write_to_household(order, kind="receipt", occasion=f"order:{order.pk}", context=context, at=at)


def write_welcome(order: Order, *, at: datetime) -> None:
    """When and where it begins, once per household and season."""
    day = first_pickup(order)
    window = formats.clock_range(day.starts_at, day.ends_at, zone=order.farm.zone) if day else ""
    context = {"first_day": day, "window": window, "address": page_url(reverse("my"))}
    occasion = f"season:{order.season_id}:household:{order.household_id}"
    write_to_household(order, kind="welcome", occasion=occasion, context=context, at=at)


def write_lapse(order: Order, *, at: datetime) -> None:
    """Nobody's money came in time, and the places went back on sale; once per order."""
    context = {"address": page_url(reverse("join", args=[order.farm.slug]))}
    write_to_household(order, kind="lapse", occasion=f"order:{order.pk}", context=context, at=at)


def write_refund(refund: Refund, *, at: datetime) -> None:
    """Money is on its way back, and why."""
    context = {"refund": refund}
    write_to_household(refund.payment.order, kind="refund", occasion=f"refund:{refund.pk}", context=context, at=at)


def write_cancellation(order: Order, cancellations: Sequence[Cancellation], terms: Any, *, at: datetime) -> None:
    """Shares of an order were cancelled: what goes back, and what is still collected. To who pays them."""
    shares = [cancellation.share for cancellation in cancellations]
    context = {
        "shares": shares,
        "because": cancellations[0].because,
        "terms": terms,
        "goes_on": any(share.last_week >= share.first_week for share in shares),
    }
    write_to_household(order, kind="cancellation", occasion=f"share:{shares[0].pk}", context=context, at=at)


def write_refund_failed(refund: Refund, *, at: datetime) -> None:
    """Money that was to go back did not: the farm's owners must find another way."""
    order = refund.payment.order
    farm = order.farm
    page = page_url(reverse("desk_household", args=[farm.slug, order.household.number]))
    private = order.pk in privacy.kept_private([order])
    for owner in User.objects.filter(staffed__farm=farm, staffed__role="owner", is_active=True).order_by("pk"):
        write_letter(
            kind="refund_failed",
            to=owner,
            occasion=f"refund:{refund.pk}",
            template="shares/emails/refund_failed",
            context={"farm": farm, "order": order, "refund": refund, "reader": owner, "page": page, "private": private},
            language=owner.language or farm.language,
            at=at,
            from_name=farm.name,
            reply_to=farm.email,
        )


def first_pickup(order: Order) -> Any:
    """The first pickup day of an order's shares, or None."""
    days = prices.days_of_season(order.season)
    firsts = [day for share in order.shares.select_related("share_type") for day in _days_of(share, days)[:1]]
    return min(firsts, key=lambda day: day.starts_at, default=None)


def _days_of(share: Share, days: Any) -> Any:
    own = prices.days_of(share.share_type, turn=share.turn, site=share.site_id, days=days)
    return [day for day in own if share.first_week <= day.week.number <= share.last_week]


def readers(household: Household) -> list[Any]:
    """Whom a household's letters go to."""
    return list(household.people.order_by("pk"))


def write_to_household(
    order: Order,
    *,
    kind: str,
    occasion: str,
    context: Mapping[str, Any],
    at: datetime,
    stale_at: datetime | None = None,
    may_stop: bool = False,
) -> int:
    """One letter to everybody of the household that pays; how many were written now."""
    farm, written = order.farm, 0
    for reader in readers(order.household):
        letter = write_letter(
            kind=kind,
            to=reader,
            occasion=occasion,
            template=f"shares/emails/{kind}",
            context={"farm": farm, "order": order, "household": order.household, "reader": reader, **context},
            language=reader.language or order.language,
            at=at,
            stale_at=stale_at,
            from_name=farm.name,
            reply_to=farm.email,
            may_stop=may_stop,
        )
        written += letter is not None
    return written
