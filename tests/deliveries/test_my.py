"""A household's pages: what is next, the season as a ribbon, and a week that can be held, moved and brought back."""

from __future__ import annotations

import html
import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries.changing import cancellations, changes
from deliveries.due import rosters
from deliveries.models import Change, CheckIn, Pickup
from farms.models import PickupDay, SeasonSite
from people.models import Letter
from tests import factories
from tests.deliveries.harvesting import make_harvest, publish
from tests.factories import NOW

WEEK_3 = "/my/week/2027-06-22/"


def day_of(cast, week: int, site=None) -> PickupDay:
    return PickupDay.objects.get(week__season=cast.season, week__number=week, site=site or cast.market)


def words(answer) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(text).split()).replace(" ,", ",").replace(" .", ".")


def states(answer) -> list[str]:
    """The ribbon's weeks, as a reader sees them."""
    ribbon = re.search(r'<ol class="ribbon.*?</ol>', answer.content.decode(), re.DOTALL)
    return re.findall(r'class="week (\w+)"', ribbon.group()) if ribbon else []


def press(client, action: str, day: PickupDay, *, page: str = WEEK_3, **more):
    return client.post(page, {"action": action, "day": day.pk, **more})


def buttons(answer) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', answer.content.decode())


@pytest.fixture
def share(cast):
    return factories.make_share(cast.sams, cast.full, site=cast.market)


def test_somebody_without_a_household_is_led_to_a_farm(as_oz):
    page = as_oz.get("/my/")
    assert "No share yet" in words(page)
    assert 'href="/farms/"' in page.content.decode()
    assert as_oz.get("/my/season/").url == "/my/"


def test_a_household_that_has_not_paid_is_led_to_its_orders(cast, as_sam):
    factories.make_share(cast.sams, cast.full, site=cast.market, paid=False)
    for path in ("/my/", "/my/season/"):
        page = as_sam.get(path)
        assert "No share in force yet" in words(page)
        assert 'href="/my/money/"' in page.content.decode()


def test_the_next_pickup_says_when_where_how_to_get_in_and_until_when_it_may_change(cast, share, as_sam):
    cast.market.private_note = "Door code 4711"
    cast.market.save()
    said = words(as_sam.get("/my/"))
    for each in (
        "Next pickup · in 7 days",
        "Tue 8 June, 17:00–19:30",
        "Tuesday Market, 4 Mill Lane",
        "Door code 4711",
        f"Your number at the pickup {cast.sams.number}",
        "You can change it until Sun 6 June, 23:59 (in 5 days).",
        "Change this week",
    ):
        assert each in said


def test_what_is_in_the_share_shows_when_it_is_published(cast, share, as_sam):
    factories.make_share(cast.sams, cast.half, site=cast.market)
    factories.make_share(cast.sams, cast.half, site=cast.market)
    assert "Carrots" not in words(as_sam.get("/my/"))
    publish(make_harvest(cast, {"Carrots": "4 kg", "Chard": "4 bunch"}))
    said = words(as_sam.get("/my/")).replace("\u00a0", " ").replace(" Why?", "")
    assert "Full share Carrots 2 kg Chard 2 bunches 2 × Half share (in each) Carrots 1 kg Chard 1 bunch" in said
    week = words(as_sam.get("/my/week/2027-06-08/"))
    assert "Worth €12.00. An equal part of this harvest was €12.00" in week


def test_a_crop_that_goes_round_is_told_to_who_has_to_wait(cast, share, as_sam):
    for _ in range(9):
        factories.make_share(factories.make_household(cast.farm), cast.half, site=cast.market)
    publish(make_harvest(cast, {"Carrots": "40 kg", "Lettuce": "1 head"}))
    said = words(as_sam.get("/my/week/2027-06-08/"))
    lettuce = "Lettuce 1" in said.replace("\u00a0", " ")
    assert ("Too few for everybody; they go round, and your turn comes: Lettuce" in said) is not lettuce


def test_after_the_deadline_it_says_so_and_what_is_still_possible(cast, share, as_sam, clock):
    cast.farm.phone = "+33 4 50 00 00 00"
    cast.farm.save()
    clock(day_of(cast, 3).deadline_at)
    page = as_sam.get(WEEK_3)
    assert "Week 3 closed on Sun 20 June at 23:59." in words(page)
    assert f"Somebody else may collect it with your number, {cast.sams.number}" in words(page)
    assert "Call the farm: +33 4 50 00 00 00" in words(page)
    assert buttons(page) == ["friend", "ask"]
    assert "Change this week" not in words(as_sam.get("/my/"))


def test_a_week_is_held_in_two_taps_and_brought_back_in_one(cast, share, as_sam):
    assert f'href="{WEEK_3}"' in as_sam.get("/my/").content.decode()
    assert buttons(as_sam.get(WEEK_3)) == ["hold", "move", "friend", "site"]
    answer = press(as_sam, "hold", day_of(cast, 3))
    assert (answer.status_code, answer.url) == (302, WEEK_3)
    page = as_sam.get(WEEK_3)
    assert "Week 3 is on hold." in words(page)
    assert "You can undo this until Sun 20 June, 23:59." in words(page)
    assert "On hold: 1 of 3 weeks." in words(page)
    assert buttons(page) == ["undo", "move", "site"]
    assert states(page) == ["next", "ahead", "hold"] + ["ahead"] * 22
    press(as_sam, "undo", day_of(cast, 3))
    assert states(as_sam.get(WEEK_3)) == ["next"] + ["ahead"] * 24
    assert Letter.objects.count() == 2


def test_a_week_is_moved_in_three_taps(cast, share, as_sam):
    page = as_sam.get(WEEK_3).content.decode()
    target = day_of(cast, 5)
    assert f'type="radio" name="to_day" value="{target.pk}"' in page
    assert press(as_sam, "move", day_of(cast, 3), to_day=target.pk).status_code == 302
    here = as_sam.get(WEEK_3)
    assert "Moved. Week 3 waits for you on Tue 6 July." in words(here)
    assert "Your share of week 3, moved from Tue 22 June. Tue 6 July, 17:00–19:30" in words(here)
    assert states(here)[:6] == ["next", "ahead", "moved", "ahead", "ahead", "ahead"]
    there = as_sam.get("/my/week/2027-07-06/")
    assert "Your share of week 3, moved from Tue 22 June." in words(there)
    assert 'href="/my/week/2027-06-22/"' in there.content.decode()


def test_moving_without_a_day_says_what_is_missing(cast, share, as_sam):
    page = press(as_sam, "move", day_of(cast, 3))
    assert page.status_code == 200
    assert "<title>Error: Week 3" in page.content.decode()
    assert "Choose the day on which you will collect it." in words(page)
    assert not Change.objects.exists()


@pytest.mark.parametrize("typed", ["abc", "0", "-1", "9" * 30, "1\x00", "1 OR 1=1"])
def test_a_day_that_is_none_is_refused_beside_the_field(cast, share, as_sam, typed):
    page = press(as_sam, "move", day_of(cast, 3), to_day=typed)
    assert page.status_code == 200
    told = "Null characters are not allowed." if "\x00" in typed else "Choose one of the days in the list."
    assert f"Error: {told}" in words(page)
    assert not Change.objects.exists()


def test_a_day_that_filled_up_meanwhile_is_refused_with_the_choice_kept(cast, share, as_sam):
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=0)
    page = press(as_sam, "move", day_of(cast, 3), to_day=day_of(cast, 3, cast.school).pk)
    assert "School gate has no room left on Fri 25 June. Choose another day." in words(page)
    assert not Change.objects.exists()
    page = as_sam.get(WEEK_3)
    assert f'value="{day_of(cast, 4, cast.school).pk}"' not in page.content.decode()


def test_a_form_sent_after_the_deadline_changes_nothing_and_says_why(cast, share, as_sam, clock):
    clock(day_of(cast, 3).deadline_at)
    for action in ("hold", "undo", "move"):
        press(as_sam, action, day_of(cast, 3), to_day=day_of(cast, 5).pk)
    assert not Change.objects.exists()
    page = press(as_sam, "move", day_of(cast, 3), to_day=day_of(cast, 5).pk)
    assert "The pickup on Tue 22 June could be changed until Sun 20 June, 23:59." in words(page)


def test_when_all_holds_are_used_there_is_no_button_and_a_forged_form_is_refused(cast, share, as_sam):
    cast.season.holds_allowed = 1
    cast.season.save()
    press(as_sam, "hold", day_of(cast, 4), page="/my/week/2027-06-29/")
    page = as_sam.get(WEEK_3)
    assert buttons(page)[0] == "move"
    assert "You hold 1 of 1 weeks already. You can still collect this one on another day." in words(page)
    press(as_sam, "hold", day_of(cast, 3))
    assert "You hold 1 of 1 weeks already." in words(as_sam.get(WEEK_3))
    assert Change.objects.count() == 1


def test_nobody_changes_another_household_s_week(cast, share, as_sam, as_oz, as_olga):
    others = factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.school)
    for day in (day_of(cast, 3, cast.school), PickupDay.objects.exclude(week__season=cast.season).first()):
        assert press(as_sam, "hold", day).status_code == 404
    for client in (as_oz, as_olga):
        assert client.get(WEEK_3).status_code == 404
        assert press(client, "hold", day_of(cast, 3)).status_code == 404
        assert client.get("/my/?farm=cedar-bend-farm").status_code == 404
    assert press(as_sam, "give it to me", day_of(cast, 3)).status_code == 404
    assert others.changes.count() == 0
    for path in ("/my/", "/my/season/", WEEK_3):
        assert Client().get(path).url == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("date", ["2027-06-23", "2026-06-22", "0001-01-01", "9999-12-31", "2027-02-30", "week-3"])
def test_a_date_without_a_turn_is_no_page(cast, share, as_sam, date):
    assert as_sam.get(f"/my/week/{date}/").status_code == 404


def test_looking_changes_nothing(cast, share, as_sam):
    for path in ("/my/", "/my/season/", f"{WEEK_3}?action=hold&day={day_of(cast, 3).pk}"):
        assert as_sam.get(path).status_code == 200
        assert as_sam.head(path).status_code == 200
    assert not Change.objects.exists()
    assert (as_sam.post("/my/").status_code, as_sam.post("/my/season/").status_code) == (405, 200)
    assert not Change.objects.exists()


def collect(day: PickupDay, action: str = "collected", *, minutes: int = 0) -> None:
    when = day.starts_at + timedelta(minutes=minutes)
    for pickup in Pickup.objects.filter(day=day):
        CheckIn.objects.create(pickup=pickup, uuid=uuid.uuid4(), action=action, tapped_at=when, received_at=when)


def test_the_ribbon_tells_every_week_apart(cast, as_sam, clock):
    factories.make_share(cast.sams, cast.full, site=cast.market, first_week=2, last_week=20)
    cast.season.weeks.filter(number=12).update(skipped=True)
    for week in (4, 8):
        changes.hold(household=cast.sams, day=day_of(cast, week), by=None, at=NOW)
    changes.move(household=cast.sams, day=day_of(cast, 9), to_day=day_of(cast, 7), by=None, at=NOW)
    changes.move(household=cast.sams, day=day_of(cast, 10), to_day=day_of(cast, 10, cast.school), by=None, at=NOW)
    changes.move(household=cast.sams, day=day_of(cast, 11), to_day=day_of(cast, 22), by=None, at=NOW)
    cancellations.cancel_day(day=day_of(cast, 13), because="", by=None, at=NOW)
    now = day_of(cast, 5).ends_at + timedelta(hours=1)
    rosters.draw_up_rosters(now)
    collect(day_of(cast, 2))
    collect(day_of(cast, 5))
    collect(day_of(cast, 5), "undone", minutes=5)
    collect(day_of(cast, 3), "undone")
    collect(day_of(cast, 3))
    clock(now)
    page = as_sam.get("/my/season/")
    assert states(page) == (
        ["rest", "done", "done", "hold", "missed", "next", "ahead", "hold", "moved", "ahead"]
        + ["moved", "off", "off"]
        + ["ahead"] * 7
        + ["rest", "extra", "rest", "rest", "rest"]
    )
    said = words(page)
    for each in ("Week 4, Tue 29 June: on hold", "Week 11, Tue 17 August: moved to Tue 2 November", "On hold: 2 of 3"):
        assert each in said
    for legend in ("Collected", "On hold", "Moved to another week", "Not collected", "Make-up share", "No pickup"):
        assert legend in said


def test_a_and_b_weeks_and_add_ons_share_one_ribbon(cast, as_sam):
    factories.make_share(cast.sams, cast.half, site=cast.market, turn="B")
    assert states(as_sam.get("/my/")) == ["rest", "next"] + ["rest", "ahead"] * 11 + ["rest"]
    factories.make_share(cast.sams, cast.eggs, site=cast.school, turn="A")
    assert states(as_sam.get("/my/")) == ["next"] + ["ahead"] * 24


def test_a_day_the_farm_called_off_offers_other_days_even_after_its_deadline(cast, share, as_sam, clock):
    cancellations.cancel_day(day=day_of(cast, 3), because="The <b>bridge</b> is closed.", by=None, at=NOW)
    clock(day_of(cast, 3).deadline_at)
    page = as_sam.get(WEEK_3)
    assert "The farm called off the pickup on Tue 22 June at Tuesday Market." in words(page)
    assert "The &lt;b&gt;bridge&lt;/b&gt; is closed." in page.content.decode()
    assert buttons(page)[0] == "move"
    home = as_sam.get("/my/")
    assert "The farm called off the pickup on Tue 22 June at Tuesday Market. Choose another day" in words(home)
    assert f'href="{WEEK_3}"' in home.content.decode()
    assert press(as_sam, "move", day_of(cast, 3), to_day=day_of(cast, 4).pk).status_code == 302
    assert states(as_sam.get(WEEK_3))[2] == "moved"
    assert "called off" not in words(as_sam.get("/my/"))
    cancellations.cancel_day(day=day_of(cast, 4), because="Hail", by=None, at=day_of(cast, 3).deadline_at)
    assert states(as_sam.get("/my/"))[2:4] == ["off", "off"]


@pytest.mark.parametrize(("instead", "told"), [("credit", "price back as credit"), ("refund", "the way you paid it")])
def test_what_was_made_good_is_not_offered_another_day(cast, share, as_sam, instead, told):
    cancellations.cancel_day(day=day_of(cast, 3), because="Hail", by=None, at=NOW, instead=instead)
    page = as_sam.get(WEEK_3)
    assert told in words(page)
    assert "not lost" not in words(page)
    assert buttons(page) == []
    assert "called off" not in words(as_sam.get("/my/"))


def test_somebody_with_two_farms_sees_one_at_a_time_and_stays_there(cast, share, as_sam, olga):
    from farms.models import Farm
    from shares.models import ShareType

    other = Farm.objects.get(slug="other-farm")
    theirs = factories.make_household(other, user=cast.sam)
    factories.make_share(theirs, ShareType.objects.get(season__farm=other), first_week=2)
    assert "Tue 15 June" in words(as_sam.get("/my/?farm=other-farm"))
    assert "Tue 8 June" in words(as_sam.get("/my/?farm=cedar-bend-farm"))
    page = as_sam.get(f"{WEEK_3}?farm=cedar-bend-farm")
    assert 'href="/my/season/?farm=cedar-bend-farm"' in page.content.decode()
    assert "No room" not in words(page)
    answer = press(as_sam, "hold", day_of(cast, 3), page=f"{WEEK_3}?farm=cedar-bend-farm")
    assert answer.url == f"{WEEK_3}?farm=cedar-bend-farm"
    assert Change.objects.get().share == share
    assert as_sam.get("/my/?farm=third-farm").status_code == 404


def test_a_season_that_is_over_says_so(cast, share, as_sam, clock):
    clock(day_of(cast, 25).ends_at + timedelta(days=30))
    assert "Nothing is left to collect in Summer 2027" in words(as_sam.get("/my/"))
    assert len(states(as_sam.get("/my/season/"))) == 25


def test_the_pages_take_as_many_queries_for_three_shares_as_for_one(cast, as_sam):
    def queries(shares: int, week: int) -> list[int]:
        for _ in range(shares):
            factories.make_share(cast.sams, cast.full, site=cast.market)
        changes.hold(household=cast.sams, day=day_of(cast, week), by=None, at=NOW)
        counted = []
        for path in ("/my/", "/my/season/", WEEK_3):
            with CaptureQueriesContext(connection) as seen:
                assert as_sam.get(path).status_code == 200
            counted.append(len(seen))
        return counted

    publish(make_harvest(cast))
    day = day_of(cast, 1)
    rosters.draw_up(day=day, at=NOW)
    collect(day)
    one = queries(1, 4)
    assert (queries(2, 5), max(one) <= 30) == (one, True)


def test_an_arabic_page_is_mirrored_and_isolates_times_and_names(cast, share, as_sam):
    as_sam.cookies["django_language"] = "ar"
    page = as_sam.get("/my/").content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert '<bdi dir="ltr">17:00–19:30</bdi>' in page
    assert "<bdi>Tuesday Market</bdi>" in page


def test_a_near_day_without_room_is_named_beside_those_that_have_some(cast, share, as_sam):
    page = words(as_sam.get(WEEK_3))
    assert ("Week 3 · School gate" in page, "No room left" in page) == (True, False)
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=0)
    page = words(as_sam.get(WEEK_3))
    assert "No room left: Fri 25 June, School gate. These days have room: Tue 8 June" in page
    assert "Week 3 · School gate" not in page
