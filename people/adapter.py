"""How allauth behaves in this house."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from people import clock, stopped
from people.account_letters import write_account_letter
from people.models import User
from people.names import HIDDEN
from people.poke import poke
from people.tasks import post_due_letters


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Codes and notices leave as Letters, like everything else that is written to people."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _("That is not the code. Look at the newest letter."),
        "email_password_mismatch": _("That address and password do not go together."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
        "rate_limited": _("Too many tries. Wait a few minutes, then try again."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """`template_prefix` is allauth's name of the letter, like "account/email/login_code"."""
        write_account_letter(
            kind=template_prefix.rpartition("/")[2],
            email=email,
            context={"login_url": self.request.build_absolute_uri(reverse("account_login")), **context},
            language=translation.get_language() or "",
            at=clock.now(),
        )
        poke(post_due_letters)

    def clean_email(self, email: str) -> str:
        """One address, as mail servers take it: `"a@b.c, e@x.y"` would be two."""
        if HIDDEN.search(email) or any(sign in email for sign in ' ",;<>()[]\\\t') or email.count("@") != 1:
            raise ValidationError(_("Write one e-mail address, like name@example.org."), code="invalid")
        return email.lower()

    def new_user(self, request: HttpRequest) -> User:
        """Someone who signs up reads Hissa, and our letters, in the language of the page they signed up on."""
        return User(language=translation.get_language() or "")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Who has a passkey shows with it that it is them: quicker than any code."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return sorted(methods, key=lambda method: "webauthn" not in method["url"])

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """A new address takes along which letters its owner wants no more of."""
        before = User.objects.filter(pk=email_address.user_id).values_list("email", flat=True).first()
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed and before and before != email_address.email:
            for kind in stopped.stopped_kinds(before):
                stopped.stop(kind=kind, email=email_address.email, at=clock.now())
        return confirmed
