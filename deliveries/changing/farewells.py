"""Somebody acts for a household no more: what they were to do for it, and what they know of it, ends with that."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from community import shifts
from deliveries import letters
from deliveries.due import feeds
from farms.household_people import remove_person
from farms.models import Household
from people.models import User


@transaction.atomic
def leave_household(*, household: Household, member: int, at: datetime) -> bool:
    """End somebody's part in the household: their way in, the shifts they were to do for it, and the calendar address
    they know; the others are told of the new one. False when it had ended. Raises LastPerson."""
    user = User.objects.filter(memberships=member, memberships__household=household).first()
    if user is None or not remove_person(household=household, member=member):
        return False
    shifts.end_all(user=user, household=household, at=at)
    if feeds.shut(household, at=at):
        letters.write_new_calendar(household, at=at)
    return True
