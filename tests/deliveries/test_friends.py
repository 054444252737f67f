"""A friend collects: once or always, with a pass that needs no account and tells no more than it must."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deliveries.changing import changes, friends
from deliveries.models import FriendPass
from tests import factories
from tests.deliveries.harvesting import make_harvest, publish
from tests.deliveries.test_changes import at_once, day_of
from tests.deliveries.test_holds_and_gifts import share  # noqa: F401  (a fixture)
from tests.deliveries.test_my import press, words
from tests.factories import NOW

WEEK_1 = "/my/week/2027-06-08/"


def appoint(cast, name: str = "Ida", *, day=None, at=NOW) -> FriendPass:
    return friends.appoint(household=cast.sams, name=name, day=day, by=cast.sam, at=at)


def pass_page(client, friend: FriendPass):
    return client.get(f"/p/{friend.token}/")


def test_the_pass_says_whose_number_where_when_and_what_is_in_it_and_no_more(cast, share, client):  # noqa: F811
    cast.sams.phone, cast.sams.note = "+33 6 12 34", "allergic to bees"
    cast.sams.save()
    publish(make_harvest(cast, {"Carrots": "4 kg"}))
    page = pass_page(client, appoint(cast))
    said = words(page).replace("\u00a0", " ")
    for each in (
        "Ida collects for Castillo–Reyes", "Tue 8 June, 17:00–19:30", "Tuesday Market, 4 Mill Lane",
        f"Say this number {cast.sams.number:03d}", "Full share Carrots 4 kg",
    ):  # fmt: skip
        assert each in said
    for secret in ("sam@example.org", "12 34", "bees", "€", "650"):
        assert secret not in page.content.decode()
    assert page.headers["Cache-Control"].find("no-store") >= 0


def test_a_standing_pass_follows_the_next_pickup_and_a_day_s_pass_its_day(cast, share, client):  # noqa: F811
    always, once = appoint(cast), appoint(cast, "Ann", day=day_of(cast, 2))
    changes.hold(household=cast.sams, day=day_of(cast, 1), by=None, at=NOW)
    changes.move(household=cast.sams, day=day_of(cast, 2), to_day=day_of(cast, 2, cast.school), by=None, at=NOW)
    assert "Fri 18 June, 17:00–19:30" in words(pass_page(client, always))
    assert "Nothing to collect" in words(pass_page(client, once))


@pytest.mark.django_db(transaction=True)
def test_two_who_name_a_friend_at_once_leave_one_pass(cast):
    made = at_once([lambda name=name: appoint(cast, name, day=day_of(cast, 1)) for name in ("Ida", "Ann", "Ida")])
    assert {type(one) for one in made} == {FriendPass}
    assert FriendPass.objects.filter(revoked_at=None).count() == 1


def test_a_pass_ends_when_it_is_taken_back_replaced_or_a_day_after_the_pickup(cast, share, client, clock):  # noqa: F811
    first = appoint(cast)
    assert appoint(cast).pk == first.pk
    second = appoint(cast, "Ann")
    assert [pass_page(client, each).status_code for each in (first, second)] == [404, 200]
    friends.dismiss(household=factories.make_household(cast.farm), number=second.pk, at=NOW)
    assert pass_page(client, second).status_code == 200
    friends.dismiss(household=cast.sams, number=second.pk, at=NOW)
    assert pass_page(client, second).status_code == 404
    once = appoint(cast, day=day_of(cast, 1))
    clock(day_of(cast, 1).ends_at + timedelta(hours=23))
    assert pass_page(client, once).status_code == 200
    clock(day_of(cast, 1).ends_at + timedelta(hours=25))
    assert pass_page(client, once).status_code == 404


@pytest.mark.parametrize("token", ["x", "é", "a" * 300, "..", "%00"])
def test_a_wrong_pass_leads_nowhere(client, db, token):
    assert client.get(f"/p/{token}/").status_code in (400, 404)


def test_looking_at_a_pass_changes_nothing(cast, share, client):  # noqa: F811
    friend = appoint(cast)
    assert client.post(f"/p/{friend.token}/").status_code == 405


def test_a_household_names_a_friend_on_its_week_even_after_the_deadline_and_takes_it_back(
    cast,
    share,  # noqa: F811
    as_sam,
    clock,
):
    clock(day_of(cast, 1).deadline_at)
    day = day_of(cast, 1)
    assert press(as_sam, "friend", day, page=WEEK_1, name="محمد").status_code == 302
    friend = FriendPass.objects.get()
    assert (friend.name, friend.day, friend.made_by) == ("محمد", day, cast.sam)
    page = as_sam.get(WEEK_1).content.decode()
    assert f"/p/{friend.token}/" in page
    press(as_sam, "friend", day, page=WEEK_1, name="Ann", always="on")
    assert FriendPass.objects.get(name="Ann").day is None
    press(as_sam, "dismiss", day, page=WEEK_1, **{"pass": friend.pk})
    assert FriendPass.objects.get(pk=friend.pk).revoked_at is not None


def test_a_pass_taken_back_stays_so_and_naming_them_again_makes_another(cast, share, as_sam, client):  # noqa: F811
    day = day_of(cast, 1)
    for _time in range(2):  # the second by the back button
        press(as_sam, "friend", day, page=WEEK_1, name="Ida")
    first = FriendPass.objects.get()
    for _time in range(2):
        press(as_sam, "dismiss", day, page=WEEK_1, **{"pass": first.pk})
    press(as_sam, "friend", day, page=WEEK_1, name="Ida")
    second = FriendPass.objects.get(revoked_at=None)
    press(as_sam, "dismiss", day, page=WEEK_1, **{"pass": first.pk})  # a page left open
    assert [pass_page(client, each).status_code for each in (first, second)] == [404, 200]
    assert second.token != first.token


@pytest.mark.parametrize("name", ["", "\u200b\u200b", "\x00", "x" * 81, "a" + "\u0301" * 500])
def test_a_name_that_is_none_is_refused_beside_the_field(cast, share, as_sam, name):  # noqa: F811
    page = press(as_sam, "friend", day_of(cast, 1), page=WEEK_1, name=name)
    assert (page.status_code, "Error:" in words(page)) == (200, True)
    assert not FriendPass.objects.exists()


@pytest.mark.parametrize("number", ["", "abc", "0", "-1", "9" * 40, "\x00"])
def test_a_forged_number_takes_no_pass_away(cast, share, as_sam, number):  # noqa: F811
    friend = appoint(cast)
    press(as_sam, "dismiss", day_of(cast, 1), page=WEEK_1, **{"pass": number})
    assert FriendPass.objects.get(pk=friend.pk).revoked_at is None
