"""A share that is given up, a pickup that is credited: the invoice is set right, the fund gets what it was promised,
and sums that no card can carry stay as credit."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from farms.models import Farm, PickupDay
from shares.books import ledger
from shares.buying import purchases
from shares.models import Account, Document, Order, Refund, ShareType
from shares.money import credits, refunds, settling
from shares.money.cancelling import Standing, cancel, terms
from shares.paying import parts
from shares.prices.quotes import Line
from tests.factories import NOW


def buy(cast, *lines, method="offline", paid=True, donation=0):
    order = purchases.start_purchase(
        household=cast.sams, season=cast.season, lines=lines or [Line(cast.full, cast.market)], method=method,
        token=uuid.uuid4(), language="en", by=cast.sam, at=NOW, donation=donation,
    )  # fmt: skip
    if paid:
        pay(order, ledger.owed(order))
    return Order.objects.select_related("farm", "season", "household").get(pk=order.pk)


def pay(order, amount):
    settling.record_by_hand(order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=NOW)


def pay_by_card(order):
    payment = order.payments.get(method="card")
    settling.settle(payment=payment, provider_object="pi_1", amount=payment.amount, fee=0, at=NOW)
    return payment


def given_up(cast, share, left, **facts):
    places = ((share.share_type, share.site_id, share.turn),)
    standing = Standing(left=tuple(left), ahead=(), last_week=26 - len(left), places=places)
    return cancel([(share, standing)], keeps=0, because="We move away.", by=cast.fern, at=NOW, **facts)


def the_share(order):
    return order.shares.select_related("order__season__farm", "order__household", "share_type").order_by("pk").first()


def test_a_share_given_up_gets_its_credit_note_although_no_money_goes_back(cast):
    order = buy(cast)
    given_up(cast, the_share(order), range(16, 26))
    note = Document.objects.get(kind="credit")
    assert (note.total, note.facts["because"], Refund.objects.count()) == (26000, "We move away.", 0)
    payment = order.payments.get()
    refunds.ask(payment=payment, amount=26000, reason="cancelled", way="cash", at=NOW)  # given back later by hand
    assert Document.objects.filter(kind="credit").count() == 1


def test_a_pickup_credited_gets_its_credit_note_once(cast):
    order = buy(cast)
    day = PickupDay.objects.filter(week__season=cast.season, site=cast.market).select_related("week").first()
    for _twice in range(2):
        assert credits.credit_for_pickup(share=the_share(order), day=day, at=NOW) == 2600
    assert [note.total for note in Document.objects.filter(kind="credit")] == [2600]


def test_what_was_promised_enters_the_fund_when_giving_up_a_share_leaves_nothing_owed(cast):
    order = buy(cast, Line(cast.full, cast.market), Line(cast.half, cast.market), donation=5000, paid=False)
    pay(order, ledger.owed(order) - 26000)
    Order.objects.filter(pk=order.pk).update(settled_at=NOW)
    assert ledger.balance(order, Account.PLEDGED) == -5000
    given_up(cast, the_share(order), range(16, 26))
    assert (ledger.owed(order), ledger.balance(order, Account.PLEDGED), ledger.balance(order, Account.FUND)) == (
        0, 0, -5000,
    )  # fmt: skip


def test_who_uses_credit_holds_it_before_looking_at_it_and_before_taking_places(cast):
    """A refund of it, or a cancellation, in the same moment waits: what is read afterwards is what it left."""
    pay(buy(cast), 2345)
    with CaptureQueriesContext(connection) as asked:
        buy(cast, paid=False)
    said = [query["sql"] for query in asked]

    def first(begin):
        return next(n for n, sql in enumerate(said) if sql.startswith(begin))

    held = first('UPDATE "shares_order" SET "held_until"')
    assert first('UPDATE "farms_household"') < held < first('UPDATE "shares_sharetype" SET "taken"')
    assert held < first('SELECT "shares_posting"."order_id"')


# --- currencies in which a card takes steps only ----------------------------------------------------------------


@pytest.fixture(params=[("TND", 10), ("ISK", 100)])
def stepped(request, cast):
    currency, step = request.param
    Farm.objects.filter(pk=cast.farm.pk).update(currency=currency)
    ShareType.objects.filter(pk=cast.full.pk).update(price=65100)
    for known in (cast.farm, cast.season.farm, cast.full.season.farm):
        known.currency = currency
    cast.full.refresh_from_db()
    return cast, step


def test_a_card_gets_back_what_it_can_and_the_rest_stays_as_credit(stepped):
    cast, step = stepped
    order = buy(cast, method="card", paid=False)
    pay_by_card(order)
    share = the_share(order)
    standing = Standing(left=(24, 25), ahead=(), last_week=23, places=())
    told = terms([(share, standing)], keeps=0)
    given_up(cast, share, (24, 25))
    asked = Refund.objects.get()
    assert told.returned == 5208
    assert (asked.amount, told.by_card) == (told.by_card, 5208 - 5208 % step)
    assert told.by_hand == 5208 % step


def test_what_was_paid_twice_goes_back_in_steps(stepped):
    cast, step = stepped
    order = buy(cast, method="card", paid=False)
    pay(order, 2345)
    pay_by_card(order)
    assert Refund.objects.get().amount == 2345 - 2345 % step


def test_credit_pays_so_much_that_a_card_can_pay_the_rest(stepped):
    cast, step = stepped
    pay(buy(cast), 2345)
    order = buy(cast, method="card", paid=False)
    assert order.payments.get().amount == 65100 - (2345 - 2345 % step)
    assert credits.credit_of(cast.sams) == 2345 % step


def test_co_holders_parts_are_sums_that_cards_take(stepped):
    cast, step = stepped
    order = buy(cast, method="card", paid=False)
    holders = [(name, f"{name}@example.org") for name in ("Ada", "Ben", "Cleo")]
    amounts = [part.amount for part in parts.split_order(order, holders=holders, at=NOW)]
    assert (sum(amounts), [amount % step for amount in amounts]) == (65100, [0, 0, 0])
