"""A fresh sign-in: asked for before money goes back, data leaves, bank details change or an account ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows, suspend_request
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from people.models import User

FRESH = timedelta(minutes=15)
View = Callable[..., HttpResponseBase]


def is_fresh(request: HttpRequest) -> bool:
    """Whether somebody has shown who they are in these last minutes: by a code, a passkey or a password."""
    if not isinstance(request.user, User):
        return False
    shown = [float(record["at"]) for record in get_authentication_records(request, request.user) if "at" in record]
    return bool(shown) and 0 <= time.time() - max(shown) < FRESH.total_seconds()


def freshly_signed_in(view: View) -> View:
    """Let a view be reached only after a fresh sign-in. Stands below login_required.

    What was being sent waits meanwhile and is done afterwards; who signs in by code alone begins at the page again.
    """

    @wraps(view)
    def fresh(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        has_another_way = isinstance(request.user, User) and get_reauthentication_flows(request.user)
        answer: HttpResponseBase = suspend_request(
            request, reverse("account_reauthenticate" if has_another_way else "sign_in_again")
        )
        return answer

    return fresh
