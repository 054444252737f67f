"""The doors of the farms app: each returns the farm this person may touch, or raises 404."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F
from django.http import Http404, HttpRequest

from farms.models import Farm, Household, StaffMember
from people.models import User
from people.second_factor import must_have_second_factor

OWNER, PACKER = StaffMember.Role.OWNER, StaffMember.Role.PACKER


def signed_in(request: HttpRequest) -> User:
    """Whoever is signed in. 404 for nobody: views ask for a sign-in first."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def public_farm(slug: str) -> Farm:
    """A farm that has opened a season for sale. Anyone."""
    farm = Farm.objects.published().filter(slug=slug).first()
    if farm is None:
        raise Http404
    return farm


def staff_farm(request: HttpRequest, slug: str, *roles: str) -> Farm:
    """The farm at which the signed-in person has one of these roles; an owner by default.

    It bears the person's role (`staff_role`), so that the desk shows them no way that is shut to them. Raises
    SecondFactorWanted for an owner without one, where the installation wants it.
    """
    mine = Farm.objects.filter(slug=slug, staff__user=request.user.pk, staff__role__in=roles or (OWNER,))
    farm = mine.annotate(staff_role=F("staff__role")).first()
    if farm is None:
        raise Http404
    if settings.OWNERS_NEED_SECOND_FACTOR and farm.staff.filter(user=request.user.pk, role=OWNER).exists():
        must_have_second_factor(request.user)
    return farm


def my_households(request: HttpRequest) -> list[Household]:
    """The households the signed-in person acts for, the newest first."""
    mine = Household.objects.filter(memberships__user=request.user.pk)
    return list(mine.select_related("farm").order_by("-since", "-pk"))


def my_household(request: HttpRequest) -> Household:
    """The household the page is about: that of `?farm=slug`, else the newest. 404 when there is none."""
    slug = request.GET.get("farm", "")
    for household in my_households(request):
        if slug in ("", household.farm.slug):
            return household
    raise Http404
