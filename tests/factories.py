"""Farms, seasons, households and shares for tests, with the least that each needs. Rows are made directly where the
verb is not what the test is about."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from farms.models import Farm, Household, HouseholdPerson, PickupSite, Season, SeasonSite, StaffMember
from farms.seasons import lay_out_season
from people.models import User
from shares.models import Order, Share, ShareType

NOW = datetime(2027, 6, 1, 10, 0, tzinfo=UTC)  # a Tuesday, a week before the cast's season begins
FIRST_DAY = date(2027, 6, 8)

_count = itertools.count(1)


def make_user(email: str = "", **facts: Any) -> User:
    from allauth.account.models import EmailAddress

    user = User.objects.create_user(email or f"person{next(_count)}@example.org", **facts)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_farm(
    name: str = "Cedar Bend Farm", *, owner: User | None = None, published: bool = True, **facts: Any
) -> Farm:
    facts = {
        "slug": name.lower().replace(" ", "-"),
        "town": "Mill Village",
        "email": "hello@cedarbend.example",
        "timezone": "Europe/Paris",
        "country": "FR",
        "currency": "EUR",
        "created_at": NOW,
        "published_at": NOW if published else None,
    } | facts
    farm = Farm.objects.create(name=name, **facts)
    if owner:
        StaffMember.objects.create(farm=farm, user=owner, role="owner", since=NOW)
    return farm


def make_site(farm: Farm, name: str = "Tuesday Market", *, weekday: int = 1, **facts: Any) -> PickupSite:
    facts = {"address": "4 Mill Lane", "opens": time(17), "closes": time(19, 30), "position": next(_count)} | facts
    return PickupSite.objects.create(farm=farm, name=name, weekday=weekday, **facts)


def make_season(
    farm: Farm, sites: list[PickupSite] | None = None, *, on_sale: bool = True, capacity: int = 500, **facts: Any
) -> Season:
    """A season laid out, by default open for sale a month before NOW."""
    month_ago = NOW - timedelta(days=30)
    facts = {
        "name": "Summer 2027",
        "first_day": FIRST_DAY,
        "length": 25,
        "created_at": month_ago,
        "opens_at": month_ago,
        "opened_at": month_ago if on_sale else None,
    } | facts
    season = Season.objects.create(farm=farm, **facts)
    for site in sites or [make_site(farm)]:
        SeasonSite.objects.create(season=season, site=site, capacity=capacity)
    lay_out_season(season=season, at=month_ago)
    return season


def make_share_type(season: Season, name: str = "Full share", **facts: Any) -> ShareType:
    facts = {"weight": 2, "price": 65000, "places": 100, "position": next(_count), "feeds": "For 3–4 people"} | facts
    return ShareType.objects.create(season=season, name=name, **facts)


def make_household(farm: Farm, name: str = "", *, user: User | None = None, **facts: Any) -> Household:
    number = next(_count)
    household = Household.objects.create(
        farm=farm, name=name or f"Household {number}", number=number, since=NOW, **facts
    )
    Farm.objects.filter(pk=farm.pk).update(households_numbered=number)
    if user:
        HouseholdPerson.objects.create(household=household, user=user, since=NOW)
    return household


def make_share(
    household: Household,
    share_type: ShareType,
    *,
    site: PickupSite | None = None,
    turn: str = "",
    first_week: int = 1,
    paid: bool = True,
    at: datetime = NOW,
    **facts: Any,
) -> Share:
    """A share in force (paid), its places taken; its books are not kept: use the purchase verbs for money."""
    season = share_type.season
    site = site or season.sites.first()
    assert site is not None
    ShareType.objects.filter(pk=share_type.pk).update(taken=share_type.taken + 1)
    share_type.refresh_from_db()
    if not share_type.is_addon:
        place = SeasonSite.objects.get(season=season, site=site)
        place.taken_a += turn in ("", "A")
        place.taken_b += turn in ("", "B")
        place.save()
    return make_order_and_share(
        household, share_type, site=site, turn=turn, first_week=first_week, paid=paid, at=at, **facts
    )


def make_order_and_share(
    household: Household,
    share_type: ShareType,
    *,
    site: PickupSite | None = None,
    turn: str = "",
    first_week: int = 1,
    paid: bool = True,
    at: datetime = NOW,
    **facts: Any,
) -> Share:
    """The rows of a share alone, no place taken for it: what nothing in the house does."""
    season = share_type.season
    site = site or season.sites.first()
    assert site is not None
    order = Order.objects.create(
        farm=household.farm,
        season=season,
        household=household,
        token=uuid.uuid4(),
        method="offline",
        currency=household.farm.currency,
        language="en",
        ordered_at=at,
        held_until=at + timedelta(days=14),
        settled_at=at if paid else None,
    )
    price = facts.get("price", share_type.price)
    facts = {"pickups": season.length, "cost": price, "price": price, "last_week": season.length} | facts
    return Share.objects.create(
        order=order, household=household, share_type=share_type, site=site, turn=turn, first_week=first_week, **facts
    )
