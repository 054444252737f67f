"""The post: letters that are due leave, each once, whatever breaks in between.

Before a letter is handed over it is leased by a conditional UPDATE, so that two sweeps never send one letter; after,
it is marked sent. Killed between the two, the lease lapses and the letter leaves again with the same Message-ID:
at most one extra copy per crash, none lost. (Exactly once over SMTP does not exist.)
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F

from people.bounces import come_back
from people.letter_links import stop_url
from people.models import Letter

log = logging.getLogger("hissa.post")

LEASE = timedelta(minutes=5)  # far longer than one letter takes (EMAIL_TIMEOUT bounds every step of SMTP)
ROUND = timedelta(seconds=150)  # a sweep ends before Celery would end it
LOOK = 50  # letters looked up at once; then whoever came meanwhile may go first
ATTEMPTS = 19  # at the pauses of `_pause` these last two days
MISSES = 3  # that many failures in a row are the mail server's, not the letters'


def post_due_letters(*, at: datetime) -> int:
    """Send every letter due at this moment; how many left. Harmless twice, and side by side."""
    started = monotonic()

    def moment() -> datetime:
        return at + timedelta(seconds=monotonic() - started)

    _drop_stale(at)
    if not Letter.objects.due(at).exists():
        return 0
    connection = get_connection()
    try:
        connection.open()
    except Exception as error:  # no server to talk to: nothing was tried, everything stays due
        log.warning("the mail server cannot be reached: %s", type(error).__name__)
        return 0
    try:
        return _post_round(connection, moment, until=at + ROUND)
    finally:
        connection.close()


def _post_round(connection: Any, moment: Callable[[], datetime], *, until: datetime) -> int:
    sent = misses = 0
    while moment() < until and misses < MISSES:
        waiting = _next(moment())
        if not waiting:
            break
        for pk in waiting:
            if moment() >= until or misses >= MISSES:
                break
            letter = _lease(pk, moment())
            if letter is None:
                continue
            if _send(connection, letter, moment):
                sent, misses = sent + 1, 0
            else:
                misses = misses + 1 if _reopen(connection) else MISSES
    return sent


def _next(at: datetime) -> list[int]:
    """Who is served first: what must be written before what one may stop, then what goes stale soonest. So a code
    to sign in never waits behind ten thousand reminders."""
    order = ("may_stop", F("stale_at").asc(nulls_last=True), "due_at", "pk")
    return list(Letter.objects.due(at).order_by(*order).values_list("pk", flat=True)[:LOOK])


def _lease(pk: int, at: datetime) -> Letter | None:
    """Take this letter for a while; None when another sweep was first."""
    if not Letter.objects.due(at).filter(pk=pk).update(leased_until=at + LEASE, attempts=F("attempts") + 1):
        return None
    return Letter.objects.get(pk=pk)


def _send(connection: Any, letter: Letter, moment: Callable[[], datetime]) -> bool:
    """Hand the letter over and mark it; False when it was not taken."""
    try:
        connection.send_messages([_message(letter, connection)])
    except Exception as error:  # whatever the server or the letter did: note it, go on with the others
        _put_back(letter, error, moment())
        return False
    Letter.objects.filter(pk=letter.pk).update(sent_at=moment(), leased_until=None, last_error="")
    return True


def _message(letter: Letter, connection: Any) -> EmailMultiAlternatives:
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    headers = {
        "Message-ID": letter.message_id,
        "Content-Language": letter.language,
        "Auto-Submitted": "auto-generated",
    }
    if letter.may_stop:
        headers["List-Unsubscribe"] = f"<{stop_url(letter.kind, letter.to_email)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((letter.from_name or "Hissa", address)),
        to=[letter.to_email],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers=headers,
        connection=connection,
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message


def _put_back(letter: Letter, error: Exception, at: datetime) -> None:
    """Try again after a pause, or give up: at once when it is refused for good, else after two days."""
    facts: dict[str, Any] = {"leased_until": None, "last_error": f"{type(error).__name__}: {error}"[:250]}
    facts["last_error"] = facts["last_error"].replace("\x00", "")
    if _refused_for_good(error) or letter.attempts >= ATTEMPTS:
        facts["given_up_at"] = at
        if isinstance(error, SMTPRecipientsRefused):
            come_back(email=letter.to_email, because=facts["last_error"], at=at)
    else:
        facts["due_at"] = at + _pause(letter.attempts)
    Letter.objects.filter(pk=letter.pk).update(**facts)
    log.warning(
        "letter %s %s: %s", letter.pk, "given up" if "given_up_at" in facts else "put back", type(error).__name__
    )


def _pause(attempts: int) -> timedelta:
    """1, 2, 4 … minutes, then every four hours."""
    return timedelta(minutes=min(2 ** (attempts - 1), 240))


def _refused_for_good(error: Exception) -> bool:
    """Whether the server said that this letter will never be taken (5xx), rather than not now (4xx)."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    if isinstance(error, SMTPSenderRefused):
        return False  # our own address is set wrong: the letters can wait for the operator
    return isinstance(error, SMTPResponseException) and error.smtp_code >= 500


def _reopen(connection: Any) -> bool:
    """After a failure a connection may be half-way through: begin a new one."""
    try:
        connection.close()
        connection.open()
    except (SMTPException, OSError):
        return False
    return True


def _drop_stale(at: datetime) -> None:
    """Yesterday's reminder is not worth sending: give it up, and say so."""
    stale = list(Letter.objects.due(at).filter(stale_at__lte=at).values_list("pk", flat=True)[:5000])
    if stale:
        dropped = Letter.objects.due(at).filter(pk__in=stale).update(given_up_at=at, last_error="stale")
        log.warning("%s letters were stale and dropped, the first is %s", dropped, stale[0])
