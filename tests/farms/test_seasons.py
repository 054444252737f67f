"""Seasons are laid out in local time, once, and what is past stays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from farms.models import PickupDay, SeasonSite
from farms.seasons import instant, lay_out_season
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def lay_out(*, zone="Europe/Paris", first_day=date(2027, 5, 14), length=25, opens=time(17), closes=time(19), **facts):
    farm = factories.make_farm(zone, timezone=zone, slug=zone.replace("/", "-").lower())
    site = factories.make_site(farm, weekday=first_day.weekday(), opens=opens, closes=closes)
    return factories.make_season(farm, [site], first_day=first_day, length=length, **facts)


def days_of(season):
    return list(PickupDay.objects.filter(week__season=season).order_by("week__number"))


def facts_of(season):
    names = ("pk", "week__number", "site", "date", "starts_at", "ends_at", "deadline_at")
    return list(PickupDay.objects.filter(week__season=season).order_by("pk").values_list(*names))


@pytest.mark.parametrize(
    ("zone", "first_day", "wrong_in_utc"),
    [
        ("Europe/Paris", date(2026, 5, 14), 1),
        ("Europe/Paris", date(2026, 10, 1), 21),
        ("America/New_York", date(2026, 6, 2), 3),
        ("Australia/Sydney", date(2026, 10, 1), 24),
        ("Africa/Casablanca", date(2026, 1, 6), 5),  # Ramadan
    ],
)
def test_every_pickup_is_at_five_in_the_afternoon_by_the_clock_on_the_wall(zone, first_day, wrong_in_utc):
    days = days_of(lay_out(zone=zone, first_day=first_day))

    local = [day.starts_at.astimezone(ZoneInfo(zone)) for day in days]
    assert [moment.time() for moment in local] == [time(17)] * 25
    assert [moment.date() for moment in local] == [first_day + timedelta(days=7 * n) for n in range(25)]
    assert [day.date for day in days] == [moment.date() for moment in local]
    # adding seven days in UTC would have been wrong so many times
    naive = [days[0].starts_at + timedelta(days=7 * n) for n in range(25)]
    assert sum(one != day.starts_at for one, day in zip(naive, days, strict=True)) == wrong_in_utc


def test_the_deadline_is_days_before_by_the_clock_not_hours():
    # the clocks go back in Paris on 31 October 2027, between deadline and pickup
    season = lay_out(first_day=date(2027, 11, 1), length=1, deadline_days=2)

    [day] = days_of(season)
    assert day.deadline_at == datetime(2027, 10, 30, 21, 59, tzinfo=UTC)
    assert day.starts_at == datetime(2027, 11, 1, 16, 0, tzinfo=UTC)


def test_a_time_the_clocks_skip_shifts_forward_and_one_they_repeat_is_the_first():
    paris = ZoneInfo("Europe/Paris")
    assert instant(date(2027, 3, 28), time(2, 30), paris) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert instant(date(2027, 10, 31), time(2, 30), paris) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_window_inside_the_hour_the_clocks_skip_still_has_its_length():
    [day] = days_of(lay_out(first_day=date(2027, 3, 28), length=1, opens=time(2, 30), closes=time(3, 15)))
    assert day.ends_at - day.starts_at == timedelta(minutes=45)


def test_each_site_has_its_own_weekday_in_the_seven_days_from_the_first_pickup():
    farm = factories.make_farm()
    sites = [factories.make_site(farm, f"Site {weekday}", weekday=weekday) for weekday in (1, 4, 0)]
    season = factories.make_season(farm, sites, first_day=date(2027, 6, 8), length=2)  # a Tuesday

    days = PickupDay.objects.filter(week__season=season).order_by("week__number", "date")
    assert [(day.week.number, day.date) for day in days] == [
        (1, date(2027, 6, 8)), (1, date(2027, 6, 11)), (1, date(2027, 6, 14)),
        (2, date(2027, 6, 15)), (2, date(2027, 6, 18)), (2, date(2027, 6, 21)),
    ]  # fmt: skip


def test_laying_out_again_changes_nothing():
    for on_sale in (True, False):
        season = lay_out(zone="Europe/Paris" if on_sale else "Europe/Rome", on_sale=on_sale)
        before = facts_of(season)
        lay_out_season(season=season, at=NOW)
        lay_out_season(season=season, at=NOW + timedelta(days=60))
        assert facts_of(season) == before
        assert len(before) == 25


def test_a_past_day_never_moves_and_later_ones_do():
    season = lay_out(first_day=date(2027, 6, 8))
    site = season.sites.get()
    before = facts_of(season)
    at = datetime(2027, 7, 1, 12, tzinfo=UTC)

    site.opens, site.closes = time(9), time(11)
    site.save()
    lay_out_season(season=season, at=at)

    after = facts_of(season)
    past = [row for row in before if row[-1] <= at]
    assert len(past) == 4  # 8, 15, 22, 29 June; the deadline of 6 July is still ahead
    assert after[:4] == past
    assert [row[4].astimezone(ZoneInfo("Europe/Paris")).time() for row in after[4:]] == [time(9)] * 21


def test_a_day_whose_deadline_has_just_passed_stays_and_one_second_before_it_moves():
    for seconds, moves in ((-1, True), (0, False), (1, False)):
        season = lay_out(zone={-1: "Europe/Paris", 0: "Europe/Rome", 1: "Europe/Berlin"}[seconds], length=1)
        [day] = days_of(season)
        season.sites.update(opens=time(10), closes=time(11))
        lay_out_season(season=season, at=day.deadline_at + timedelta(seconds=seconds))
        assert (days_of(season)[0].starts_at != day.starts_at) is moves


def test_a_skipped_week_keeps_its_number_has_no_day_and_a_and_b_do_not_swap():
    season = lay_out(on_sale=False, length=5)
    lay_out_season(season=season, at=NOW, skipped={3})

    assert list(season.weeks.values_list("number", "skipped")) == [
        (1, False), (2, False), (3, True), (4, False), (5, False)
    ]  # fmt: skip
    assert [day.week.number for day in days_of(season)] == [1, 2, 4, 5]
    assert [week.turn for week in season.weeks.all()] == ["A", "B", "A", "B", "A"]

    lay_out_season(season=season, at=NOW, skipped=set())
    assert [day.week.number for day in days_of(season)] == [1, 2, 3, 4, 5]


def test_a_draft_is_laid_out_afresh_when_its_dates_change():
    season = lay_out(on_sale=False)
    season.first_day, season.length = date(2026, 5, 15), 3  # long past: a draft promised nothing
    season.save()
    lay_out_season(season=season, at=NOW)
    assert [day.date for day in days_of(season)] == [date(2026, 5, 15), date(2026, 5, 22), date(2026, 5, 29)]
    assert season.weeks.count() == 3


def test_a_season_over_the_29th_of_february_has_all_its_weeks():
    days = days_of(lay_out(first_day=date(2028, 2, 22), length=3))
    assert [day.date for day in days] == [date(2028, 2, 22), date(2028, 2, 29), date(2028, 3, 7)]


def test_a_site_added_to_a_running_season_begins_with_its_next_open_day():
    season = lay_out(first_day=date(2027, 6, 8))
    new = factories.make_site(season.farm, "New gate", weekday=4)
    SeasonSite.objects.create(season=season, site=new)
    lay_out_season(season=season, at=datetime(2027, 7, 1, 12, tzinfo=UTC))
    first = PickupDay.objects.filter(site=new).earliest("date")
    assert (first.date, PickupDay.objects.filter(site=new).count()) == (date(2027, 7, 9), 21)


def test_a_season_of_one_and_of_three_sites_is_laid_out_in_the_same_number_of_queries(django_assert_num_queries):
    for sites in (1, 3):
        farm = factories.make_farm(f"Farm {sites}")
        season = factories.make_season(farm, [factories.make_site(farm, weekday=n) for n in range(sites)])
        PickupDay.objects.all().delete()
        with django_assert_num_queries(8):
            lay_out_season(season=season, at=NOW)
