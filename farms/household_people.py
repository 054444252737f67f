"""Who may act for a household, and what it says of itself at the pickup."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.http import urlencode

from farms.models import Household, HouseholdPerson
from people.letters import page_url, write_letter
from people.limits import allowed
from people.models import User

MOST = 12  # people of one household
A_DAY, INVITED = timedelta(days=1), 20
"""So many letters of invitation in so long by one person: who is removed could else be invited again, and again."""


class AlreadyOneOfThem(Exception):
    """This person acts for the household already."""


class TooMany(Exception):
    """A household has as many people as it may."""


class InvitedTooMany(Exception):
    """So many invitations in a day are not a household's."""


class LastPerson(Exception):
    """A household keeps at least one person."""


@transaction.atomic
def invite_person(*, household: Household, email: str, by: User, at: datetime) -> HouseholdPerson:
    """Let the person of this address act for the household, and tell them. They need no account before.

    Raises TooMany, AlreadyOneOfThem, InvitedTooMany.
    """
    if household.memberships.count() >= MOST:
        raise TooMany
    if household.memberships.filter(user__email__iexact=email).exists():
        raise AlreadyOneOfThem
    if not allowed("household-invitation", by.pk, most=INVITED, within=A_DAY):
        raise InvitedTooMany
    user = User.objects.filter(email__iexact=email).first() or User.objects.create_newcomer(email, language=by.language)
    member, is_new = HouseholdPerson.objects.get_or_create(household=household, user=user, defaults={"since": at})
    if not is_new:
        raise AlreadyOneOfThem
    farm = household.farm
    write_letter(
        kind="household_invitation",
        to=user,
        occasion=f"household:{household.pk}:{member.pk}",
        template="farms/emails/household_invitation",
        context={"farm": farm, "household": household, "by": by, "reader": user, "link": _way_in(farm.slug)},
        language=user.language or by.language or farm.language,
        at=at,
        from_name=farm.name,
        reply_to=farm.email,
    )
    return member


@transaction.atomic
def remove_person(*, household: Household, member: int) -> bool:
    """End somebody's part in the household, on the next request. False when it had ended. Raises LastPerson."""
    Household.objects.filter(pk=household.pk).update(number=F("number"))  # two removals never pass each other
    people = list(household.memberships.values_list("pk", flat=True))
    if people == [member]:
        raise LastPerson
    return bool(household.memberships.filter(pk=member).delete()[0])


def _way_in(farm: str) -> str:
    there = f"{reverse('my')}?{urlencode({'farm': farm})}"
    return page_url(f"{reverse('account_login')}?{urlencode({'next': there})}")
