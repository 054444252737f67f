"""The open book: sums that tie, live, and only while the farm publishes it."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from deliveries.book.open_book import open_book_of
from farms.models import Season
from shares.buying.purchases import start_purchase
from shares.models import BudgetLine, OpenBook
from shares.money.settling import record_by_hand
from shares.prices.quotes import Line
from tests.deliveries.harvesting import make_harvest, publish
from tests.factories import NOW, make_household
from tests.shares.test_fund import buy, fill, full, pay
from tests.shares.test_join import words

__all__ = ["full"]
PAGE, DESK = "/f/cedar-bend-farm/open-book/", "/f/cedar-bend-farm/desk/open-book/"


def rows(*lines, initial=0, **more):
    sent = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": initial}
    for n, (name, amount) in enumerate(lines):
        sent |= {f"lines-{n}-name": name, f"lines-{n}-amount": amount}
    return sent | more


@pytest.fixture
def published(cast):
    BudgetLine.objects.create(season=cast.season, name="Seed", amount=100000)
    BudgetLine.objects.create(season=cast.season, name="Wages", amount=400000, position=1)
    return OpenBook.objects.create(season=cast.season, published_at=NOW)


def test_a_book_is_read_by_everyone_once_it_is_published_and_not_before(client, as_fern, cast):
    assert client.get(PAGE).status_code == 404
    assert as_fern.post(DESK, rows(("Seed", "1,000"), ("", ""), ("Wages", "4000"), act="save")).status_code == 302
    assert client.get(PAGE).status_code == 404
    as_fern.post(DESK, rows(("Seed", "1,000"), ("Wages", "4000"), act="publish"))
    page = words(client.get(PAGE))
    assert "What for Amount Seed €1,000 Wages €4,000 The season costs €5,000" in page
    assert Season.objects.get(pk=cast.season.pk).costs == 500000
    assert "Open book: what the season costs" in words(client.get("/f/cedar-bend-farm/"))
    as_fern.post(DESK, rows(("Seed", "1,000"), act="take_back"))
    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize(
    "line", [("Seed", ""), ("", "5"), ("Seed", "-1"), ("Seed", "1e9"), ("\x00", "5"), ("x" * 81, "5")]
)
def test_a_line_that_cannot_be_is_refused_and_nothing_changes(as_fern, cast, published, line):
    assert as_fern.post(DESK, rows(line, act="take_back")).status_code == 422
    assert (cast.season.budget_lines.count(), OpenBook.objects.exclude(published_at=None).count()) == (2, 1)


def test_its_sums_are_the_books(cast, full, published, client):
    fill(cast, 30000)
    low, high, unpaid = buy(cast, 40000), buy(cast, 70000), buy(cast, household=make_household(cast.farm))
    for order in (low, high):
        pay(order)
    page = open_book_of(cast.season)
    assert (page.budget, page.sold, page.before) == (500000, 130000, 140000)
    assert (page.flows.given, page.flows.granted, page.balance) == (35000, 25000, 10000)
    told = words(client.get(PAGE))
    assert "Shares sold so far bring €1,300 of the €5,000 this season costs: 26%." in told
    assert "It is covered at" in told
    pay(unpaid, at=NOW + timedelta(days=30))  # after the first pickup: not what the season began with
    page = open_book_of(cast.season)
    assert (page.sold, page.before) == (195000, 140000)
    cast.season.budget_lines.update(amount=50000)  # two lines: covered by what is sold, whoever is still missing
    assert "It is covered at" not in words(client.get(PAGE))


def test_kilograms_are_those_of_the_harvests(cast, published, client):
    for wish in (Line(cast.full, cast.market), Line(cast.half, cast.school)):
        order = start_purchase(
            household=make_household(cast.farm), season=cast.season, lines=[wish], method="offline",
            token=uuid.uuid4(), language="en", by=None, at=NOW,
        )  # fmt: skip
        record_by_hand(
            order=order, method="cash", amount=wish.share_type.price, note="", token=uuid.uuid4(), by=None, at=NOW
        )
    publish(make_harvest(cast, {"Carrots": "80.4 kg", "Chard": "30 bunch"}, date=date(2027, 6, 8)), at=NOW)
    page = open_book_of(cast.season)
    assert page.grams == {1: 80400}
    assert "80 kg of what is weighed" in words(client.get(PAGE))


def test_nobody_can_be_told_from_it(cast, full, published, client):
    fill(cast, 40000)
    pay(buy(cast, 43217))
    pay(buy(cast, 50000, household=make_household(cast.farm)))
    page = words(client.get(PAGE))
    assert [secret for secret in (cast.sams.name, "432", "217.83", "Sam") if secret in page] == []


def test_another_farm_s_season_does_not_open(client, olga, cast, published):
    assert client.get(f"/f/other-farm/open-book/?season={cast.season.pk}").status_code == 404
