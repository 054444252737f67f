"""What a person decides about their own account."""

from __future__ import annotations

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import check_for_language
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from people import clock, stopped
from people.forms import SettingsForm
from people.models import User


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_settings(request: HttpRequest) -> HttpResponse:
    """Name, language, letters of choice; and the ways to e-mail address, password, passkeys and codes."""
    user = get_object_or_404(User, pk=request.user.pk or 0)
    form = SettingsForm(request.POST or None, user=user, unwanted=stopped.unwanted_kinds(user.email))
    if request.method == "POST" and form.is_valid():
        form.save(at=clock.now())
        answer = redirect("my_settings")
        _remember(answer, form.cleaned_data["language"])
        return answer
    return render(request, "people/my_settings.html", {"form": form})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Who signs in by code alone shows again that it is them: out, and in by a fresh code, back to where they were."""
    there = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(there, allowed_hosts=None):
        there = reverse("my_settings")
    user = get_object_or_404(User, pk=request.user.pk or 0)
    if request.method == "POST":
        logout(request)
        LoginCodeVerificationProcess.initiate(request=request, user=user, email=user.email)
        return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': there})}")
    return render(request, "people/sign_in_again.html", {"email": user.email, "there": there})


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Read Hissa in this language from now on; someone signed in also gets their letters in it."""
    answer = i18n.set_language(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES) and check_for_language(language):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return answer


def _remember(answer: HttpResponse, language: str) -> None:
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
