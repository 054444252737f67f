"""A household's pickups in its calendar."""

from datetime import UTC, time

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from csa.my_data.erase import erase
from deliveries.changing import changes
from deliveries.changing.cancellations import cancel_day
from deliveries.changing.friends import appoint
from deliveries.models import CalendarFeed
from farms.models import PickupDay, PickupSite, Season
from farms.planning import SitePlan, save_sites
from farms.seasons import lay_out_season
from tests import factories
from tests.factories import NOW


@pytest.fixture
def feed(cast):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    return CalendarFeed.objects.create(household=cast.sams, made_at=NOW)


def fetch(client, feed):
    answer = client.get(f"/feeds/{feed.token}.ics")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(answer.content)
    return {event["dtstart"].dt.date(): event for event in calendar.walk("VEVENT")}


def day(cast, week, site=None):
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=site or cast.market)


def states(events):
    return [str(event["status"]) for _day, event in sorted(events.items())]


def test_every_pickup_of_the_season_is_an_event_in_the_sites_own_time(cast, feed, client):
    events = fetch(client, feed)
    first = events[factories.FIRST_DAY]
    assert states(events) == ["CONFIRMED"] * 25
    assert str(first["summary"]) == "Cedar Bend Farm: Full share"
    assert first["dtstart"].params["TZID"] == cast.farm.timezone
    assert first["dtstart"].dt.astimezone(UTC) == day(cast, 1).starts_at
    assert {event["dtstart"].dt.hour for event in events.values()} == {cast.market.opens.hour}  # summer and winter
    told = client.get(f"/feeds/{feed.token}.ics").content.decode()
    assert ("door" in told, "X-PUBLISHED-TTL:PT6H" in told) == (False, True)


def test_a_held_week_is_told_as_cancelled_and_comes_back_when_undone(cast, feed, client):
    before = fetch(client, feed)[day(cast, 3).date]
    told = {"household": cast.sams, "day": day(cast, 3), "by": cast.sam, "at": NOW}
    changes.hold(**told)
    held = fetch(client, feed)[day(cast, 3).date]
    assert (str(held["status"]), held["uid"]) == ("CANCELLED", before["uid"])
    changes.undo(**told)
    again = fetch(client, feed)[day(cast, 3).date]
    assert (str(again["status"]), again["uid"]) == ("CONFIRMED", before["uid"])
    assert before["sequence"] < held["sequence"] < again["sequence"]


def test_a_week_that_is_given_away_is_no_pickup_of_theirs(cast, feed, client):
    cast.season.gifts_to = factories.make_household(cast.farm, "Food bank", is_place=True)
    cast.season.save()
    changes.give(household=cast.sams, day=day(cast, 3), by=cast.sam, at=NOW)
    assert str(fetch(client, feed)[day(cast, 3).date]["status"]) == "CANCELLED"


def test_a_moved_week_leaves_its_day_and_stands_on_the_other(cast, feed, client):
    changes.move(household=cast.sams, day=day(cast, 3), to_day=day(cast, 4, cast.school), by=cast.sam, at=NOW)
    events = fetch(client, feed)
    assert str(events[day(cast, 3).date]["status"]) == "CANCELLED"
    there = events[day(cast, 4, cast.school).date]
    assert (str(there["status"]), str(there["location"])) == ("CONFIRMED", "School gate, 1 School Road")


def test_a_day_the_farm_calls_off_is_cancelled(cast, feed, client):
    before = fetch(client, feed)[day(cast, 2).date]
    cancel_day(day=day(cast, 2), because="Frost", by=cast.fern, at=NOW)
    after = fetch(client, feed)[day(cast, 2).date]
    assert (str(after["status"]), after["sequence"] > before["sequence"]) == ("CANCELLED", True)


def test_a_calendar_learns_that_a_day_has_another_time_or_place(cast, feed, client):
    first = fetch(client, feed)[factories.FIRST_DAY]
    PickupSite.objects.filter(pk=cast.market.pk).update(opens=time(16))
    lay_out_season(season=Season.objects.get(pk=cast.season.pk), at=NOW)
    earlier = fetch(client, feed)[factories.FIRST_DAY]
    market = {name: getattr(cast.market, name) for name in ("name", "weekday", "opens", "closes")}
    plan = SitePlan(facts={**market, "address": "9 New Street"}, capacity=30, site=cast.market.pk)
    save_sites(season=cast.season, version=cast.season.version, plans=[plan], at=NOW)
    elsewhere = fetch(client, feed)[factories.FIRST_DAY]
    assert (earlier["dtstart"].dt.hour, "9 New Street" in elsewhere["location"]) == (16, True)
    assert first["uid"] == earlier["uid"] == elsewhere["uid"]
    assert first["sequence"] < earlier["sequence"] < elsewhere["sequence"]


def test_a_new_address_ends_the_old_one(cast, feed, client):
    client.force_login(cast.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert feed.token in client.get("/my/calendar/").content.decode()
    client.post("/my/calendar/")
    assert client.get(f"/feeds/{feed.token}.ics").status_code == 404
    renewed = CalendarFeed.objects.get()
    assert renewed.token != feed.token
    assert renewed.token in client.get("/my/calendar/").content.decode()


def test_looking_makes_no_address_and_asking_makes_one(cast, as_sam):
    assert "Make the address" in as_sam.get("/my/calendar/").content.decode()
    assert not CalendarFeed.objects.exists()
    page = as_sam.post("/my/calendar/", follow=True)
    assert f"/feeds/{CalendarFeed.objects.get().token}.ics" in page.content.decode()


def test_a_household_that_is_gone_has_no_calendar(cast, feed, client):
    feed.delete()
    assert client.get(f"/feeds/{feed.token}.ics").status_code == 404
    assert client.post(f"/feeds/{feed.token}.ics").status_code == 405


def test_who_had_their_data_deleted_leaves_no_calendar_and_no_pass_behind(cast, feed, client):
    friend = appoint(household=cast.sams, name="Ida", day=None, by=cast.sam, at=NOW)
    assert client.get(f"/p/{friend.token}/").status_code == 200
    erase(cast.sam, at=PickupDay.objects.latest("ends_at").ends_at)
    assert [client.get(page).status_code for page in (f"/feeds/{feed.token}.ics", f"/p/{friend.token}/")] == [404, 404]


def test_the_page_gives_the_address_to_subscribe_to_to_paste_and_to_download(cast, feed, client):
    client.force_login(cast.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    page, there = client.get("/my/calendar/").content.decode(), f"/feeds/{feed.token}.ics"
    host = settings.SITE_URL.partition("://")[2]
    assert f'href="webcal://{host}{there}"' in page
    assert f'<bdi dir="ltr">{settings.SITE_URL}{there}</bdi>' in page
    assert f'href="{settings.SITE_URL}{there}" download="cedar-bend-farm.ics"' in page


def test_the_season_laid_out_anew_and_a_new_time_leave_each_pickup_its_name(cast, feed, client):
    before = {on: event["uid"] for on, event in fetch(client, feed).items()}
    PickupSite.objects.filter(pk=cast.market.pk).update(opens=time(16))
    lay_out_season(season=Season.objects.get(pk=cast.season.pk), at=NOW)
    events = fetch(client, feed)
    assert {on: event["uid"] for on, event in events.items()} == before
    assert {event["dtstart"].dt.hour for event in events.values()} == {16}


def test_what_people_typed_breaks_no_line_of_it(cast, feed, client):
    cast.market.name = "Löwen; Platz, 3\\ Nord"
    cast.market.save()
    cast.farm.name = "مزرعة\u202eالأرز"
    cast.farm.save()
    events = fetch(client, feed)
    assert str(events[factories.FIRST_DAY]["location"]).startswith("Löwen; Platz, 3\\ Nord")
    assert all(len(line) <= 75 for line in client.get(f"/feeds/{feed.token}.ics").content.split(b"\r\n"))


def test_the_queries_do_not_grow_with_the_shares(cast, feed, client):
    with CaptureQueriesContext(connection) as one:
        fetch(client, feed)
    for _n in range(3):
        factories.make_share(cast.sams, cast.half, site=cast.school)
    with CaptureQueriesContext(connection) as four:
        fetch(client, feed)
    assert len(one) == len(four) <= 12
