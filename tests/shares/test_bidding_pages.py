"""A bidding round through its pages: bids stay private, sums are seen, each is told their own price."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest

from people.models import Letter, User
from shares.books import ledger
from shares.models import Bid, BiddingRound, Order, Share
from shares.solidarity import bids
from shares.solidarity.bidding import Amounts
from shares.solidarity.bids import RoundIsOver, make_bid, open_round, settle_round
from tests.factories import NOW, make_household, make_user
from tests.shares.test_join import URL, words
from tests.shares.test_purchase_races import all_at_once

BID, DESK = "/f/cedar-bend-farm/bid/", "/f/cedar-bend-farm/desk/bidding/"
CLOSES = NOW + timedelta(days=7)


@pytest.fixture
def opened(cast):
    return open_round(
        season=cast.season, types=[cast.full, cast.half], budget=180000, opens_at=NOW, closes_at=CLOSES, at=NOW
    )


def offer(cast, **facts):
    return {
        "share_type": cast.full.pk, "comfortable": "500", "possible": "600", "limit": "700", "name": "Leïla Abidi",
        "email": "leila@example.org",
    } | facts  # fmt: skip


def bid(cast, opened, *amounts, at=NOW, household=None):
    return make_bid(
        opened=opened, household=household or make_household(cast.farm, user=make_user()), share_type=cast.full,
        amounts=Amounts(*amounts), language="en", at=at,
    )  # fmt: skip


def three(cast, opened):
    return [
        bid(cast, opened, 50000, 55000, 60000),
        bid(cast, opened, 60000, 61000, 90000),
        bid(cast, opened, *[60000] * 3),
    ]


def test_someone_new_bids_and_changes_it_by_the_link_in_the_letter(client, cast, opened):
    assert client.post(BID, offer(cast)).status_code == 302
    made = Bid.objects.get()
    assert (made.comfortable, made.possible, made.limit) == (50000, 60000, 70000)
    [letter] = Letter.objects.filter(kind="bid_in")
    link = f"{BID}{made.token}/"
    assert (letter.to_email, link in letter.text) == ("leila@example.org", True)
    assert 'value="500"' in client.get(link).content.decode()
    assert client.post(link, offer(cast, comfortable="550,50")).status_code == 302
    made.refresh_from_db()
    assert (made.comfortable, Bid.objects.count()) == (55050, 1)


def test_a_member_bids_for_their_household(as_sam, cast, opened):
    assert "A bidding round for Summer 2027 is open" in words(as_sam.get("/my/money/"))
    as_sam.post(BID, {name: value for name, value in offer(cast).items() if name not in ("name", "email")})
    assert Bid.objects.get().household == cast.sams


def test_amounts_that_are_left_out_are_the_ones_before(client, cast, opened):
    client.post(BID, offer(cast, possible="", limit=""))
    made = Bid.objects.get()
    assert (made.comfortable, made.possible, made.limit) == (50000, 50000, 50000)


def test_an_address_typed_by_somebody_else_never_changes_a_bid(client, cast, opened):
    mine = bid(cast, opened, 50000, 60000, 70000, household=cast.sams)
    answer = client.post(BID, offer(cast, email=cast.sam.email, comfortable="1", possible="", limit=""))
    assert answer.status_code == 302
    mine.refresh_from_db()
    assert (mine.comfortable, Bid.objects.count()) == (50000, 1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"comfortable": ""}, "Enter what you pay gladly."),
        ({"comfortable": "-5"}, "Enter a number that is not below zero."),
        ({"possible": "499"}, "This is less than what you pay gladly."),
        ({"limit": "599"}, "This is less than what is possible for you."),
        ({"limit": "9" * 30}, "This number is too large."),
        ({"limit": "1e9"}, "Write it in plain digits"),
        ({"share_type": "999999"}, "Choose one of these shares."),
        ({"email": "nobody"}, "Enter one e-mail address"),
    ],
)
def test_a_bid_that_cannot_be_is_told_beside_its_field(client, cast, opened, wrong, message):
    answer = client.post(BID, offer(cast, **wrong))
    assert (answer.status_code, message in words(answer)) == (422, True)
    assert (Bid.objects.count(), User.objects.filter(email="leila@example.org").count()) == (0, 0)


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False), (1, False)])
def test_one_may_bid_until_the_round_closes(client, cast, opened, clock, seconds, is_open):
    clock(CLOSES + timedelta(seconds=seconds))
    client.post(BID, offer(cast))
    assert Bid.objects.exists() == is_open


def test_the_farm_sees_sums_from_three_bids_on_and_never_a_bid(as_fern, cast, opened):
    canary = bid(cast, opened, 51234, 56789, 61111)
    bid(cast, opened, 60000, 61000, 90000)
    page = words(as_fern.get(DESK))
    assert "Sums stand here from 3 bids on" in page
    assert "1,112.34" not in page
    bid(cast, opened, 60000, 60000, 60000)
    page = words(as_fern.get(DESK))
    assert "€1,712.34" in page
    household = f"/f/cedar-bend-farm/desk/people/{canary.household.number}/"
    for told in ("512.34", "567.89", "611.11"):
        assert told not in page + words(as_fern.get(household)) + words(as_fern.get("/f/cedar-bend-farm/desk/people/"))


def test_a_farmer_opens_a_round_and_settles_it_and_each_is_told_their_own_price(as_fern, client, cast, stripe):
    form = {
        "act": "open",
        "season": cast.season.pk,
        "types": [cast.full.pk],
        "budget": "1,800",
        "closes_at": "2027-06-05T20:00",
    }
    assert as_fern.post(DESK, form).status_code == 302
    opened = BiddingRound.objects.get()
    assert (opened.number, opened.budget) == (1, 180000)
    _low, high, _fixed = three(cast, opened)
    assert as_fern.post(DESK, {"act": "settle", "round": opened.pk}).status_code == 302
    assert [each.price for each in Bid.objects.order_by("pk")] == [50000, 70000, 60000]
    told = {letter.to_email: letter.text for letter in Letter.objects.filter(kind="bid_settled")}
    assert ["€700.00" in text for text in told.values()] == [False, True, False]
    assert as_fern.post(DESK, {"act": "settle", "round": opened.pk}).status_code == 302
    assert Letter.objects.filter(kind="bid_settled").count() == 3
    page = words(client.get(f"{BID}{high.token}/"))
    assert "€700.00" in page


def test_the_settled_price_becomes_the_order_once(client, cast, opened, stripe):
    _low, high, _fixed = three(cast, opened)
    settle_round(opened, at=NOW + timedelta(seconds=1))
    address = f"{URL}?season={cast.season.pk}&bid={high.token}"
    assert "€700.00" in words(client.get(address))
    form = {"share": cast.full.pk, "site": cast.market.pk, "turn": "A", "method": "offline", "token": str(uuid.uuid4())}
    assert client.post(address, form).status_code == 302
    share = Share.objects.get()
    assert (share.household, share.cost, share.price) == (high.household, 70000, 70000)
    assert ledger.owed(Order.objects.get()) == 70000
    again = client.post(address, form | {"token": str(uuid.uuid4()), "name": "x", "email": "x@example.org"})
    assert Share.objects.filter(household=high.household).count() == 1
    assert again.status_code in (302, 422)


def test_a_round_that_misses_says_by_how_much_and_asks_again(as_fern, client, cast, opened):
    made = three(cast, opened)
    BiddingRound.objects.filter(pk=opened.pk).update(budget=300000)
    opened.refresh_from_db()
    as_fern.post(DESK, {"act": "settle", "round": opened.pk})
    opened.refresh_from_db()
    assert (opened.short, Bid.objects.exclude(price=None).count()) == (90000, 0)
    assert "misses it by €900.00" in words(client.get(f"{BID}{made[0].token}/"))
    form = {
        "act": "open",
        "season": cast.season.pk,
        "types": [cast.full.pk],
        "budget": "2900",
        "closes_at": "2027-06-09T20:00",
    }
    as_fern.post(DESK, form)
    assert BiddingRound.objects.first().number == 2
    assert Letter.objects.filter(kind="bid_again").count() == 3
    assert "misses the budget by €900.00" in Letter.objects.filter(kind="bid_again").first().text


@pytest.mark.parametrize(
    "wrong",
    [{"budget": "0"}, {"budget": "-1"}, {"budget": "x"}, {"types": []}, {"closes_at": "2027-05-01T10:00"},
     {"closes_at": "9999-01-01T10:00"}, {"closes_at": "soon"}, {"season": "77777"}],
)  # fmt: skip
def test_a_round_that_cannot_be_is_not_opened(as_fern, cast, wrong):
    form = {
        "act": "open",
        "season": cast.season.pk,
        "types": [cast.full.pk],
        "budget": "9",
        "closes_at": "2027-06-09T20:00",
    }
    assert as_fern.post(DESK, form | wrong).status_code == 422
    assert BiddingRound.objects.count() == 0


def test_another_farm_s_round_is_not_settled(as_olga, cast, opened):
    assert as_olga.post("/f/other-farm/desk/bidding/", {"act": "settle", "round": opened.pk}).status_code == 404
    assert as_olga.post("/f/other-farm/desk/bidding/", {"act": "settle", "round": "9" * 30}).status_code == 404
    opened.refresh_from_db()
    assert opened.settled_at is None


@pytest.mark.django_db(transaction=True)
def test_a_bid_comes_before_the_settling_or_is_refused(cast, opened, monkeypatch):
    """Nobody bids into a round while it is being settled: what is settled has every bid that is in."""
    three(cast, opened)
    late, looked = make_household(cast.farm, user=make_user()), threading.Event()
    settle = bids.bidding.settle

    def slowly(*told):
        looked.set()
        threading.Event().wait(0.5)
        return settle(*told)

    def act(n):
        if n:
            looked.wait(10)
            return bid(cast, opened, 1, 2, 3, household=late)
        return settle_round(opened, at=NOW + timedelta(seconds=1))

    monkeypatch.setattr(bids.bidding, "settle", slowly)
    results = all_at_once(act, 2)
    assert isinstance(results[1], RoundIsOver)
    assert not Bid.objects.filter(round=opened, price=None).exists()
