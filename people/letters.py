"""The outbox: what is written to people stands in the same transaction as what it tells of, then leaves by sweep.

write_letter and write_letters store Letters; people.post sends them. A letter is unique per kind, recipient and
occasion, so that whatever runs twice writes once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db.models import Q
from django.template import TemplateDoesNotExist
from django.template.context import make_context
from django.template.loader import get_template
from django.utils import translation

from people.bounces import bounced_among
from people.letter_links import stop_url
from people.models import BouncedAddress, Letter, StoppedLetter, User

BATCH = 500
A_DAY = timedelta(hours=20)  # a sweep at the same time tomorrow comes a little early
FAREWELL = "erased"  # the last letter to somebody who took their account away
KEPT = timedelta(days=30)  # how long the words of a letter are kept once it left, for a reader who asks what it said


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A letter before it is written. `template` is its place without ending ("shares/emails/receipt"): there stand
    `<template>.subject.txt`, `<template>.txt` and, if it has one, `<template>.html`. `language` is the reader's.
    """

    kind: str
    to: User | str
    occasion: str
    template: str
    context: Mapping[str, Any]
    language: str
    at: datetime
    due_at: datetime | None = None
    stale_at: datetime | None = None
    from_name: str = ""
    reply_to: str = ""
    may_stop: bool = False

    @cached_property
    def to_email(self) -> str:
        return (self.to if isinstance(self.to, str) else self.to.email).strip().lower()

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.to_email, self.occasion


def write_letter(
    *,
    kind: str,
    to: User | str,
    occasion: str,
    template: str,
    context: Mapping[str, Any],
    language: str,
    at: datetime,
    due_at: datetime | None = None,
    stale_at: datetime | None = None,
    from_name: str = "",
    reply_to: str = "",
    may_stop: bool = False,
) -> Letter | None:
    """Write one letter into the caller's transaction; it leaves from `due_at` on (now, if not said).

    None when it was written before, or when this reader wants no more letters of its kind (`may_stop`).
    After `stale_at` it is no longer worth sending. `from_name` is the farm's name, beside our own address.
    """
    draft = Draft(
        kind=kind,
        to=to,
        occasion=occasion,
        template=template,
        context=context,
        language=language,
        at=at,
        due_at=due_at,
        stale_at=stale_at,
        from_name=from_name,
        reply_to=reply_to,
        may_stop=may_stop,
    )
    written = write_letters([draft])
    return written[0] if written else None


def write_letters(drafts: Iterable[Draft]) -> list[Letter]:
    """Write many; the ones written now come back. Three to four queries for every 500, however many rows stand."""
    written: list[Letter] = []
    rest = iter(drafts)
    while batch := list(islice(rest, BATCH)):
        written += _write_batch(batch)
    return written


def forget_letters(*, at: datetime) -> int:
    """Blank the words of letters that left, or were given up, long ago; how many. That each was written stays known,
    so that none is written twice. Of who took their account away not even that: the farewell goes once it left."""
    _forget_who_went()
    long_ago = at - KEPT
    over = Letter.objects.filter(Q(sent_at__lte=long_ago) | Q(given_up_at__lte=long_ago))
    return over.exclude(text="", html="").update(text="", html="")


def _forget_who_went() -> None:
    """The address of somebody who is gone stood in the letter that told them so, and where it came back."""
    left = Letter.objects.filter(kind=FAREWELL).exclude(sent_at=None, given_up_at=None)
    gone = set(left.values_list("to_email", flat=True))
    if gone:
        back_again = User.objects.filter(email__in=gone).values("email")
        BouncedAddress.objects.filter(email__in=gone).exclude(email__in=back_again).delete()
        left.delete()


def page_url(path: str) -> str:
    """The whole address of one of our pages, for a letter: `path` as reverse() gives it."""
    return f"{settings.SITE_URL}{path}"


def _write_batch(batch: list[Draft]) -> list[Letter]:
    wanted = {draft.key: draft for draft in batch}
    for key in _written_before(wanted) | _stopped(wanted) | _enough_for_today(wanted):
        wanted.pop(key, None)
    letters = [_render(draft) for draft in wanted.values()]
    if not letters:
        return []
    # Another writer may have been first since we looked: ours then is simply not stored, and no error either,
    # which on PostgreSQL would spoil the caller's transaction.
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
    return list(Letter.objects.filter(message_id__in=[letter.message_id for letter in letters]).order_by("pk"))


def _written_before(wanted: Mapping[tuple[str, str, str], Draft]) -> set[tuple[str, str, str]]:
    kinds, addresses, occasions = (set(part) for part in zip(*wanted, strict=True))
    there = Letter.objects.filter(kind__in=kinds, to_email__in=addresses, occasion__in=occasions)
    return set(there.values_list("kind", "to_email", "occasion")) & set(wanted)


def _stopped(wanted: Mapping[tuple[str, str, str], Draft]) -> set[tuple[str, str, str]]:
    of_choice = [draft for draft in wanted.values() if draft.may_stop]
    if not of_choice:
        return set()
    addresses = {draft.to_email for draft in of_choice}
    rows = StoppedLetter.objects.filter(kind__in={draft.kind for draft in of_choice}, email__in=addresses)
    stopped, bounced = set(rows.values_list("kind", "email")), bounced_among(addresses)
    return {draft.key for draft in of_choice if (draft.kind, draft.to_email) in stopped or draft.to_email in bounced}


def _enough_for_today(wanted: Mapping[tuple[str, str, str], Draft]) -> set[tuple[str, str, str]]:
    """Letters that a sweep writes by itself and that can wait (settings.CAN_WAIT): not to whom an automatic letter of
    choice was written within a day. They are not written now; their sweep comes again, and writes them when a day has
    passed, or not at all once they are out of date."""
    waiting = [draft for draft in wanted.values() if draft.kind in settings.CAN_WAIT]
    if not waiting:
        return set()
    since = min(draft.at for draft in waiting) - A_DAY
    rows = Letter.objects.filter(
        kind__in=settings.AUTOMATIC_LETTERS, to_email__in={draft.to_email for draft in waiting}, written_at__gt=since
    )
    had_one = set(rows.values_list("to_email", flat=True))
    held = set()
    for draft in waiting:  # of two in one batch the first is written
        if draft.to_email in had_one:
            held.add(draft.key)
        had_one.add(draft.to_email)
    return held


def _render(draft: Draft) -> Letter:
    language = draft.language or settings.LANGUAGE_CODE
    subject, text, html = _words(draft, language)
    return Letter(
        kind=draft.kind,
        to_email=draft.to_email,
        occasion=draft.occasion,
        language=language,
        from_name=_one_line(draft.from_name)[:120],
        reply_to=draft.reply_to,
        subject=subject,
        text=text,
        html=html,
        may_stop=draft.may_stop,
        message_id=f"<{uuid4().hex}@{urlsplit(settings.SITE_URL).hostname}>",
        written_at=draft.at,
        due_at=draft.due_at or draft.at,
        stale_at=draft.stale_at,
    )


def _words(draft: Draft, language: str) -> tuple[str, str, str]:
    """Subject, text and HTML in the reader's language. Plain text is not escaped: O'Brien stays O'Brien."""
    with translation.override(language):
        facts = {
            "site_url": settings.SITE_URL,
            "language": language,
            "dir": "rtl" if translation.get_language_bidi() else "ltr",
            "from_name": draft.from_name or "Hissa",
            "may_stop": draft.may_stop,
            "stop_url": stop_url(draft.kind, draft.to_email) if draft.may_stop else "",
            **draft.context,
        }
        subject = _one_line(_fill(f"{draft.template}.subject.txt", facts, escaped=False))[:250]
        facts["subject"] = subject
        text = _fill(f"{draft.template}.txt", facts, escaped=False).strip() + "\n"
        try:
            html = _fill(f"{draft.template}.html", facts, escaped=True).strip()
        except TemplateDoesNotExist as missing:
            if str(missing) != f"{draft.template}.html":
                raise
            html = ""
    return subject, text, html


def _fill(name: str, facts: dict[str, Any], *, escaped: bool) -> str:
    template: Any = get_template(name)
    filled: str = template.template.render(make_context(dict(facts), autoescape=escaped))
    return filled.replace("\x00", "")


def _one_line(text: str) -> str:
    return " ".join(text.split())
