"""A household chooses its price on the join page, and the farmer sets the range in the wizard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from people.models import Letter
from shares.models import FundWish, LedgerEntry, Order, Share, ShareType
from shares.solidarity.fund import fund_of, set_rule
from tests.factories import NOW
from tests.shares.test_fund import fill
from tests.shares.test_join import URL, wish, words
from tests.shares.test_wizard import a_site, a_type, farm, fern, say_what, say_where, set_up, start
from tests.shares.test_wizard import client as at_new_farm

__all__ = ["at_new_farm", "farm", "fern"]


@pytest.fixture
def full(cast):
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=39000, suggested=70000, highest=78000)
    cast.full.refresh_from_db()
    return cast.full


def choice(cast, pay, amount="", **facts):
    return wish(cast, pay=pay, amount=amount, method="offline", **facts)


@pytest.mark.parametrize(
    ("pay", "amount", "paid"),
    [("suggested", "", 70000), ("cost", "", 65000), ("own", "651,50", 65150), ("own", "٦٨٠", 68000),
     ("cost", "12", 65000), ("own", "780", 78000), ("suggested", "not a price", 70000)],
)  # fmt: skip
def test_each_way_to_choose_is_what_is_owed(client, cast, full, pay, amount, paid):
    assert client.post(URL, choice(cast, pay, amount)).status_code == 302
    share = Share.objects.get()
    assert (share.cost, share.price) == (65000, paid)


def test_the_lowest_price_is_met_by_the_fund(client, cast, full):
    fill(cast, 26000)
    assert client.post(URL, choice(cast, "lowest")).status_code == 302
    assert (Share.objects.get().price, fund_of(cast.farm).balance) == (39000, 0)


def test_who_joins_late_pays_the_part_of_the_chosen_price(client, cast, full, clock):
    clock(NOW + timedelta(weeks=10))
    client.post(URL, choice(cast, "own", "700"))
    share = Share.objects.get()
    assert (share.pickups, share.cost, share.price) == (15, 39000, 42000)


@pytest.mark.parametrize(
    ("pay", "amount", "message"),
    [
        ("own", "389.99", "“Full share” can be had for €390 to €780."),
        ("own", "1.234,56", "“Full share” can be had for €390 to €780."),
        ("own", "0", "“Full share” can be had for €390 to €780."),
        ("own", "", "Enter the amount you would like to pay."),
        ("own", "-400", "Enter a number that is not below zero."),
        ("own", "$500", "Write it in plain digits, like 1250 or 1.5."),
        ("own", "500 USD", "Write it in plain digits, like 1250 or 1.5."),
        ("own", "9" * 30, "This number is too large."),
        ("own", "1e3", "Write it in plain digits, like 1250 or 1.5."),
        ("own", "\x00", "Write it in plain digits, like 1250 or 1.5."),
        ("", "", "Choose a price."),
        ("free", "", "Choose one of these prices."),
    ],
)
def test_a_price_that_cannot_be_is_refused_beside_its_field_and_nothing_changes(
    client, cast, full, pay, amount, message
):
    answer = client.post(URL, choice(cast, pay, amount))
    assert answer.status_code == 422
    assert message in words(answer)
    assert 'value="Leïla Abidi"' in answer.content.decode()
    assert (Order.objects.count(), Share.objects.count(), LedgerEntry.objects.count()) == (0, 0, 0)


def test_a_fixed_price_is_not_changed_by_a_forged_form(client, cast):
    client.post(URL, choice(cast, "own", "1"))
    assert Share.objects.get().price == 65000


def test_the_price_in_sight_follows_the_choice(client, cast, full):
    assert "€700.00 €50.00 of it goes into the solidarity fund." in total(client, choice(cast, "suggested"))
    fill(cast, 26000)
    assert "€390.00 €260.00 of the cost comes out of the solidarity fund." in total(client, choice(cast, "lowest"))
    assert "For the solidarity fund €12.00" in total(client, choice(cast, "cost", donation="12"))


def total(client, form):
    return words(client.get(f"{URL}price/", form))


def test_when_the_fund_is_short_it_is_said_before_anything_is_bought_and_what_was_typed_stays(client, cast, full):
    told = "There is not enough in the solidarity fund for this price just now."
    assert told in total(client, choice(cast, "lowest"))
    answer = client.post(URL, choice(cast, "lowest"))
    assert answer.status_code == 422
    assert told in words(answer)
    assert 'value="leila@example.org"' in answer.content.decode()
    assert (Order.objects.count(), Share.objects.count()) == (0, 0)
    set_rule(cast.farm, when_short="bear", limit=26000, at=NOW)
    assert told not in total(client, choice(cast, "lowest"))
    assert client.post(URL, choice(cast, "lowest")).status_code == 302


def test_who_asks_to_be_told_is_told_when_the_fund_can_help(client, cast, full):
    form = choice(cast, "lowest", act="wait")
    for _n in range(2):
        assert client.post(URL, form)["Location"] == "/f/cedar-bend-farm/"
    asked = FundWish.objects.get()
    assert (asked.email, asked.needed, asked.share_type, Order.objects.count()) == ("leila@example.org", 26000, full, 0)
    fill(cast, 25999)
    assert not Letter.objects.filter(kind="fund_can_help").exists()
    fill(cast, 1)
    assert Letter.objects.get(kind="fund_can_help").to_email == "leila@example.org"


def test_a_gift_rides_along_and_comes_into_the_fund(client, cast):
    client.post(URL, wish(cast, method="offline", donation="20"))
    order = Order.objects.get()
    assert order.donation == 2000
    for wrong in ("-1", "abc", "1e9", "9" * 20):
        answer = client.post(URL, wish(cast, method="offline", donation=wrong))
        assert answer.status_code == 422
    assert Order.objects.count() == 1


def test_the_farm_page_shows_the_range(client, cast, full):
    assert "€390 – €780 you choose; it costs €650" in words(client.get("/f/cedar-bend-farm/"))


# --- the wizard ---------------------------------------------------------------------------------

CHOSEN = {"chooses": "on", "lowest": "390", "suggested": "700", "highest": "780"}


def test_a_farmer_lets_households_choose(at_new_farm, farm):
    season = set_up(at_new_farm, farm, sites=[a_site()], types=[a_type(**CHOSEN), a_type("Half", lowest="1")])
    ranges = list(season.share_types.values_list("price", "lowest", "suggested", "highest"))
    assert ranges == [(65000, 39000, 70000, 78000), (65000, None, None, None)]


def test_the_range_is_for_each_pickup_where_prices_are(at_new_farm, farm):
    kind = a_type(price="26", chooses="on", lowest="20", highest="30")
    season = set_up(at_new_farm, farm, sites=[a_site()], types=[kind], per="week")
    assert list(season.share_types.values_list("price", "lowest", "suggested", "highest")) == [
        (65000, 50000, 65000, 75000)
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"lowest": "651"}, "lowest"), ({"lowest": ""}, "lowest"), ({"highest": "649"}, "highest"),
     ({"highest": ""}, "highest"), ({"suggested": "800"}, "suggested"), ({"suggested": "-1"}, "suggested"),
     ({"is_addon": "on"}, "chooses"), ({"lowest": "x"}, "lowest")],
)  # fmt: skip
def test_a_range_that_cannot_be_is_told_beside_its_field(at_new_farm, farm, wrong, field):
    season = start(at_new_farm, farm)
    say_where(at_new_farm, season, a_site())
    answer = say_what(at_new_farm, season, a_type(**CHOSEN | wrong))
    assert list(answer.context["formset"].forms[0].errors) == [field]
    assert ShareType.objects.count() == 0


def test_the_preview_tells_the_sum_that_is_needed(at_new_farm, farm):
    season = start(at_new_farm, farm)
    say_where(at_new_farm, season, a_site())
    told = words(say_what(at_new_farm, season, a_type(**CHOSEN), preview="1"))
    assert "If each household pays what you suggest, €5,000 goes into the solidarity fund." in told
    assert "If each paid the lowest price, the fund would need €26,000 ." in told
