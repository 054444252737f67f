"""The pages of the waiting list: standing in line, one's own page, the farmer's view."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import Letter
from shares.buying import waiting_list
from shares.models import Order, ShareType, WaitingPlace
from tests.factories import NOW
from tests.shares.test_waiting_list import frees, sold_out, stand, taken

PAGE = "/f/cedar-bend-farm/wait/"


@pytest.fixture(autouse=True)
def forget_tries():
    cache.clear()


def typed(cast, **facts):
    return {
        "share": cast.full.pk, "site_1": cast.school.pk, "site_2": cast.market.pk, "turn": "", "name": "Wanda",
        "email": "wanda@example.org",
    } | facts  # fmt: skip


def test_what_is_sold_out_leads_to_the_waiting_list_and_a_letter_tells_where_they_stand(cast, client):
    sold_out(cast)
    way = f"{PAGE}?share={cast.full.pk}&amp;season={cast.season.pk}"
    assert f'href="{way}"' in client.get("/f/cedar-bend-farm/").content.decode()
    assert f'href="{way}"' in client.get("/f/cedar-bend-farm/join/").content.decode()
    answer = client.post(PAGE, typed(cast), follow=True)
    assert "You are in line. We have written to you where you stand." in answer.content.decode()
    place = WaitingPlace.objects.get()
    assert [wish.site for wish in place.wishes.all()] == [cast.school, cast.market]
    letter = Letter.objects.get(kind="waiting")
    assert "You are number 1 in line." in letter.text
    assert f"/w/{place.token}/" in letter.text


def test_the_answer_tells_nobody_who_waits(cast, client):
    sold_out(cast)
    first = client.post(PAGE, typed(cast))
    again = client.post(PAGE, typed(cast))
    assert (first.status_code, first.headers["Location"]) == (again.status_code, again.headers["Location"])
    assert WaitingPlace.objects.count() == Letter.objects.filter(kind="waiting").count() == 1


def test_who_is_signed_in_need_not_say_who_they_are(cast, as_sam):
    sold_out(cast)
    assert 'name="email"' not in as_sam.get(PAGE).content.decode()
    as_sam.post(PAGE, typed(cast))
    place = WaitingPlace.objects.get()
    assert (place.email, place.household) == ("sam@example.org", cast.sams)
    assert "You are number 1 in line" in as_sam.get("/my/share/").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("share", ""), ("share", "999999"), ("share", "x"), ("site_1", ""), ("site_1", "0"), ("name", "\u202e"),
     ("email", "a@b.c, e@x.y"), ("email", "\x00@b.example"), ("turn", "C")],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_the_field(cast, client, field, value):
    sold_out(cast)
    answer = client.post(PAGE, typed(cast, **{field: value}))
    assert (answer.status_code, WaitingPlace.objects.count()) == (422, 0)
    assert "<title>Error: " in answer.content.decode()


def test_where_there_is_a_place_nobody_waits(cast, client):
    answer = client.post(PAGE, typed(cast))
    assert answer.status_code == 422
    assert "can be bought now" in answer.content.decode()


def test_nobody_fills_a_stranger_s_letter_box(cast, client):
    sold_out(cast)
    for _n in range(5):
        assert client.post(PAGE, typed(cast)).status_code == 302
    answer = client.post(PAGE, typed(cast, share=cast.half.pk))
    assert "Too many tries" in answer.content.decode()


def test_the_offer_is_seen_then_taken_and_looking_changes_nothing(cast, client):
    sold_out(cast)
    place = stand(cast)
    page = f"/w/{place.token}/"
    assert "You are number 1." in client.get(page).content.decode()
    frees(cast)
    waiting_list.offer_places(at=NOW)
    text = client.get(page).content.decode()
    for words in ("A place is free for you", "Thu 3 June", "12:00", "Tuesday Market", "€650.00", "Yes, take the place"):
        assert words in text
    client.head(page)
    assert Order.objects.filter(token=place.token).count() == 0
    answer = client.post(page, {"take": "", "method": "offline"})
    order = Order.objects.get(token=place.token)
    assert answer.headers["Location"] == f"/f/cedar-bend-farm/join/done/?order={order.token}"
    assert taken(cast) == 1
    client.post(page, {"take": "", "method": "offline"})
    assert Order.objects.filter(token=place.token).count() == 1
    assert "You said yes" in client.get(page).content.decode()


def test_a_price_may_be_chosen_where_the_farm_lets_one_choose(cast, client):
    sold_out(cast)
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=50000, suggested=70000, highest=90000)
    place = stand(cast)
    frees(cast)
    waiting_list.offer_places(at=NOW)
    page = f"/w/{place.token}/"
    for amount in ("499.99", "900.01", "-1", "x"):
        assert client.post(page, {"take": "", "method": "offline", "amount": amount}).status_code == 422
    client.post(page, {"take": "", "method": "offline", "amount": "800"})
    assert Order.objects.get(token=place.token).shares.get().price == 80000


def test_an_offer_that_is_over_says_so_and_leads_back_into_the_queue(cast, client, clock):
    sold_out(cast)
    place = stand(cast)
    frees(cast)
    waiting_list.offer_places(at=NOW)
    clock(NOW + timedelta(hours=48))
    waiting_list.offer_places(at=NOW + timedelta(hours=48))
    page = f"/w/{place.token}/"
    assert "This offer is over" in client.get(page).content.decode()
    answer = client.post(page, {"take": "", "method": "offline"}, follow=True)
    assert "the place has gone on to the next in line" in answer.content.decode()
    assert Order.objects.filter(token=place.token).count() == 0


def test_they_leave_by_a_press_not_by_a_look(cast, client):
    sold_out(cast)
    place = stand(cast)
    page = f"/w/{place.token}/"
    client.get(f"{page}?leave=")
    assert waiting_list.position_of(place) == 1
    client.post(page, {"leave": ""})
    assert waiting_list.position_of(place) == 0
    assert "You are not in line any more" in client.get(page).content.decode()


def test_the_farmer_sees_who_waits_and_why_each_stands_there(cast, as_fern):
    assert "Nobody waits" in as_fern.get("/f/cedar-bend-farm/desk/waiting/").content.decode()
    sold_out(cast)
    stand(cast, "ada@example.org")
    stand(cast, "ben@example.org", at=NOW + timedelta(hours=1))
    text = as_fern.get("/f/cedar-bend-farm/desk/waiting/").content.decode()
    assert re.findall(r"<bdi>(Ada|Ben)</bdi>", text) == ["Ada", "Ben"]
    assert "First in line: came before all others; no place is free." in text
    assert "1 came before." in text
    frees(cast)
    waiting_list.offer_places(at=NOW + timedelta(hours=2))
    text = as_fern.get("/f/cedar-bend-farm/desk/waiting/").content.decode()
    assert "kept until Thu 3 June" in text


def test_the_farmer_s_page_asks_as_much_for_one_as_for_many(cast, as_fern):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            as_fern.get("/f/cedar-bend-farm/desk/waiting/")
        return len(seen)

    sold_out(cast)
    stand(cast)
    few = queries()
    for number in range(10):
        stand(cast, f"p{number}@example.org")
    assert (queries(), few <= 30) == (few, True)
