"""The farmer's books, through their pages."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta

import pytest

from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import release_lapsed, start_purchase
from shares.models import LedgerEntry, Order, Payment, ShareType
from shares.prices.quotes import Line
from tests.factories import NOW, make_household, make_share
from tests.shares.test_journal import shown_who_she_is

PEOPLE = "/f/cedar-bend-farm/desk/people/"
MONEY = "/f/cedar-bend-farm/desk/money/"


@pytest.fixture
def order(cast):
    return start_purchase(
        household=cast.sams,
        season=cast.season,
        lines=[Line(cast.full, cast.market)],
        method="offline",
        token=uuid.uuid4(),
        language="en",
        by=cast.sam,
        at=NOW,
    )


def came(order, **facts):
    return {"order": order.pk, "amount": "650", "method": "cash", "note": "", "token": str(uuid.uuid4())} | facts


def test_money_in_two_parts_settles_the_order_with_the_second(as_fern, cast, order):
    page = f"{PEOPLE}{cast.sams.number}/"
    assert as_fern.post(page, came(order, amount="150,00")).status_code == 302
    order.refresh_from_db()
    assert order.settled_at is None
    assert as_fern.post(page, came(order, amount="500")).status_code == 302
    order.refresh_from_db()
    assert order.settled_at == NOW
    assert [payment.amount for payment in Payment.objects.order_by("pk")] == [15000, 50000]


@pytest.mark.parametrize("amount", ["0", "-5", "650.01", "1e2", "abc", "", "9" * 30, "\x00", "NaN"])
def test_amounts_that_cannot_be_are_refused_beside_the_field(as_fern, cast, order, amount):
    answer = as_fern.post(f"{PEOPLE}{cast.sams.number}/", came(order, amount=amount))
    assert answer.status_code == 422
    assert 'id="id_amount' in answer.content.decode()
    assert (Payment.objects.count(), LedgerEntry.objects.count()) == (0, 2)


def test_money_for_another_farm_s_order_is_not_recorded(as_olga, cast, order):
    assert as_olga.post(f"{PEOPLE}{cast.sams.number}/", came(order)).status_code == 404
    assert as_olga.post(f"/f/other-farm/desk/people/{cast.sams.number}/", came(order)).status_code == 404
    assert Payment.objects.count() == 0


def test_people_are_found_by_name_number_and_e_mail(as_fern, cast):
    make_household(cast.farm, "Abidi")
    for words in ("Castillo", str(cast.sams.number), "sam@example"):
        page = as_fern.get(PEOPLE, {"q": words}).content.decode()
        assert ("Castillo–Reyes" in page, "Abidi" in page) == (True, False)
    assert "Nobody found" in as_fern.get(PEOPLE, {"q": "zzz"}).content.decode()


def test_the_people_table_leaves_as_csv_that_no_spreadsheet_runs(as_fern, cast):
    make_household(cast.farm, "=HYPERLINK(1)")
    shown_who_she_is(as_fern, cast.fern, ago=60)
    answer = as_fern.get(PEOPLE, {"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["Household", "'=HYPERLINK(1)", "Castillo–Reyes"]
    assert as_fern.get(PEOPLE, {"format": "xlsx"}).content[:2] == b"PK"
    assert as_fern.get(PEOPLE, {"format": "exe"}).status_code == 404


def test_the_people_page_asks_the_same_number_of_questions_for_1_and_30_households(
    as_fern, cast, django_assert_num_queries
):
    make_share(cast.sams, cast.full)
    with django_assert_num_queries(9):
        as_fern.get(PEOPLE)
    for _n in range(30):
        make_share(make_household(cast.farm), cast.full)
    with django_assert_num_queries(9):
        as_fern.get(PEOPLE)


def test_the_money_page_shows_what_came_and_what_is_waited_for(as_fern, cast, order):
    assert "€650.00" in as_fern.get(MONEY).content.decode()
    as_fern.post(f"{PEOPLE}{cast.sams.number}/", came(order))
    page = as_fern.get(MONEY).content.decode()
    assert "No order waits for its money." in page
    shown_who_she_is(as_fern, cast.fern, ago=60)
    rows = list(csv.reader(io.StringIO(as_fern.get(MONEY, {"format": "csv"}).content.decode("utf-8-sig"))))
    assert rows[1][1:5] == ["Castillo–Reyes", str(order.pk), "Cash", "650.00"]


def test_a_household_sees_its_orders_and_nobody_else_s(as_sam, as_oz, cast, order):
    assert "Waiting for payment" in as_sam.get("/my/money/").content.decode()
    assert as_oz.get("/my/money/").status_code == 404


def test_an_offline_order_is_held_for_two_weeks(cast, order):
    assert order.held_until == NOW + timedelta(days=14)
    assert Order.objects.overdue(NOW + timedelta(days=14)).count() == 1


def test_a_transfer_that_comes_after_the_hold_lapsed_takes_its_place_again(as_fern, cast, order):
    assert release_lapsed(order, at=order.held_until)
    assert Letter.objects.get(kind="lapse").to_email == cast.sam.email
    answer = as_fern.post(f"{PEOPLE}{cast.sams.number}/", came(order))
    order.refresh_from_db()
    cast.full.refresh_from_db()
    assert (answer.status_code, order.settled_at, order.lapsed_at, cast.full.taken) == (302, NOW, None, 1)
    assert ledger.owed(order) == 0


def test_a_late_transfer_for_places_that_are_sold_is_not_recorded(as_fern, cast, order):
    assert release_lapsed(order, at=order.held_until)
    ShareType.objects.filter(pk=cast.full.pk).update(taken=100)
    answer = as_fern.post(f"{PEOPLE}{cast.sams.number}/", came(order))
    assert answer.status_code == 422
    assert "Its places are sold." in answer.content.decode()
    assert (Payment.objects.count(), ledger.owed(order)) == (0, 0)
