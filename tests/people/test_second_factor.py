"""Whoever runs a farm signs in with two things, and what the second is made of is not read from a copied database."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.urls import reverse

from tests import factories

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def wanted(settings):
    settings.OWNERS_NEED_SECOND_FACTOR = True


def desk(cast) -> str:
    return f"/f/{cast.farm.slug}/desk/"


def code_now() -> str:
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def test_an_owner_without_a_second_factor_is_led_to_choose_one(cast, as_fern, wanted):
    answer = as_fern.get(desk(cast), follow=True)
    assert answer.redirect_chain == [(reverse("mfa_index"), 302)]
    assert [str(one) for one in answer.context["messages"]] == [
        "Who runs a farm signs in with two things. Choose a passkey or an app’s codes, then go to the desk."
    ]
    TOTP.activate(cast.fern, SECRET)
    assert as_fern.get(desk(cast)).status_code == 200


def test_recovery_codes_alone_are_no_second_factor(cast, as_fern, wanted):
    Authenticator.objects.create(user=cast.fern, type="recovery_codes", data={"seed": "a", "used_mask": 0})
    assert as_fern.get(desk(cast)).status_code == 302


def test_packers_strangers_and_subscribers_are_not_asked(cast, client, as_oz, as_sam, wanted):
    packer = factories.make_user("pat@example.org")
    cast.farm.staff.create(user=packer, role="packer", since=factories.NOW)
    client.force_login(packer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(f"{desk(cast)}lists/", follow=True).status_code == 200
    assert as_oz.get(desk(cast)).status_code == 404
    assert as_sam.get("/my/").status_code == 200


def test_an_installation_may_do_without(cast, as_fern, settings):
    assert settings.OWNERS_NEED_SECOND_FACTOR is False  # a machine to look at it
    assert as_fern.get(desk(cast)).status_code == 200


def sign_in(client) -> int:
    client.post("/accounts/login/", {"login": "fern@cedarbend.example", "password": "a long farm password"})
    client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    return client.get("/my/settings/").status_code


@pytest.fixture
def fern(cast):
    cast.fern.set_password("a long farm password")
    cast.fern.save()
    return cast.fern


def test_the_secret_is_kept_encrypted_and_lets_in(fern, client):
    TOTP.activate(fern, SECRET)
    assert SECRET not in str(Authenticator.objects.get().data)
    assert sign_in(client) == 200


def test_a_changed_key_still_reads_what_the_one_before_wrote(fern, client, settings):
    TOTP.activate(fern, SECRET)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key altogether, of this year"
    assert sign_in(client) == 200


def test_secrets_from_before_they_were_encrypted_still_let_in(fern, client):
    Authenticator.objects.create(user=fern, type="totp", data={"secret": SECRET})
    assert sign_in(client) == 200
