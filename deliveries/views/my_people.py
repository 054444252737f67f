"""A household says who it is at the pickup, and who may act for it."""

from __future__ import annotations

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries.changing.farewells import leave_household
from farms.forms_household import HouseholdForm, PersonForm
from farms.household_people import AlreadyOneOfThem, InvitedTooMany, LastPerson, TooMany, invite_person
from farms.models import Household
from farms.permissions import my_household, signed_in
from people import clock
from people.poke import poke
from people.tasks import post_due_letters


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_people(request: HttpRequest) -> HttpResponse:
    """The household's name, phone and note for the pickup, and the people who may act for it."""
    household = my_household(request)
    act = request.POST.get("act", "facts") if request.method == "POST" else ""
    facts = HouseholdForm(request.POST if act == "facts" else None, instance=household)
    asked = PersonForm(request.POST if act == "invite" else None)
    if act == "remove":
        return redirect(request.get_full_path() if _removed(request, household) else "home_of_person")
    if act == "facts" and facts.is_valid():
        facts.instance.save(update_fields=facts.changed_data)
        messages.success(request, _("Saved."))
        return redirect(request.get_full_path())
    if act == "invite" and asked.is_valid() and _invited(request, household, asked):
        return redirect(request.get_full_path())
    page = {
        "household": Household.objects.get(pk=household.pk),  # an invalid form has put its words on the instance
        "farm": household.farm,
        "facts": facts,
        "asked": asked,
        "members": list(household.memberships.select_related("user").order_by("since", "pk")),
        "has_errors": bool(facts.errors or asked.errors),
    }
    return render(request, "deliveries/my_people.html", page)


def _invited(request: HttpRequest, household: Household, form: PersonForm) -> bool:
    email = form.cleaned_data["email"]
    try:
        invite_person(household=household, email=email, by=signed_in(request), at=clock.now())
    except AlreadyOneOfThem:
        form.add_error("email", _("This person acts for your household already."))
        return False
    except TooMany:
        form.add_error("email", _("A household has room for twelve people. Remove one first."))
        return False
    except InvitedTooMany:
        form.add_error("email", _("That were many invitations for one day. Invite more tomorrow."))
        return False
    messages.success(request, _("Invited. A letter is on its way to %(email)s.") % {"email": email})
    poke(post_due_letters)
    return True


def _removed(request: HttpRequest, household: Household) -> bool:
    """End somebody's part. False when the person at the page has left the household themselves."""
    typed = request.POST.get("member", "")
    number = int(typed) if re.fullmatch(r"[0-9]{1,18}", typed) else 0
    own = household.memberships.filter(pk=number, user=signed_in(request)).exists()
    try:
        if leave_household(household=household, member=number, at=clock.now()):
            said = _("You have left the household.") if own else _("Removed. Their way in is closed.")
            messages.success(request, said)
            poke(post_due_letters)
            return not own
    except LastPerson:
        messages.error(request, _("A household keeps at least one person. Invite another one first."))
    return True
