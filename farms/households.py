"""Who holds shares at a farm."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from farms.models import Farm, Household, HouseholdPerson
from people.models import User


@transaction.atomic
def open_household(*, farm: Farm, name: str, user: User | None, phone: str = "", at: datetime) -> Household:
    """A new household of the farm, with the farm's next number and, if given, its first person."""
    Farm.objects.filter(pk=farm.pk).update(households_numbered=F("households_numbered") + 1)
    number = Farm.objects.values_list("households_numbered", flat=True).get(pk=farm.pk)
    household = Household.objects.create(farm=farm, name=name, number=number, phone=phone, since=at)
    if user is not None:
        HouseholdPerson.objects.create(household=household, user=user, since=at)
    return household


def say_glad_of_gifts(household: Household, *, glad: bool) -> None:
    """Whether the household is glad of a share that another gives away: its own word, told to no other household."""
    Household.objects.filter(pk=household.pk).update(takes_gifts=glad)


def former_name(household: Household) -> str:
    """What a household is called, in the language in force, when the account of the last person in it is erased."""
    return _("Former household %(number)s") % {"number": household.number}
