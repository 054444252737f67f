"""What is written to someone about their own account: codes, and notices that something was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from people.letters import write_letter
from people.models import Letter

STALE = timedelta(minutes=15)  # as long as a code is good (ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


@dataclass(frozen=True)
class Words:
    """A letter's subject, its sentence, and if it leads somewhere, which of allauth's addresses and what it says."""

    subject: Any
    sentence: Any
    link: str = ""
    button: Any = ""
    template: str = "account"


_CODE = "code"
WORDS: Mapping[str, Words] = {
    "login_code": Words(_("Your code to sign in"), _("Type this code on the page that asks for it."), template=_CODE),
    "email_confirmation": Words(
        _("Your code to confirm this address"), _("Type this code on the page that asks for it."), template=_CODE
    ),
    "email_confirmation_signup": Words(
        _("Welcome! Your code to begin"), _("Type this code on the page that asks for it."), template=_CODE
    ),
    "account_already_exists": Words(
        _("You already have an account"),
        _("Someone, probably you, wanted to sign up with this address. It already has an account: just sign in."),
        link="login_url",
        button=_("Sign in"),
    ),
    "unknown_account": Words(
        _("No account with this address yet"),
        _("Someone, probably you, wanted to sign in with this address. It has no account yet."),
        link="signup_url",
        button=_("Make an account"),
    ),
    "password_reset_key": Words(
        _("Choose a new password"),
        _("Someone, probably you, has forgotten the password of this account. Here you choose a new one."),
        link="password_reset_url",
        button=_("Choose a new password"),
    ),
    "email_changed": Words(_("Your e-mail address was changed"), _("Your account now has another e-mail address.")),
    "email_confirm": Words(_("Your e-mail address is confirmed"), _("Your e-mail address is confirmed.")),
    "email_deleted": Words(_("An e-mail address was removed"), _("An e-mail address was removed from your account.")),
    "password_changed": Words(_("Your password was changed"), _("Your password was changed.")),
    "password_reset": Words(_("Your password was changed"), _("You chose a new password in place of a forgotten one.")),
    "password_set": Words(_("A password was set"), _("From now on you can also sign in with a password.")),
    "totp_activated": Words(
        _("Codes from an app are on"), _("Signing in now also asks for a code from your authenticator app.")
    ),
    "totp_deactivated": Words(
        _("Codes from an app are off"), _("Signing in no longer asks for a code from an authenticator app.")
    ),
    "recovery_codes_generated": Words(
        _("New recovery codes"), _("New recovery codes were made. The old ones no longer work.")
    ),
    "webauthn_added": Words(_("A passkey was added"), _("A passkey or security key was added to your account.")),
    "webauthn_removed": Words(_("A passkey was removed"), _("A passkey or security key was removed.")),
}


def write_account_letter(
    *, kind: str, email: str, context: Mapping[str, Any], language: str, at: datetime
) -> Letter | None:
    """Write one of WORDS. Each is an occasion of its own; a code that came too late to be typed is not sent."""
    words = WORDS[kind]
    facts = {
        "words": words,
        "code": context.get("code", ""),
        "url": context.get(words.link, "") if words.link else "",
        "changed_at": context.get("timestamp"),
        "ip": context.get("ip", ""),
        "user_agent": context.get("user_agent", ""),
    }
    return write_letter(
        kind=kind,
        to=email,
        occasion=uuid4().hex,
        template=f"people/emails/{words.template}",
        context=facts,
        language=language,
        at=at,
        stale_at=at + STALE if words.template == _CODE else None,
    )
