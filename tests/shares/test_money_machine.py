"""Anything may happen to a farm's money, in any order and any number of times: after each step the books hold.

The real verbs, the real webhook view and a real till; the laws are those that the nightly look asks (`books.audit`),
and the till's own totals. Each of `money_mistakes` was once made somewhere: the machine must find it.
"""

from __future__ import annotations

import uuid
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shares.books import audit, deferred, ledger
from shares.buying import purchases
from shares.models import Account, LedgerEntry, Order, Payment, PaymentPlan, PlanDay, Share, ShareType
from shares.models import SolidarityFund as Fund
from shares.money import refunds, settling
from shares.paying import payments
from shares.prices import refusals
from shares.prices.quotes import Line
from shares.solidarity import fund
from tests.factories import NOW, make_household
from tests.shares import money_mistakes
from tests.shares.test_webhooks import news_of, tell

pytestmark = pytest.mark.django_db
PLACES = 5
HOW = ("card", "offline", "parts")
THEN = ("paid", "late", "waits", "charged", "lapsed")
WISH = {
    "who": st.integers(0, 2),
    "chosen": st.sampled_from((None, 40001, 65000, 89999)),
    "how": st.sampled_from(HOW),
    "donation": st.sampled_from((0, 0, 2500)),
    "then": st.sampled_from(THEN),
}
WHICH = st.integers(0, 5)
KINDS = ("checkout.session.completed", "payment_intent.succeeded")


class Money(RuleBasedStateMachine):
    """A farm with two places of a share, priced by solidarity, payable in parts. Everything is undone at the end."""

    cast, stripe, plan = None, None, None

    def __init__(self):
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.client = Client()
        self.households = [make_household(self.cast.farm) for _n in range(3)]
        self.weeks = 0
        self.told = Counter()

    def teardown(self):
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # --- what people do

    @initialize(wishes=st.lists(st.tuples(*WISH.values()), min_size=3, max_size=3))
    def a_morning(self, wishes):
        for wish in wishes:
            self._book(*wish)

    @rule(**WISH)
    def book(self, who, chosen, how, donation, then):
        self._book(who, chosen, how, donation, then)

    def _book(self, who, chosen, how, donation, then):
        """A price below the cost is a grant; a donation, and what lies above, goes into the fund."""
        kind = ShareType.objects.get(pk=self.cast.full.pk)
        try:
            order = purchases.start_purchase(
                household=self.households[who], season=self.cast.season,
                lines=[Line(kind, self.cast.market, chosen=chosen)],
                method="offline" if how == "offline" else "card", token=uuid.uuid4(), language="en", by=None, at=NOW,
                donation=donation, plan=self.plan if how == "parts" else None,
            )  # fmt: skip
        except refusals.CannotBuy:
            return
        for payment in order.payments.all():
            payments.open_payment_page(payment)
            if then in ("charged", "paid"):
                self.pay(payment, KINDS if then == "paid" else ())
        if then in ("lapsed", "late"):
            purchases.release_lapsed(order, at=order.held_until + timedelta(seconds=1))
        for payment in order.payments.all() if then == "late" else ():
            self.pay(payment, KINDS[:1])

    @precondition(lambda self: self.open_pages())
    @rule(which=WHICH, told=st.sampled_from(((), KINDS, KINDS[:1])))
    def charge(self, which, told):
        """The card is charged at the till, which tells of it by two events, by one, or by none yet."""
        pages = self.open_pages()
        self.pay(pages[which % len(pages)], told)

    def pay(self, payment, told):
        self.stripe.pay(payment.session_id)
        for kind in told:
            self.tell(payment, kind)

    @precondition(lambda self: self.pages())
    @rule(which=WHICH, kind=st.sampled_from(KINDS), times=st.integers(1, 3))
    def deliver(self, which, kind, times):
        """The till tells of a payment, early or late, the same event up to three times, and another one with it."""
        pages = self.pages()
        payment = pages[which % len(pages)]
        for copy in range(times):
            self.tell(payment, kind, again=copy == 2)

    def tell(self, payment, kind, *, again=False):
        self.told[payment.pk, kind] += again
        event = f"evt_{payment.pk}_{kind}_{self.told[payment.pk, kind]}"
        assert tell(self.client, self.stripe, news_of(payment, kind, event=event)).status_code == 200

    @rule(which=WHICH, amount=st.sampled_from((None, 1, 32500, 90000)))
    def cash(self, which, amount):
        orders = list(Order.objects.filter(farm=self.cast.farm).order_by("pk"))
        if orders:
            order = orders[which % len(orders)]
            amount = amount or max(1, ledger.owed(order))
            with suppress(settling.PlacesGone):
                settling.record_by_hand(
                    order=order, method="cash", amount=amount, note="", token=uuid.uuid4(), by=None, at=NOW
                )

    @rule(which=WHICH)
    def expire(self, which):
        """A hold's time is over, and the till was not asked in time."""
        orders = list(Order.objects.open().filter(farm=self.cast.farm).order_by("pk"))
        if orders:
            order = orders[which % len(orders)]
            purchases.release_lapsed(order, at=order.held_until + timedelta(seconds=1))

    @precondition(lambda self: Payment.objects.filter(order__farm=self.cast.farm).exists())
    @rule(which=WHICH, amount=st.sampled_from((None, 1, 32501)), way=st.sampled_from(("card", "cash")))
    def refund(self, which, amount, way):
        came = list(Payment.objects.filter(order__farm=self.cast.farm).order_by("pk"))
        payment = came[which % len(came)]
        way = way if payment.provider_object else "cash"
        with suppress(refunds.CannotRefund):
            refunds.ask(payment=payment, amount=amount or payment.amount, reason="farmer", way=way, at=NOW)

    @rule()
    def sweep(self):
        """Refunds leave, and what was not told is asked for."""
        refunds.send_waiting(at=NOW)

    @precondition(lambda self: self.weeks < 4)
    @rule()
    def harvest(self):
        """A week is delivered."""
        self.weeks += 1
        deferred.post_deliveries(at=NOW + timedelta(weeks=self.weeks, hours=10))

    # --- what must hold

    @invariant()
    def the_laws_hold(self):
        found = [(one.rule, one.code, one.what) for law in audit.LAWS for one in law(self.cast.farm)]
        assert not found, found

    @invariant()
    def the_books_say_what_the_till_says(self):
        """I2: of each payment that was told, and of each refund."""
        intents = {one["id"]: one["amount_received"] for one in self.stripe.world.store.find("payment_intent")}
        gone = Counter()
        for made in self.stripe.world.store.find("refund"):
            gone[made["payment_intent"]] += made["amount"]
        entries = LedgerEntry.objects.filter(posting__farm=self.cast.farm, account=Account.CARD)
        booked = Counter()
        for key, amount in entries.exclude(posting__kind="fee").values_list("posting__key", "amount"):
            booked[key] += amount
        for payment in Payment.objects.filter(order__farm=self.cast.farm).exclude(provider_object=None):
            assert booked[f"charge:{payment.provider_object}"] == intents[payment.provider_object] == payment.amount
            back = payment.refunds.filter(way="card", accepted_at__isnull=False)
            sent = sum(-booked[f"refund:{refund.provider_object}"] for refund in back)
            assert sent == gone[payment.provider_object] <= payment.amount

    @invariant()
    def nothing_is_sold_twice_nor_delivered_beyond_its_cost(self):
        held = Share.objects.filter(order__farm=self.cast.farm, order__lapsed_at=None, cancelled_at=None)
        assert held.filter(share_type=self.cast.full).count() <= PLACES
        books = LedgerEntry.objects.filter(posting__farm=self.cast.farm)
        assert sum(books.filter(account=Account.SHARES).values_list("amount", flat=True)) <= 0

    def pages(self):
        cards = Payment.objects.filter(order__farm=self.cast.farm, method="card").exclude(session_id=None)
        return list(cards.select_related("order").order_by("pk"))

    def open_pages(self):
        store = self.stripe.world.store
        return [page for page in self.pages() if store.get(page.session_id)["status"] == "open"]


@pytest.fixture
def machine(cast, stripe):
    ShareType.objects.filter(pk=cast.full.pk).update(places=PLACES, lowest=40000, highest=90000)
    Fund.objects.update_or_create(farm=cast.farm, defaults={"balance": 0})
    plan = PaymentPlan.objects.create(season=cast.season, name="In three", deposit=34, made_at=NOW)
    for days in (30, 60):
        PlanDay.objects.create(plan=plan, day=(NOW + timedelta(days=days)).date())
    fund.set_rule(cast.farm, when_short="bear", limit=10**6, at=NOW)
    return type("Money", (Money,), {"cast": cast, "stripe": stripe, "plan": plan})


def run(machine, *, examples, steps=8):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        ),
    )  # fmt: skip


def test_the_books_hold_whatever_happens(machine):
    run(machine, examples=8)


MISTAKES = {
    money_mistakes.duplicate_event: "posted_for_nothing",
    money_mistakes.two_events_for_one_charge: "posted_for_nothing",
    money_mistakes.per_refund_check: "refunds_miscounted",
    money_mistakes.refund_before_payment: "refunded_too_much",
    money_mistakes.rounding: "parts_do_not_sum",
    money_mistakes.overdrawn_fund: "fund_miscounted",
    money_mistakes.late_payment_oversells: "places_miscounted",
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_the_machine_finds_each_mistake_and_names_it(machine, monkeypatch, mistake):
    mistake(monkeypatch)
    with pytest.raises(AssertionError, match=MISTAKES[mistake]):
        run(machine, examples=20)
