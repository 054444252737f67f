"""A person's own data: take it along, or have it taken away."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from csa.my_data.erase import StillNeeded, erase, in_the_way
from csa.my_data.export import export
from deliveries.tasks import set_prints
from farms.permissions import signed_in
from people import clock
from people.fresh import freshly_signed_in
from people.poke import poke


@login_required
@never_cache
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """What may be done with what Hissa knows of somebody."""
    return render(request, "csa/my_data.html", {"in_the_way": in_the_way(signed_in(request), at=clock.now())})


@login_required
@freshly_signed_in
@never_cache
@require_safe
def my_export(request: HttpRequest) -> HttpResponse:
    """All of it as one file."""
    answer = HttpResponse(export(signed_in(request), at=clock.now()), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return answer


@login_required
@freshly_signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_end(request: HttpRequest) -> HttpResponse:
    """The account's end: what it means, and the button."""
    user = signed_in(request)
    if request.method == "POST":
        try:
            erase(user, at=clock.now())
        except StillNeeded:
            return redirect("my_data")
        poke(set_prints)  # lists that bore a name that is gone
        logout(request)
        messages.success(request, _("Your account is gone. Thank you for having been here."))
        return redirect("home")
    if in_the_way(user, at=clock.now()):
        return redirect("my_data")
    return render(request, "csa/my_end.html")
