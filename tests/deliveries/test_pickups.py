"""A date's pickups at the desk: live counts, the volunteers' link, calling a pickup off."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries.models import HostLink
from farms.models import StaffMember
from people.models import Letter
from tests import factories
from tests.conftest import _signed_in
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to, tap

PAGE = "/f/cedar-bend-farm/desk/pickups/2027-06-08/"


def shown(client: Client, page: str = PAGE) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return answer.content.decode()


def of(cast, what: str) -> str:
    return f"{PAGE}{cast.market.pk}/{what}/"


@pytest.fixture
def packer(cast) -> Client:
    pat = factories.make_user("pat@example.org", name="Pat")
    StaffMember.objects.create(farm=cast.farm, user=pat, role="packer", since=factories.NOW)
    return _signed_in(pat)


def test_the_farm_sees_a_tap_at_once_and_who_has_not_come_yet(cast, as_fern, client, clock):
    one, other = households(cast, 2)
    day = drawn_up(day_of(cast))
    clock(day.starts_at)
    assert "2 households have not come yet" in shown(as_fern)
    tap(client, link_to(day), one)
    page = shown(as_fern)
    assert '<b class="big">1</b> <span class="muted">of 2 collected' in page
    assert '<td class="n">2</td><td class="n">1</td><td class="n">1</td>' in page
    assert "1 household has not come yet" in page
    assert (f"<bdi>{one.name}</bdi>" in page, f"<bdi>{other.name}</bdi>" in page) == (False, True)
    heard = as_fern.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert "1 household has not come yet" in heard
    assert "<html" not in heard


def test_the_page_asks_again_only_while_people_collect(cast, as_fern, clock):
    households(cast, 1)
    day = drawn_up(day_of(cast))
    assert "every 10s" not in shown(as_fern)
    clock(day.starts_at)
    assert "every 10s" in shown(as_fern)


def test_a_link_is_made_shown_with_its_code_revoked_and_made_anew(cast, as_fern, client):
    assert "There is no link now" in shown(as_fern)
    as_fern.post(of(cast, "link"), {"wanted": "make"})
    first = HostLink.objects.get()
    page = shown(as_fern)
    assert f"/c/{first.token}/" in page
    assert '<svg viewBox="0 0' in page
    as_fern.post(of(cast, "link"), {"wanted": "revoke", "link": first.pk})
    assert client.get(f"/c/{first.token}/").status_code == 404
    assert f"/c/{first.token}/" not in shown(as_fern)
    as_fern.post(of(cast, "link"), {"wanted": "pin", f"day-{first.day_id}-pin": "4711"})
    assert "There is no link now" in shown(as_fern)
    assert HostLink.objects.get().pin == ""
    as_fern.post(of(cast, "link"), {"wanted": "make"})
    second = HostLink.objects.get(revoked_at=None)
    assert second.token != first.token
    assert client.get(f"/c/{second.token}/").status_code == 200


def test_pages_left_open_bring_no_revoked_link_back_and_revoke_none_made_since(cast, as_fern, client):
    as_fern.post(of(cast, "link"), {"wanted": "make"})
    first = HostLink.objects.get()
    as_fern.post(of(cast, "link"), {"wanted": "make"})  # by the back button: it stands already
    assert HostLink.objects.get() == first
    as_fern.post(of(cast, "link"), {"wanted": "revoke", "link": first.pk})
    as_fern.post(of(cast, "link"), {"wanted": "make"})
    second = HostLink.objects.get(revoked_at=None)
    for told in (first.pk, "", "abc", "9" * 5000, "\u0663"):
        assert as_fern.post(of(cast, "link"), {"wanted": "revoke", "link": told}).status_code == 302
    as_fern.post(of(cast, "link"), {"wanted": "anything else"})
    assert [client.get(f"/c/{link.token}/").status_code for link in (first, second)] == [404, 200]
    assert HostLink.objects.count() == 2


def test_only_an_owner_of_this_farm_makes_links_and_calls_off(cast, as_sam, as_oz, as_olga, packer):
    for who in (as_sam, as_oz, as_olga, packer):
        assert who.post(of(cast, "link"), {"wanted": "make"}).status_code == 404
        assert who.get(of(cast, "cancel")).status_code == 404
        assert who.post(of(cast, "cancel"), {"because": "x"}).status_code == 404
    assert HostLink.objects.count() == Letter.objects.count() == 0
    assert [who.get(PAGE).status_code for who in (as_sam, as_oz, as_olga, packer)] == [404, 404, 404, 200]


def test_a_packer_sees_the_counts_but_not_the_link(cast, packer):
    link = link_to(day_of(cast))
    assert link.token not in shown(packer)


def test_calling_off_says_first_whom_it_concerns_then_tells_them(cast, as_fern):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    households(cast, 2)
    page = shown(as_fern, of(cast, "cancel"))
    assert "This affects 3 households." in page
    assert "1 person gets a letter." in page
    assert Letter.objects.count() == 0
    answer = as_fern.post(of(cast, "cancel"), {"because": "The ford is flooded"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    day = day_of(cast)
    assert (day.cancelled_because, day.cancelled_by) == ("The ford is flooded", cast.fern)
    assert [letter.to_email for letter in Letter.objects.filter(kind="cancelled")] == ["sam@example.org"]
    page = shown(as_fern)
    assert "Called off" in page
    assert "The ford is flooded" in page
    as_fern.post(of(cast, "cancel"), {"because": "Twice"})
    assert Letter.objects.filter(kind="cancelled").count() == 1


def test_calling_off_needs_a_reason_and_keeps_what_was_typed(cast, as_fern):
    answer = as_fern.post(of(cast, "cancel"), {"because": "  "})
    assert answer.status_code == 422
    assert "Write a few words" in answer.content.decode()
    answer = as_fern.post(of(cast, "cancel"), {"because": "long " * 60})
    assert answer.status_code == 422
    assert "long long" in answer.content.decode()
    assert as_fern.post(of(cast, "cancel"), {"because": "a\x00b"}).status_code == 422
    assert day_of(cast).cancelled_at is None


def test_a_pickup_that_is_over_cannot_be_called_off(cast, as_fern, clock):
    clock(day_of(cast).ends_at)
    answer = as_fern.post(of(cast, "cancel"), {"because": "Too late"})
    assert answer.status_code == 422
    assert "it cannot be called off any more" in answer.content.decode()
    assert day_of(cast).cancelled_at is None


@pytest.mark.parametrize("date", ["2027-06-09", "2027-13-01", "yesterday", "0001-01-01", "2027-06-08T00:00"])
def test_a_date_without_pickups_is_not_found(cast, as_fern, date):
    assert as_fern.get(f"/f/cedar-bend-farm/desk/pickups/{date}/").status_code == 404


def test_a_site_without_a_pickup_that_day_is_not_found(cast, as_fern):
    for site in (cast.school.pk, 99_999, 2**70):
        assert as_fern.get(f"{PAGE}{site}/cancel/").status_code == 404


def test_every_pickup_of_the_season_is_listed(cast, as_fern):
    page = shown(as_fern, "/f/cedar-bend-farm/desk/pickups/")
    assert page.count('<th scope="row"><a') == 50
    assert page.count(">Next<") == 1


def test_past_pickups_and_those_far_ahead_are_folded_away(cast, as_fern, clock):
    clock(day_of(cast, 10).starts_at)
    page = shown(as_fern, "/f/cedar-bend-farm/desk/pickups/")
    assert [part.count('<th scope="row"><a') for part in page.split("<details")] == [8, 24, 18]
    assert ("Later weeks" in page, "Past weeks" in page) == (True, True)


@pytest.mark.parametrize("number", [1, 30])
def test_the_pages_cost_the_same_for_1_household_and_for_30(cast, as_fern, clock, number):
    households(cast, number)
    clock(drawn_up(day_of(cast)).starts_at)
    link_to(day_of(cast))
    with CaptureQueriesContext(connection) as one_day:
        shown(as_fern)
    with CaptureQueriesContext(connection) as all_days:
        shown(as_fern, "/f/cedar-bend-farm/desk/pickups/")
    with CaptureQueriesContext(connection) as calling_off:
        shown(as_fern, of(cast, "cancel"))
    assert (len(one_day), len(all_days), len(calling_off)) == (11, 7, 12)
