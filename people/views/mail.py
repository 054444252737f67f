"""In development: the mails that landed in the mail folder, to read as their reader would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from csp.constants import SELF, UNSAFE_INLINE
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{6}-[0-9]+-[0-9]+")


@dataclass(frozen=True)
class Mail:
    """A mail as it landed: `name` is its file's, without ending."""

    name: str
    message: EmailMessage

    @property
    def landed_at(self) -> datetime:
        return datetime.strptime(self.name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def sender(self) -> str:
        return str(self.message["From"])

    @property
    def stop_url(self) -> str:
        return str(self.message["List-Unsubscribe"] or "").strip("<>")

    def part(self, kind: str) -> str:
        """The text ("plain") or page ("html") of the mail; empty when it has none."""
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""

    @property
    def text(self) -> str:
        return self.part("plain")

    @property
    def html(self) -> str:
        return self.part("html")

    @property
    def page(self) -> str:
        """The page for the frame: its links open in a tab of their own, since ours refuse to be framed."""
        return self.html.replace("<head>", '<head><base target="_blank">', 1)


@never_cache
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """The newest first; `?to=` finds those of one reader."""
    _only_in_development()
    sought = request.GET.get("to", "").strip()[:254]
    mails = [_read(path) for path in sorted(Path(settings.MAIL_FOLDER).glob("*.eml"), reverse=True)[:2000]]
    if sought:
        mails = [one for one in mails if sought.lower() in one.to.lower()]
    page = Paginator(mails, 50).get_page(request.GET.get("page"))
    return render(request, "people/mail.html", {"page": page, "sought": sought})


@never_cache
@require_safe
def mail_letter(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: what its reader sees, in a frame that may run nothing, and its plain text."""
    _only_in_development()
    path = Path(settings.MAIL_FOLDER) / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.exists():
        raise Http404
    answer = render(request, "people/mail_letter.html", {"mail": _read(path)})
    # Mails are styled inline, and the frame they are shown in inherits this page's policy. It runs no script.
    answer._csp_update = {"style-src": [SELF, UNSAFE_INLINE]}  # type: ignore[attr-defined]  # django-csp's own handle
    return answer


def _only_in_development() -> None:
    if not settings.SHOWS_MAIL:
        raise Http404


def _read(path: Path) -> Mail:
    return Mail(path.stem, message_from_bytes(path.read_bytes(), policy=policy.default))
