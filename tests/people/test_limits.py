"""How often somebody may try something, and that a cache that is away breaks nobody's page."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from people.limits import allowed
from tests import factories

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def no_cache(settings):
    """The broker's machine has been unplugged."""
    settings.CACHES = {
        "default": {
            "BACKEND": "people.patient_cache.PatientRedisCache",
            "LOCATION": "redis://127.0.0.1:1/1",
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    }


def test_so_many_tries_are_allowed_to_each():
    assert [allowed("knock", "sam", most=2, within=A_MINUTE) for _try in range(3)] == [True, True, False]
    assert allowed("knock", "lee", most=2, within=A_MINUTE)
    assert allowed("ring", "sam", most=2, within=A_MINUTE)


def test_without_a_cache_nobody_is_kept_out(no_cache):
    assert all(allowed("knock", "sam", most=1, within=A_MINUTE) for _try in range(3))
    cache.set("a", 1)
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a"]) == {}


@pytest.mark.django_db
def test_without_a_cache_people_still_sign_in_and_read(no_cache, client, cast):
    assert client.post("/accounts/login/code/", {"email": "sam@example.org"}).status_code == 302
    assert client.get(f"/f/{cast.farm.slug}/").status_code == 200
    client.force_login(factories.make_user(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/my/").status_code == 200
