"""A poke, a real worker, a real mail server: the letter is there in seconds; with the server away it comes later."""

from __future__ import annotations

import pytest
from django.test import Client

from people.models import Letter
from tests import factories

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_a_code_leaves_within_seconds_of_being_asked_for(celery_worker_process, mail_server):
    celery_worker_process.environment["EMAIL_URL"] = mail_server.url
    celery_worker_process.restart()
    factories.make_user("sam@example.org")
    Client().post("/accounts/login/code/", {"email": "sam@example.org"})
    (delivered,) = mail_server.wait_for(1)
    assert delivered.recipients == ["sam@example.org"]
    assert delivered.message["Subject"].startswith("Your code to sign in: ")
    letter = Letter.objects.get()
    assert delivered.message["Message-ID"] == letter.message_id


def test_a_mail_server_that_says_later_gets_the_letter_later(mail_server, settings):
    import environ

    from people import post

    for name, value in environ.Env.email_url_config(mail_server.url).items():
        setattr(settings, name, value)
    factories.make_user("sam@example.org")
    Client().post("/accounts/login/code/", {"email": "sam@example.org"})
    mail_server.answer = "451 later"
    assert post.post_due_letters(at=factories.NOW) == 0
    letter = Letter.objects.get()
    assert (letter.attempts, letter.given_up_at, letter.last_error[:26]) == (1, None, "SMTPRecipientsRefused: {'s")
    mail_server.answer = ""
    assert post.post_due_letters(at=letter.due_at) == 1
    assert [one.message["Message-ID"] for one in mail_server.delivered] == [letter.message_id]
    mail_server.answer = "550 unknown"
    Client().post("/accounts/login/code/", {"email": "sam@example.org"})
    assert post.post_due_letters(at=letter.due_at) == 0
    assert Letter.objects.exclude(given_up_at=None).count() == 1
