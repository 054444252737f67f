"""The link in every letter of choice: stop letters of its kind, or take that back."""

from __future__ import annotations

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from people import clock, letter_links, stopped


@csrf_exempt  # mail programs post here by themselves (RFC 8058); whoever holds the signed address may
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def letter_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, since mail scanners follow links; POST stops the letters, or with `resume` writes them again."""
    try:
        kind, email = letter_links.read_token(token)
    except (BadSignature, ValueError):
        raise Http404 from None
    if request.method == "POST":
        if "resume" in request.POST:
            stopped.resume(kind=kind, email=email)
        else:
            stopped.stop(kind=kind, email=email, at=clock.now())
        return redirect("letter_link", token=token)
    facts = {
        "token": token,
        "what": stopped.name_of(kind),
        "email": email,
        "is_stopped": kind in stopped.stopped_kinds(email),
    }
    return render(request, "people/letter_link.html", facts)
