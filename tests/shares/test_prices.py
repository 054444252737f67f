"""Which pickups a share has, and what those that are left cost."""

from datetime import UTC, datetime, timedelta

import pytest

from farms.seasons import lay_out_season
from shares.prices.prices import days_left, days_of, days_of_season, days_of_seasons, has_turn, part_of, terms_of
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def numbers(days):
    return [day.week.number for day in days]


def test_a_weekly_share_has_every_week_and_a_and_b_share_them_between_them(cast):
    days, site = days_of_season(cast.season), cast.market.pk
    assert numbers(days_of(cast.full, turn="", site=site, days=days)) == list(range(1, 26))
    assert numbers(days_of(cast.eggs, turn="A", site=site, days=days)) == list(range(1, 26, 2))
    assert numbers(days_of(cast.eggs, turn="B", site=site, days=days)) == list(range(2, 26, 2))


def test_a_fruit_share_has_its_own_weeks(cast):
    fruit = factories.make_share_type(cast.season, "Fruit", first_week=5, weeks=18)
    days = days_of_season(cast.season)
    assert numbers(days_of(fruit, turn="", site=cast.market.pk, days=days)) == list(range(5, 23))
    assert [has_turn(fruit, turn="", week=week) for week in (4, 5, 22, 23)] == [False, True, True, False]


def test_skipped_weeks_and_cancelled_days_are_not_counted(cast):
    cast.season.opened_at = None
    lay_out_season(season=cast.season, at=NOW, skipped={2})
    cast.season.weeks.get(number=4).days.filter(site=cast.market).update(cancelled_at=NOW)
    days = days_of_season(cast.season)
    assert numbers(days_of(cast.full, turn="", site=cast.market.pk, days=days))[:4] == [1, 3, 5, 6]
    assert numbers(days_of(cast.full, turn="", site=cast.school.pk, days=days))[:4] == [1, 3, 4, 5]


@pytest.mark.parametrize(("seconds", "left"), [(-1, 25), (0, 24), (1, 24)])
def test_a_pickup_is_sold_until_its_deadline(cast, seconds, left):
    days = days_of_season(cast.season)
    deadline = datetime(2027, 6, 6, 21, 59, tzinfo=UTC)  # two days before, 23:59 in Paris
    at = deadline + timedelta(seconds=seconds)
    assert len(days_left(cast.full, turn="", site=cast.market.pk, days=days, at=at)) == left


@pytest.mark.parametrize(
    ("price", "left", "full", "expected"),
    [(65000, 25, 25, 65000), (65000, 18, 25, 46800), (1000, 1, 3, 333), (1000, 2, 3, 667), (5, 1, 2, 3), (3, 1, 6, 1),
     (65000, 0, 25, 0), (0, 3, 25, 0), (65000, 0, 0, 0), (2**62, 1, 2, 2**61)],
)  # fmt: skip
def test_the_price_of_the_pickups_left_is_rounded_half_up(price, left, full, expected):
    assert part_of(price, left=left, full=full) == expected


def test_the_terms_say_what_is_left_and_from_which_week(cast):
    days = days_of_season(cast.season)
    at = datetime(2027, 7, 1, tzinfo=UTC)
    terms = terms_of(cast.eggs, turn="B", site=cast.market.pk, days=days, at=at)
    assert (terms.left, terms.full, terms.price, terms.first_week, terms.last_week) == (10, 12, 6250, 6, 24)
    over = terms_of(cast.eggs, turn="B", site=cast.market.pk, days=days, at=at + timedelta(days=365))
    assert (over.left, over.price, over.first_week) == (0, 0, 0)


def test_the_days_of_one_and_of_three_seasons_are_read_in_one_query(django_assert_num_queries):
    seasons = [factories.make_season(factories.make_farm(f"Farm {n}")) for n in range(3)]
    for count in (1, 3):
        with django_assert_num_queries(1):
            found = days_of_seasons(seasons[:count])
        assert [len(found[season.pk]) for season in seasons[:count]] == [25] * count
