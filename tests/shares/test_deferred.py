"""A share is income as it is delivered: week by week, to the last cent, whatever happens to a day or a purchase."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from farms.models import PickupDay, Season, Week
from shares.books import deferred, ledger
from shares.buying import purchases
from shares.models import Account, LedgerEntry, Posting, Share
from shares.money import settling
from shares.prices import prices
from shares.prices.quotes import Line
from shares.tasks import post_deliveries
from tests.factories import NOW, make_household

WEEK = timedelta(weeks=1)


def buy(cast, kind, site, turn="", *, paid=True, at=NOW, household=None):
    order = purchases.start_purchase(
        household=household or cast.sams, season=cast.season, lines=[Line(kind, site, turn)], method="offline",
        token=uuid.uuid4(), language="en", by=None, at=at,
    )  # fmt: skip
    if paid:
        pay(order, at)
    return order


def pay(order, at):
    settling.record_by_hand(
        order=order, method="cash", amount=ledger.owed(order), note="", token=uuid.uuid4(), by=None, at=at
    )


def balance(farm, account):
    entries = LedgerEntry.objects.filter(posting__farm=farm, account=account)
    return entries.aggregate(sum=Sum("amount"))["sum"] or 0


def day_of(cast, week, site=None):
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=site or cast.market)


def sweep_through(cast, *, until):
    """Every night of the season, twice."""
    for week in range(1, until + 1):
        night = day_of(cast, week, cast.school).ends_at + timedelta(hours=9)
        for _again in range(2):
            post_deliveries(at=night.isoformat())


@given(cost=st.integers(0, 10**9), pickups=st.integers(1, 60))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_parts_of_a_share_sum_to_its_cost_and_are_even(cost, pickups):
    parts = [deferred.nth_part(cost, nth=nth, pickups=pickups) for nth in range(1, pickups + 1)]
    assert sum(parts) == cost
    assert max(parts) - min(parts) <= 1
    left = pickups // 3
    assert prices.part_of(cost, left=left, full=pickups) == sum(parts[pickups - left :])
    assert deferred.nth_part(cost, nth=pickups + 1, pickups=pickups) == 0


def test_at_the_season_s_end_all_that_was_sold_is_income(cast):
    cast.full.price = 64999
    cast.full.save()
    buy(cast, cast.full, cast.market)
    buy(cast, cast.eggs, cast.school, "B", household=make_household(cast.farm))
    sweep_through(cast, until=1)
    assert (balance(cast.farm, Account.INCOME), balance(cast.farm, Account.SHARES)) == (-2600, -64999 - 7500 + 2600)
    sweep_through(cast, until=25)
    assert (balance(cast.farm, Account.INCOME), balance(cast.farm, Account.SHARES)) == (-72499, 0)


def test_a_past_day_is_posted_once_for_all_its_shares(cast):
    for _n in range(3):
        buy(cast, cast.half, cast.market, household=make_household(cast.farm))
    buy(cast, cast.full, cast.market, paid=False)
    day = day_of(cast, 1)
    assert deferred.post_deliveries(at=day.ends_at - timedelta(seconds=1)) == 0
    assert [deferred.post_deliveries(at=day.ends_at) for _again in range(2)] == [1, 0]
    posting = Posting.objects.get(kind="delivery")
    assert (posting.key, posting.at, posting.order) == (f"delivered:{day.pk}", day.ends_at, None)
    assert dict(posting.entries.values_list("account", "amount")) == {"shares": 4500, "income": -4500}


def test_a_day_called_off_is_not_delivered_and_keeps_its_part(cast):
    cast.full.price = 65007  # the second part is 2601, the last one 2600
    cast.full.save()
    buy(cast, cast.full, cast.market)
    PickupDay.objects.filter(pk=day_of(cast, 2).pk).update(cancelled_at=NOW + WEEK)
    sweep_through(cast, until=25)
    assert (balance(cast.farm, Account.INCOME), balance(cast.farm, Account.SHARES)) == (-65007 + 2601, -2601)


def test_a_day_called_off_before_the_share_was_sold_costs_it_nothing(cast):
    PickupDay.objects.filter(pk=day_of(cast, 2).pk).update(cancelled_at=NOW - WEEK)
    Week.objects.filter(season=cast.season, number=3).update(skipped=True)
    order = buy(cast, cast.full, cast.market)
    assert order.shares.get().pickups == 23
    sweep_through(cast, until=25)
    assert (balance(cast.farm, Account.INCOME), balance(cast.farm, Account.SHARES)) == (-65000, 0)


def test_a_purchase_settled_after_a_pickup_and_a_share_cancelled_after_one_are_made_good(cast):
    late = buy(cast, cast.full, cast.market, paid=False)
    other = buy(cast, cast.half, cast.market, household=make_household(cast.farm))
    sweep_through(cast, until=1)
    assert balance(cast.farm, Account.INCOME) == -1500
    pay(late, NOW + WEEK)
    sweep_through(cast, until=2)
    assert balance(cast.farm, Account.INCOME) == -2 * (2600 + 1500)
    Share.objects.filter(order=other).update(cancelled_at=NOW + WEEK, last_week=1)
    sweep_through(cast, until=2)
    assert balance(cast.farm, Account.INCOME) == -2 * 2600 - 1500
    keys = Posting.objects.filter(kind="delivery", key__contains=f":{day_of(cast, 2).pk}").values_list("key", flat=True)
    assert len(keys) == 2


def test_one_farm_s_failure_keeps_no_other_from_its_income(cast, olga, monkeypatch, caplog):
    other = Season.objects.exclude(farm=cast.farm).get()
    day = PickupDay.objects.filter(week__season=other).order_by("date").first()
    buy(cast, cast.full, cast.market)
    post = deferred.post_deliveries_of

    def poisoned(farm, *, at):
        if farm == other.farm:
            raise RuntimeError("poison")
        return post(farm, at=at)

    monkeypatch.setattr(deferred, "post_deliveries_of", poisoned)
    assert deferred.post_deliveries(at=day.ends_at) == 1
    assert f"farm {other.farm.pk}" in caplog.text


def test_the_queries_of_a_night_do_not_grow_with_shares(cast, django_assert_num_queries):
    def one_more():
        for site in (cast.market, cast.school):
            buy(cast, cast.half, site, household=make_household(cast.farm))

    one_more()
    with django_assert_num_queries(9):  # two of them, and three savepoints, write
        deferred.post_deliveries_of(cast.farm, at=day_of(cast, 2).ends_at)
    for _n in range(4):
        one_more()
    with django_assert_num_queries(9):
        deferred.post_deliveries_of(cast.farm, at=day_of(cast, 4).ends_at)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_post_a_day_once(cast):
    from tests.shares.test_purchase_races import all_at_once

    buy(cast, cast.full, cast.market)
    at = day_of(cast, 1).ends_at
    assert sorted(all_at_once(lambda _n: deferred.post_deliveries(at=at), 4)) == [0, 0, 0, 1]
    assert balance(cast.farm, Account.INCOME) == -2600
