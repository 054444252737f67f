"""Many people want the last places at once. Each guard has a twin without it that must fail."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import IntegrityError, connection
from django.db.models import F

from shares.books import ledger
from shares.buying import purchases
from shares.buying.purchases import start_purchase
from shares.models import Order, Payment, Share, ShareType
from shares.money import settling
from shares.prices import places
from shares.prices.quotes import Line
from shares.prices.refusals import SoldOut
from tests.factories import NOW, make_household

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, PLACES = 24, 5


def all_at_once(act, number):
    """`act(n)` in `number` threads that start together; what each returned or raised."""
    gate = threading.Barrier(number)
    results: list[object] = [None] * number

    def run(n):
        gate.wait()
        try:
            results[n] = act(n)
        except Exception as failure:
            results[n] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def buy(cast, household, token=None):
    return start_purchase(
        household=household,
        season=cast.season,
        lines=[Line(cast.full, cast.market)],
        method="offline",
        token=token or uuid.uuid4(),
        language="en",
        by=None,
        at=NOW,
    )


@pytest.fixture
def households(cast):
    ShareType.objects.filter(pk=cast.full.pk).update(places=PLACES)
    return [make_household(cast.farm) for _n in range(BUYERS)]


def test_the_last_places_are_sold_only_once(cast, households):
    results = all_at_once(lambda n: buy(cast, households[n]), BUYERS)
    assert [type(result).__name__ for result in results if not isinstance(result, Order | SoldOut)] == []
    assert sum(isinstance(result, Order) for result in results) == PLACES
    assert (Share.objects.count(), ShareType.objects.get(pk=cast.full.pk).taken) == (PLACES, PLACES)


def test_looking_before_buying_instead_of_the_guard_oversells(cast, households, monkeypatch):
    """The twin: read, then write. The CHECK behind the guard is what refuses then; without both, it oversells."""
    everyone_has_looked = threading.Barrier(BUYERS)

    def look_then_take(season, lines, at, **_facts):
        kind = ShareType.objects.get(pk=lines[0].share_type.pk)
        if kind.taken >= kind.places:
            raise SoldOut(kind)

    def looks(n):
        kind = ShareType.objects.get(pk=cast.full.pk)
        everyone_has_looked.wait()
        return buy(cast, households[n]) if kind.taken < kind.places else SoldOut(kind)

    monkeypatch.setattr(places, "take", look_then_take)
    results = all_at_once(looks, BUYERS)
    assert sum(isinstance(result, Order) for result in results) == BUYERS


def test_behind_the_guard_stands_the_database(cast):
    with pytest.raises(IntegrityError):
        ShareType.objects.filter(pk=cast.full.pk).update(taken=F("places") + 1)


def test_five_clicks_at_once_are_one_order(cast):
    token = uuid.uuid4()
    results = all_at_once(lambda n: buy(cast, cast.sams, token), 5)
    assert {getattr(result, "pk", result) for result in results} == {Order.objects.get().pk}
    assert ShareType.objects.get(pk=cast.full.pk).taken == 1


def test_money_recorded_by_two_clicks_is_recorded_once(cast):
    order = buy(cast, cast.sams)
    token = uuid.uuid4()

    def record(n):
        return settling.record_by_hand(order=order, method="cash", amount=65000, note="", token=token, by=None, at=NOW)

    results = all_at_once(record, 4)
    assert {getattr(result, "pk", result) for result in results} == {Payment.objects.get().pk}
    order.refresh_from_db()
    assert order.settled_at == NOW
    from shares.books import ledger

    assert ledger.owed(order) == 0


def test_a_lapse_and_a_payment_at_once_end_in_one_of_the_two(cast):
    order = buy(cast, cast.sams)
    late = order.held_until

    def act(n):
        if n % 2:
            return purchases.release_lapsed(order, at=late)
        return settling.record_by_hand(
            order=order, method="cash", amount=65000, note="", token=uuid.UUID(int=1), by=None, at=late
        )

    results = all_at_once(act, 6)
    assert [result for result in results if isinstance(result, Exception)] == []
    order.refresh_from_db()
    taken = ShareType.objects.get(pk=cast.full.pk).taken
    assert (order.settled_at is not None, order.lapsed_at is None, taken) == (True, True, 1)


@pytest.mark.parametrize("guarded", [True, False])
def test_two_owners_who_record_the_same_money_record_it_once(cast, guarded):
    """Without what they saw to be owed, each would record it: the twin."""
    order, saw = buy(cast, cast.sams), 65000 if guarded else None

    def record(_n):
        facts = {"method": "cash", "amount": 65000, "note": "", "token": uuid.uuid4(), "by": None, "at": NOW}
        return settling.record_by_hand(order=Order.objects.get(pk=order.pk), owed=saw, **facts)

    results = all_at_once(record, 6)
    refused = [result for result in results if isinstance(result, settling.OwedOtherwise)]
    recorded = order.payments.exclude(succeeded_at=None).count()
    assert (len(refused), ledger.owed(order), recorded) == ((5, 0, 1) if guarded else (0, -5 * 65000, 6))
