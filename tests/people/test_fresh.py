"""Before what matters most people show once more that it is them."""

import time
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from people.fresh import FRESH, freshly_signed_in, is_fresh
from tests import factories
from tests.people.test_accounts import post


def _request(user, seconds_ago):
    request = RequestFactory().get("/money/")
    request.user = user
    record = {"method": "code", "at": time.time() - seconds_ago}
    request.session = {
        "account_authentication_methods": [record],
        "account_authentication_methods_user": str(user.pk),
    }
    return request


@pytest.mark.parametrize(
    ("seconds", "fresh"),
    [(1, True), (FRESH.total_seconds() - 5, True), (FRESH.total_seconds() + 1, False), (-60, False)],
)
def test_a_sign_in_is_fresh_for_a_quarter_of_an_hour(db, seconds, fresh):
    assert is_fresh(_request(factories.make_user(), seconds)) is fresh


def test_somebody_else_s_sign_in_in_the_same_browser_is_not_theirs(db):
    request = _request(factories.make_user(), 1)
    request.user = factories.make_user()
    assert not is_fresh(request)


def test_a_stale_sign_in_waits_before_the_door(db):
    door = freshly_signed_in(lambda request: HttpResponse("in"))
    user = factories.make_user()
    assert door(_request(user, 1)).content == b"in"
    assert door(_request(user, 3600)).headers["Location"] == "/my/again/?" + urlencode({"next": "/money/"})


def test_who_signs_in_by_code_comes_back_with_a_new_code(db, client, capsys):
    user = factories.make_user("sam@example.org")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    there = "/my/again/?" + urlencode({"next": "/my/settings/"})
    assert "sam@example.org" in client.get(there).content.decode()
    asked = client.post(there)
    assert asked.headers["Location"].startswith("/accounts/login/code/confirm/?next=")
    assert client.get("/my/settings/").status_code == 302  # signed out meanwhile
    (code,) = post(capsys)
    back = client.post("/accounts/login/code/confirm/", {"code": code, "next": "/my/settings/"})
    assert back.headers["Location"] == "/my/settings/"
    assert client.get("/my/settings/").status_code == 200


def test_it_leads_to_no_other_site(db, client):
    client.force_login(factories.make_user(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "evil" not in client.post("/my/again/?next=//evil.example/").headers["Location"]
