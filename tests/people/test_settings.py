"""What a person decides about their own account: name, language, letters; TOTP and address."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command

from people import stopped
from people.models import User
from tests import factories

pytestmark = pytest.mark.django_db


def newest_code(capsys) -> str:
    call_command("sweep", "post_due_letters")
    capsys.readouterr()
    return [code for message in mail.outbox for code in re.findall(r"\b\d{4}-\d{4}\b", message.body)][-1]


def sign_in(client, capsys, email: str) -> None:
    client.post("/accounts/login/code/", {"email": email})
    client.post("/accounts/login/code/confirm/", {"code": newest_code(capsys)})


def test_name_language_and_letters_are_kept(client, cast, settings):
    client.force_login(cast.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/my/settings/", {"name": "  Samira\u202e ", "language": "ar"}, follow=True)
    sam = User.objects.get(pk=cast.sam.pk)
    assert (sam.name, sam.language) == ("Samira", "ar")
    assert stopped.stopped_kinds(sam.email) == set(settings.LETTERS_OF_CHOICE)
    assert '<html lang="ar" dir="rtl">' in answer.content.decode()
    client.post("/my/settings/", {"name": "Samira", "language": "en", "letters": ["day_before"]})
    assert "day_before" not in stopped.stopped_kinds(sam.email)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("محمد", "محمد"),
        ("李小龍", "李小龍"),
        ("Ng", "Ng"),
        ("Å", "Å"),
        ("A\u030a", "Å"),
        ("O'Brien", "O'Brien"),
        ("Null", "Null"),
        ("👩\u200d🌾", "👩\u200d🌾"),
        ("{{7*7}}", "{{7*7}}"),
        ("%s", "%s"),
        ("<img onerror=x>", "<img onerror=x>"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("\u202eEve", "Eve"),
        ("", ""),
    ],
)
def test_any_name_is_a_name(as_sam, cast, name, kept):
    as_sam.post("/my/settings/", {"name": name, "language": "en"})
    assert User.objects.get(pk=cast.sam.pk).name == kept
    page = as_sam.get("/my/settings/").content.decode()
    assert "<img onerror" not in page


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "\u200b\u2060"},
        {"name": "a\x00b"},
        {"name": "x" * 10_000},
        {"name": "Z" + "\u0301" * 500},
        {"language": "tlh"},
        {"language": ""},
        {"letters": ["receipt"]},
    ],
)
def test_what_cannot_be_kept_is_told_and_changes_nothing(as_sam, cast, facts):
    answer = as_sam.post("/my/settings/", {"name": "New", "language": "ar", **facts})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == list(facts)
    assert User.objects.filter(pk=cast.sam.pk).values_list("name", "language").get() == ("Sam", "")
    assert stopped.stopped_kinds(cast.sam.email) == set()


def test_settings_are_one_s_own(client):
    assert client.get("/my/settings/").headers["Location"] == "/accounts/login/?next=/my/settings/"


def test_the_language_of_the_footer_is_the_language_of_the_letters(as_sam, cast):
    as_sam.post("/i18n/setlang/", {"language": "ar", "next": "/my/settings/"})
    assert User.objects.get(pk=cast.sam.pk).language == "ar"
    as_sam.post("/i18n/setlang/", {"language": "tlh", "next": "/my/settings/"})
    assert User.objects.get(pk=cast.sam.pk).language == "ar"
    away = as_sam.post("/i18n/setlang/", {"language": "en", "next": "https://evil.example/"})
    assert away.headers["Location"] == "/"


def test_settings_cost_few_queries(as_sam, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        as_sam.get("/my/settings/")


def totp(secret: str) -> str:
    """The six digits an authenticator app would show now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def test_codes_from_an_app_are_asked_for_from_then_on(client, capsys, django_capture_on_commit_callbacks):
    factories.make_user("sam@example.org")
    sign_in(client, capsys, "sam@example.org")
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode()
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert list(wrong.context["form"].errors) == ["code"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/activate/", {"code": totp(secret)})
    client.post("/accounts/logout/")

    sign_in(client, capsys, "sam@example.org")
    assert client.get("/my/settings/").status_code == 302
    assert client.get("/accounts/2fa/authenticate/").status_code == 200
    cache.clear()  # a code of an app is good once; this test lives inside one of its half minutes
    client.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    assert client.get("/my/settings/").status_code == 200
    assert [message.subject.partition(":")[0] for message in mail.outbox] == [
        "Your code to sign in",
        "Your code to sign in",
        "Codes from an app are on",
    ]


def test_a_new_address_is_taken_once_confirmed_and_takes_stopped_letters_along(client, capsys, clock):
    sam = factories.make_user("sam@example.org")
    stopped.stop(kind="day_before", email=sam.email, at=factories.NOW)
    sign_in(client, capsys, "sam@example.org")
    client.post("/accounts/email/", {"email": "New@Example.org", "action_add": "1"})
    sam.refresh_from_db()
    assert sam.email == "sam@example.org"
    client.post("/accounts/confirm-email/", {"code": newest_code(capsys)})
    sam.refresh_from_db()
    assert sam.email == "new@example.org"
    assert stopped.stopped_kinds("new@example.org") == {"day_before"}
    call_command("sweep", "post_due_letters")
    assert ["sam@example.org"] in [message.to for message in mail.outbox if "changed" in message.subject]


def test_no_copy_of_a_page_stays_behind_in_a_borrowed_browser(as_sam, as_fern, client, cast):
    desk = "/f/cedar-bend-farm/desk/"
    theirs = [as_sam.get("/my/share/"), as_sam.get("/my/money/"), as_sam.get("/my/settings/")]
    theirs += [as_fern.get(f"{desk}{page}") for page in ("people/", "money/", "settings/", "seasons/")]
    assert [(page.status_code, "no-store" in page["Cache-Control"]) for page in theirs] == [(200, True)] * 7
    assert not client.get("/f/cedar-bend-farm/").has_header("Cache-Control")
