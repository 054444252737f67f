"""The services the other tests lean on are real ones."""

import smtplib
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.conf import settings as django_settings
from django.db import connection

from people import clock
from people.models import Letter
from tests.services.mail import MailServer
from tests.services.worker import Worker, wait_for


def test_the_run_has_a_folder_and_a_broker_of_its_own(broker):
    assert str(django_settings.VAR_DIR).rpartition("/")[2].startswith("hissa-tests-")
    assert broker.url == django_settings.REDIS_URL


@pytest.mark.django_db
def test_the_database_is_the_one_asked_for(on_postgres):
    assert connection.vendor == ("postgresql" if on_postgres else "sqlite")
    assert "memory" not in str(connection.settings_dict["NAME"])


@pytest.mark.worker
def test_a_worker_sees_what_the_test_wrote_and_the_test_what_it_did(celery_worker_process: Worker):
    from people.tasks import post_due_letters

    letter = Letter.objects.create(**a_letter())
    post_due_letters.delay()
    assert wait_for(lambda: Letter.objects.get(pk=letter.pk).sent_at, what=celery_worker_process.words)


@pytest.mark.worker
def test_a_killed_worker_comes_back(celery_worker_process: Worker):
    celery_worker_process.kill()
    assert not celery_worker_process.alive
    celery_worker_process.start()
    assert celery_worker_process.alive


def test_the_mail_server_keeps_what_it_is_given(mail_server: MailServer):
    send(mail_server, "Your share is ready")
    [delivered] = mail_server.delivered
    assert (delivered.sender, delivered.recipients) == ("farm@example.org", ["sam@example.org"])
    assert delivered.message["Subject"] == "Your share is ready"
    assert delivered.message.get_content() == ".A line that begins with a dot\n"


def test_the_mail_server_refuses_when_told_to(mail_server: MailServer):
    mail_server.answer = "451 later"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mail_server, "Not today")
    assert mail_server.delivered == []


def send(server: MailServer, subject: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "farm@example.org", "sam@example.org"
    message.set_content(".A line that begins with a dot\n")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as line:
        line.send_message(message)


def a_letter() -> dict[str, object]:
    at = clock.now() - timedelta(minutes=1)
    who = {"to_email": "sam@example.org", "language": "en", "message_id": "<1@example.org>"}
    return {"kind": "welcome", "occasion": "order:1", "subject": "Welcome", "written_at": at, "due_at": at, **who}
