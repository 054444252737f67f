"""One deadline for every change: a second before, on it, a second after; on screen, by POST and by a page left open; in
Paris, New York and Casablanca."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from deliveries.models import Change, PlanChange
from farms.models import PickupDay
from people import formats
from tests import factories
from tests.deliveries.test_my import buttons, words

ZONES = ("Europe/Paris", "America/New_York", "Africa/Casablanca")
SECONDS = (-1, 0, 1)


@pytest.fixture(params=ZONES)
def week(request, db):
    """A household with a share in this zone, and the page of its first week."""
    farm = factories.make_farm(timezone=request.param)
    sites = [factories.make_site(farm), factories.make_site(farm, "School gate", weekday=4)]
    season = factories.make_season(farm, sites, gifts_to=factories.make_household(farm, "Food bank", is_place=True))
    sam = factories.make_user("sam@example.org")
    household = factories.make_household(farm, user=sam)
    factories.make_share(household, factories.make_share_type(season), site=sites[0])
    client = Client()
    client.force_login(sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    days = PickupDay.objects.filter(week__season=season, site=sites[0]).order_by("date")
    return client, days[0], days[3], sites[1]


def send(week, action: str):
    client, day, target, site = week
    path = f"/my/week/{day.date.isoformat()}/"
    return client.post(path, {"action": action, "day": day.pk, "to_day": target.pk, "site": site.pk})


def made() -> int:
    return Change.objects.standing().count() + PlanChange.objects.standing().count()


@pytest.fixture
def each_time(week):
    """Every combination, each with the farm as it was."""

    def tried(*lists):
        for each in itertools.product(*lists):
            with transaction.atomic():
                yield each
                transaction.set_rollback(True)

    return tried


def test_the_screen_offers_changes_until_the_deadline_and_says_when_it_was(week, clock, each_time):
    client, day, _target, _site = week
    closed = f"closed on {formats.day(day.deadline_at, zone=day.week.season.farm.zone)} at 23:59"
    for seconds, open_still in ((-1, True), (0, False), (1, False)):
        clock(day.deadline_at + timedelta(seconds=seconds))
        page = client.get(f"/my/week/{day.date.isoformat()}/")
        assert (buttons(page)[:3] == ["hold", "give", "move"]) is open_still
        assert (buttons(page) == ["give_late", "friend", "ask"]) is not open_still
        assert (closed in words(page)) is not open_still
        assert ("You can change it until" in words(page)) is open_still


def test_a_post_changes_something_until_the_deadline_and_never_after(week, clock, each_time):
    for action, seconds in each_time(["hold", "give", "move", "site"], SECONDS):
        clock(week[1].deadline_at + timedelta(seconds=seconds))
        page = send(week, action)
        assert made() == (seconds < 0), f"{action} at {seconds} s"
        if seconds >= 0:
            said = words(page if page.status_code == 200 else week[0].get(page.url))
            assert "could be changed until" in said


def test_a_page_left_open_undoes_until_the_deadline_and_never_after_and_twice_is_once(week, clock, each_time):
    for action, seconds in each_time(["hold", "give", "move"], SECONDS):
        clock(factories.NOW)
        send(week, action)
        assert made() == 1
        clock(week[1].deadline_at + timedelta(seconds=seconds))
        shown = buttons(week[0].get(f"/my/week/{week[1].date.isoformat()}/"))
        assert ("undo" in shown) == (seconds < 0), f"{action} offered for undoing at {seconds} s"
        send(week, "undo")
        send(week, "undo")
        assert made() == (seconds >= 0), f"{action} undone at {seconds} s"


def test_a_page_left_open_for_a_month_changes_nothing_and_is_no_error(week, clock, each_time):
    clock(week[1].ends_at + timedelta(days=30))
    for (action,) in each_time(["hold", "give", "move", "site", "undo"]):
        assert send(week, action).status_code in (200, 302, 404)
        assert made() == 0
