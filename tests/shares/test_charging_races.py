"""Two sweeps, a sweep and a person, a person and a person: a part is charged once."""

from __future__ import annotations

import pytest

from shares.books import ledger
from shares.in_parts import plans
from shares.models import Payment
from shares.money import charging
from shares.paying import payments
from tests.factories import NOW
from tests.shares.test_instalments import DAYS, buy, local, pay_deposit
from tests.shares.test_purchase_races import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(cast, stripe, clock):
    plan = plans.make_plan(season=cast.season, name="By the month", deposit=20, days=DAYS, at=NOW)
    order = pay_deposit(buy(cast, plan), stripe)
    clock(local(DAYS[0], 9))
    return order


def charges(stripe):
    return len(stripe.world.store.find("charge")) - 1  # the deposit's


def test_two_sweeps_at_once_charge_once(order, stripe):
    all_at_once(lambda _n: charging.take_due(at=local(DAYS[0], 9)), 4)
    assert (charges(stripe), ledger.owed(order)) == (1, 52000 - 17334)


def test_without_the_day_that_is_moved_on_the_database_still_lets_one_attempt_stand(order, stripe, monkeypatch):
    monkeypatch.setattr(charging, "_move_on", lambda *_facts: True)
    all_at_once(lambda _n: charging._attempt(order.instalments.get(number=1), DAYS[0], local(DAYS[0], 9)), 4)
    assert Payment.objects.filter(unattended=True).count() == 1


def test_without_both_guards_a_part_would_be_attempted_twice(order, stripe, monkeypatch):
    create = Payment.objects.create
    monkeypatch.setattr(charging, "_move_on", lambda *_facts: True)
    monkeypatch.setattr(Payment.objects, "create", lambda **facts: create(**{**facts, "instalment": None}))
    all_at_once(lambda _n: charging._attempt(order.instalments.get(number=1), DAYS[0], local(DAYS[0], 9)), 4)
    assert Payment.objects.filter(unattended=True).count() > 1


def test_ten_clicks_on_pay_now_open_one_page(order, stripe):
    found = all_at_once(lambda _n: payments.pay_due(order, at=local(DAYS[0], 9)), 10)
    assert len({payment.pk for payment in found if payment is not None}) == 1
    assert Payment.objects.filter(instalment__number=1).count() == 1
