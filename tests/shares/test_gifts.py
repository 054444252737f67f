"""A share is given: one household pays, another collects, and is told on the day the giver chose, once it is paid."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from deliveries.changing import leaving
from deliveries.due import rosters
from people.models import Letter, User
from shares.books import ledger
from shares.buying import gifts
from shares.models import GiftOrder, Order, Share, ShareType
from shares.money.settling import record_by_hand
from tests.deliveries.test_leaving import day_of
from tests.factories import NOW

PAGE = "/f/cedar-bend-farm/gift/"


def typed(cast, **facts):
    return {
        "share": cast.full.pk, "site": cast.market.pk, "to_name": "Nour", "to_email": "Nour@example.org",
        "message": "Happy birthday", "tell_on": "2027-06-05", "name": "Maya", "email": "maya@example.org",
        "method": "offline", "token": str(uuid.UUID(int=7)),
    } | facts  # fmt: skip


def pay(order):
    amount = ledger.owed(order)
    return record_by_hand(order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=NOW)


def told():
    return sorted(Letter.objects.filter(kind="gift").values_list("to_email", flat=True))


def test_one_pays_another_collects_and_is_told_on_the_day(cast, client):
    assert f'href="{PAGE}"' in client.get("/f/cedar-bend-farm/").content.decode()
    client.post(PAGE, typed(cast))
    order = Order.objects.get()
    share = order.shares.get()
    assert [person.email for person in order.household.people.all()] == ["maya@example.org"]
    assert [person.email for person in share.household.people.all()] == ["nour@example.org"]
    assert gifts.tell_recipients(at=NOW + timedelta(days=30)) == 0  # not paid yet
    pay(order)
    assert set(Letter.objects.values_list("to_email", flat=True)) == {"maya@example.org"}
    assert gifts.tell_recipients(at=NOW + timedelta(days=3, hours=11)) == 0  # 4 June, 23:00 at the farm
    assert gifts.tell_recipients(at=NOW + timedelta(days=3, hours=12)) == 1
    assert gifts.tell_recipients(at=NOW + timedelta(days=9)) == 0
    letter = Letter.objects.get(kind="gift")
    assert letter.to_email == "nour@example.org"
    for words in ("Maya gives you a share", "“Happy birthday”", "Tue 8 June", "Everything is paid."):
        assert words in letter.text
    assert "€" not in letter.text
    [due] = rosters.expected([day_of(cast, 1)]).rows
    assert due.name == "Nour"


@pytest.mark.parametrize("lowest", [None, 39000])
def test_a_gift_is_paid_at_cost_and_the_page_says_so_where_others_choose(cast, client, lowest):
    chosen = {"lowest": lowest, "suggested": lowest and 70000, "highest": lowest and 78000}
    ShareType.objects.filter(pk=cast.full.pk).update(**chosen)
    text = client.get(PAGE).content.decode()
    assert ("A gift is paid at what the share costs" in text, "Full share · €650.00" in text) == (bool(lowest), True)
    client.post(PAGE, typed(cast) | {"pay": "lowest", f"price{cast.full.pk}-pay": "lowest", "chosen": "39000"})
    assert ledger.owed(Order.objects.get()) == 65000


def test_who_got_it_sees_the_share_and_no_price(cast, client):
    client.post(PAGE, typed(cast))
    pay(Order.objects.get())
    client.force_login(
        User.objects.get(email="nour@example.org"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = client.get("/my/share/").content.decode()
    assert "It was given to you." in page
    assert "€650" not in page
    share = Share.objects.get()
    assert client.get(f"/my/share/{share.pk}/cancel/").status_code == 404


def test_a_click_made_twice_is_one_gift(cast, client):
    client.post(PAGE, typed(cast))
    client.post(PAGE, typed(cast))
    assert (Order.objects.count(), GiftOrder.objects.count()) == (1, 1)


def test_a_gift_that_was_cancelled_is_told_to_nobody(cast, client):
    client.post(PAGE, typed(cast))
    order = Order.objects.get()
    pay(order)
    leaving.cancel_share(share=order.shares.get(), by=None, at=NOW)
    gifts.tell_recipients(at=NOW + timedelta(days=9))
    assert told() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("tell_on", "2027-05-31"), ("tell_on", "2028-06-05"), ("tell_on", "0001-01-01"), ("tell_on", "30 Feb"),
     ("to_email", "a@b.c, d@e.f"), ("to_name", "\u200b"), ("share", "0"), ("site", ""), ("message", "x" * 501),
     ("method", "pickup")],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_the_field(cast, client, field, value):
    answer = client.post(PAGE, typed(cast, **{field: value}))
    assert (answer.status_code, Order.objects.count(), User.objects.filter(email="nour@example.org").count()) == (
        422, 0, 0,
    )  # fmt: skip


def test_the_last_place_is_gone_and_nobody_was_made_a_household(cast, client):
    type(cast.full).objects.filter(pk=cast.full.pk).update(places=0)
    assert client.post(PAGE, typed(cast)).status_code == 422
    assert not User.objects.filter(email="nour@example.org").exists()
