"""The farmer answers what households ask for after the deadline."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries.changing import late
from deliveries.changing.cases import ChangeRefused
from deliveries.forms.change import AnswerForm
from farms.permissions import signed_in, staff_farm
from people import clock
from people.poke import poke
from people.tasks import post_due_letters


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk_wishes(request: HttpRequest, farm: str) -> HttpResponse:
    """Every open wish with yes and no, and the last answers."""
    place = staff_farm(request, farm)
    at = clock.now()
    wishes = late.open_wishes(place)
    forms = {wish.pk: AnswerForm(number=wish.pk) for wish in wishes}
    if request.method == "POST":
        wish = next((wish for wish in wishes if str(wish.pk) == request.POST.get("wish")), None)
        action = request.POST.get("action")
        if action not in ("accept", "decline"):
            raise BadRequest("no such answer")
        if wish is None:
            messages.error(request, _("This was answered, or taken back, a moment ago."))
            return redirect("desk_wishes", farm=place.slug)
        form = forms[wish.pk] = AnswerForm(request.POST, number=wish.pk)
        if form.is_valid():
            verb = late.accept if action == "accept" else late.decline
            try:
                verb(wish=wish, answer=form.cleaned_data["answer"], by=signed_in(request), at=at)
            except ChangeRefused as refused:
                messages.error(request, str(refused))
            else:
                said = _("Done, and they are told.") if action == "accept" else _("Declined, and they are told.")
                messages.success(request, said)
                poke(post_due_letters)
            return redirect("desk_wishes", farm=place.slug)
    context = {
        "farm": place,
        "rows": [(wish, forms[wish.pk], wish.day.ends_at <= at) for wish in wishes],
        "answered": late.answered_wishes(place),
        "has_errors": any(form.errors for form in forms.values()),
    }
    return render(request, "deliveries/desk_wishes.html", context)
