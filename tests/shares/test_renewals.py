"""The next season is ordered by those who are in this one, before the sale is everybody's: prefilled, by one press."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta

import pytest
from django.test import Client

from farms.models import Season
from people.models import Letter
from shares.books import ledger
from shares.buying import purchases, renewals
from shares.models import Order, Share, ShareType
from shares.prices import refusals
from shares.prices.quotes import Line
from shares.solidarity import fund
from tests.factories import NOW, make_household, make_season, make_share, make_share_type, make_user
from tests.shares.test_fund import fill, pay
from tests.shares.test_purchase_races import all_at_once

DAY = timedelta(days=1)
OPENS, SALE = NOW + 10 * DAY, NOW + 20 * DAY


@pytest.fixture
def winter(cast):
    season = make_season(
        cast.farm, [cast.market], name="Winter", first_day=date(2027, 12, 7), length=10, opens_at=SALE,
        renews=cast.season, renewal_opens_at=OPENS,
    )  # fmt: skip
    make_share_type(season, "FULL share", price=30000)
    make_share_type(season, "Eggs", price=5000, is_addon=True)
    make_share(cast.sams, cast.full, site=cast.school)
    make_share(cast.sams, cast.eggs, site=cast.school, turn="B")
    make_share(cast.sams, cast.half, site=cast.market)
    return season


def renew(cast, winter, at, household=None, **facts):
    return renewals.renew(
        household=household or cast.sams, season=winter, method="offline", language="en", by=cast.sam, at=at, **facts
    )


def letters():
    written = Letter.objects.filter(kind="renewal", may_stop=True).values_list("occasion", "to_email")
    return sorted(("ends" if ":ends" in occasion else "opens", email) for occasion, email in written)


def test_what_one_has_is_prefilled_as_the_next_season_sells_it(cast, winter):
    full, eggs = winter.share_types.order_by("is_addon")
    assert renewals.prefilled(cast.sams, winter) == [Line(full, cast.market), Line(eggs, cast.market)]


@pytest.mark.parametrize(
    ("moment", "may"), [(OPENS - timedelta(seconds=1), False), (OPENS, True), (SALE, True), (SALE + DAY, True)]
)
def test_the_early_window_opens_on_the_moment(cast, winter, moment, may):
    assert renewals.may_renew(cast.sams, winter, at=moment) is may
    if may:
        order = renew(cast, winter, moment)
        assert [share.share_type.name for share in order.shares.all()] == ["FULL share", "Eggs"]
    else:
        with pytest.raises(refusals.NotOnSale):
            renew(cast, winter, moment)


def test_in_the_window_nobody_else_may(cast, winter):
    others = make_household(cast.farm)
    with pytest.raises(refusals.NotOnSale):
        renew(cast, winter, OPENS, household=others)
    with pytest.raises(refusals.NotOnSale):
        purchases.start_purchase(
            household=others, season=winter, lines=[Line(winter.share_types.first(), cast.market)], method="offline",
            token=renewals.SPACE, language="en", by=None, at=OPENS,
        )  # fmt: skip


def test_who_gave_their_share_up_renews_nothing(cast, winter):
    Share.objects.filter(household=cast.sams).update(cancelled_at=NOW, last_week=0)
    assert renewals.may_renew(cast.sams, winter, at=OPENS) is False


def test_pressed_twice_there_is_one_order_and_after_a_lapse_another(cast, winter):
    first, second = renew(cast, winter, OPENS), renew(cast, winter, OPENS)
    assert (first, Order.objects.filter(season=winter).count()) == (second, 1)
    purchases.release_lapsed(first, at=first.held_until)
    assert renew(cast, winter, first.held_until) != first


@pytest.mark.parametrize(
    ("looks", "one_token", "orders"), [(True, True, 1), (True, False, 1), (False, True, 1), (False, False, 6)]
)
@pytest.mark.django_db(transaction=True)
def test_six_forged_posts_at_once_renew_once_and_without_the_guards_six_times(
    cast, winter, clock, monkeypatch, looks, one_token, orders
):
    """Each of the two guards is enough: the household held while one looks, and the token that the database knows.
    The twin has neither."""
    clock(OPENS)
    if not looks:
        monkeypatch.setattr(renewals, "_standing", lambda season: Order.objects.none())
    if not one_token:
        monkeypatch.setattr(renewals, "_token", lambda *_facts: uuid.uuid4())
    visitors = [Client() for _n in range(6)]
    for visitor in visitors:
        visitor.force_login(cast.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    answers = all_at_once(lambda n: visitors[n].post(f"/my/renew/{winter.pk}/", {"method": "offline"}), 6)
    assert [getattr(answer, "status_code", answer) for answer in answers] == [302] * 6
    assert Order.objects.filter(season=winter).count() == orders


def test_a_gift_to_others_or_to_the_fund_is_no_renewal(cast, winter):
    neighbour = make_household(cast.farm)
    make_share(neighbour, winter.share_types.first(), site=cast.market)
    Order.objects.filter(season=winter).update(household=cast.sams)
    Order.objects.create(
        farm=cast.farm, season=winter, household=cast.sams, token=uuid.uuid4(), method="offline", currency="EUR",
        language="en", ordered_at=NOW, held_until=SALE, settled_at=NOW, donation=500,
    )  # fmt: skip
    assert renewals.has_ordered(cast.sams, winter) is False
    assert renewals.write_reminders(at=OPENS) == 1
    renew(cast, winter, OPENS)
    assert renewals.has_ordered(cast.sams, winter) is True


@pytest.fixture
def by_choice(winter):
    """The winter's full share may be had for 240.00 to 390.00; it costs 300.00, and 330.00 is suggested."""
    ShareType.objects.filter(season=winter, is_addon=False).update(lowest=24000, suggested=33000, highest=39000)
    return winter.share_types.get(is_addon=False)


def answers(kind, pay, amount=""):
    return {"method": "offline", f"price{kind.pk}-pay": pay, f"price{kind.pk}-amount": amount}


@pytest.mark.parametrize(
    ("choice", "amount", "price", "fund_after"),
    [("suggested", "", 33000, 3000), ("cost", "", 30000, 0), ("own", "345.50", 34550, 4550)],
)
def test_who_renews_chooses_the_price_and_what_is_above_the_cost_enters_the_fund(
    cast, winter, by_choice, as_sam, clock, choice, amount, price, fund_after
):
    clock(OPENS)
    page = f"/my/renew/{winter.pk}/"
    shown = as_sam.get(page).content.decode()
    assert ("What would you like to pay?" in shown, "€380.00" in shown) == (True, True)  # 330 suggested, eggs 50
    again = as_sam.get(page, answers(by_choice, choice, amount), headers={"HX-Request": "true"}).content.decode()
    total = re.sub(r"\s+", " ", again)
    assert ("<html" not in total, f"€{(price + 5000) // 100}.{price % 100:02}" in total) == (True, True)
    assert as_sam.post(page, answers(by_choice, choice, amount) | {"show": ""}).status_code == 200
    assert Order.objects.filter(season=winter).count() == 0
    assert as_sam.post(page, answers(by_choice, choice, amount)).status_code == 302
    order = Order.objects.get(season=winter)
    [full, eggs] = order.shares.all()
    assert (full.cost, full.price, eggs.cost, eggs.price) == (30000, price, 5000, 5000)
    owed = ledger.owed(order)
    assert owed == price + 5000
    pay(order, OPENS)
    assert fund.look_at_fund(cast.farm).balance == fund_after


def test_who_renews_below_the_cost_is_met_by_the_fund_or_told_that_it_cannot(cast, winter, by_choice, as_sam, clock):
    clock(OPENS)
    page, lowest = f"/my/renew/{winter.pk}/", answers(by_choice, "lowest")
    assert "not enough in the solidarity fund" in as_sam.post(page, lowest | {"show": ""}).content.decode()
    refused = as_sam.post(page, lowest)
    assert (refused.status_code, Order.objects.filter(season=winter).count()) == (422, 0)
    assert "The solidarity fund cannot meet this price just now." in refused.content.decode()
    fill(cast, 6000)
    assert as_sam.post(page, lowest).status_code == 302
    assert Share.objects.get(share_type=by_choice).price == 24000
    assert fund.look_at_fund(cast.farm).balance == 0
    assert fund.in_balance(cast.farm)


@pytest.mark.parametrize("amount", ["239.99", "390.01", "-1", "1.234,56", "", "NaN", "9" * 20])
def test_a_price_that_cannot_be_is_refused_beside_it_and_kept(cast, winter, by_choice, as_sam, clock, amount):
    clock(OPENS)
    answer = as_sam.post(f"/my/renew/{winter.pk}/", answers(by_choice, "own", amount))
    text = answer.content.decode()
    assert (answer.status_code, Order.objects.filter(season=winter).count()) == (422, 0)
    assert ('class="error"' in text, not amount or f'value="{amount}"' in text) == (True, True)


def test_behind_the_form_the_floor_is_the_purchase_s(cast, winter, by_choice):
    fill(cast, 30000)
    for price in (23999, 39001, 0):
        with pytest.raises(refusals.PriceOutOfRange):
            renew(cast, winter, OPENS, prices={by_choice.pk: price})
    assert Order.objects.filter(season=winter).count() == 0


def test_everybody_concerned_is_told_when_the_window_opens_and_before_it_ends(cast, winter):
    neighbour = make_household(cast.farm, user=make_user("nan@example.org"))
    make_share(neighbour, cast.full)
    make_household(cast.farm, user=make_user("no-share@example.org"))
    assert renewals.write_reminders(at=OPENS - timedelta(seconds=1)) == 0
    assert renewals.write_reminders(at=OPENS) == 2
    assert renewals.write_reminders(at=OPENS + DAY) == 0
    renew(cast, winter, OPENS + DAY)
    assert renewals.write_reminders(at=SALE - 3 * DAY) == 1
    assert renewals.write_reminders(at=SALE) == 0
    assert letters() == [
        ("ends", "nan@example.org"), ("opens", "nan@example.org"), ("opens", "sam@example.org"),
    ]  # fmt: skip
    assert f"/my/renew/{winter.pk}/?farm=cedar-bend-farm" in Letter.objects.filter(kind="renewal")[0].text


def test_looking_orders_nothing_one_press_does(cast, winter, as_sam, clock):
    page = f"/my/renew/{winter.pk}/"
    assert "can renew from Friday 11 June 2027" in as_sam.get(page).content.decode()
    clock(OPENS)
    text = as_sam.get(page).content.decode()
    for words in ("FULL share · Tuesday Market", "€350.00", "Order the next season"):
        assert words in text
    as_sam.head(page)
    assert Order.objects.filter(season=winter).count() == 0
    assert as_sam.post(page, {"method": "pickup"}).status_code == 422
    assert as_sam.post(page, {"method": "offline"}).status_code == 302
    assert Order.objects.get(season=winter).household == cast.sams
    assert "You have ordered this season." in as_sam.get(page).content.decode()


def test_the_page_asks_as_many_questions_for_one_share_as_for_three(
    cast, winter, by_choice, as_sam, clock, django_assert_num_queries
):
    clock(OPENS)
    page = f"/my/renew/{winter.pk}/"
    as_sam.get(page)
    with django_assert_num_queries(10):
        as_sam.get(page)
    make_share_type(winter, "Half share", price=20000)
    make_share(cast.sams, cast.full, site=cast.school)
    with django_assert_num_queries(10):
        assert as_sam.get(page).content.decode().count("Tuesday Market") == 4


def test_sold_out_is_told_in_words(cast, winter, as_sam, clock):
    clock(OPENS)
    ShareType.objects.filter(season=winter).update(places=0)
    answer = as_sam.post(f"/my/renew/{winter.pk}/", {"method": "offline"})
    assert (answer.status_code, Order.objects.filter(season=winter).count()) == (422, 0)
    assert "has just gone" in answer.content.decode()


def test_outsiders_and_seasons_that_renew_nothing_are_not_found(cast, winter, as_oz, as_sam, as_olga):
    for client in (as_oz, as_olga):
        assert client.get(f"/my/renew/{winter.pk}/").status_code == 404
    assert as_sam.get(f"/my/renew/{cast.season.pk}/").status_code == 404


def test_the_farmer_says_which_season_it_renews_and_from_when(cast, winter, as_fern):
    page = f"/f/cedar-bend-farm/desk/seasons/{winter.pk}/check/"
    facts = {"version": winter.version, "renews": cast.season.pk, "renewal_opens_at": "2027-06-15T09:00"}
    assert as_fern.post(page, facts).status_code == 302
    winter = Season.objects.get(pk=winter.pk)
    assert (winter.renews, winter.renewal_opens_at.isoformat()) == (cast.season, "2027-06-15T07:00:00+00:00")
    assert as_fern.post(page, facts | {"version": winter.version, "renews": 10**9}).status_code == 200
    assert Season.objects.get(pk=winter.pk).renews == cast.season
