"""Somebody stands there and is not on the list: the reason and nothing else; who gets something is written down."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries.changing import changes
from deliveries.checking_in import elsewhere, host_links, walk_ups
from deliveries.models import FriendPass, WalkUp
from people.models import Letter
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to, outcomes, send

SCRIPTS = [
    "محمد",
    "李小龍",
    "Ng",
    "O'Brien",
    "Null",
    "Æ\u0301",
    "👩‍👩‍👧",
    "{{7*7}}",
    "%s",
    "<img onerror=x>",
    "=HYPERLINK(1)",
]


@pytest.fixture
def link(cast, clock) -> Any:
    """The market's first day, open, with one household that is not Sam's."""
    households(cast, 1)
    day = drawn_up(day_of(cast))
    clock(day.starts_at)
    return link_to(day)


def why(client: Client, link: Any, who: object) -> str:
    answer = client.post(f"/c/{link.token}/unlisted/", {"who": str(who)}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    return answer.json()["words"]


def ahead(cast, week: int = 1, site: Any = None) -> dict[str, Any]:
    return {"household": cast.sams, "day": day_of(cast, week, site), "by": cast.sam, "at": factories.NOW}


def test_whoever_collects_elsewhere_is_sent_there(cast, client, link):
    factories.make_share(cast.sams, cast.full, site=cast.school)
    assert why(client, link, cast.sams.number) == "They collect at School gate, Fri 11 June, this week."
    assert why(client, link, "castillo–REYES") == "They collect at School gate, Fri 11 June, this week."


def test_held_moved_off_week_cancelled_and_shareless_are_told_apart(cast, client, clock):
    clock(factories.NOW)
    share = factories.make_share(cast.sams, cast.full, site=cast.market)
    link = link_to(day_of(cast))
    changes.hold(**ahead(cast))
    assert why(client, link, cast.sams.number) == "They put this week on hold."
    changes.undo(**ahead(cast))
    assert why(client, link, cast.sams.number) == f"They are on this list: look for No. {cast.sams.number}."
    changes.move(to_day=day_of(cast, 2), **ahead(cast))
    assert why(client, link, cast.sams.number) == "They moved this week's pickup to Tuesday Market, Tue 15 June."
    changes.undo(**ahead(cast))
    type(share).objects.filter(pk=share.pk).update(turn="B")
    assert why(client, link, cast.sams.number) == "They collect every second week, and this is not one of theirs."
    type(share).objects.filter(pk=share.pk).update(cancelled_at=factories.NOW, last_week=0)
    assert why(client, link, cast.sams.number) == "Their share was cancelled."
    other = factories.make_household(cast.farm, "Ng")
    assert why(client, link, "ng") == "They have no share this season."
    factories.make_household(cast.farm, "NG")
    assert why(client, link, "Ng") == "Several households have that name. Ask for their number."
    assert why(client, link, f"{other.number:03d}") == "They have no share this season."


@pytest.mark.parametrize("who", ["castillo", "Reyes", "99999", "9" * 100, "%", "_", "sam@example.org"])
def test_a_part_of_a_name_or_a_guess_finds_nobody(cast, client, link, who):
    assert why(client, link, who) == "Nobody at this farm goes by that number or full name."


def test_another_farm_s_people_are_not_known_here(cast, client, link):
    stranger = factories.make_household(factories.make_farm("Another Farm"), "Stranger")
    assert why(client, link, "Stranger") == why(client, link, stranger.number)
    assert why(client, link, "Stranger") == "Nobody at this farm goes by that number or full name."


def test_nobody_goes_through_a_farm_s_numbers(cast, client, link):
    answers = [why(client, link, number) for number in range(1, elsewhere.MOST_ASKED + 3)]
    assert answers[-2:] == ["That was asked too often. Wait ten minutes, or ask the farm."] * 2
    assert not answers[elsewhere.MOST_ASKED - 1].startswith("That was asked too often")


@pytest.mark.parametrize("who", ["", " ", "\u200b", "a\x00b", "x" * 121])
def test_what_is_no_name_is_refused_in_words(cast, client, link, who):
    answer = client.post(f"/c/{link.token}/unlisted/", {"who": who})
    assert answer.status_code == 422
    assert 'id="id_who-error"' in answer.content.decode() or "error-summary" in answer.content.decode()


@pytest.mark.parametrize("name", SCRIPTS)
def test_names_of_every_script_are_written_down_as_they_are_and_the_farm_is_told_once(cast, client, link, name):
    form = {"wanted": "walk_up", "uuid": str(uuid.uuid4()), "name": name, "took": "a bag"}
    for _time in range(2):
        assert client.post(f"/c/{link.token}/unlisted/", form).status_code == 302
    kept = WalkUp.objects.get()
    assert (len(kept.name) > 0, kept.took, kept.host_link) == (True, "a bag", link)
    assert Letter.objects.filter(kind="walk_up", to_email=cast.fern.email).count() == 1
    answer = client.get(f"/c/{link.token}/")
    assert "<img onerror" not in answer.content.decode()


def test_the_same_page_sent_again_writes_nobody_twice_and_with_another_name_writes_them_too(cast, client, link):
    page = {"wanted": "walk_up", "uuid": uuid.uuid4()}
    for name in ("Ng", "Ng", "Bo"):
        assert client.post(f"/c/{link.token}/unlisted/", page | {"name": name}).status_code == 302
    assert list(WalkUp.objects.values_list("name", flat=True)) == ["Ng", "Bo"]


def test_a_crowd_of_walk_ups_asks_no_more_than_one_and_writes_no_more_letters_than_can_be_true(
    cast, link, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(walk_ups, "MOST_TOLD", 5)
    cache.clear()
    link = host_links.link_for_token(link.token, at=link.day.starts_at)
    at = link.day.starts_at
    crowd = [walk_ups.Unexpected(uuid.uuid4(), cast.sams.name) for _ in range(40)]
    with CaptureQueriesContext(connection) as alone:
        walk_ups.write_down(day=link.day, people=crowd[:1], link=link, at=at)
    with django_assert_num_queries(len(alone)):
        walk_ups.write_down(day=link.day, people=crowd[1:5], link=link, at=at)
    walk_ups.write_down(day=link.day, people=crowd, link=link, at=at)
    told = Letter.objects.filter(kind="walk_up").count()
    assert (WalkUp.objects.filter(household=cast.sams).count(), told) == (40, 5)


def test_a_walk_up_of_the_queue_finds_its_household_and_comes_in_once(cast, client, link):
    told = {"uuid": str(uuid.uuid4()), "action": "walk_up", "name": f"{cast.sams.number:03d}", "took": ""}
    assert [outcomes(send(client, link, told)) for _ in range(2)] == [["kept"], ["duplicate"]]
    assert WalkUp.objects.get().household == cast.sams


def test_a_friend_s_name_stands_on_the_row_and_an_allergy_behind_it(cast, client, clock):
    from tests.deliveries.harvesting import make_crop

    factories.make_share(cast.sams, cast.full, site=cast.market)
    FriendPass.objects.create(household=cast.sams, name="Leïla", made_at=factories.NOW)
    cast.sams.exclusions.create(crop=make_crop(cast.farm, "Celery"), consented_at=factories.NOW)
    day = drawn_up(day_of(cast))
    clock(day.starts_at)
    page = client.get(f"/c/{link_to(day).token}/").content.decode()
    row = page[page.index(f'id="n{cast.sams.number}"') :]
    before, _details, behind = row.partition("<details")
    assert "Leïla" in before
    assert "Celery" not in before
    assert "Celery" in behind.partition("</details>")[0]


def test_a_name_that_two_households_bear_is_neither_s(cast, client, link):
    for name in ("Lind", "lind", "Sole"):
        factories.make_household(cast.farm, name)
    told = [{"uuid": str(uuid.uuid4()), "action": "walk_up", "name": name} for name in ("Lind", "sole")]
    assert outcomes(send(client, link, *told)) == ["kept", "kept"]
    rows = WalkUp.objects.order_by("pk").values_list("name", "household__name")
    assert list(rows) == [("Lind", None), ("sole", "Sole")]


def test_a_pin_shuts_the_list_until_it_is_typed(cast, client, link):
    host_links.set_pin(day=link.day, pin="4711")
    shut = client.get(f"/c/{link.token}/")
    assert shut.status_code == 403
    assert "Household" not in shut.content.decode()
    for door in ("tap", "unlisted", "paper", "closing"):
        assert client.post(f"/c/{link.token}/{door}/").status_code == 404
    assert send(client, link).status_code == 403
    assert client.post(f"/c/{link.token}/pin/", {"pin": "4712"}).status_code == 422
    assert client.post(f"/c/{link.token}/pin/", {"pin": "٤٧١١"}).status_code == 302
    assert client.get(f"/c/{link.token}/").status_code == 200
    assert send(client, link).status_code == 200
    assert "4711" not in host_links.link_for_token(link.token, at=factories.NOW).pin
    host_links.set_pin(day=link.day, pin="5000")
    assert client.get(f"/c/{link.token}/").status_code == 403


def test_pins_are_not_guessed(cast, client, link, clock):
    host_links.set_pin(day=link.day, pin="4711")
    tried = [client.post(f"/c/{link.token}/pin/", {"pin": f"{number:04d}"}).status_code for number in range(6)]
    assert tried == [422] * 5 + [429]
    assert client.post(f"/c/{link.token}/pin/", {"pin": "4711"}).status_code == 429
    clock(link.day.starts_at + timedelta(minutes=16))
    assert client.post(f"/c/{link.token}/pin/", {"pin": "4711"}).status_code == 302


@pytest.mark.parametrize("pin", ["", "123", "123456789", "abcd", "12 4", "1\x0023", "-123"])
def test_what_is_no_pin_is_refused(cast, client, as_fern, link, pin):
    host_links.set_pin(day=link.day, pin="4711")
    assert client.post(f"/c/{link.token}/pin/", {"pin": pin}).status_code == 422
    there = f"/f/cedar-bend-farm/desk/pickups/2027-06-08/{cast.market.pk}/link/"
    answer = as_fern.post(there, {"wanted": "pin", f"day-{link.day_id}-pin": pin})
    assert answer.status_code == 422


def test_the_farm_sets_a_pin_and_takes_it_off(cast, client, as_fern, link):
    there = f"/f/cedar-bend-farm/desk/pickups/2027-06-08/{cast.market.pk}/link/"
    as_fern.post(there, {"wanted": "pin", f"day-{link.day_id}-pin": "1234"})
    assert client.get(f"/c/{link.token}/").status_code == 403
    as_fern.post(there, {"wanted": "no-pin"})
    assert client.get(f"/c/{link.token}/").status_code == 200


def test_a_dead_link_tells_the_phone_to_wipe(cast, client, link):
    host_links.revoke(day=link.day, at=link.day.starts_at)
    answer = send(client, link)
    assert (answer.status_code, answer.json()) == (404, {"gone": True})
    assert client.get(f"/c/{link.token}/")["X-Link-Gone"] == "1"
    assert client.get(f"/c/{link.token}/worker.js").status_code == 404


def test_my_code_shows_name_number_and_code_to_its_household_alone(cast, as_sam, as_oz):
    factories.make_share(cast.sams, cast.full)
    page = as_sam.get("/my/code/").content.decode()
    assert "Castillo–Reyes" in page
    assert f'<bdi dir="ltr">{cast.sams.number:03d}</bdi>' in page
    assert "<svg viewBox" in page
    assert "Castillo–Reyes" not in as_oz.get("/my/code/").content.decode()
