"""Who sees which price a household chose: the household, and its farm only if the household lets it.

The farm sees what a share costs, that an order is paid, and money that went through the farmer's own hands. Pages and
tables for the farm ask `kept_private` before they show an amount of an order or of a card payment; where an amount is
left out, the sum of all that were left out may stand, so that the table adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from farms.models import Farm, Household
from people.models import User
from shares.models import OpenPrice, Order, OrderQuerySet, Payment


def kept_private(orders: Iterable[Order | int]) -> set[int]:
    """Those of these orders (ids) whose price could be chosen, and whose household has not opened it. One query."""
    ids = [order if isinstance(order, int) else order.pk for order in orders]
    return set(_chosen_in_private().filter(pk__in=ids).values_list("pk", flat=True))


def private_orders_of(farm: Farm) -> set[int]:
    """All such orders of a farm, for its whole tables. One query."""
    return set(_chosen_in_private().filter(farm=farm).values_list("pk", flat=True))


def may_see(payment: Payment, private: set[int]) -> bool:
    """Whether the farm is shown this payment's amount: it came by hand, or nothing about its order is private."""
    return payment.method != Payment.Method.CARD or payment.order_id not in private


def may_see_owed(order: Order, private: set[int]) -> bool:
    """Whether the farm is shown what is still owed: it must know what is to come into its own hands."""
    return order.method == Order.Method.OFFLINE or order.pk not in private


def is_open(household: Household) -> bool:
    return OpenPrice.objects.filter(household=household).exists()


def let_see(household: Household, *, by: User, at: datetime) -> None:
    """The household lets its farm see the prices it chose, from now on."""
    OpenPrice.objects.get_or_create(household=household, defaults={"by": by, "since": at})


def keep(household: Household) -> None:
    """It keeps them to itself again."""
    OpenPrice.objects.filter(household=household).delete()


def _chosen_in_private() -> OrderQuerySet:
    could_choose = Q(shares__share_type__lowest__isnull=False) | Q(bid__isnull=False)
    return Order.objects.filter(could_choose, household__open_price=None).distinct()
