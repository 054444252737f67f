"""Who has no preference for A or B weeks goes where fewer boxes are; under load too; a skipped week swaps nothing."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farms.models import SeasonSite
from shares.buying.purchases import start_purchase
from shares.models import Share, ShareType
from shares.prices import balance
from shares.prices.balance import lighter, off
from shares.prices.quotes import Line
from shares.prices.refusals import SiteFull
from tests import factories
from tests.deliveries.test_changes import at_once
from tests.factories import NOW


@pytest.fixture
def biweekly(cast) -> ShareType:
    return factories.make_share_type(cast.season, "Every other week", rhythm="biweekly")


def buy(cast, kind, *, turn: str = "A", any_turn: bool = True, site=None, quantity: int = 1) -> str:
    order = start_purchase(
        household=factories.make_household(cast.farm), season=cast.season, method="offline", token=uuid.uuid4(),
        lines=[Line(kind, site or cast.market, turn, quantity, any_turn=any_turn)], language="en", by=None, at=NOW,
    )  # fmt: skip
    return order.shares.first().turn


def turns(site=None) -> Counter:
    return Counter(Share.objects.filter(**{"site": site} if site else {}).values_list("turn", flat=True))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 100))
def test_one_share_more_never_leads_further_from_the_part_than_it_must(in_a, in_b, percent):
    boxes = Counter({(1, 1, "A"): in_a, (1, 1, "B"): in_b})
    chosen = lighter(boxes, site=1, share_type=1, percent_a=percent)
    ends = {"A": off(in_a + 1, in_b, percent), "B": off(in_a, in_b + 1, percent)}
    assert ends[chosen] == min(ends.values())


@pytest.mark.parametrize(("percent", "in_a"), [(50, 5), (40, 4), (0, 0), (100, 10)])
def test_buyers_without_a_preference_fill_a_and_b_weeks_in_the_part_the_farm_wants(cast, biweekly, percent, in_a):
    cast.season.percent_a = percent
    cast.season.save()
    for _ in range(10):
        buy(cast, biweekly)
    assert turns()["A"] == in_a
    assert Share.objects.filter(any_turn=True).count() == 10


def test_it_is_evened_out_by_site_and_by_size(cast, biweekly):
    small = factories.make_share_type(cast.season, "Small", rhythm="biweekly")
    buy(cast, biweekly, any_turn=False)
    assert buy(cast, biweekly, site=cast.school) == "A"
    assert buy(cast, biweekly) == "B"
    buy(cast, small, any_turn=False)
    assert buy(cast, small) == "B"
    assert buy(cast, factories.make_share_type(cast.season, "Large", rhythm="biweekly")) == "A"


def test_who_chose_a_turn_gets_it_and_who_left_it_gets_the_one_with_room(cast, biweekly):
    assert buy(cast, biweekly, turn="B", any_turn=False) == "B"
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(taken_a=500)
    assert buy(cast, biweekly) == "B"
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(taken_b=500)
    with pytest.raises(SiteFull):
        buy(cast, biweekly)


def test_shares_that_lapsed_count_no_more(cast, biweekly):
    for _ in range(3):
        share = factories.make_share(
            factories.make_household(cast.farm), biweekly, site=cast.market, turn="A", paid=False
        )
        share.order.lapsed_at = NOW
        share.order.save()
    assert buy(cast, biweekly) == "A"


def test_a_skipped_week_swaps_nothing(cast, biweekly):
    from deliveries.due import rosters
    from farms.models import PickupDay

    share = factories.make_share(factories.make_household(cast.farm), biweekly, site=cast.market, turn="A")
    cast.season.weeks.filter(number=3).update(skipped=True)
    days = PickupDay.objects.filter(week__season=cast.season, site=cast.market)
    due = [row.day for row in rosters.expected(days).rows if row.share == share.pk]
    numbers = dict(days.values_list("pk", "week__number"))
    assert [numbers[day] for day in due][:4] == [1, 5, 7, 9]


@pytest.mark.django_db(transaction=True)
def test_twenty_buyers_at_once_are_split_in_halves(cast, biweekly):
    at_once([lambda: buy(cast, biweekly) for _ in range(20)])
    assert turns() == {"A": 10, "B": 10}


@pytest.mark.django_db(transaction=True)
def test_twenty_buyers_who_look_before_they_buy_all_go_one_way(cast, biweekly, monkeypatch):
    """The twin: the turn that was suggested on the page is kept, without a look in the purchase."""
    chosen = balance.Suggestions(cast.season).turn(biweekly, cast.market)
    monkeypatch.setattr(balance, "decided", lambda season, lines, at: lines)
    at_once([lambda: buy(cast, biweekly, turn=chosen) for _ in range(20)])
    assert turns() == {chosen: 20}


def test_the_join_page_offers_either_and_shows_the_first_pickup_it_would_be(cast, biweekly, client):
    page = client.get(f"/f/{cast.farm.slug}/join/?share={biweekly.pk}").content.decode()
    assert "Either: the farm evens them out" in page
    buy(cast, biweekly, any_turn=False)
    facts = {
        "share": biweekly.pk, "quantity": 1, "site": cast.market.pk, "turn": "any", "name": "Noor",
        "email": "noor@example.org", "method": "offline", "token": uuid.uuid4(), "agree": "on",
    }  # fmt: skip
    answer = client.post(f"/f/{cast.farm.slug}/join/", facts)
    assert answer.status_code == 302
    share = Share.objects.get(household__name="Noor")
    assert (share.turn, share.any_turn, share.first_week) == ("B", True, 2)
