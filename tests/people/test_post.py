"""The post: due letters leave once, whatever breaks in between."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from django.db import connections

from people import post, stopped
from people.letters import write_letter
from people.models import Letter
from tests.factories import NOW
from tests.services.plugin import database_url

pytestmark = pytest.mark.django_db


def write(n: int = 1, **facts) -> list[Letter]:
    facts = {
        "kind": "hello",
        "occasion": "1",
        "language": "en",
        "subject": "Hello",
        "text": "Hello.",
        "html": "<p>Hello.</p>",
        "written_at": NOW,
        "due_at": NOW,
    } | facts
    return [
        Letter.objects.create(to_email=f"r{i}@example.org", message_id=f"<{i}.{facts['occasion']}@x>", **facts)
        for i in range(n)
    ]


class Server(BaseEmailBackend):
    """A mail server that takes letters, or answers as `says` says: an exception per address, or one to open with."""

    took: list = []
    says: dict = {}
    closed: str | None = None
    opened = 0

    def open(self):
        if Server.closed:
            raise ConnectionRefusedError(Server.closed)
        Server.opened += 1
        return True

    def send_messages(self, messages):
        for message in messages:
            error = Server.says.get(message.to[0])
            if error:
                raise error
            Server.took.append(message)
        return len(messages)


@pytest.fixture
def server(settings):
    Server.took, Server.says, Server.closed, Server.opened = [], {}, None, 0
    settings.EMAIL_BACKEND = "tests.people.test_post.Server"
    return Server


def test_a_due_letter_leaves_once_with_everything_mail_programs_ask_for():
    write(from_name="Cedar Bend Farm", reply_to="hello@cedarbend.example")
    write(occasion="2", due_at=NOW + timedelta(seconds=1))
    assert post.post_due_letters(at=NOW) == 1
    assert post.post_due_letters(at=NOW) == 0
    (sent,) = mail.outbox
    message = sent.message()
    assert (sent.to, sent.reply_to) == (["r0@example.org"], ["hello@cedarbend.example"])
    assert message["From"] == "Cedar Bend Farm <hissa@localhost>"
    assert (message["Message-ID"], message["Content-Language"]) == ("<0.1@x>", "en")
    assert (message["Auto-Submitted"], message["List-Unsubscribe"]) == ("auto-generated", None)
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert Letter.objects.exclude(sent_at=None).count() == 1


def test_a_letter_of_choice_can_be_stopped_with_one_click_and_taken_back(client):
    write(may_stop=True, kind="day_before")
    post.post_due_letters(at=NOW)
    message = mail.outbox[0].message()
    url = message["List-Unsubscribe"].strip("<>")
    path = url[url.index("/e/") :]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"Stop these letters?" in client.get(path).content
    assert stopped.stopped_kinds("r0@example.org") == set()
    strict = type(client)(enforce_csrf_checks=True)
    for _click in range(2):
        assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 302
        assert stopped.stopped_kinds("r0@example.org") == {"day_before"}
    assert b"No more of these letters" in client.get(path).content
    client.post(path, {"resume": "1"})
    assert stopped.stopped_kinds("r0@example.org") == set()


def test_a_code_does_not_wait_behind_reminders(server):
    write(3, kind="day_before", may_stop=True, stale_at=NOW + timedelta(hours=1), due_at=NOW - timedelta(hours=1))
    write(1, occasion="receipt", due_at=NOW - timedelta(minutes=1))
    write(1, occasion="code", stale_at=NOW + timedelta(minutes=15))
    post.post_due_letters(at=NOW)
    assert [message.extra_headers["Message-ID"] for message in server.took] == [
        "<0.code@x>",
        "<0.receipt@x>",
        "<0.1@x>",
        "<1.1@x>",
        "<2.1@x>",
    ]


@pytest.mark.parametrize("token", ["x", "WyJoIl0~x", "~", "WyJkYXlfYmVmb3JlIiwiYUBiLmMiXQ~forged", "\u200b"])
def test_a_forged_link_stops_nothing(client, token):
    assert (client.get(f"/e/{token}/").status_code, client.post(f"/e/{token}/").status_code) == (404, 404)


def test_a_stale_letter_is_dropped_and_logged(caplog):
    write(stale_at=NOW)
    assert post.post_due_letters(at=NOW) == 0
    letter = Letter.objects.get()
    assert (letter.sent_at, letter.given_up_at, letter.last_error, mail.outbox) == (None, NOW, "stale", [])
    assert "stale" in caplog.text
    assert "example.org" not in caplog.text


def test_while_the_server_is_away_nothing_counts_as_tried(server):
    write(3)
    server.closed = "away"
    assert post.post_due_letters(at=NOW) == 0
    assert list(Letter.objects.values_list("attempts", "due_at", "leased_until").distinct()) == [(0, NOW, None)]
    server.closed = None
    assert post.post_due_letters(at=NOW + timedelta(days=9)) == 3


def test_a_letter_that_cannot_be_taken_now_is_tried_again_later_and_later_then_given_up(server):
    (letter,) = write()
    server.says = {"r0@example.org": smtplib.SMTPRecipientsRefused({"r0@example.org": (451, b"later")})}
    at, pauses = NOW, []
    for _attempt in range(19):
        assert post.post_due_letters(at=at) == 0
        letter.refresh_from_db()
        assert letter.leased_until is None
        pauses.append(round((letter.due_at - at).total_seconds() / 60))
        if letter.given_up_at:
            break
        assert post.post_due_letters(at=letter.due_at - timedelta(seconds=1)) == 0
        at = letter.due_at
    assert pauses[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]
    assert timedelta(hours=40) < letter.given_up_at - NOW < timedelta(hours=50)
    server.says = {}
    assert post.post_due_letters(at=at + timedelta(days=9)) == 0


def test_a_refusal_for_good_is_the_end_of_that_letter_only(server):
    write(3)
    server.says = {"r1@example.org": smtplib.SMTPRecipientsRefused({"r1@example.org": (550, b"no such user")})}
    assert post.post_due_letters(at=NOW) == 2
    assert [(row.sent_at is None, row.given_up_at is None) for row in Letter.objects.order_by("pk")] == [
        (False, True),
        (True, False),
        (False, True),
    ]


def test_a_letter_that_breaks_the_connection_does_not_hold_up_the_others(server):
    write(4)
    server.says = {"r0@example.org": smtplib.SMTPServerDisconnected("gone")}
    assert post.post_due_letters(at=NOW) == 3
    assert server.opened == 2
    assert Letter.objects.get(to_email="r0@example.org").attempts == 1


def test_a_server_that_fails_every_time_is_left_in_peace(server):
    write(9)
    server.says = {f"r{i}@example.org": smtplib.SMTPDataError(451, b"overloaded") for i in range(9)}
    post.post_due_letters(at=NOW)
    assert Letter.objects.filter(attempts=1).count() == 3


def test_a_leased_letter_is_not_taken_by_another_sweep_and_leaves_when_the_lease_lapses():
    write(leased_until=NOW + timedelta(seconds=1))
    assert post.post_due_letters(at=NOW) == 0
    assert post.post_due_letters(at=NOW + timedelta(seconds=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_killed_between_handing_over_and_marking_a_letter_comes_once_more_at_most(tmp_path):
    """Four sweeps die, each in the middle of a letter. In the end: none lost, one extra copy per death at most."""
    write(6)
    taken = tmp_path / "taken"
    environment = {**os.environ, "DATABASE_URL": database_url(), "TEST_DATABASE_NAME": ""}
    at = NOW
    for minutes in (1, 6, 1, 6):  # before the lease lapses, and after
        command = [sys.executable, "-m", "tests.people.dying_post", at.isoformat(), str(taken)]
        assert subprocess.run(command, env=environment, timeout=60).returncode == -signal.SIGKILL
        at += timedelta(minutes=minutes)
    post.post_due_letters(at=at + timedelta(minutes=6))
    copies = taken.read_text().split() + [message.message()["Message-ID"] for message in mail.outbox]
    assert set(copies) == {f"<{i}.1@x>" for i in range(6)}
    assert 6 < len(copies) <= 6 + 4
    assert Letter.objects.filter(sent_at=None).count() == 0


def at_once(count: int, do) -> list:
    """What `do` gave in that many threads that start together, each with a connection of its own."""
    start = threading.Barrier(count)

    def one(number: int):
        start.wait()
        try:
            return do(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_send_every_letter_once(server):
    write(40)
    sent = at_once(4, lambda _number: post.post_due_letters(at=NOW))
    assert sum(sent) == 40
    assert sorted(message.to[0] for message in server.took) == sorted(f"r{i}@example.org" for i in range(40))


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_write_one_letter(settings):
    words = {"words": {"subject": "Hello", "sentence": "Hello."}}
    written = at_once(
        8,
        lambda _number: write_letter(
            kind="hello",
            to="sam@example.org",
            occasion="order:17",
            template="people/emails/account",
            context=words,
            language="en",
            at=NOW,
        ),
    )
    assert sorted(letter is not None for letter in written) == [False] * 7 + [True]
    assert Letter.objects.count() == 1


def test_the_queries_of_a_letter_do_not_grow_with_the_letters(django_assert_max_num_queries):
    write(1)
    with django_assert_max_num_queries(9):
        post.post_due_letters(at=NOW)
    write(50, occasion="2")
    with django_assert_max_num_queries(9 + 49 * 3):
        post.post_due_letters(at=NOW)


def test_sweep_says_how_many_left_and_when(capsys):
    write(2, due_at=NOW + timedelta(days=1))
    call_command("sweep", "post_due_letters")
    assert json.loads(capsys.readouterr().out) == {"post_due_letters": 0}
    call_command("sweep", "post_due_letters", at="2027-06-02T12:00:00+02:00")
    assert json.loads(capsys.readouterr().out) == {"post_due_letters": 2}


@pytest.mark.parametrize(("name", "at"), [("nothing", None), (None, "tomorrow"), (None, "2027-06-02T12:00:00")])
def test_sweep_refuses_what_it_does_not_know(name, at):
    with pytest.raises(CommandError):
        call_command("sweep", *([name] if name else []), at=at)
