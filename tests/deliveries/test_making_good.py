"""A pickup is called off: everybody gets another day, credit, or the money, in one act."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from deliveries.changing import cancellations, cases, changes
from deliveries.changing.cases import NothingDue
from deliveries.due import making_good, rosters
from deliveries.models import Change, Instead, MadeGood
from farms.models import SeasonSite
from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import start_purchase
from shares.models import Refund
from shares.money import credits
from shares.money.settling import record_by_hand
from shares.prices.quotes import Line
from tests import factories
from tests.deliveries.test_leaving import day_of, share_of
from tests.factories import NOW
from tests.shares.test_refunds import paid_by_card

LATER = NOW + timedelta(hours=1)


def neighbours(cast, number=3):
    for _n in range(number):
        household = factories.make_household(cast.farm, user=factories.make_user())
        order = start_purchase(
            household=household, season=cast.season, lines=[Line(cast.half, cast.market)], method="offline",
            token=uuid.uuid4(), language="en", by=None, at=NOW,
        )  # fmt: skip
        record_by_hand(order=order, method="cash", amount=37500, note="", token=uuid.uuid4(), by=None, at=NOW)


def call_off(cast, week=3, **facts):
    facts = {"because": "Hail", "by": cast.fern, "at": LATER} | facts
    return cancellations.cancel_day(day=day_of(cast, week), **facts)


def test_what_it_costs_is_told_and_then_is_so(cast):
    share_of(cast)
    neighbours(cast)
    told = making_good.cost_of(day_of(cast, 3))
    assert (told.shares, told.total) == (4, 2600 + 3 * 1500)
    call_off(cast, instead=Instead.CREDIT)
    assert making_good.make_good(at=LATER) == 4
    assert making_good.make_good(at=LATER) == 0
    assert sum(MadeGood.objects.values_list("amount", flat=True)) == told.total
    assert credits.credit_of(cast.sams) == 2600
    assert "as credit: it pays what you buy next" in Letter.objects.get(kind="cancelled", to_email=cast.sam.email).text


def test_what_was_paid_by_card_goes_back_there_the_rest_is_credit(cast, stripe, django_capture_on_commit_callbacks):
    payment = paid_by_card(cast, stripe)
    neighbours(cast, 1)
    call_off(cast, instead=Instead.REFUND)
    with django_capture_on_commit_callbacks(execute=True):
        assert making_good.make_good(at=LATER) == 2
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount, refund.reduced, refund.reason) == (payment, 2600, 0, "called_off")
    assert ledger.owed(payment.order) == 0


def test_only_the_pickup_goes_back_not_other_credit(cast, stripe):
    payment = paid_by_card(cast, stripe)
    share = payment.order.shares.get()
    credits.credit_for_pickup(share=share, day=day_of(cast, 5), at=NOW)
    call_off(cast, instead=Instead.REFUND)
    making_good.make_good(at=LATER)
    assert Refund.objects.get().amount == 2600


def test_whoever_fails_keeps_nobody_waiting_and_is_taken_up_again(cast, monkeypatch):
    share_of(cast)
    neighbours(cast)
    call_off(cast, instead=Instead.CREDIT)
    bad, credit = MadeGood.objects.order_by("pk")[1].share_id, credits.credit_for_pickup

    def fails(*, share, day, at):
        if share.pk == bad:
            raise RuntimeError
        return credit(share=share, day=day, at=at)

    with monkeypatch.context() as patched:
        patched.setattr(credits, "credit_for_pickup", fails)
        assert making_good.make_good(at=LATER) == 3
    assert [row.share_id for row in MadeGood.objects.filter(done_at=None)] == [bad]
    assert making_good.make_good(at=LATER) == 1
    assert Letter.objects.filter(kind="cancelled").count() == 4


def test_a_turn_that_is_made_good_is_not_collected_elsewhere_too(cast):
    share_of(cast)
    call_off(cast, instead=Instead.CREDIT)
    with pytest.raises(NothingDue):
        changes.move(household=cast.sams, day=day_of(cast, 3), to_day=day_of(cast, 4), by=cast.sam, at=NOW)


def test_a_turn_moved_here_is_made_good_as_the_week_it_was_of(cast):
    share = share_of(cast)
    changes.move(household=cast.sams, day=day_of(cast, 7), to_day=day_of(cast, 3), by=cast.sam, at=NOW)
    call_off(cast, instead=Instead.CREDIT)
    making_good.make_good(at=LATER)
    assert sorted(credit.day.week.number for credit in share.credits.select_related("day__week")) == [3, 7]


def test_everybody_collects_on_the_same_other_day(cast):
    share_of(cast)
    neighbours(cast)
    changes.move(household=cast.sams, day=day_of(cast, 7), to_day=day_of(cast, 3), by=cast.sam, at=NOW)
    other = day_of(cast, 3, cast.school)
    call_off(cast, instead=Instead.DAY, to_day=other)
    other.refresh_from_db()
    assert (len(rosters.expected([other]).rows), other.moved_in) == (5, 5)
    assert Change.objects.standing().count() == 5
    letter = Letter.objects.get(kind="cancelled", to_email=cast.sam.email)
    assert "You collect it on Fri 25 June, 17:00–19:30, at School gate instead." in letter.text


def test_eggs_take_no_room_on_the_other_day(cast):
    share_of(cast)
    factories.make_share(cast.sams, cast.eggs, site=cast.market, turn="A")
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=1)
    other = day_of(cast, 3, cast.school)
    call_off(cast, instead=Instead.DAY, to_day=other)
    other.refresh_from_db()
    assert (len(rosters.expected([other]).rows), other.moved_in) == (2, 1)


def test_a_day_without_room_for_all_takes_nobody(cast):
    share_of(cast)
    neighbours(cast)
    SeasonSite.objects.filter(season=cast.season, site=cast.school).update(capacity=3)
    with pytest.raises(cases.DayFull):
        call_off(cast, instead=Instead.DAY, to_day=day_of(cast, 3, cast.school))
    assert (day_of(cast, 3).cancelled_at, Change.objects.count(), Letter.objects.filter(kind="cancelled").count()) == (
        None, 0, 0,
    )  # fmt: skip


def test_the_farmer_chooses_on_the_page(cast, as_fern):
    share_of(cast)
    neighbours(cast)
    page = f"/f/cedar-bend-farm/desk/pickups/2027-06-22/{cast.market.pk}/cancel/"
    text = as_fern.get(page).content.decode()
    for words in ("This affects 4 households.", "€71.00</bdi> in all", "Fri 25 June · School gate"):
        assert words in text
    none_chosen = as_fern.post(page, {"because": "Hail", "instead": "day"})
    assert none_chosen.status_code == 422
    assert "Choose the day on which everybody collects instead." in none_chosen.content.decode()
    assert as_fern.post(page, {"because": "Hail", "instead": "credit"}).status_code == 302
    assert MadeGood.objects.filter(instead="credit", done_at=None).count() == 4
    as_fern.post(page, {"because": "Hail", "instead": "refund"})
    assert MadeGood.objects.count() == 4


def test_a_share_given_away_stays_given_away_on_the_other_day(cast):
    share_of(cast)
    cast.season.gifts_to = factories.make_household(cast.farm, "Food bank", is_place=True)
    cast.season.save()
    changes.give(household=cast.sams, day=day_of(cast, 3), by=cast.sam, at=NOW)
    call_off(cast, instead=Instead.DAY, to_day=day_of(cast, 4))
    rows = rosters.expected([day_of(cast, 4)]).rows
    assert sorted((row.name, row.moved, row.given) for row in rows) == [
        ("Castillo–Reyes", False, False), ("Food bank", True, True),
    ]  # fmt: skip


def test_who_gave_it_away_is_told_that_its_price_comes_back(cast):
    share_of(cast)
    cast.season.gifts_to = factories.make_household(cast.farm, "Food bank", is_place=True)
    cast.season.save()
    changes.give(household=cast.sams, day=day_of(cast, 3), by=cast.sam, at=NOW)
    call_off(cast, instead=Instead.CREDIT)
    assert Letter.objects.get(kind="cancelled").to_email == cast.sam.email
    assert making_good.make_good(at=LATER) == 1
