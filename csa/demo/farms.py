"""The demo's farms: facts, sites, a season about half over, what it sells, and who bought it."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from allauth.account.models import EmailAddress
from django.utils import translation
from django.utils.text import slugify

from csa.demo.arabic import said
from csa.demo.names import household_name
from farms.households import open_household
from farms.models import Farm, Household, PickupSite, Season, SeasonSite, StaffMember
from farms.seasons import lay_out_season
from people.models import User
from shares.buying.purchases import start_purchase
from shares.models import BudgetLine, OpenBook, Order, ShareType
from shares.money.settling import record_by_hand
from shares.prices.quotes import Line

PASSWORD = "bring-a-basket"  # noqa: S105  (printed with the demo; there is nothing to protect)
WEEKS = 25
PAST = 12


@dataclass(frozen=True)
class Place:
    """Who a demo farm is."""

    name: str
    slug: str
    tagline: str
    story: str
    address: str
    town: str
    timezone: str
    country: str
    currency: str
    language: str = "en"


PLACES = (
    Place(
        "Cedar Bend Farm",
        "cedar-bend",
        "Vegetables for our neighbours, June to November.",
        "We are Fern and Tom. We grow forty kinds of vegetables on three hectares by the river, without sprays, "
        "and know most of the people who eat them.",
        "Cedar Bend 2",
        "Mill Village",
        "Europe/Paris",
        "FR",
        "EUR",
    ),
    Place(
        "مزرعة وادي الأرز",
        "wadi-al-arz",
        "خضار الموسم لجيراننا، من الحقل إلى البيت.",
        "نحن عائلة تزرع الوادي منذ أربعة أجيال، ونتقاسم ما تعطيه الأرض مع من يأكل منها.",
        "طريق الوادي ٧",
        "بشري",
        "Asia/Beirut",
        "LB",
        "USD",
        "ar",
    ),
)
# name, address, weekday, from, to
SITES = (
    ("Tuesday Market", "4 Mill Lane", 1, time(17), time(19, 30)),
    ("School gate", "1 School Road", 1, time(16), time(18)),
    ("Farm stand", "Cedar Bend 2", 4, time(16), time(19)),
    ("Library", "9 Station Street", 4, time(17), time(19)),
    ("Bakery yard", "12 Oven Street", 1, time(17), time(18, 30)),
)

TERMS = (
    "We share what grows: more in a good week, less in a thin one. Whoever cannot come may hold or move "
    "the week until two days before the pickup."
)


def make_farm(*, number: int, households: int, sites: int, seed: int, at: datetime) -> Season:
    """The demo's farm of this number (from 0), with its season on sale and its shares sold. Same seed, same farm."""
    dice = random.Random(f"{seed}:{number}")  # noqa: S311
    farm = _farm(number, at)
    _staff(farm, at)
    season = _season(farm, _sites(farm, sites), households, at)
    with translation.override(farm.language):
        _sell(season, households, dice)
    _open_the_tables(season, at)
    return season


def _farm(number: int, at: datetime) -> Farm:
    place = place_of(number)
    facts = {key: getattr(place, key) for key in Place.__dataclass_fields__}
    long_ago = at - timedelta(weeks=30)
    return Farm.objects.create(
        **facts,
        email=f"hello@{place.slug}.example",
        phone="+33 1 99 00 00 00",
        created_at=long_ago,
        published_at=long_ago,
    )


def place_of(number: int) -> Place:
    """Who the demo's farm of this number (from 0) is."""
    if number < len(PLACES):
        return PLACES[number]
    name = f"Hedgerow Farm {number + 1}"
    return Place(
        name, slugify(name), "Shares of what grows.", "", "Field 1", "Northfield", "America/New_York", "US", "USD"
    )


def _staff(farm: Farm, at: datetime) -> None:
    for role in (StaffMember.Role.OWNER, StaffMember.Role.PACKER):
        with translation.override(farm.language):
            user = _user(f"{role.value}@{farm.slug}.example", str(role.label), farm.language)
        StaffMember.objects.create(farm=farm, user=user, role=role, since=at)


def _user(email: str, name: str, language: str, *, password: bool = True) -> User:
    user = User(email=email, name=name, language=language)
    if password:
        user.set_password(PASSWORD)
    else:
        user.set_unusable_password()
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _sites(farm: Farm, number: int) -> list[PickupSite]:
    sites = []
    for position in range(number):
        name, address, weekday, opens, closes = SITES[position % len(SITES)]
        name, address = said(name, farm.language), said(address, farm.language)
        round_ = position // len(SITES)
        facts = {"name": f"{name} {round_ + 1}" if round_ else name, "address": address, "weekday": weekday}
        facts |= {"opens": opens, "closes": closes, "position": position}
        facts |= {"public_note": said("Look for the green awning.", farm.language)}
        facts |= {"private_note": said("Door code 2468", farm.language)}
        sites.append(PickupSite.objects.create(farm=farm, **facts))
    return sites


def _season(farm: Farm, sites: list[PickupSite], households: int, at: datetime) -> Season:
    today = at.astimezone(farm.zone).date()
    first_day = _tuesday_before(today) - timedelta(weeks=PAST)
    long_ago = at - timedelta(weeks=PAST + 12)
    season = Season.objects.create(
        farm=farm,
        name=f"{said('Season', farm.language)} {first_day.year}",
        first_day=first_day,
        length=WEEKS,
        costs=households * 48000,
        terms=said(TERMS, farm.language),
        created_at=long_ago,
        opens_at=long_ago,
        opened_at=long_ago,
    )
    SeasonSite.objects.bulk_create(SeasonSite(season=season, site=site, capacity=max(households, 20)) for site in sites)
    lay_out_season(season=season, at=long_ago)
    _share_types(season, households)
    _open_book(season, households, long_ago)
    return season


def _open_book(season: Season, households: int, at: datetime) -> None:
    """What the season costs, for everybody to see; the lines sum to its costs."""
    lines = (("Wages", 30000), ("Seed and plants", 6000), ("Land and tools", 8000), ("Boxes and rounds", 4000))
    BudgetLine.objects.bulk_create(
        BudgetLine(season=season, name=said(name, season.farm.language), amount=households * each, position=position)
        for position, (name, each) in enumerate(lines)
    )
    OpenBook.objects.create(season=season, published_at=at)


def _tuesday_before(day: date) -> date:
    """The Tuesday on or before a day: the season's weeks begin there."""
    return day - timedelta(days=(day.weekday() - 1) % 7)


def _share_types(season: Season, households: int) -> None:
    biweekly, language = ShareType.Rhythm.BIWEEKLY, season.farm.language
    rows = (
        ("Full share", "For 3–4 people", 2, 65000, ShareType.Rhythm.WEEKLY, False, households),
        ("Half share", "For 1–2 people", 1, 35000, ShareType.Rhythm.WEEKLY, False, households),
        ("Half share, every second week", "For small appetites", 1, 18200, biweekly, False, households // 2),
        ("Eggs", "Six eggs from our hens", 1, 7500, ShareType.Rhythm.WEEKLY, True, households),
        ("Bread", "A sourdough loaf of 1 kg", 1, 7150, biweekly, True, households),
    )
    ShareType.objects.bulk_create(
        ShareType(
            season=season, name=said(name, language), feeds=said(feeds, language), weight=weight, price=price,
            rhythm=rhythm, is_addon=addon, places=max(places, 10), position=position,
        )
        for position, (name, feeds, weight, price, rhythm, addon, places) in enumerate(rows)
    )  # fmt: skip


def _sell(season: Season, households: int, dice: random.Random) -> None:
    """Everyone buys before the season; the last few have ordered now and not paid yet. Whom the demo shows round, the
    first household, has a box every week."""
    types = list(season.share_types.order_by("position"))
    sites = [row.site for row in season.season_sites.select_related("site")]
    assert season.opened_at is not None
    for n in range(households):
        bought_at = season.opened_at + timedelta(hours=2 + n * 24 * 60 // max(households, 1))
        household = _household(season.farm, n, dice, bought_at)
        order = start_purchase(
            household=household,
            season=season,
            lines=_wishes(types, sites, dice) if n else [Line(types[0], sites[-1], ""), Line(types[-2], sites[-1], "")],
            method=Order.Method.OFFLINE,
            token=uuid.UUID(int=dice.getrandbits(128), version=4),
            language=season.farm.language,
            by=None,
            at=bought_at,
        )
        _pay(order, dice, bought_at + timedelta(days=dice.randint(0, 5)))


def _open_the_tables(season: Season, at: datetime) -> None:
    """Shares may be given away, to the food bank, and items swapped until the evening before."""
    place = open_household(farm=season.farm, name=said("Food bank", season.farm.language), user=None, at=at)
    place.is_place = True
    place.save(update_fields=["is_place"])
    season.gifts_to, season.swaps_close = place, time(20)
    season.save(update_fields=["gifts_to", "swaps_close"])


def _household(farm: Farm, number: int, dice: random.Random, at: datetime) -> Household:
    name = household_name(dice, farm.language)
    email = f"member{number + 1}@{farm.slug}.example"
    user = _user(email, name, farm.language, password=False) if number else _user(email, name, farm.language)
    return open_household(
        farm=farm, name=name, user=user, phone=f"+33 6 99 {number // 100:02} {number % 100:02} 00", at=at
    )


def _wishes(types: list[ShareType], sites: list[PickupSite], dice: random.Random) -> list[Line]:
    site, (*bases, eggs, bread) = dice.choice(sites), types
    base = dice.choices(bases, weights=(5, 4, 1))[0]
    wishes = [Line(base, site, dice.choice("AB") if base.rhythm == ShareType.Rhythm.BIWEEKLY else "")]
    if dice.random() < 0.4:
        wishes.append(Line(eggs, site, "", dice.choice((1, 1, 2))))
    if dice.random() < 0.3:
        wishes.append(Line(bread, site, dice.choice("AB")))
    return wishes


def _pay(order: Order, dice: random.Random, at: datetime) -> None:
    record_by_hand(
        order=order,
        method=dice.choice(("bank", "bank", "cash")),
        amount=sum(share.price for share in order.shares.all()),
        note="",
        token=uuid.UUID(int=dice.getrandbits(128), version=4),
        by=None,
        at=at,
    )
