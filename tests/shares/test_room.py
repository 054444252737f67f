"""A site's room on a day is for the boxes sold for it and for those moved to it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from farms.models import PickupDay, SeasonSite
from shares.buying.purchases import start_purchase
from shares.models import Order, Share, ShareType
from shares.money.settling import settle
from shares.prices.quotes import Line
from shares.prices.refusals import SiteFull
from tests.factories import NOW, make_household, make_share_type


@pytest.fixture
def full_once(cast):
    """Room for three at the market; on the day of week 3, an A week, two come from elsewhere."""
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(capacity=3)
    day = PickupDay.objects.get(week__season=cast.season, week__number=3, site=cast.market)
    PickupDay.objects.filter(pk=day.pk).update(moved_in=2)
    return day


def buy(cast, kind, turn="", at=NOW, method="offline"):
    return start_purchase(
        household=make_household(cast.farm),
        season=cast.season,
        lines=[Line(kind, cast.market, turn)],
        method=method,
        token=uuid.uuid4(),
        language="en",
        by=None,
        at=at,
    )


def test_a_share_is_not_sold_into_the_room_of_boxes_moved_to_a_day(cast, full_once):
    buy(cast, cast.full)
    with pytest.raises(SiteFull):
        buy(cast, cast.full)
    place = SeasonSite.objects.get(season=cast.season, site=cast.market)
    assert (Share.objects.count(), Order.objects.count(), place.taken_a, place.taken_b) == (1, 1, 1, 1)
    assert ShareType.objects.get(pk=cast.full.pk).taken == 1


def test_the_other_weeks_and_what_rides_along_in_a_box_are_sold_on(cast, full_once):
    every_second = make_share_type(cast.season, "Half, every second week", rhythm="biweekly")
    buy(cast, cast.full)
    buy(cast, every_second, "B")
    buy(cast, cast.eggs, "A")
    with pytest.raises(SiteFull):
        buy(cast, every_second, "A")
    assert Share.objects.count() == 3


def test_once_that_day_is_past_changing_the_room_is_sold_again(cast, full_once):
    buy(cast, cast.full)
    with pytest.raises(SiteFull):
        buy(cast, cast.full, at=full_once.deadline_at - timedelta(seconds=1))
    buy(cast, cast.full, at=full_once.deadline_at)
    assert Share.objects.count() == 2


def test_a_late_payment_does_not_take_the_room_of_boxes_that_came_meanwhile(cast, full_once, monkeypatch):
    PickupDay.objects.filter(pk=full_once.pk).update(moved_in=0)
    order = buy(cast, cast.full, method="card")
    Order.objects.filter(pk=order.pk).update(lapsed_at=NOW)
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(taken_a=0, taken_b=0)
    PickupDay.objects.filter(pk=full_once.pk).update(moved_in=3)
    settle(payment=order.payments.get(), provider_object="pi_1", amount=65000, fee=None, at=NOW)
    assert [refund.reason for refund in order.payments.get().refunds.all()] == ["late"]
