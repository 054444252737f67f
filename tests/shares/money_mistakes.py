"""Mistakes with money, each made somewhere once, put into the house by hand: `test_money_machine` finds them."""

from __future__ import annotations

from collections import Counter

from django.db.models import F

from shares.books import ledger
from shares.in_parts import instalments
from shares.models import Account, Order, Payment
from shares.money import refunds, settling
from shares.paying import news, payments
from shares.solidarity import fund


def settle_again(patch, most):
    """A payment is settled each time that it is told of, up to so many times more, each under another name."""
    settle, post, look, again = settling.settle, settling._post_payment, payments.look_after, Counter()

    def settle_anew(*, payment, **facts):
        Payment.objects.filter(pk=payment.pk).update(succeeded_at=None)
        return settle(payment=payment, **facts)

    def post_anew(payment, order, amount, fee, at):
        post(payment, order, amount, fee, at)
        if payment.provider_object and 0 < again[payment.reference] <= most:
            moves = {Account.CARD: amount, Account.OWED: -amount}
            key = f"charge:ch_{payment.reference}_{again[payment.reference]}"
            ledger.post(order=order, key=key, kind="payment", moves=moves, at=at)
        again[payment.reference] += 1

    def look_anew(payment, *, at):
        payment.succeeded_at = None
        return look(payment, at=at)

    patch.setattr(settling, "settle", settle_anew)
    patch.setattr(settling, "_post_payment", post_anew)
    patch.setattr(payments, "look_after", look_anew)


def duplicate_event(patch):
    """Every copy of an event is acted on."""
    settle_again(patch, 10**6)
    patch.setattr(news.ProviderEvent.objects, "filter", lambda **names: Payment.objects.none())


def two_events_for_one_charge(patch):
    """An event is acted on once; but two events tell of one charge."""
    settle_again(patch, 1)


def per_refund_check(patch):
    """Each refund is looked at by itself: no more than the payment was."""

    def plan(*, payment, amount):
        if amount > payment.amount or not payment.succeeded_at:
            raise refunds.CannotRefund("too much")
        return refunds.Plan(payment.amount, 0, amount, amount, 0)

    patch.setattr(refunds, "plan", plan)
    patch.setattr(refunds, "_count", lambda payment, amount: None)


def refund_before_payment(patch):
    def plan(*, payment, amount):
        payment.refresh_from_db()
        if amount > payment.amount - payment.refunded:
            raise refunds.CannotRefund("too much")
        return refunds.Plan(payment.amount, payment.refunded, amount, amount, 0)

    def count(payment, amount):
        Payment.objects.filter(pk=payment.pk).update(refunded=F("refunded") + amount)

    patch.setattr(refunds, "plan", plan)
    patch.setattr(refunds, "_count", count)


def rounding(patch):
    """Each part is rounded by itself."""
    patch.setattr(
        instalments, "split",
        lambda amount, weights, step=1: [round(amount * weight / sum(weights)) for weight in weights],
    )  # fmt: skip


def overdrawn_fund(patch):
    """A grant is given without a look at what is in the fund."""
    patch.setattr(fund, "_take", lambda farm, below, *, anyway: (below, 0))


def late_payment_oversells(patch):
    """A payment that comes late settles its order, whether its places are still there or not."""

    def take_back(order, at):
        Order.objects.filter(pk=order.pk).update(lapsed_at=None)
        settling.post_sale(order, list(order.shares.all()), key=f"sale:{order.pk}:again", at=at, anyway=True)
        return True

    patch.setattr(settling, "_take_back", take_back)
