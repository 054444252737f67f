"""The doors of the community app: each returns what this person may touch, or raises 404."""

from __future__ import annotations

from django.http import Http404

from community.models import Shift, SignUp
from farms.models import Farm, Household
from people.models import User


def shift_of(farm: Farm, pk: int) -> Shift:
    """A shift of this farm."""
    shift = Shift.objects.filter(farm=farm, pk=pk).select_related("farm", "day__site").first()
    if shift is None:
        raise Http404
    return shift


def own_sign_up(user: User, household: Household, typed: str) -> SignUp:
    """A standing sign-up of this person at their household's farm."""
    return _sign_up(household, typed, user=user)


def sign_up_seeking(household: Household, typed: str) -> SignUp:
    """A standing sign-up at the household's farm whose person looks for a substitute."""
    return _sign_up(household, typed, substitute_wanted_at__isnull=False)


def _sign_up(household: Household, typed: str, **facts: object) -> SignUp:
    pk = int(typed) if typed.isdecimal() and len(typed) < 19 else 0
    rows = SignUp.objects.standing().filter(pk=pk, shift__farm=household.farm, shift__cancelled_at=None, **facts)
    found = rows.select_related("shift__farm", "user", "household").first()
    if found is None:
        raise Http404
    return found
