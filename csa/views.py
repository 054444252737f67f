"""The front door, and what machines ask."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from celery_app import app as celery
from farms.models import StaffMember
from people import clock
from people.models import Letter
from people.styleguide import specimens
from shares.models import BooksCheck


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Hissa is; find a farm, or start a season."""
    return render(request, "home.html")


@login_required
@require_safe
def home_of_person(request: HttpRequest) -> HttpResponse:
    """Where someone lands after signing in: their farm's desk, else their shares."""
    staffed = StaffMember.objects.filter(user=request.user.pk).exclude(role="host").select_related("farm").first()
    if staffed:
        return redirect("desk", farm=staffed.farm.slug)
    return redirect("my")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in all its states."""
    return render(request, "styleguide.html", specimens())


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Whether people are served: the database answers, the broker answers, letters leave. 503 when not."""
    facts: dict[str, Any] = {"version": settings.VERSION, "database": "ok", "broker": _broker()}
    try:
        facts["oldest_due_letter_seconds"] = _oldest_due_letter()
        facts["books"] = _books()
    except DatabaseError:
        facts["database"] = "broken"
        facts["oldest_due_letter_seconds"] = None
    late = (facts["oldest_due_letter_seconds"] or 0) > 1800
    well = facts["database"] == "ok" and facts["broker"] in ("ok", "none") and not late
    return JsonResponse({"ok": well, **facts}, status=200 if well else 503)


def _broker() -> str:
    if not settings.REDIS_URL:
        return "none"
    try:
        with celery.connection_for_read(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception:  # whatever kombu raises, the answer is the same
        return "broken"
    return "ok"


def _oldest_due_letter() -> int:
    """Age in seconds of the oldest letter that should have left by now; 0 when none waits."""
    connection.ensure_connection()
    at = clock.now()
    oldest = Letter.objects.waiting().filter(due_at__lte=at).order_by("due_at").values_list("due_at", flat=True).first()
    return int((at - oldest).total_seconds()) if oldest else 0


def _books() -> dict[str, int | None]:
    """How old the oldest of the farms' last looks at their books is, and how many differences all of them found."""
    looks = BooksCheck.objects.filter(kind=BooksCheck.Kind.BOOKS).values_list("finished_at", "found")
    done = [(finished, len(found)) for finished, found in looks if finished]
    age = int((clock.now() - min(finished for finished, _number in done)).total_seconds()) if done else None
    return {"age_seconds": age, "differences": sum(number for _finished, number in done)}


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose session has ended: say so, and lead back to it."""
    return render(request, "403_csrf.html", status=403)
