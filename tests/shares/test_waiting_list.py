"""Places that free go to those who wait, in turn: one place, one offer, told once; nobody overtakes the queue."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from farms.models import SeasonSite
from people.models import Letter
from shares.buying import waiting_list
from shares.buying.purchases import release_lapsed, start_purchase
from shares.models import Order, Share, ShareType, WaitingPlace
from shares.prices import kept, places, storefront
from shares.prices.quotes import Line
from shares.prices.refusals import SiteFull, SoldOut
from tests.factories import NOW, make_household, make_season, make_share
from tests.shares.test_purchase_races import all_at_once

at_once = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def sold_out(cast, places=1):
    ShareType.objects.filter(pk=cast.full.pk).update(places=places)
    cast.full.refresh_from_db()
    return [make_share(make_household(cast.farm), cast.full, site=cast.market) for _n in range(places)]


def frees(cast, number=1):
    ShareType.objects.filter(pk=cast.full.pk).update(taken=cast.full.places - number)
    SeasonSite.objects.filter(season=cast.season, site=cast.market).update(
        taken_a=cast.full.places - number, taken_b=cast.full.places - number
    )


def stand(cast, email="wanda@example.org", sites=None, at=NOW, kind=None, turn=""):
    return waiting_list.join_queue(
        share_type=kind or ShareType.objects.get(pk=cast.full.pk), sites=sites or [cast.market], turn=turn,
        name=email.split("@")[0].title(), email=email, language="en", household=None, at=at,
    )  # fmt: skip


def buy(cast, site=None, at=NOW):
    return start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(cast.full, site or cast.market)], method="offline",
        token=uuid.uuid4(), language="en", by=cast.sam, at=at,
    )  # fmt: skip


def state(place):
    place.refresh_from_db()
    return {
        "offered": place.offered_at is not None, "taken": place.taken_at is not None,
        "passed": place.passed_at is not None, "left": place.left_at is not None,
    }  # fmt: skip


def letters(kind):
    return sorted(Letter.objects.filter(kind=kind).values_list("to_email", flat=True))


def taken(cast):
    return ShareType.objects.get(pk=cast.full.pk).taken


def test_the_first_in_line_is_offered_the_place_and_it_is_taken_at_once(cast):
    sold_out(cast)
    first, second = stand(cast, "a@example.org"), stand(cast, "b@example.org", at=NOW + HOUR)
    assert [waiting_list.position_of(place) for place in (first, second)] == [1, 2]
    assert waiting_list.offer_places(at=NOW + HOUR) == 0
    frees(cast)
    assert waiting_list.offer_places(at=NOW + 2 * HOUR) == 1
    assert (state(first)["offered"], state(second)["offered"], taken(cast)) == (True, False, 1)
    assert (first.offered_site, first.offered_until) == (cast.market, NOW + 50 * HOUR)
    assert letters("offer") == ["a@example.org"]
    assert [waiting_list.position_of(place) for place in (first, second)] == [0, 1]
    assert waiting_list.offer_places(at=NOW + 3 * HOUR) == 0
    with pytest.raises(SoldOut):
        buy(cast, at=NOW + 3 * HOUR)


def test_nobody_overtakes_the_queue(cast):
    sold_out(cast)
    stand(cast)
    frees(cast)
    with pytest.raises(SoldOut):
        buy(cast)
    assert waiting_list.offer_places(at=NOW) == 1


def test_who_waits_for_a_full_site_keeps_its_room_and_one_place(cast):
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=0)
    ShareType.objects.filter(pk=cast.full.pk).update(places=2)
    cast.full.refresh_from_db()
    place = stand(cast, sites=[cast.school])
    buy(cast)
    with pytest.raises(SoldOut):
        buy(cast)
    assert waiting_list.offer_places(at=NOW) == 0
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=1)
    with pytest.raises(SiteFull):
        start_purchase(
            household=cast.sams, season=cast.season, lines=[Line(cast.half, cast.school)], method="offline",
            token=uuid.uuid4(), language="en", by=None, at=NOW,
        )  # fmt: skip
    assert waiting_list.offer_places(at=NOW) == 1
    assert state(place)["offered"]


def test_the_best_of_their_sites_that_has_room_is_offered(cast):
    sold_out(cast)
    place = stand(cast, sites=[cast.school, cast.market])
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=0)
    frees(cast)
    waiting_list.offer_places(at=NOW)
    state(place)
    assert place.offered_site == cast.market


def test_whose_sites_have_no_room_keeps_their_place_in_line(cast):
    sold_out(cast)
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=0)
    first, second = stand(cast, "a@example.org", [cast.school]), stand(cast, "b@example.org", at=NOW + HOUR)
    frees(cast)
    assert waiting_list.offer_places(at=NOW + HOUR) == 1
    assert (state(second)["offered"], waiting_list.position_of(first)) == (True, 1)


@pytest.mark.parametrize(("seconds", "over"), [(-1, False), (0, True), (1, True)])
def test_an_offer_that_expires_goes_on_to_the_next(cast, seconds, over):
    sold_out(cast)
    first, second = stand(cast, "a@example.org"), stand(cast, "b@example.org", at=NOW + HOUR)
    frees(cast)
    waiting_list.offer_places(at=NOW)
    moment = NOW + 48 * HOUR + timedelta(seconds=seconds)
    waiting_list.offer_places(at=moment)
    assert (state(first)["passed"], state(second)["offered"], taken(cast)) == (over, over, 1)
    assert (letters("offer_passed"), letters("offer")) == (
        (["a@example.org"], ["a@example.org", "b@example.org"]) if over else ([], ["a@example.org"])
    )
    if over:
        with pytest.raises(waiting_list.OfferOver):
            waiting_list.take_up(first, method="card", language="en", at=moment)


def test_yes_makes_one_order_on_the_place_that_was_kept(cast):
    sold_out(cast)
    place = stand(cast)
    frees(cast)
    waiting_list.offer_places(at=NOW)
    order = waiting_list.take_up(place, method="offline", language="en", at=NOW + HOUR)
    again = waiting_list.take_up(WaitingPlace.objects.get(), method="card", language="en", at=NOW + HOUR)
    assert (order, taken(cast), Share.objects.filter(order=order).count()) == (again, 1, 1)
    assert [person.email for person in order.household.people.all()] == ["wanda@example.org"]
    assert waiting_list.offer_places(at=NOW + 100 * HOUR) == 0  # what was taken up does not expire as an offer
    assert release_lapsed(order, at=order.held_until) is True
    assert taken(cast) == 0


def test_no_lets_the_place_go_on(cast):
    sold_out(cast)
    first, second = stand(cast, "a@example.org"), stand(cast, "b@example.org", at=NOW + HOUR)
    frees(cast)
    waiting_list.offer_places(at=NOW)
    assert (waiting_list.leave(first, at=NOW), waiting_list.leave(first, at=NOW), taken(cast)) == (True, False, 0)
    assert waiting_list.offer_places(at=NOW) == 1
    assert state(second)["offered"]


def test_a_place_that_lapses_unpaid_goes_to_the_queue(cast):
    ShareType.objects.filter(pk=cast.full.pk).update(places=1)
    cast.full.refresh_from_db()
    order = buy(cast)
    place = stand(cast)
    release_lapsed(order, at=order.held_until)
    assert waiting_list.offer_places(at=order.held_until) == 1
    assert state(place)["offered"]


def test_places_that_are_added_are_offered_too(cast):
    sold_out(cast)
    places = [stand(cast, f"{name}@example.org", at=NOW + n * HOUR) for n, name in enumerate("abc")]
    ShareType.objects.filter(pk=cast.full.pk).update(places=3)
    assert waiting_list.offer_places(at=NOW + 5 * HOUR) == 2
    assert [state(place)["offered"] for place in places] == [True, True, False]


def test_an_address_stands_in_line_once_and_keeps_its_place(cast):
    sold_out(cast)
    first = stand(cast, "A@example.org")
    stand(cast, "b@example.org", at=NOW + HOUR)
    assert stand(cast, "a@EXAMPLE.org", at=NOW + 2 * HOUR) == first
    assert waiting_list.position_of(first) == 1
    assert letters("waiting") == ["a@example.org", "b@example.org"]


def test_there_is_nothing_to_wait_for_where_there_is_a_place(cast):
    with pytest.raises(waiting_list.CannotWait, match="can be bought now"):
        stand(cast)
    sold_out(cast)
    with pytest.raises(waiting_list.CannotWait, match="no pickup left"):
        stand(cast, at=NOW + timedelta(days=400))
    assert WaitingPlace.objects.count() == 0


def test_either_turn_will_do_or_only_the_one_wished(cast):
    ShareType.objects.filter(pk=cast.eggs.pk).update(places=0)
    either = stand(cast, "a@example.org", kind=ShareType.objects.get(pk=cast.eggs.pk))
    only_b = stand(cast, "b@example.org", kind=ShareType.objects.get(pk=cast.eggs.pk), turn="B", at=NOW + HOUR)
    ShareType.objects.filter(pk=cast.eggs.pk).update(places=2)
    assert waiting_list.offer_places(at=NOW + HOUR) == 2
    state(either), state(only_b)
    assert (either.offered_turn, only_b.offered_turn) == ("A", "B")


def test_pages_show_what_is_left_for_everybody(cast):
    sold_out(cast)
    stand(cast)
    frees(cast)
    [window] = storefront.windows(farms=[cast.farm], at=NOW)[cast.farm.pk]
    assert [card.share_type.left for card in window.shares] == [0, 100]
    assert kept.for_queue(cast.season)[0] == {cast.full.pk: 1}


def test_another_season_s_queue_keeps_nothing_here(cast):
    sold_out(cast)
    stand(cast)
    other = make_season(cast.farm, [cast.market], name="Winter")
    assert kept.for_queue(other) == ({}, {})


# --- many at once ----------------------------------------------------------------------------------------------


@at_once
def test_twenty_wait_for_the_last_freed_place_one_gets_it_and_nobody_is_told_twice(cast):
    sold_out(cast)
    for number in range(20):
        stand(cast, f"p{number:02}@example.org", at=NOW + number * HOUR)
    frees(cast)
    results = all_at_once(lambda n: waiting_list.offer_places(at=NOW + 30 * HOUR), 6)
    assert sorted(results) == [0, 0, 0, 0, 0, 1]
    assert (letters("offer"), taken(cast)) == (["p00@example.org"], 1)
    assert list(WaitingPlace.objects.offered().values_list("email", flat=True)) == ["p00@example.org"]


@at_once
def test_without_the_guards_several_are_offered_the_one_place(cast, monkeypatch):
    """The twin: look whether a place is free, then offer it."""
    sold_out(cast)
    for number in range(6):
        stand(cast, f"p{number:02}@example.org", at=NOW + number * HOUR)
    frees(cast)
    monkeypatch.setattr(places, "take", lambda *_facts, **_more: None)
    waiting_list.offer_places(at=NOW + 30 * HOUR)
    assert WaitingPlace.objects.offered().count() == 6


@at_once
def test_yes_and_the_end_of_the_offer_at_once_end_in_one_of_the_two(cast):
    sold_out(cast)
    place = stand(cast)
    frees(cast)
    waiting_list.offer_places(at=NOW)
    end = NOW + 48 * HOUR

    def act(n):
        if n % 2:
            return waiting_list.offer_places(at=end)
        return waiting_list.take_up(
            WaitingPlace.objects.get(pk=place.pk), method="offline", language="en", at=end - timedelta(seconds=1)
        )

    results = all_at_once(act, 6)
    orders = Order.objects.filter(token=place.token).count()
    assert state(place)["taken"] + state(place)["passed"] == 1
    assert (orders, taken(cast)) == ((1, 1) if place.taken_at else (0, 0)), results


@at_once
def test_buyers_at_once_never_get_what_is_kept_for_the_queue(cast):
    sold_out(cast)
    place = stand(cast)
    frees(cast)

    def act(n):
        return waiting_list.offer_places(at=NOW) if n == 0 else buy(cast)

    results = all_at_once(act, 8)
    assert sum(isinstance(result, Order) for result in results) == 0
    assert (state(place)["offered"], taken(cast)) == (True, 1)
