"""A friend collects for a household: once, or until further notice. The pass needs no account and tells only what the
friend must know: whose number to say, where, when, and what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from deliveries.models import FriendPass
from farms.models import Household, PickupDay
from people.letters import page_url
from people.models import User

KEPT = timedelta(days=1)  # after the pickup


@transaction.atomic
def appoint(*, household: Household, name: str, day: PickupDay | None, by: User | None, at: datetime) -> FriendPass:
    """Say who collects, on this day or (no day) until further notice. Somebody named before for it has a pass no more;
    the same name keeps its pass."""
    Household.objects.filter(pk=household.pk).update(number=F("number"))
    before = FriendPass.objects.filter(household=household, day=day, revoked_at=None)
    if same := before.filter(name=name).first():
        return same
    before.update(revoked_at=at)
    return FriendPass.objects.create(household=household, name=name, day=day, made_at=at, made_by=by)


def dismiss(*, household: Household, number: int, at: datetime) -> int:
    """Somebody collects no more: the pass (its id) leads nowhere from now on; how many (0 or 1)."""
    return FriendPass.objects.filter(household=household, pk=number, revoked_at=None).update(revoked_at=at)


def pass_for_token(token: str, *, at: datetime) -> FriendPass | None:
    """The pass this token opens, with its household, farm and day; none when it is wrong, revoked or long over."""
    passes = FriendPass.objects.filter(Q(day=None) | Q(day__ends_at__gt=at - KEPT), token=token, revoked_at=None)
    return passes.select_related("household__farm", "day__week", "day__site").first()


def passes_of(household: Household, days: Iterable[PickupDay]) -> list[FriendPass]:
    """Who may collect for a household on these days, those who always may among them."""
    live = FriendPass.objects.filter(Q(day=None) | Q(day__in=[day.pk for day in days]), revoked_at=None)
    return list(live.filter(household=household).select_related("day"))


def address_of(friend: FriendPass) -> str:
    return page_url(reverse("friend_pass", args=[friend.token]))
