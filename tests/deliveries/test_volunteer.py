"""The check-in page: whoever holds the link sees names and shares of one site and day, and taps."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries.checking_in import host_links
from deliveries.models import CheckIn, WalkUp
from people.models import User
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, entry, households, link_to, outcomes, send, tap


@pytest.fixture
def day(cast, clock):
    """The first market day, open, its roster drawn up: Sam's household is due with a full share."""
    factories.make_share(cast.sams, cast.full, site=cast.market)
    day = drawn_up(day_of(cast))
    clock(day.starts_at)
    return day


@pytest.fixture
def link(day):
    return link_to(day)


def page(client: Client, link, query: str = "") -> str:
    answer = client.get(f"/c/{link.token}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def came(client: Client, link) -> bool:
    return 'aria-pressed="true"' in page(client, link)


def test_the_volunteer_sees_who_is_expected_with_what_and_taps_once(cast, client, link):
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    shown = page(client, link)
    assert "Castillo–Reyes" in shown
    assert f"No. {cast.sams.number}" in shown
    assert 'id="done">0</b> <span class="muted">of 1 collected' in shown
    answer = client.post(f"/c/{link.token}/tap/", {"uuid": uuid.uuid4(), "household": cast.sams.number})
    assert (answer.status_code, answer["Location"]) == (302, f"/c/{link.token}/#n{cast.sams.number}")
    shown = page(client, link)
    assert '1</b> <span class="muted">of 1 collected' in shown
    assert "Castillo–Reyes: collected." in shown
    assert CheckIn.objects.get().host_link == link


def test_a_collected_household_is_undone_by_a_tap(cast, client, link):
    tap(client, link, cast.sams)
    assert came(client, link)
    client.post(f"/c/{link.token}/tap/", {"uuid": uuid.uuid4(), "back": cast.sams.number})
    assert not came(client, link)


def test_two_phones_tap_the_same_household_and_agree(cast, link):
    one, other = Client(), Client()
    mine, theirs = tap(one, link, cast.sams), tap(other, link, cast.sams)
    assert outcomes(mine) == outcomes(theirs) == ["kept"]
    pickup = str(cast.sams.pickups.get().pk)
    assert list(mine.json()["taps"]) == list(theirs.json()["taps"]) == [pickup]
    assert came(one, link)
    assert came(other, link)


def test_the_same_uuid_three_times_is_one_check_in(cast, client, link):
    told = entry(cast.sams)
    assert [outcomes(send(client, link, told)) for _ in range(3)] == [["kept"], ["duplicate"], ["duplicate"]]
    assert CheckIn.objects.count() == 1
    assert outcomes(send(client, link, *[entry(cast.sams, uuid=str(uuid.UUID(int=5)))] * 3)) == [
        "kept", "duplicate", "duplicate",
    ]  # fmt: skip


def test_taps_that_arrive_in_the_wrong_order_end_right(cast, client, link, day, clock):
    clock(day.ends_at)
    minute = timedelta(minutes=1)
    for action, at in (("undone", 5), ("collected", 3), ("collected", 9), ("undone", 7)):
        tap(client, link, cast.sams, action, at=day.starts_at + at * minute)
    assert came(client, link)


def test_the_other_phone_hears_of_a_tap_and_of_nothing_when_nothing_was_tapped(cast, client, link):
    heard = send(client, link).json()
    assert (heard["answers"], heard["taps"], heard["seen"], heard["closed"]) == ([], {}, 0, False)
    tap(Client(), link, cast.sams)
    heard = send(client, link).json()
    assert [tap[1] for tap in heard["taps"].values()] == [1]
    assert heard["seen"] == 1
    assert send(client, link, seen=1).json()["taps"] == {}
    for odd in ("abc", -1, 10**30, None, [1], True, 7):
        answer = client.post(f"/c/{link.token}/sync/", json.dumps({"seen": odd}), content_type="application/json")
        assert (answer.status_code, len(answer.json()["taps"])) == (200, 1 if odd is not True else 0), odd


@pytest.mark.parametrize("words", ["castillo", "CASTILLO", "réyes", "  reyes "])
def test_a_household_is_found_by_name_or_number_without_script(cast, client, link, words):
    number = cast.sams.number
    row = re.compile(rf'<li id="n{number}" class="caller" data-p="\d+:\d+">')
    assert row.search(page(client, link, f"?q={words}"))
    assert row.search(page(client, link, f"?q={number:03d}"))
    assert '<div class="card flush" id="card">' in page(client, link, f"?q={words}")


def test_three_digits_are_a_whole_number_and_fewer_its_beginning(cast, client, clock):
    day, numbers = day_of(cast), (8007, 8000, 800)
    for household, number in zip(households(cast, 3), numbers, strict=True):
        type(household).objects.filter(pk=household.pk).update(number=number)
    clock(drawn_up(day).starts_at)

    def found(words: str) -> list[int]:
        shown = page(client, link_to(day), f"?q={words}")
        return [one for one in numbers if re.search(rf'id="n{one}" class="caller" data-p="[^"]*">', shown)]

    assert found("8") == found("08") == [8007, 8000, 800]
    assert found("800") == [8007, 8000, 800]
    assert found("0800") == found("٠٨٠٠") == [800]


def test_a_search_without_result_says_so(cast, client, link):
    shown = page(client, link, "?q=zzz")
    assert '<div id="nobody">' in shown
    assert "Nobody by that name today" in shown
    assert '<div class="card flush" id="card" hidden>' in shown


def test_before_the_deadline_the_list_is_preliminary_and_takes_no_taps(cast, client, clock):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    day = day_of(cast)
    link = link_to(day)
    shown = page(client, link)
    assert "Not the final list yet." in shown
    assert "Castillo–Reyes" in shown
    assert '<button class="who' not in shown
    assert tap(client, link, cast.sams).status_code == 409
    clock(day.deadline_at)
    page(client, link)
    day.refresh_from_db()
    assert day.drawn_up_at is None  # looking draws nothing up
    assert tap(client, link, cast.sams).status_code == 200
    day.refresh_from_db()
    assert day.drawn_up_at == day.deadline_at


def test_a_pickup_that_was_called_off_says_so_and_takes_no_taps(cast, client, link, day):
    type(day).objects.filter(pk=day.pk).update(cancelled_at=day.starts_at, cancelled_because="The ford is flooded")
    shown = page(client, link)
    assert "The ford is flooded" in shown
    assert "Castillo–Reyes" not in shown
    assert outcomes(tap(client, link, cast.sams)) == ["refused"]
    assert tap(client, link, cast.sams).json()["answers"][0]["words"] == "This pickup was called off."


def test_a_wrong_or_revoked_link_is_not_found(cast, client, link, day):
    assert client.get("/c/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404
    assert client.get(f"/c/{link.token[:-1]}/").status_code == 404
    host_links.revoke(day=day, at=day.starts_at)
    assert client.get(f"/c/{link.token}/").status_code == 404
    assert tap(client, link, cast.sams).status_code == 404
    assert CheckIn.objects.count() == 0


def test_a_link_of_another_day_or_site_cannot_tap_who_is_not_due_there(cast, client, link):
    for other, outcome in ((day_of(cast, 1, cast.school), "refused"), (day_of(cast, 2), "kept")):
        assert outcomes(tap(client, link_to(drawn_up(other)), cast.sams)) == [outcome]
    stranger = factories.make_household(factories.make_farm("Another Farm"))
    refused = tap(client, link, stranger).json()["answers"][0]["words"]
    assert refused == f"No. {stranger.number} is not expected here on this day."
    assert set(CheckIn.objects.values_list("pickup__day__week__number", flat=True)) == {2}
    assert not came(client, link)


def test_nothing_of_a_household_but_its_name_number_shares_and_note_is_shown(cast, client, link):
    sams = cast.sams
    sams.phone, sams.note = "+33 6 00 00 00 01", "Leïla collects for us"
    sams.save()
    shown = page(client, link)
    assert "Leïla collects for us" in shown
    for canary in [*User.objects.values_list("email", flat=True), sams.phone, "€", "650", "37500", cast.farm.email]:
        assert canary not in shown


def test_names_typed_by_people_are_shown_as_they_are(cast, client, link):
    type(cast.sams).objects.filter(pk=cast.sams.pk).update(name='<img src=x onerror=alert(1)> "Ng"')
    shown = page(client, link)
    assert "<img" not in shown
    assert "<bdi>&lt;img src=x onerror=alert(1)&gt; &quot;Ng&quot;</bdi>" in shown


def test_no_search_engine_no_cache_no_other_site_learns_of_it(client, link):
    answer = client.get(f"/c/{link.token}/")
    assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"


def test_looking_changes_nothing_and_a_tap_needs_a_post(client, link):
    assert client.head(f"/c/{link.token}/").status_code == 200
    for door in ("tap", "sync", "pin", "unlisted"):
        assert client.get(f"/c/{link.token}/{door}/").status_code == 405
    assert client.post(f"/c/{link.token}/").status_code == 405
    assert CheckIn.objects.count() == 0


def test_a_phone_that_keeps_no_cookies_can_tap(cast, link):
    strict = Client(enforce_csrf_checks=True)
    facts = {"uuid": uuid.uuid4(), "household": cast.sams.number}
    assert strict.post(f"/c/{link.token}/tap/", facts, headers={"Origin": "null"}).status_code == 302
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", "7", '"text"', "[" * 5000, '{"taps": 7}', "\x00", '{"taps": {}}']
)
def test_what_is_no_queue_is_refused_and_nothing_is_written(cast, client, link, body):
    assert client.post(f"/c/{link.token}/sync/", body, content_type="application/json").status_code == 400
    assert CheckIn.objects.count() == 0


@pytest.mark.parametrize(("length", "status"), [("abc", 400), ("-1", 400), ("1.5", 400), ("9" * 5000, 413)])
def test_a_queue_that_lies_about_its_length_is_refused(client, link, length, status):
    answer = client.post(f"/c/{link.token}/sync/", "{}", content_type="application/json", CONTENT_LENGTH=length)
    assert answer.status_code == status


@pytest.mark.parametrize("name", ["a\ud800", "\udfff\ud800b", "اسم\ud83d"])
def test_a_half_letter_in_a_name_comes_in_as_a_question_mark(client, link, name):
    told = {"uuid": str(uuid.uuid4()), "action": "walk_up", "name": name}
    assert outcomes(send(client, link, told)) == ["kept"]
    assert WalkUp.objects.get().name == re.sub(r"[\ud800-\udfff]", "?", name)


@pytest.mark.parametrize("raw", [b"\xff\xfe{\x00", b"\x80\x81", gzip.compress(b"{}")])
def test_bytes_that_are_no_text_are_refused(client, link, raw):
    assert client.post(f"/c/{link.token}/sync/", raw, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        7, None, "text", [], {},
        {"uuid": "x"}, {"uuid": ""}, {"uuid": None}, {"uuid": "\ud800"}, {"uuid": "a\x00b"}, {"uuid": [1]},
        {"uuid": True},
        {"household": "abc"}, {"household": -1}, {"household": 0}, {"household": 2**63}, {"household": 1.5},
        {"household": "1\x00"}, {"household": {}}, {"household": 10**40}, {"household": True},
        {"pickup": "x"}, {"pickup": -1}, {"pickup": 2**63}, {"pickup": []},
        {"action": "eaten"}, {"action": ""}, {"action": None}, {"action": "collected\x00"}, {"action": []},
        {"at": "yesterday"}, {"at": "2027-06-08T15:00:00"}, {"at": "2027-02-30T15:00:00Z"}, {"at": 1},
        {"at": "0001-01-01T00:00:00+14:00"}, {"at": "9999-12-31T23:59:59-14:00"}, {"at": "\x00"}, {"at": "9" * 5000},
        {"at": "2027-06-08T15:00:00Z", "ahead": "x"}, {"at": "2027-06-08T15:00:00Z", "ahead": 10**30},
        {"device": "x" * 99}, {"device": "\x00"}, {"device": 7}, {"device": "<b>"},
        {"action": "walk_up", "name": ""}, {"action": "walk_up", "name": "\u200b"}, {"action": "walk_up", "name": 7},
        {"action": "walk_up", "name": "x" * 121}, {"action": "walk_up", "name": "a\x00b"},
    ],
)  # fmt: skip
def test_a_tap_that_cannot_be_read_is_refused_in_words_and_the_others_are_kept(cast, client, link, wrong):
    told = entry(cast.sams) | wrong if isinstance(wrong, dict) and wrong else wrong
    answer = send(client, link, told, entry(cast.sams))
    assert sorted(outcomes(answer)) == ["kept", "refused"]
    assert [one["words"] for one in answer.json()["answers"] if one["words"]] == [
        "This tap could not be read. Open the page again."
    ]
    assert CheckIn.objects.count() == 1


def test_ten_thousand_ticks_are_too_many_and_none_is_written(cast, client, link):
    answer = send(client, link, *[entry(cast.sams)] * 10_000)
    assert (answer.status_code, answer.json()["error"]) == (413, "At most 2000 ticks at once.")
    short = [{"uuid": "x"}] * 2_001
    assert send(client, link, *short).status_code == 413
    assert CheckIn.objects.count() == 0


@pytest.mark.parametrize(
    "clock_says", ["1970-01-01T00:00:00+00:00", "2099-12-31T23:59:59+14:00", "2027-06-08T17:00:00+02:00"]
)
def test_a_phone_with_a_wrong_clock_is_believed_in_all_but_the_time_and_both_are_kept(
    cast, client, link, day, clock_says
):
    assert outcomes(tap(client, link, cast.sams, at=clock_says)) == ["kept"]
    kept = CheckIn.objects.get()
    assert kept.said_at == datetime.fromisoformat(clock_says)
    assert day.starts_at - timedelta(days=2) < kept.tapped_at <= kept.received_at == day.starts_at


@pytest.mark.parametrize("ahead", [-86400 * 365 * 57, -7200, 7200, 86400 * 365 * 72])
def test_a_phone_that_knows_how_wrong_its_clock_is_tells_the_true_time(cast, client, link, day, clock, ahead):
    clock(day.ends_at)
    true = day.starts_at + timedelta(minutes=7)
    tap(client, link, cast.sams, at=true + timedelta(seconds=ahead), ahead=ahead, device="phone-1")
    kept = CheckIn.objects.get()
    assert (kept.tapped_at, kept.said_at, kept.device) == (true, true + timedelta(seconds=ahead), "phone-1")


@pytest.mark.parametrize(("later", "stands"), [(3, False), (0, True)])
def test_a_slip_taken_back_stays_so_though_the_clock_ran_ahead_and_collected_wins_only_a_tie(
    cast, client, link, day, later, stands
):
    ahead = day.starts_at + timedelta(minutes=1)
    taps = [entry(cast.sams, at=ahead), entry(cast.sams, "undone", at=ahead + timedelta(seconds=later))]
    assert outcomes(send(client, link, *taps[::-1])) == ["kept", "kept"]
    assert came(client, link) is stands


def test_one_of_two_shares_is_collected_by_itself(cast, client, link):
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    day = link.day
    type(day).objects.filter(pk=day.pk).update(drawn_up_at=None)
    drawn_up(day_of(cast))
    full, eggs = cast.sams.pickups.order_by("pk")
    assert outcomes(tap(client, link, cast.sams, pickup=eggs.pk)) == ["kept"]
    shown = page(client, link)
    assert "1 of 2 collected" in shown
    assert not came_all(shown, cast.sams)
    answer = client.post(
        f"/c/{link.token}/tap/", {"uuid": uuid.uuid4(), "part": f"{cast.sams.number}:{full.pk}:collected"}
    )
    assert answer.status_code == 302
    assert came_all(page(client, link), cast.sams)
    other = factories.make_household(cast.farm)
    assert outcomes(tap(client, link, other, pickup=full.pk)) == ["refused"]


def came_all(shown: str, household) -> bool:
    return f'name="back" value="{household.number}" aria-pressed="true"' in shown


def test_a_bad_form_without_script_keeps_the_page(client, link):
    answer = client.post(f"/c/{link.token}/tap/", {"uuid": "x", "household": "\x00"})
    assert answer.status_code == 400
    assert "Castillo–Reyes" in answer.content.decode()
    assert client.get(f"/c/{link.token}/?q=%00").status_code == 400


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_and_a_tap_cost_the_same_for_1_household_and_for_30(cast, client, clock, number):
    some = households(cast, number)
    type(cast.sams).objects.filter(pk__in=[one.pk for one in some]).update(note="Two bags")
    day = drawn_up(day_of(cast))
    clock(day.starts_at)
    link = link_to(day)
    with CaptureQueriesContext(connection) as looking:
        page(client, link)
    with CaptureQueriesContext(connection) as tapping:
        assert tap(client, link, some[0]).status_code == 200
    assert (len(looking), len(tapping)) == (10, 12)
