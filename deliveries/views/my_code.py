"""What a household shows at the pickup: its name, its number, its code. It opens without a network."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import get_language_bidi
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries.checking_in.host_links import household_code
from deliveries.permissions import households_of_page


@login_required
@never_cache
@require_safe
def my_code(request: HttpRequest) -> HttpResponse:
    """The household's number, three digits at least, to be said or scanned."""
    household, mine = households_of_page(request)
    page: dict[str, Any] = {"household": household, "households": mine, "farm": household.farm if household else None}
    if household:
        page["number"], page["code"] = household_code(household)
    answer = render(request, "deliveries/my_code.html", page)
    answer["X-My-Code"] = "1"  # the service worker keeps this page, and forgets it when somebody else has to sign in
    return answer


@never_cache
@require_safe
def my_code_worker(request: HttpRequest) -> HttpResponse:
    """The service worker that keeps the page on the phone. It tells nothing but the names of files."""
    letters = "readex-pro-arabic" if get_language_bidi() else "bricolage-grotesque"
    files = ("app.css", "app.js", "my_code.js", "icons.svg", f"fonts/{letters}.woff2")
    shell = {"shell": [static(file) for file in files]}
    return render(request, "deliveries/my_code_worker.js", shell, content_type="text/javascript")
