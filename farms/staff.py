"""Who works at a farm: inviting by e-mail, and letting go at once."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.http import urlencode

from farms.models import Farm, PickupSite, StaffMember
from people.letters import write_letter
from people.models import User


class AlreadyStaff(Exception):
    """This person has a role at the farm."""


class LastOwner(Exception):
    """A farm keeps at least one owner."""


@transaction.atomic
def invite(*, farm: Farm, email: str, role: str, site: PickupSite | None, by: User, at: datetime) -> StaffMember:
    """Give the person of this address a role, and tell them how to sign in. They need no account before.

    A host needs a site of the farm, others have none. Raises AlreadyStaff.
    """
    user = User.objects.filter(email__iexact=email.strip()).first() or User.objects.create_newcomer(
        email, language=farm.language
    )
    its_site = site if role == StaffMember.Role.HOST else None
    member, is_new = StaffMember.objects.get_or_create(
        farm=farm, user=user, defaults={"role": role, "site": its_site, "since": at}
    )
    if not is_new:
        raise AlreadyStaff
    write_letter(
        kind="invitation",
        to=user,
        occasion=f"staff:{member.pk}",
        template="farms/emails/invitation",
        context={"farm": farm, "member": member, "by": by, "link": _way_in(farm, member)},
        language=user.language or farm.language,
        at=at,
        from_name=farm.name,
        reply_to=farm.email,
    )
    return member


@transaction.atomic
def let_go(*, farm: Farm, member: int) -> bool:
    """End a role; doors close on the next request. False when it had ended already. Raises LastOwner."""
    owners = list(farm.staff.select_for_update().filter(role=StaffMember.Role.OWNER).values_list("pk", flat=True))
    if owners == [member]:
        raise LastOwner
    return bool(farm.staff.filter(pk=member).delete()[0])


def _way_in(farm: Farm, member: StaffMember) -> str:
    """The sign-in page, which leads on to where this person works."""
    there = reverse("home_of_person") if member.role == StaffMember.Role.HOST else f"/f/{farm.slug}/desk/"
    return f"{settings.SITE_URL}{reverse('account_login')}?{urlencode({'next': there})}"
