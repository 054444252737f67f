"""The cast: Fern farms, Sam subscribes, Oz is an outsider; Olga owns another farm. It is 1 June 2027, a Tuesday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.test import Client
from django.utils import translation

from farms.models import Farm, Household, PickupSite, Season
from people.models import User
from shares.models import ShareType
from tests import factories


@pytest.fixture(autouse=True)
def clock(settings) -> Callable[[datetime], None]:
    """The clock at the edges stands at factories.NOW; call it with a moment to move it there."""
    settings.CSA_NOW = factories.NOW

    def move(to: datetime) -> None:
        settings.CSA_NOW = to

    return move


@pytest.fixture(autouse=True)
def plain_english():
    """A page in Arabic leaves the test's own thread in Arabic: each test begins in English again."""
    translation.activate("en")


@dataclass
class Cast:
    """Fern's farm with two sites and a season on sale: Full (weight 2) and Half (weight 1) shares, Eggs besides."""

    fern: User
    sam: User
    oz: User
    farm: Farm
    market: PickupSite
    school: PickupSite
    season: Season
    full: ShareType
    half: ShareType
    eggs: ShareType
    sams: Household


@pytest.fixture
def cast(db) -> Cast:
    fern = factories.make_user("fern@cedarbend.example", name="Fern")
    sam = factories.make_user("sam@example.org", name="Sam")
    farm = factories.make_farm(owner=fern)
    market = factories.make_site(farm, "Tuesday Market")
    school = factories.make_site(farm, "School gate", weekday=4, address="1 School Road")
    season = factories.make_season(farm, [market, school])
    return Cast(
        fern=fern,
        sam=sam,
        oz=factories.make_user("oz@example.org", name="Oz"),
        farm=farm,
        market=market,
        school=school,
        season=season,
        full=factories.make_share_type(season, "Full share"),
        half=factories.make_share_type(season, "Half share", weight=1, price=37500, feeds="For 1–2 people"),
        eggs=factories.make_share_type(season, "Eggs", is_addon=True, weight=1, price=7500, rhythm="biweekly"),
        sams=factories.make_household(farm, "Castillo–Reyes", user=sam),
    )


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def as_fern(cast) -> Client:
    return _signed_in(cast.fern)


@pytest.fixture
def as_sam(cast) -> Client:
    return _signed_in(cast.sam)


@pytest.fixture
def as_oz(cast) -> Client:
    return _signed_in(cast.oz)


@pytest.fixture
def olga(db) -> User:
    """The owner of another farm, with a season of her own."""
    olga = factories.make_user("olga@other.example", name="Olga")
    farm = factories.make_farm("Other Farm", owner=olga, email="hello@other.example")
    season = factories.make_season(farm)
    factories.make_share_type(season)
    return olga


@pytest.fixture
def as_olga(olga) -> Client:
    return _signed_in(olga)


@pytest.fixture
def stripe(settings):
    """A Stripe of our own on the loopback address, that tells nobody anything by itself."""
    from tests.services.stripe import SECRET_KEY, start_stripe_sandbox

    with start_stripe_sandbox() as sandbox:
        settings.STRIPE_API_BASE = sandbox.url
        settings.STRIPE_SECRET_KEY = SECRET_KEY
        settings.STRIPE_WEBHOOK_SECRET = sandbox.webhook_secret
        yield sandbox
