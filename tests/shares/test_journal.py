"""The journal for the accountant: balances that tie, nothing about who chose which price, safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from shares.books import deferred, ledger
from shares.books.journal import NUMBERS, journal
from shares.buying import purchases
from shares.models import Account, Order, Share, ShareType
from shares.money import settling
from shares.prices.quotes import Line
from tests.factories import NOW, make_household

PAGE = "/f/cedar-bend-farm/desk/money/journal/"
JUNE = "?first=2027-06-01&last=2027-06-30"


def buy(cast, *, chosen=None, method="cash", at=NOW, amount=None):
    household = make_household(cast.farm)
    order = purchases.start_purchase(
        household=household, season=cast.season, lines=[Line(cast.full, cast.market, chosen=chosen)],
        method="offline", token=uuid.uuid4(), language="en", by=None, at=at,
    )  # fmt: skip
    amount = ledger.owed(order) if amount is None else amount
    settling.record_by_hand(order=order, method=method, amount=amount, note="", token=uuid.uuid4(), by=None, at=at)
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def busy(cast):
    """A farm with May's and June's money: one household pays above the cost, one below."""
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=40000, highest=90000)
    cast.full.refresh_from_db()
    buy(cast, at=NOW - timedelta(days=5))
    cast.generous = buy(cast, chosen=75000, method="bank")
    cast.helped = buy(cast, chosen=60000)
    for week in (1, 2, 3):
        deferred.post_deliveries(at=NOW + timedelta(weeks=week, hours=9))
    return cast


@pytest.fixture
def fresh(as_fern, cast):
    """Fern has shown who she is a moment ago."""
    shown_who_she_is(as_fern, cast.fern, ago=60)
    return as_fern


def shown_who_she_is(client, user, *, ago):
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time() - ago}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def rows(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_opening_and_movements_come_to_the_closing_balances(busy):
    book = journal(busy.farm, first=date(2027, 6, 1), last=date(2027, 6, 30))
    moved = {account: sum(line.amount for line in book.lines if line.account == account) for account in NUMBERS}
    assert {account: book.opening[account] + moved[account] for account in NUMBERS} == book.closing
    assert [sum(book.opening.values()), sum(moved.values()), sum(book.closing.values())] == [0, 0, 0]
    assert book.opening[Account.CASH] == 65000
    assert (book.closing[Account.CASH], book.closing[Account.BANK]) == (125000, 75000)
    for document in {line.document for line in book.lines}:
        assert sum(line.amount for line in book.lines if line.document == document) == 0


def test_the_next_period_opens_as_this_one_closed(busy):
    june = journal(busy.farm, first=date(2027, 6, 1), last=date(2027, 6, 14))
    july = journal(busy.farm, first=date(2027, 6, 15), last=date(2027, 7, 31))
    assert june.closing == july.opening


def test_a_day_is_the_farm_s_own(busy):
    """23:30 UTC on 30 June is July in Paris."""
    late = buy(busy, at=datetime(2027, 6, 30, 23, 30, tzinfo=UTC))
    text = f"Payment, order {late.pk}"
    june, july = (journal(busy.farm, first=date(2027, month, 1), last=date(2027, month, 30)) for month in (6, 7))
    assert [text in {line.text for line in book.lines} for book in (june, july)] == [False, True]


def test_who_chose_which_price_is_not_in_it(busy):
    book = journal(busy.farm, first=date(2027, 6, 1), last=date(2027, 6, 30))
    told = {line.household for line in book.lines if line.account in (Account.FUND, Account.PLEDGED, Account.SHARES)}
    assert told == {None}
    owed = [line for line in book.lines if line.account == Account.OWED and line.amount > 0]
    assert [(line.amount, line.household, line.document) for line in owed] == [(135000, None, "2027-06")]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_given_only_after_a_fresh_sign_in(busy, as_fern, kind):
    wanted = f"{PAGE}{JUNE}&format={kind}"
    shown_who_she_is(as_fern, busy.fern, ago=3600)
    answer = as_fern.get(wanted)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, reverse("sign_in_again"))
    shown_who_she_is(as_fern, busy.fern, ago=60)
    assert as_fern.get(wanted)["Content-Disposition"].endswith(f'journal-2027-06-01-2027-06-30.{kind}"')


def test_the_file_can_be_imported(busy, fresh):
    heads, *lines = rows(fresh.get(f"{PAGE}{JUNE}&format=csv"))
    assert heads == ["Date", "Document", "Account", "Name of the account", "Debit", "Credit", "Currency", "Text",
                     "Household"]  # fmt: skip
    assert ["2027-06-01", "", "1000", "Cash", "650.00", "", "EUR", "Opening balance", ""] in lines
    household = str(busy.generous.household.number)
    assert [line[2:] for line in lines if line[8] == household and line[2] == "1100"] == [
        ["1100", "Bank", "750.00", "", "EUR", f"Payment, order {busy.generous.pk}", household]
    ]
    moved = [line for line in lines if line[1]]
    debit, credit = (sum(Decimal(line[column] or 0) for line in moved) for column in (4, 5))
    assert debit == credit > 0
    sheet = load_workbook(io.BytesIO(fresh.get(f"{PAGE}{JUNE}&format=xlsx").content)).active
    assert [cell.value for cell in sheet[1]] == heads
    assert sheet.max_row == len(lines) + 1
    assert fresh.get(f"{PAGE}{JUNE}&format=pdf").status_code == 404


def test_what_a_spreadsheet_would_run_stays_text(cast, fresh):
    ledger.post(farm=cast.farm, key="x", kind="=1+1", moves={Account.CASH: 1, Account.BANK: -1}, at=NOW)
    lines = rows(fresh.get(f"{PAGE}{JUNE}&format=csv"))
    assert {line[7] for line in lines[1:] if line[1]} == {"'=1+1"}


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("?first=2027-06-30&last=2027-06-01", "The period ends before it begins."),
        ("?first=30 Feb&last=2027-06-01", "Enter a valid date."),
        ("?first=0001-01-01&last=2027-06-01", "2000"),
        ("?first=2027-06-01&last=9999-12-31", "2100"),
        ("?first=&last=", "This field is required."),
    ],
)
def test_a_period_that_is_none_is_refused_in_words(cast, fresh, period, words):
    for wanted in ("", "&format=csv"):
        answer = fresh.get(f"{PAGE}{period}{wanted}")
        assert answer.status_code == 422
        assert words in answer.content.decode()


def test_the_page_shows_each_account_s_balances(busy, as_fern):
    page = as_fern.get(PAGE + JUNE).content.decode()
    assert page.count('<th scope="row">') == len({"owed", "cash", "bank", "shares", "fund", "income"})


def test_the_queries_do_not_grow_with_what_happened(busy, django_assert_num_queries):
    for _again in range(2):
        with django_assert_num_queries(4):
            journal(busy.farm, first=date(2027, 6, 1), last=date(2027, 6, 30))
        buy(busy)
    assert Share.objects.count() == 5
