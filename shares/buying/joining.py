"""Someone joins a farm: the person and the household behind a purchase."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError

from farms.households import open_household
from farms.models import Farm, Household
from people.models import User


def household_for(
    *, farm: Farm, user: User | None, name: str, email: str, phone: str, language: str, at: datetime
) -> Household:
    """The household that buys: the person's own at this farm, or a new one.

    Someone who is not signed in is known by the address they give; what they learn from us goes to that address
    only, so that joining never tells who is a member.
    """
    person = user or _person(email=email, name=name, language=language)
    household = Household.objects.filter(farm=farm, memberships__user=person).order_by("-since").first()
    return household or open_household(farm=farm, name=name, user=person, phone=phone, at=at)


def _person(*, email: str, name: str, language: str) -> User:
    known = User.objects.filter(email__iexact=email).first()
    if known:
        return known
    try:
        return User.objects.create_newcomer(email, name=name, language=language)
    except IntegrityError:  # they clicked twice
        return User.objects.get(email__iexact=email)
