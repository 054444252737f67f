"""The desk: the week in order, one next step; before, between and after seasons what there is to do then."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries.divisions import ask_for_division, divide
from deliveries.due import rosters
from deliveries.harvesting.harvests import Picked, open_harvest, record_harvest
from deliveries.models import Change, Crop
from farms.models import StaffMember
from tests import factories
from tests.conftest import _signed_in
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to, tap

DESK = "/f/cedar-bend-farm/desk/"
SUNDAY = 'until Sun 6 June, <bdi dir="ltr">23:59</bdi>'


def desk(client: Client) -> str:
    answer = client.get(DESK)
    assert answer.status_code == 200
    return answer.content.decode()


def next_step(html: str) -> str:
    """The words of the one primary button of the checklist, and where it leads."""
    main = html[html.index("<main") : html.index("</main>")]
    found = re.findall(r'<a class="btn" href="([^"]+)">(?:<svg.*?</svg>)?([^<]+)</a>', main)
    assert len(found) == 1, found
    return f"{found[0][1]} → {found[0][0].removeprefix(DESK)}"


@pytest.fixture
def packer(cast) -> Client:
    pat = factories.make_user("pat@example.org", name="Pat")
    StaffMember.objects.create(farm=cast.farm, user=pat, role="packer", since=factories.NOW)
    return _signed_in(pat)


def test_the_week_s_next_step_moves_on_from_harvest_to_the_last_pickup(cast, as_fern, client, clock):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    market, school = day_of(cast), day_of(cast, 1, cast.school)
    clock(market.starts_at - timedelta(hours=10))
    assert next_step(desk(as_fern)) == "Write it down → harvest/2027-06-08/"
    harvest = open_harvest(farm=cast.farm, date=market.date, at=factories.NOW)
    chard = Crop.objects.create(farm=cast.farm, name="Chard", unit="bunch", step=1, price=200)
    record_harvest(harvest=harvest, picked=[Picked(chard, 5, "bunch", chard.step, 200)])
    assert next_step(desk(as_fern)) == "Look and publish → harvest/2027-06-08/"
    divide(run=ask_for_division(harvest=harvest, by=cast.fern, at=factories.NOW), at=factories.NOW)
    assert next_step(desk(as_fern)) == "Print → lists/2027-06-08/"
    clock(market.starts_at)
    shown = desk(as_fern)
    assert next_step(shown) == f"Watch → pickups/2027-06-08/#site-{cast.market.pk}"
    assert "<b>0</b> of 1 collected" in shown
    tap(client, link_to(market), cast.sams)
    shown = desk(as_fern)
    assert "<b>1</b> of 1 collected" in shown
    assert next_step(shown) == "Write it down → harvest/2027-06-11/"
    assert school.date.isoformat() == "2027-06-11"


def test_who_did_not_come_is_counted_once_the_pickup_is_over(cast, as_fern, clock):
    households(cast, 2)
    clock(drawn_up(day_of(cast)).ends_at)
    assert "2 households did not come" in desk(as_fern)


def test_the_deadline_is_said_until_it_has_passed(cast, as_fern, clock):
    market = day_of(cast)
    clock(market.deadline_at - timedelta(seconds=1))
    assert SUNDAY in desk(as_fern)
    clock(market.deadline_at)
    shown = desk(as_fern)
    assert SUNDAY not in shown
    assert SUNDAY.replace("Sun 6", "Wed 9") in shown


def test_what_changed_since_last_week_is_counted(cast, as_fern, clock):
    first, second, third = (day_of(cast, week) for week in (1, 2, 3))
    three = [factories.make_household(cast.farm) for _ in range(3)]
    shares = [factories.make_share(one, cast.full, site=cast.market) for one in three]
    for share, day, to_day in ((shares[0], second, None), (shares[1], second, third)):
        kind = "move" if to_day else "hold"
        Change.objects.create(share=share, day=day, to_day=to_day, kind=kind, made_at=factories.NOW)
    late = factories.make_share(factories.make_household(cast.farm), cast.full, site=cast.market)
    Change.objects.create(share=late, day=first, to_day=second, kind="move", made_at=factories.NOW)
    for day in (first, second):
        rosters.draw_up(day=day, at=day.deadline_at)
    clock(second.starts_at)
    shown = desk(as_fern)
    assert "1 share held" in shown
    assert "1 moved to another week" in shown
    assert "1 moved here" in shown
    assert "Full share</bdi></dt><dd>3</dd>" in shown
    clock(third.starts_at)
    shown = desk(as_fern)
    assert "1 moved here" in shown
    assert "Full share</bdi></dt><dd>5 " in shown
    assert "2 more" in shown


def test_a_season_that_begins_later_shows_who_joined_and_the_page_to_share(cast, as_fern, clock):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    clock(factories.NOW - timedelta(days=7))
    shown = desk(as_fern)
    assert "1 household has joined" in shown
    assert "The first pickup is on Tuesday 8 June 2027." in shown
    assert "/f/cedar-bend-farm/" in shown
    assert "€650" in shown
    assert "1 of 200 shares taken" in shown


def test_a_farm_without_a_season_is_led_to_set_one_up(cast, as_fern):
    cast.season.share_types.all().delete()
    cast.season.delete()
    assert next_step(desk(as_fern)) == "Set up a season → seasons/new/"


def test_a_draft_is_gone_on_with(cast, as_fern):
    type(cast.season).objects.update(opened_at=None)
    assert next_step(desk(as_fern)) == f"Go on planning → seasons/{cast.season.pk}/check/"


def test_after_the_last_pickup_the_season_is_over_and_can_be_copied(cast, as_fern, clock):
    last = day_of(cast, 25, cast.school)
    clock(last.ends_at)
    assert "Week 25 of 25" in desk(as_fern)
    clock(last.ends_at + timedelta(days=1))
    assert next_step(desk(as_fern)) == f"Copy it for next year → seasons/{cast.season.pk}/copy/"


def test_a_packer_sees_the_week_but_no_money_and_no_way_to_it(cast, packer, as_fern, clock):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    clock(day_of(cast).starts_at)
    assert "€" in desk(as_fern)
    shown = desk(packer)
    assert "€" not in shown
    for closed in ("people/", "money/", "seasons/", "settings/"):
        assert f'href="{DESK}{closed}"' in desk(as_fern)
        assert f'href="{DESK}{closed}"' not in shown
        assert packer.get(f"{DESK}{closed}").status_code == 404


def test_the_desk_is_not_found_by_others(cast, as_sam, as_oz, as_olga, client):
    assert [who.get(DESK).status_code for who in (as_sam, as_oz, as_olga)] == [404, 404, 404]
    assert client.get(DESK).status_code == 302


def test_htmx_asks_only_for_the_counts(cast, as_fern, clock):
    households(cast, 3)
    clock(drawn_up(day_of(cast)).starts_at)
    heard = as_fern.get(DESK, headers={"HX-Request": "true"}).content.decode()
    assert heard.count('hx-swap-oob="true"') == 2
    assert "<b>0</b> of 3 collected" in heard
    assert "<html" not in heard


@pytest.mark.parametrize("number", [1, 30])
def test_the_desk_costs_the_same_for_1_household_and_for_30(cast, as_fern, clock, number):
    households(cast, number)
    clock(drawn_up(day_of(cast)).starts_at)
    with CaptureQueriesContext(connection) as queries:
        desk(as_fern)
    assert len(queries) == 22
