"""Co-holders split an order: each pays their part, it is settled when all have; what does not come lapses kindly."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import release_lapsed, start_purchase
from shares.models import Order, SharedPart
from shares.paying import parts, payments
from shares.prices.quotes import Line
from tests.factories import NOW
from tests.shares.test_purchase_races import all_at_once

THREE = [("Sam", "sam@example.org"), ("Kim", "kim@example.org"), ("Lou", "LOU@example.org")]
at_once = pytest.mark.django_db(transaction=True)


def buy(cast, method="card"):
    return start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(cast.full, cast.market)], method=method,
        token=uuid.uuid4(), language="en", by=cast.sam, at=NOW,
    )  # fmt: skip


def pays(part, stripe, at=NOW):
    payment = parts.pay_part(part, at=at)
    payments.open_payment_page(payment)
    stripe.pay(payment.session_id)
    payments.look_after(payment, at=at)
    return payment


def test_the_parts_sum_to_what_is_owed_and_each_gets_their_own_link(cast):
    order = buy(cast, "offline")
    made = parts.split_order(order, holders=THREE, at=NOW)
    assert [part.amount for part in made] == [21667, 21667, 21666]
    order.refresh_from_db()
    assert order.held_until == NOW + timedelta(days=7)
    letters = Letter.objects.filter(kind="shared_part")
    assert sorted(letter.to_email for letter in letters) == ["kim@example.org", "lou@example.org", "sam@example.org"]
    assert len({re.search(r"/part/[0-9a-f-]{36}/", letter.text)[0] for letter in letters}) == 3
    assert parts.split_order(order, holders=THREE[:2], at=NOW) == made


def test_the_order_is_settled_when_all_have_paid(cast, stripe):
    order = buy(cast, "offline")
    first, second, third = parts.split_order(order, holders=THREE, at=NOW)
    for part in (first, second):
        pays(part, stripe)
        order.refresh_from_db()
        assert order.settled_at is None
    assert parts.pay_part(first, at=NOW) is None
    pays(third, stripe)
    order.refresh_from_db()
    assert (order.settled_at, ledger.owed(order)) == (NOW, 0)


def test_the_payment_page_asks_the_co_holder_not_the_household(cast, stripe):
    order = buy(cast, "offline")
    _sam, kim, _lou = parts.split_order(order, holders=THREE, at=NOW)
    payment = parts.pay_part(kim, at=NOW)
    assert payments._payer_of(payment) == "kim@example.org"


def test_a_part_that_does_not_come_is_told_kindly_and_the_place_stays(cast, stripe, clock):
    order = buy(cast, "offline")
    first, *_others = parts.split_order(order, holders=THREE, at=NOW)
    pays(first, stripe)
    late = NOW + timedelta(days=7)
    assert parts.lapse_parts(at=late - timedelta(seconds=1)) == 0
    order.refresh_from_db()
    assert release_lapsed(order, at=late) is False
    assert (parts.lapse_parts(at=late), parts.lapse_parts(at=late)) == (2, 0)
    assert sorted(Letter.objects.filter(kind="shared_part_lapsed").values_list("to_email", flat=True)) == [
        "sam@example.org", "sam@example.org",
    ]  # fmt: skip
    clock(late)
    for part in SharedPart.objects.exclude(lapsed_at=None):
        pays(part, stripe, at=late)
    order.refresh_from_db()
    assert order.settled_at == late


def test_an_order_nobody_paid_lapses_as_any_other(cast):
    order = buy(cast, "offline")
    parts.split_order(order, holders=THREE, at=NOW)
    order.refresh_from_db()
    assert parts.lapse_parts(at=order.held_until) == 0
    assert release_lapsed(order, at=order.held_until) is True


@pytest.mark.parametrize(
    "holders",
    [[], THREE[:1], [THREE[0], ("Sam again", "SAM@example.org")], [(f"P{n}", f"p{n}@example.org") for n in range(9)]],
)
def test_an_order_is_split_among_two_to_eight_different_people(cast, holders):
    order = buy(cast)
    with pytest.raises(parts.CannotSplit):
        parts.split_order(order, holders=holders, at=NOW)
    assert SharedPart.objects.count() == 0


@at_once
def test_a_double_click_opens_one_payment_of_a_part(cast):
    order = buy(cast, "offline")
    part = parts.split_order(order, holders=THREE, at=NOW)[0]
    results = all_at_once(lambda n: parts.pay_part(SharedPart.objects.get(pk=part.pk), at=NOW), 5)
    assert {getattr(result, "pk", result) for result in results} == {order.payments.get().pk}


def test_the_pages_split_and_show_each_their_part(cast, client):
    order = buy(cast, "offline")
    page = f"/f/cedar-bend-farm/join/split/?order={order.token}"
    assert f'href="{page}"' in client.get(f"/f/cedar-bend-farm/join/done/?order={order.token}").content.decode()
    assert "sam@example.org" not in client.get(page).content.decode()  # a link alone tells nobody's address
    client.force_login(cast.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert 'value="sam@example.org"' in client.get(page).content.decode()
    client.logout()
    rows = {"holders-TOTAL_FORMS": "4", "holders-INITIAL_FORMS": "1", "holders-0-name": "Sam",
            "holders-0-email": "sam@example.org", "holders-1-name": "Kim"}  # fmt: skip
    refused = client.post(page, rows)
    assert refused.status_code == 422
    assert "Write both the name and the e-mail address." in refused.content.decode()
    assert client.post(page, rows | {"holders-1-email": "kim@example.org"}).status_code == 302
    part = SharedPart.objects.get(email="kim@example.org")
    text = client.get(f"/part/{part.token}/").content.decode()
    assert "€325.00" in text
    assert Order.objects.get().payments.count() == 0
    assert client.get(f"/part/{uuid.uuid4()}/").status_code == 404
    assert client.get(f"/f/other/join/split/?order={order.token}").status_code == 404
