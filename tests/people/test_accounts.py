"""Signing up and in, through the door: real pages, real letters."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.management import call_command
from django.test import Client

from people.models import Letter, User
from tests import factories

pytestmark = pytest.mark.django_db


def post(capsys) -> list[str]:
    """Send what is due; the codes in it, newest last."""
    call_command("sweep", "post_due_letters")
    capsys.readouterr()
    return [code for message in mail.outbox for code in re.findall(r"\b\d{4}-\d{4}\b", message.body)]


def test_someone_signs_up_with_an_address_and_the_code_in_our_letter(client, capsys):
    answer = client.post("/accounts/signup/", {"email": "New@Example.org", "next": "/my/settings/"}, follow=True)
    assert "new@example.org" in answer.content.decode()
    assert not answer.context["user"].is_authenticated
    (code,) = post(capsys)
    answer = client.post("/accounts/confirm-email/", {"code": code, "next": "/my/settings/"}, follow=True)
    assert answer.redirect_chain[-1] == ("/my/settings/", 302)
    user = User.objects.get()
    assert (user.email, user.has_usable_password()) == ("new@example.org", False)
    assert answer.context["user"] == user
    assert mail.outbox[0].to == ["new@example.org"]


def test_someone_signs_in_with_a_code_and_lands_where_they_were_going(client, capsys):
    sam = factories.make_user("sam@example.org")
    page = client.get("/accounts/login/?next=/my/settings/").content.decode()
    assert 'name="next" value="/my/settings/"' in page
    client.post("/accounts/login/code/", {"email": "SAM@example.org", "next": "/my/settings/"})
    (code,) = post(capsys)
    spoken = code.translate(str.maketrans("0123456789-", "٠١٢٣٤٥٦٧٨٩ "))
    answer = client.post("/accounts/login/code/confirm/", {"code": spoken, "next": "/my/settings/"}, follow=True)
    assert answer.redirect_chain[-1] == ("/my/settings/", 302)
    assert answer.context["user"] == sam


def test_next_never_leads_away_from_us(client, capsys):
    factories.make_user("sam@example.org")
    client.post("/accounts/login/code/", {"email": "sam@example.org", "next": "https://evil.example/"})
    (code,) = post(capsys)
    answer = client.post("/accounts/login/code/confirm/", {"code": code, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/home/"


def test_a_wrong_code_is_told_beside_the_field_and_the_third_ends_it(client, capsys):
    factories.make_user("sam@example.org")
    client.post("/accounts/login/code/", {"email": "sam@example.org"})
    (code,) = post(capsys)
    for _try in range(2):
        answer = client.post("/accounts/login/code/confirm/", {"code": "0000-0000"})
        assert answer.status_code == 200
        assert answer.context["verify_form"].errors == {"code": ["That is not the code. Look at the newest letter."]}
    client.post("/accounts/login/code/confirm/", {"code": "0000-0000"})
    answer = client.post("/accounts/login/code/confirm/", {"code": code}, follow=True)
    assert not answer.context["user"].is_authenticated


def test_another_code_can_be_asked_for(client, capsys):
    factories.make_user("sam@example.org")
    client.post("/accounts/login/code/", {"email": "sam@example.org"})
    answer = client.post("/accounts/login/code/confirm/", {"action": "resend"})
    assert answer.status_code == 302
    first, second = post(capsys)
    assert first != second
    client.post("/accounts/login/code/confirm/", {"code": second})
    assert client.get("/my/settings/").status_code == 200


def test_codes_are_rationed(client):
    factories.make_user("sam@example.org")
    answers = [Client().post("/accounts/login/code/", {"email": "sam@example.org"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200, 200]
    assert "Too many tries" in answers[-1].content.decode()
    assert Letter.objects.count() == 3


def test_accounts_are_rationed(client):
    answers = [Client().post("/accounts/signup/", {"email": f"x{n}@example.org"}) for n in range(21)]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429]
    assert "Too many tries" in answers[-1].content.decode()
    assert User.objects.count() == 20


def test_passwords_are_rationed(client):
    factories.make_user("sam@example.org", password="a long farm password")
    for _try in range(6):
        answer = client.post("/accounts/login/", {"login": "sam@example.org", "password": "wrong one"})
    assert "Too many tries" in answer.content.decode()
    right = {"login": "sam@example.org", "password": "a long farm password"}
    assert client.post("/accounts/login/", right).status_code == 200


def test_a_password_works_for_who_has_one(client):
    sam = factories.make_user("sam@example.org", password="a long farm password")
    answer = client.post(
        "/accounts/login/",
        {"login": "Sam@Example.org", "password": "a long farm password", "next": "/my/settings/"},
        follow=True,
    )
    assert answer.redirect_chain[-1] == ("/my/settings/", 302)
    assert answer.context["user"] == sam


def test_nobody_learns_who_is_a_member(client, capsys):
    """A page and an address that has an account answer as those that have none; the letter tells its reader."""
    factories.make_user("member@example.org")
    pages = {}
    for who in ("member", "nobody"):
        for path in ("/accounts/login/code/", "/accounts/signup/", "/accounts/password/reset/"):
            visitor = Client()
            answer = visitor.post(path, {"email": f"{who}@example.org"}, follow=True)
            text = answer.content.decode().replace(f"{who}@example.org", "X")
            text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+"', "", text)
            pages[who, path] = (answer.redirect_chain, text)
            User.objects.filter(email="nobody@example.org").delete()
    for path in ("/accounts/login/code/", "/accounts/signup/", "/accounts/password/reset/"):
        assert pages["member", path] == pages["nobody", path]
    post(capsys)
    assert sorted((message.to[0], message.subject.partition(":")[0]) for message in mail.outbox) == [
        ("member@example.org", "Choose a new password"),
        ("member@example.org", "You already have an account"),
        ("member@example.org", "Your code to sign in"),
        ("nobody@example.org", "No account with this address yet"),
        ("nobody@example.org", "No account with this address yet"),
        ("nobody@example.org", "Welcome! Your code to begin"),
    ]


def test_the_honeypot_makes_no_account(client):
    client.post("/accounts/signup/", {"email": "bot@example.org", "website": "https://spam.example"})
    assert User.objects.count() == 0


def test_letters_about_accounts_speak_the_reader_s_language(client, capsys):
    factories.make_user("sam@example.org")
    client.post("/i18n/setlang/", {"language": "ar", "next": "/"})
    client.post("/accounts/login/code/", {"email": "sam@example.org"})
    post(capsys)
    assert mail.outbox[0].message()["Content-Language"] == "ar"
    assert 'dir="rtl"' in mail.outbox[0].alternatives[0][0]


CORPUS = [
    "",
    " ",
    "a",
    "no at sign",
    "a@b",
    '"a@b.c, e@x.y"@example.org',
    "a@b.example, e@x.example",
    "a@b.example\r\nBcc: c@d.example",
    "\x00@example.org",
    "a\x00@example.org",
    "محمد@example.org",
    "李小龍",
    "\u202egro.elpmaxe@x",
    "x" * 10_000 + "@example.org",
    "{{7*7}}@example.org\u200b",
    "<img src=x onerror=alert(1)>",
    "=HYPERLINK(1)",
    "\ud800@example.org".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
]


@pytest.mark.parametrize("typed", CORPUS)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/accounts/login/code/", "email"),
        ("/accounts/signup/", "email"),
        ("/accounts/login/", "login"),
        ("/accounts/password/reset/", "email"),
    ],
)
def test_what_is_no_address_is_told_beside_the_field_and_writes_nothing(client, path, field, typed):
    answer = client.post(path, {field: typed, "password": "x"})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert (User.objects.count(), Letter.objects.count()) == (0, 0)


@pytest.mark.parametrize("typed", [*CORPUS, "٣" * 300, "²³¹", "1234-5678-9012"])
def test_what_is_no_code_lets_nobody_in(client, typed):
    factories.make_user("sam@example.org")
    client.post("/accounts/login/code/", {"email": "sam@example.org"})
    answer = client.post("/accounts/login/code/confirm/", {"code": typed})
    assert answer.status_code == 200
    assert answer.context["verify_form"].errors
    assert client.get("/my/settings/").status_code == 302


def test_signing_out_asks_first(as_sam):
    assert as_sam.get("/accounts/logout/").status_code == 200
    assert as_sam.get("/my/settings/").status_code == 200
    as_sam.post("/accounts/logout/")
    assert as_sam.get("/my/settings/").status_code == 302


def test_the_operator_s_desk_is_entered_by_the_same_door(client, as_sam, cast):
    assert client.get("/admin/login/").headers["Location"] == "/accounts/login/?next=%2Fadmin%2Flogin%2F"
    assert as_sam.get("/admin/", follow=True).status_code == 403
    User.objects.filter(pk=cast.sam.pk).update(is_staff=True, is_superuser=True)
    assert as_sam.get("/admin/people/letter/").status_code == 200
    assert as_sam.get("/admin/people/user/add/").status_code == 403


SIGNED_IN_PAGES = [
    "/accounts/email/",
    "/accounts/password/set/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/logout/",
    "/accounts/inactive/",
    "/my/settings/",
]


@pytest.mark.parametrize("path", SIGNED_IN_PAGES)
def test_every_page_of_one_s_account_is_in_our_look(client, capsys, path):
    factories.make_user("sam@example.org")
    client.post("/accounts/login/code/", {"email": "sam@example.org"})
    client.post("/accounts/login/code/confirm/", {"code": post(capsys)[0]})
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert ('class="masthead"' in page, 'class="footer"' in page, " style=" in page) == (True, True, False)


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/login/code/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-x-y/",
        "/accounts/password/reset/key/done/",
    ],
)
def test_every_page_on_the_way_in_is_in_our_look(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert ('class="masthead"' in page, 'class="footer"' in page, " style=" in page) == (True, True, False)


def test_a_forgotten_password_is_replaced_through_the_link_in_our_letter(client, capsys):
    sam = factories.make_user("sam@example.org", password="a long farm password")
    client.post("/accounts/password/reset/", {"email": "sam@example.org"})
    post(capsys)
    (path,) = re.findall(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[0].body)
    page = client.get(path, follow=True)
    address = page.redirect_chain[-1][0]
    short = client.post(address, {"password1": "short", "password2": "short"})
    assert list(short.context["form"].errors) == ["password1"]
    new = "three words apart"
    client.post(address, {"password1": new, "password2": new})
    sam.refresh_from_db()
    assert (sam.check_password(new), sam.check_password("a long farm password")) == (True, False)
    assert b"This link is used up" in Client().get(path).content


def test_a_closed_account_stays_outside(client, capsys):
    sam = factories.make_user("sam@example.org", password="a long farm password")
    User.objects.filter(pk=sam.pk).update(is_active=False)
    client.post("/accounts/login/code/", {"email": "sam@example.org"})
    assert post(capsys) == []
    client.post("/accounts/login/", {"login": "sam@example.org", "password": "a long farm password"})
    assert client.get("/my/settings/").status_code == 302


def test_pages_of_codes_from_an_app_are_in_our_look_too(client, capsys):
    sam = factories.make_user("sam@example.org")
    sam.set_password("a long farm password")
    sam.save()
    TOTP.activate(sam, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(sam)
    client.post("/accounts/login/", {"login": "sam@example.org", "password": "a long farm password"})
    pages = [client.get("/accounts/2fa/authenticate/")]
    code = RecoveryCodes(sam.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0]
    client.post("/accounts/2fa/authenticate/", {"code": code})
    asked = client.get("/accounts/2fa/totp/deactivate/", follow=True)
    pages.append(asked)
    client.post("/accounts/reauthenticate/", {"password": "a long farm password"})
    for path in ("totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "webauthn/add/", ""):
        pages.append(client.get(f"/accounts/2fa/{path}"))
    pages.append(client.get("/accounts/password/change/"))
    headings = [re.findall(r"<h1>([^<]*)</h1>", page.content.decode()) for page in pages]
    assert headings == [
        ["One more step"],
        ["Is it you?"],
        ["Turn off codes from an app?"],
        ["Recovery codes"],
        ["New recovery codes"],
        ["Add a passkey"],
        ["Signing in safely"],
        ["Change the password"],
    ]


def test_who_bought_before_signing_in_needs_one_code_only(client, capsys, db):
    """The address comes from a purchase or an invitation; the code that signs them in confirms it."""
    maya = User.objects.create_newcomer("maya@example.org", name="Maya")
    client.post("/accounts/login/code/", {"email": "maya@example.org"})
    (code,) = post(capsys)
    answer = client.post("/accounts/login/code/confirm/", {"code": code}, follow=True)
    assert answer.context["user"] == maya
    assert post(capsys) == [code]
