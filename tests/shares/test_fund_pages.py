"""Anyone gives to the fund; the farmer says what happens when it is short, and sees sums."""

from __future__ import annotations

import uuid

import pytest

from people.models import Letter
from shares.models import FundWish, Order, Payment, Share
from shares.solidarity.fund import fund_of, set_rule
from tests.factories import NOW
from tests.shares.test_fund import buy, fill, full
from tests.shares.test_join import words

__all__ = ["full"]
GIVE, DESK = "/f/cedar-bend-farm/fund/", "/f/cedar-bend-farm/desk/fund/"


def gift(**facts):
    usual = {"amount": "25,50", "name": "Leïla Abidi", "email": "leila@example.org", "method": "card"}
    return usual | {"token": str(uuid.uuid4())} | facts


def test_a_gift_by_card_is_in_the_fund_once_it_is_paid(client, cast, stripe):
    form = gift()
    for _n in range(3):
        answer = client.post(GIVE, form)
    payment = Payment.objects.get()
    assert (answer["Location"], payment.amount) == (payment.checkout_url, 2550)
    assert fund_of(cast.farm).balance == 0
    stripe.pay(payment.session_id)
    done = words(client.get(f"/f/cedar-bend-farm/join/done/?order={payment.order.token}"))
    assert "Thank you. It is in the fund." in done
    assert (fund_of(cast.farm).balance, Order.objects.count(), Share.objects.count()) == (2550, 1, 0)
    assert list(Letter.objects.values_list("kind", flat=True)) == ["receipt"]
    assert "€25.50" in Letter.objects.get().text
    assert "€25.50 in the fund now" in words(client.get(GIVE))


def test_a_gift_by_transfer_waits_for_it(client, cast):
    client.post(GIVE, gift(method="offline"))
    order = Order.objects.get()
    assert "It is in the fund once Cedar Bend Farm has your €25.50" in words(
        client.get(f"/f/cedar-bend-farm/join/done/?order={order.token}")
    )


@pytest.mark.parametrize("amount", ["0", "-1", "", "x", "1e3", "9" * 20, "0.005", "\x00", "NaN"])
def test_a_gift_that_cannot_be_is_told_beside_its_field(client, cast, amount):
    answer = client.post(GIVE, gift(amount=amount))
    assert answer.status_code == 422
    assert 'id="id_amount_error"' in answer.content.decode()
    assert (Order.objects.count(), Payment.objects.count()) == (0, 0)


def test_the_farmer_sets_the_rule(as_fern, cast, full):
    assert as_fern.post(DESK, {"act": "rule", "when_short": "bear", "limit": "250"}).status_code == 302
    stands = fund_of(cast.farm)
    assert (stands.when_short, stands.limit) == ("bear", 25000)
    for wrong in ({"limit": ""}, {"limit": "-1"}, {"when_short": "x"}, {"limit": "1e5"}):
        form = {"act": "rule", "when_short": "bear", "limit": "250"} | wrong
        assert as_fern.post(DESK, form).status_code == 422


def test_what_the_farm_has_borne_is_met_when_there_is_money(as_fern, cast, full):
    set_rule(cast.farm, when_short="bear", limit=25000, at=NOW)
    buy(cast, 40000)
    assert "could be met from the fund" not in words(as_fern.get(DESK))
    fill(cast, 30000)
    assert "€250.00 of what the farm has borne could be met from the fund now." in words(as_fern.get(DESK))
    as_fern.post(DESK, {"act": "relieve"})
    assert (fund_of(cast.farm).balance, fund_of(cast.farm).borne) == (5000, 0)


def test_the_farmer_sees_who_waits_but_not_for_how_much(as_fern, cast, full):
    FundWish.objects.create(
        farm=cast.farm, season=cast.season, share_type=full, name="Ada", email="ada@example.org", language="en",
        needed=23456, asked_at=NOW,
    )  # fmt: skip
    page = words(as_fern.get(DESK))
    assert "Ada" in page
    assert "234.56" not in page
