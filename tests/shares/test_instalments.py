"""Paying in parts: the arithmetic, the days, and who is asked for what, when."""

from __future__ import annotations

import math
import random
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from people.models import Letter
from shares.books import ledger
from shares.buying.purchases import start_purchase
from shares.in_parts import instalments, plans
from shares.models import Instalment, Order, PayAtPickup, Payment, SavedCard, Share
from shares.money import charging
from shares.money.settling import record_by_hand
from shares.paying import payments
from shares.prices.quotes import Line
from shares.prices.refusals import NotInParts
from shares.prices.splitting import split
from tests.factories import NOW

TODAY = date(2027, 6, 1)
DAYS = [date(2027, 7, 1), date(2027, 8, 1), date(2027, 9, 1)]


# --- arithmetic ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "weights", "step", "parts"),
    [
        (100, [1, 1, 1], 1, [34, 33, 33]),
        (65000, [20, 20, 20, 40], 1, [13000, 13000, 13000, 26000]),
        (5, [1, 1, 1], 1, [2, 2, 1]),
        (1000, [1, 1, 1], 10, [340, 330, 330]),
        (1005, [1, 1], 10, [505, 500]),
        (0, [1, 1], 1, [0, 0]),
        (10, [0, 1], 1, [0, 10]),
    ],
)
def test_an_amount_is_split_to_the_last_unit(amount, weights, step, parts):
    assert split(amount, weights, step=step) == parts


def test_parts_always_sum_and_are_never_a_step_away_from_their_due():
    dice = random.Random(11)
    for _n in range(2000):
        weights = [dice.randrange(0, 50) for _w in range(dice.randrange(1, 25))]
        weights[0] += 1
        amount, step = dice.randrange(0, 10**7), dice.choice([1, 10, 100])
        parts = split(amount, weights, step=step)
        assert sum(parts) == amount
        for part, weight in zip(parts[1:], weights[1:], strict=True):
            assert abs(part - (amount - amount % step) * weight / sum(weights)) < step


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2]])
def test_nothing_can_be_split_by_nothing(weights):
    with pytest.raises(ValueError):
        split(100, weights)


def test_a_plan_takes_its_deposit_today_and_the_rest_on_its_days():
    parts = instalments.schedule(total=65000, deposit=20, days=DAYS, today=TODAY, currency="EUR")
    assert [(part.number, part.due_on, part.amount) for part in parts] == [
        (0, TODAY, 13000), (1, DAYS[0], 17334), (2, DAYS[1], 17333), (3, DAYS[2], 17333),
    ]  # fmt: skip


def test_who_joins_late_divides_what_is_left_over_the_days_that_are_left():
    late = instalments.schedule(total=39000, deposit=20, days=DAYS, today=DAYS[0], currency="EUR")
    assert [(part.due_on, part.amount) for part in late] == [(DAYS[0], 7800), (DAYS[1], 15600), (DAYS[2], 15600)]
    assert instalments.schedule(total=39000, deposit=20, days=DAYS, today=DAYS[2], currency="EUR") == []


def test_parts_too_small_for_a_card_are_not_offered():
    assert instalments.schedule(total=246, deposit=20, days=DAYS, today=TODAY, currency="EUR") == []
    assert instalments.schedule(total=250, deposit=20, days=DAYS, today=TODAY, currency="EUR")[0].amount == 50


def test_dinars_are_split_in_steps_a_card_can_pay():
    parts = instalments.schedule(total=10_010, deposit=33, days=DAYS, today=TODAY, currency="KWD")
    assert (sum(part.amount for part in parts), {part.amount % 10 for part in parts}) == (10_010, {0})


@pytest.mark.parametrize(
    ("first", "every", "expected"),
    [
        (date(2027, 1, 31), "month", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        (date(2027, 12, 30), "month", ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]),
        (date(2028, 1, 29), "month", ["2028-01-29", "2028-02-29", "2028-03-29", "2028-04-29"]),
        (date(2027, 1, 29), "month", ["2027-01-29", "2027-02-28", "2027-03-29", "2027-04-29"]),
        (date(2028, 2, 29), "month", ["2028-02-29", "2028-03-29", "2028-04-29", "2028-05-29"]),
        (date(2028, 2, 22), "week", ["2028-02-22", "2028-02-29", "2028-03-07", "2028-03-14"]),
        (date(2027, 12, 24), "fortnight", ["2027-12-24", "2028-01-07", "2028-01-21", "2028-02-04"]),
    ],
)
def test_days_of_a_plan_know_short_months_and_leap_years(first, every, expected):
    assert [day.isoformat() for day in plans.days_from(first, parts=4, every=every)] == expected


# --- what is promised ----------------------------------------------------------------------------------------


@pytest.fixture
def plan(cast):
    return plans.make_plan(season=cast.season, name="By the month", deposit=20, days=DAYS, at=NOW)


def buy(cast, plan=None, method="card", **facts):
    return start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(cast.full, cast.market)], method=method,
        token=uuid.uuid4(), language="en", by=cast.sam, at=NOW, plan=plan, **facts,
    )  # fmt: skip


def pay_deposit(order, stripe, card="4242424242424242"):
    payment = order.payments.get()
    payments.open_payment_page(payment)
    intent = stripe.pay(payment.session_id, card=card)
    if intent["status"] == "requires_action":
        stripe.finish_challenge(intent["id"], passed=True)
    payments.look_after(payment, at=NOW)
    order.refresh_from_db()
    return order


def local(day, hour=0, seconds=0):
    """A moment of a day at the farm (Paris, in summer)."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=2) + timedelta(seconds=seconds)


def letters(kind):
    return Letter.objects.filter(kind=kind).order_by("pk")


@pytest.mark.django_db
def test_the_deposit_alone_brings_the_shares_into_force(cast, stripe, plan):
    order = buy(cast, plan)
    assert order.payments.get().amount == 13000
    pay_deposit(order, stripe)
    assert (order.settled_at, ledger.owed(order), Share.objects.paid().count()) == (NOW, 52000, 1)
    card = SavedCard.objects.get(household=cast.sams)
    assert (card.words, card.customer[:4], card.method[:3]) == ("Visa •••• 4242", "cus_", "pm_")
    receipt = letters("receipt").get()
    assert "has received €130.00" in receipt.text
    assert "€173.34" in receipt.text


@pytest.mark.django_db
def test_money_by_hand_pays_the_oldest_part_first(cast, plan):
    order = buy(cast, plan, method="offline")
    parts = list(order.instalments.all())
    for amount, open in ((5000, [8000, 17334, 17333, 17333]), (20000, [0, 5334, 17333, 17333])):
        record_by_hand(order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=NOW)
        assert [each.open for each in instalments.open_parts(parts, owed=ledger.owed(order))] == open
    order.refresh_from_db()
    assert order.settled_at == NOW
    due = [instalments.due_by(parts, owed=ledger.owed(order), on=day) for day in (TODAY, *DAYS)]
    assert due == [0, 5334, 22667, 40000]


@pytest.mark.django_db
def test_an_order_that_cannot_be_paid_in_parts_is_refused_whole(cast, plan):
    cast.full.price = 100
    cast.full.save()
    with pytest.raises(NotInParts):
        buy(cast, plan)
    assert (Order.objects.count(), Payment.objects.count(), Instalment.objects.count()) == (0, 0, 0)


# --- taking what is due --------------------------------------------------------------------------------------


@pytest.fixture
def order(cast, stripe, plan):
    return pay_deposit(buy(cast, plan), stripe)


def part(order, number=1):
    return order.instalments.get(number=number)


def method_of(order):
    return SavedCard.objects.get(household=order.household).method


@pytest.mark.django_db
def test_a_part_is_told_of_three_days_before_and_taken_on_its_day(order, stripe, clock):
    notice, day = local(date(2027, 6, 28)), local(DAYS[0])
    assert charging.take_due(at=notice - timedelta(seconds=1)) == 0
    assert charging.take_due(at=notice) == 1
    assert "Visa •••• 4242" in letters("part_notice").get().text
    for early in (notice, day - timedelta(seconds=1)):
        assert charging.take_due(at=early) == 0
    assert charging.take_due(at=day) == 1
    assert charging.take_due(at=day + timedelta(seconds=1)) == 0
    assert ledger.owed(order) == 52000 - 17334
    assert "€173.34" in letters("part_paid").get().text
    assert [(p.amount, p.instalment.number) for p in order.payments.exclude(instalment=None)] == [(17334, 1)]


@pytest.mark.django_db
def test_all_parts_are_taken_and_nothing_is_left(order):
    for day in DAYS:
        charging.take_due(at=local(day, 9))
    assert ledger.owed(order) == 0
    assert "Everything is paid." in letters("part_paid").last().text
    assert charging.take_due(at=local(date(2027, 12, 1))) == 0
    assert order.payments.count() == 4


@pytest.mark.django_db
def test_a_sweep_that_slept_for_weeks_takes_each_part_once(order):
    for _n in range(3):
        charging.take_due(at=local(date(2027, 8, 20)))
    assert ledger.owed(order) == 17333
    assert letters("part_notice").count() == 0


@pytest.mark.django_db
def test_a_declined_part_is_tried_again_on_day_3_7_and_14_and_no_food_is_lost(order, stripe, clock):
    stripe.control("becomes", payment_method=method_of(order), card="4000000000009995")
    tried = []
    for days in range(40):
        clock(local(DAYS[0] + timedelta(days=days), 9))
        charging.take_due(at=local(DAYS[0] + timedelta(days=days), 9))
        if order.payments.exclude(failure="").count() > len(tried):
            tried.append(days)
    own = [days for days in tried if days < 31]
    assert own == [0, 3, 7, 14]
    assert {p.failure for p in order.payments.exclude(failure="")} == {"insufficient_funds"}
    assert Share.objects.paid().filter(order=order).count() == 1
    said = letters("part_declined").first().text
    assert "We try again on" in said
    assert "Your share goes on" in said
    assert f"order={order.token}" in said
    assert part(order).next_on is None


@pytest.mark.django_db
def test_a_card_that_works_again_pays_at_the_next_try(order, stripe):
    stripe.control("becomes", payment_method=method_of(order), card="4000000000000002")
    charging.take_due(at=local(DAYS[0]))
    stripe.control("becomes", payment_method=method_of(order), card="4242424242424242")
    charging.take_due(at=local(DAYS[0] + timedelta(days=3)))
    assert (ledger.owed(order), part(order).failures) == (52000 - 17334, 1)


@pytest.mark.django_db
def test_a_bank_that_wants_its_owner_is_not_asked_again_and_they_are_written_to(cast, stripe, plan):
    order = pay_deposit(buy(cast, plan), stripe, card="4000002760003184")
    charging.take_due(at=local(DAYS[0]))
    assert part(order).trouble == "authentication_required"
    assert letters("part_declined").get().subject == "Your bank asks for you"
    charging.take_due(at=local(DAYS[0] + timedelta(days=3)))
    assert (order.payments.filter(instalment__number=1).count(), letters("part_reminder").count()) == (1, 1)


@pytest.mark.django_db
def test_fifty_answers_lost_after_the_charge_are_fifty_charges(cast, stripe, plan, monkeypatch):
    """The provider charges and its answer is lost, each time: asked again, nobody is charged twice."""
    from shares.cards import stripe_gateway
    from tests.factories import make_household, make_user

    cast.full.places = 100
    cast.full.save()
    orders = []
    for _n in range(50):
        order = start_purchase(
            household=make_household(cast.farm, user=make_user()), season=cast.season,
            lines=[Line(cast.full, cast.market)], method="card", token=uuid.uuid4(), language="en", by=None, at=NOW,
            plan=plan,
        )  # fmt: skip
        orders.append(pay_deposit(order, stripe))
    before = _charges(stripe)
    monkeypatch.setattr(stripe_gateway, "TRIES_AGAIN", 0)
    stripe_gateway._client_for.cache_clear()
    stripe.faults.stall, stripe.faults.stall_for, stripe.faults.stall_path = 50, math.inf, "/v1/payment_intents"
    charging.take_due(at=local(DAYS[0]))
    assert stripe.faults.stall == 0
    assert charging.unanswered().count() == 50
    assert _charges(stripe) - before == 50
    monkeypatch.undo()
    stripe_gateway._client_for.cache_clear()
    charging.take_due(at=local(DAYS[0], 1))
    assert charging.unanswered().count() == 0
    assert _charges(stripe) - before == 50
    assert {ledger.owed(order) for order in orders} == {52000 - 17334}


def _charges(stripe):
    return len(stripe.world.store.find("charge"))


@pytest.mark.django_db
def test_an_unknown_outcome_is_asked_for_even_when_the_provider_forgot_the_key(order, stripe, monkeypatch, clock):
    from shares.cards import stripe_saved
    from shares.cards.stripe_gateway import PaymentProviderDown

    charge = stripe_saved.charge_kept

    def lost(**facts):
        charge(**facts)
        raise PaymentProviderDown

    clock(local(DAYS[0]))
    monkeypatch.setattr(stripe_saved, "charge_kept", lost)
    charging.take_due(at=local(DAYS[0]))
    monkeypatch.undo()
    before = _charges(stripe)
    clock(local(DAYS[0]) + timedelta(days=2))  # keys are kept for a day
    charging.take_due(at=local(DAYS[0]) + timedelta(days=2))
    assert (_charges(stripe), ledger.owed(order)) == (before, 52000 - 17334)


@pytest.mark.django_db
def test_a_part_paid_in_cash_is_not_taken_from_the_card(order):
    record_by_hand(order=order, method="cash", amount=17334, note="", token=uuid.uuid4(), by=None, at=NOW)
    charging.take_due(at=local(DAYS[0]))
    assert order.payments.filter(instalment__isnull=False).count() == 0


@pytest.mark.django_db
def test_an_offline_plan_is_told_and_reminded_with_the_bank_reference(cast, plan):
    from shares.books import bank_reference

    order = buy(cast, plan, method="offline")
    record_by_hand(order=order, method="bank", amount=13000, note="", token=uuid.uuid4(), by=None, at=NOW)
    sent = []
    for days in range(-5, 25):
        charging.take_due(at=local(DAYS[0] + timedelta(days=days), 9))
        found = letters("part_notice").count() + letters("part_reminder").count()
        if found > len(sent):
            sent.append(days)
    assert sent == [-3, 3, 7, 14]
    reference = bank_reference.shown(bank_reference.of_order(order))
    assert all(reference in letter.text for letter in Letter.objects.filter(kind__startswith="part_"))


# --- at each pickup ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_pays_at_the_pickup_owes_each_pickup_when_it_comes(cast):
    order = buy(cast, method="pickup")
    order.refresh_from_db()
    parts = list(order.instalments.all())
    assert order.settled_at == NOW
    assert (len(parts), sum(each.amount for each in parts), parts[0].due_on) == (25, 65000, date(2027, 6, 8))
    assert [instalments.due_by(parts, owed=65000, on=day) for day in (TODAY, date(2027, 6, 8), date(2027, 6, 15))] == [
        0, 2600, 5200,
    ]  # fmt: skip
    assert (charging.take_due(at=local(date(2027, 12, 1))), Letter.objects.filter(kind="receipt").count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("allowed", [True, False])
def test_paying_at_the_pickup_is_offered_where_the_farm_allows_it(client, cast, stripe, allowed):
    from tests.shares.test_join import URL, wish

    plans.allow_at_pickup(season=cast.season, allowed=True, at=NOW)
    plans.allow_at_pickup(season=cast.season, allowed=allowed, at=NOW)
    answer = client.post(URL, wish(cast, method="pickup"))
    assert answer.status_code == (302 if allowed else 422)
    assert (Order.objects.filter(method="pickup").count(), PayAtPickup.objects.count()) == (allowed, allowed)


# --- on the join page ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_join_page_shows_the_parts_in_amounts_before_anything_is_bought(client, cast, plan):
    from tests.shares.test_join import URL, wish, words

    page = words(client.get(f"{URL}price/", wish(cast, plan=str(plan.pk))))
    assert "When you pay Today €130.00 Thursday 1 July 2027 €173.34 Sunday 1 August 2027 €173.33" in page
    assert "By the month: 20 % now, then 3 parts" in words(client.get(URL))


@pytest.mark.django_db
def test_someone_joins_in_parts(client, cast, stripe, plan):
    from tests.shares.test_join import URL, wish

    client.post(URL, wish(cast, plan=str(plan.pk)))
    payment = Payment.objects.get()
    stripe.pay(payment.session_id)
    client.get(f"{URL}done/?order={payment.order.token}")
    assert (payment.amount, Order.objects.get().settled_at, Instalment.objects.count()) == (13000, NOW, 4)


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["0", "999999", "x", "-1"])
def test_a_plan_that_is_not_offered_is_refused_beside_the_choice(client, cast, plan, wrong):
    from tests.shares.test_join import URL, wish, words

    answer = client.post(URL, wish(cast, plan=wrong))
    assert answer.status_code == 422
    assert "Choose one of these ways." in words(answer)
    assert Order.objects.count() == 0


@pytest.mark.django_db
def test_a_retired_plan_is_offered_no_more_and_goes_on_for_those_who_chose_it(client, cast, stripe, plan, order):
    from tests.shares.test_join import URL, wish

    plans.retire_plan(plan, at=NOW)
    assert client.post(URL, wish(cast, plan=str(plan.pk))).status_code in (302, 422)
    assert Order.objects.exclude(pk=order.pk).filter(instalments__isnull=False).count() == 0
    charging.take_due(at=local(DAYS[0]))
    assert ledger.owed(order) == 52000 - 17334
