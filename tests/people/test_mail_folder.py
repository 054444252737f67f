"""In development mails land in a folder, and pages show them; in production neither is there."""

from __future__ import annotations

import re
import stat

import pytest
from django.core.mail import EmailMultiAlternatives

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "people.mail_folder.MailFolder"
    settings.MAIL_FOLDER = tmp_path / "mail"
    return settings.MAIL_FOLDER


def land(
    to: str = "sam@example.org", subject: str = "Hello", text: str = "1234-5678 http://x.example/a", html: str = ""
):
    message = EmailMultiAlternatives(subject, text, "Farm <f@example.org>", [to])
    if html:
        message.attach_alternative(html, "text/html")
    message.send()


def test_each_mail_is_a_file_and_the_newest_is_first(client, folder):
    for n in range(3):
        land(subject=f"Mail {n}")
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 3
    assert all(re.fullmatch(r"[0-9-]+\.eml", name) for name in names)
    page = client.get("/mail/").content.decode()
    assert re.findall(r"Mail \d", page) == ["Mail 2", "Mail 1", "Mail 0"]
    assert [name[:-4] for name in reversed(names)] == re.findall(r'href="/mail/([0-9-]+)/"', page)


def test_mail_is_found_by_its_reader(client):
    land("sam@example.org")
    land("fern@example.org", subject="To Fern")
    page = client.get("/mail/?to=FERN").content.decode()
    assert ("To Fern" in page, "Hello" in page) == (True, False)
    assert client.get("/mail/?to=%F0&page=abc").status_code == 200


def test_a_mail_is_shown_where_it_can_run_nothing(client, folder):
    land(html='<html><head></head><body onload="x()"><script>bad()</script>Hi</body></html>', subject="مرحبا <b>")
    (path,) = folder.iterdir()
    answer = client.get(f"/mail/{path.stem}/")
    page = answer.content.decode()
    (sandbox,) = re.findall(r'<iframe [^>]*sandbox="([^"]*)"', page)
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox
    assert "<script>bad()" not in page
    assert "مرحبا &lt;b&gt;" in page
    assert '<a href="http://x.example/a"' in page
    assert "style-src 'self' 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in client.get("/mail/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["x", "..", "20270101-000000-000000-1-1", "%2e%2e%2fsecret", "a.eml"])
def test_no_other_file_is_shown(client, folder, name):
    folder.mkdir()
    (folder.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    assert client.get(f"/mail/{name}/").status_code == 404


def test_production_shows_no_mail(client, settings, folder):
    land()
    (path,) = folder.iterdir()
    settings.SHOWS_MAIL = False
    assert [client.get(url).status_code for url in ("/mail/", f"/mail/{path.stem}/")] == [404, 404]


def test_before_the_first_mail_the_page_says_so(client):
    assert "No mail yet" in client.get("/mail/").content.decode()


def test_half_a_mail_is_never_seen(folder):
    land()
    assert [path for path in folder.iterdir() if path.name.startswith(".")] == []
    (path,) = folder.iterdir()
    assert stat.S_ISREG(path.stat().st_mode)
