"""A person goes: what is sensitive is deleted, who they were is taken out; what the books must keep stays nameless."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from community import shifts
from deliveries.changing.farewells import leave_household
from deliveries.due.turns import seasons_of, turns_of
from deliveries.models import Allocation, Manuscript, PrintedList, PrintedRoster, WalkUp
from deliveries.printing.print_orders import print_without_name
from deliveries.printing.since_print import NOBODY
from farms.households import former_name
from farms.models import Farm, Household, StaffMember
from people.letters import FAREWELL, write_letter
from people.models import BouncedAddress, Letter, StoppedLetter, User, WantedLetter
from shares.models import Cancellation, FundWish, GiftOrder, SharedPart, WaitingPlace
from shares.transfers import bank

# What goes with a household nobody acts for any more, by the name it has there. All else that hangs on a household is
# kept without a name: tests/test_my_data.py holds the two lists against the models.
FORGOTTEN = (
    "likings", "exclusions", "calendar_feed", "friend_passes", "late_wishes", "open_price", "saved_card", "bids",
    "waiting_places",
)  # fmt: skip


class StillNeeded(Exception):
    """Something stands in the way of erasing a person, told by `in_the_way`."""


def in_the_way(user: User, *, at: datetime) -> list[str]:
    """What must be settled before a person can be erased, in words: a farm's last owner, food still to come."""
    told = [
        _("You are the only owner of %(farm)s. Invite another owner first.") % {"farm": farm.name}
        for farm in _owned_alone(user)
    ]
    for household in _alone_in(user):
        turns = turns_of(household, seasons=seasons_of(household))
        if any(turn.lies_ahead(at) for turn in turns):
            words = _("You still have a share of %(farm)s to collect. Cancel it, or invite somebody to take over.")
            told.append(words % {"farm": household.farm.name})
    return told


@transaction.atomic
def erase(user: User, *, at: datetime) -> None:
    """Take a person out of Hissa. Raises StillNeeded, having changed nothing."""
    if in_the_way(user, at=at):
        raise StillNeeded
    email, language, name = user.email, user.language, user.name
    alone = _alone_in(user)
    for household in alone:
        _forget(household, at)
    for member in user.memberships.exclude(household__in=alone).select_related("household__farm"):
        leave_household(household=member.household, member=member.pk, at=at)
    shifts.end_all(user=user, at=at)
    user.memberships.all().delete()
    user.staffed.all().delete()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    Letter.objects.filter(to_email__iexact=email).delete()
    StoppedLetter.objects.filter(email__iexact=email).delete()
    _forget_address(email, user.pk)
    user.email, user.name, user.language = _no_address(user.pk), "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()  # every session of theirs ends with it
    user.save()
    write_letter(
        kind=FAREWELL,
        to=email,
        occasion=f"user:{user.pk}",
        template="people/emails/erased",
        context={"name": name},
        language=language or "en",
        at=at,
    )


def _forget(household: Household, at: datetime) -> None:
    for name in FORGOTTEN:
        related = household._meta.get_field(name).related_model
        related._default_manager.filter(household=household).delete()  # type: ignore[union-attr]  # a relation's model
    household.name = former_name(household)
    household.phone = household.note = ""
    household.save(update_fields=["name", "phone", "note"])
    GiftOrder.objects.filter(recipient=household).update(name=NOBODY, email=_no_address(household.pk), message="")
    GiftOrder.objects.filter(order__household=household).update(giver=NOBODY, message="")
    WalkUp.objects.filter(household=household).update(name=NOBODY)
    Cancellation.objects.filter(share__household=household).update(because="")
    _forget_on_lists(household, at)
    bank.forget(household)


def _forget_on_lists(household: Household, at: datetime) -> None:
    """Where it is written down who stood on lists it stays by its number alone. Prints of weeks that are over are torn
    up, and earlier ones of the week in hand; those in force are printed anew without the name."""
    friends: dict[int, set[str]] = defaultdict(set)
    for kept in PrintedRoster.objects.filter(day__site__farm=household.farm).iterator():
        own = [said for said in kept.rows if said[0] == household.pk]
        if own:
            PrintedRoster.objects.filter(pk=kept.pk).update(rows=[_nobody(household, *said) for said in kept.rows])
            friends[kept.allocation_id].update(*(said[3] for said in own))
    runs = Allocation.objects.filter(pk__in=friends)
    in_force = list(runs.filter(in_force_for__days__ends_at__gt=at).distinct())
    others = runs.exclude(pk__in=[run.pk for run in in_force])
    PrintedList.objects.filter(allocation__in=others).delete()
    Manuscript.objects.filter(allocation__in=others).delete()
    for run in in_force:
        print_without_name(run=run, household=household, friends=friends[run.pk], at=at)


def _nobody(household: Household, pk: int, number: int, name: str, friends: list[str], shares: Any) -> list[Any]:
    return [pk, number, *((NOBODY, []) if pk == household.pk else (name, friends)), shares]


def _forget_address(email: str, pk: int) -> None:
    """What bears an address without an account behind it: a place in a queue, a wish to the fund, a holder's part."""
    WaitingPlace.objects.filter(email__iexact=email).delete()
    FundWish.objects.filter(email__iexact=email).delete()
    SharedPart.objects.filter(email__iexact=email).update(name=NOBODY, email=_no_address(pk))
    BouncedAddress.objects.filter(email__iexact=email).delete()
    WantedLetter.objects.filter(email__iexact=email).delete()


def _no_address(pk: int) -> str:
    return f"erased-{pk}@erased.invalid"


def _alone_in(user: User) -> list[Household]:
    """The households in which nobody else acts."""
    own = Household.objects.filter(memberships__user=user).values("pk")
    counted = Household.objects.filter(pk__in=own).annotate(people_left=Count("memberships"))
    return list(counted.filter(people_left=1).select_related("farm"))


def _owned_alone(user: User) -> Iterable[Farm]:
    own = Farm.objects.filter(staff__user=user, staff__role=StaffMember.Role.OWNER).values("pk")
    others = StaffMember.objects.filter(role=StaffMember.Role.OWNER).exclude(user=user).values("farm")
    return list(Farm.objects.filter(pk__in=own).exclude(pk__in=others))
