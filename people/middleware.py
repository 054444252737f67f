"""What happens to every request before a view sees it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import add_never_cache_headers

Answer = Callable[[HttpRequest], HttpResponse]


def refuse_unreadable(answer: Answer) -> Answer:
    """Refuse an address with a NUL in it: PostgreSQL cannot hold one, and no person types one."""

    def refuse(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        return answer(request)

    return refuse


def keep_private(answer: Answer) -> Answer:
    """What someone signed in sees is theirs: whoever sits down at that browser next finds no copy of it."""

    def keep(request: HttpRequest) -> HttpResponse:
        shown = answer(request)
        if request.user.is_authenticated and not shown.has_header("Cache-Control"):
            add_never_cache_headers(shown)
        return shown

    return keep


def speak_their_language(answer: Answer) -> Answer:
    """Someone signed in reads Hissa in the language they chose, whatever browser they borrow."""

    def speak(request: HttpRequest) -> HttpResponse:
        if request.path == "/health":  # asked by machines, also while the database is away
            return answer(request)
        user = request.user
        chosen_here = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if user.is_authenticated and user.language and not chosen_here:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        return answer(request)

    return speak
