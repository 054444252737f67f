"""The books against the payment provider's own list: what was missed is caught up, what differs is named."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from people.models import Letter
from shares.books import ledger
from shares.buying import purchases
from shares.cards.stripe_news import PaymentState
from shares.models import BooksCheck, LedgerEntry, Order, Payment, Posting, ProviderEvent, Refund, ShareType
from shares.money import refunds, settling
from shares.paying import payments, reconciling
from shares.paying.reconciling import Booked, compare
from shares.prices.quotes import Line
from shares.tasks import hear_what_was_missed, reconcile_books
from tests.factories import NOW, make_household

PAGE = "/f/cedar-bend-farm/desk/money/reconcile/"
THEIRS = PaymentState("pi_1", None, True, 65000, 5000, "eur", 1005, NOW)
OURS = Booked(payment=1, order=2, amount=65000, refunded=5000, fee=1005, currency="EUR", on="2027-06-01")


def to_the_till(cast, household=None):
    order = purchases.start_purchase(
        household=household or cast.sams, season=cast.season, lines=[Line(cast.full, cast.market)], method="card",
        token=uuid.uuid4(), language="en", by=None, at=NOW,
    )  # fmt: skip
    payment = order.payments.get()
    payments.open_payment_page(payment)
    return payment


def paid_by_card(cast, stripe):
    payment = to_the_till(cast, make_household(cast.farm))
    stripe.pay(payment.session_id)
    payments.look_after(payment, at=NOW)
    payment.refresh_from_db()
    return payment


def look(cast, at=NOW):
    """The sweep, as if somebody had asked for it; what it found."""
    reconciling.ask_for_look(cast.farm, at=at)
    assert reconcile_books(at=at.isoformat()) == 1
    return BooksCheck.objects.get(farm=cast.farm, kind="provider")


def codes(check):
    return [(found["code"], found["expected"], found["found"]) for found in check.found]


@pytest.mark.parametrize(
    ("theirs", "ours", "found"),
    [
        (THEIRS, OURS, []),
        (None, OURS, [("unknown_there", 0, 65000)]),
        (replace(THEIRS, paid=False), OURS, [("unknown_there", 0, 65000)]),
        (THEIRS, None, [("unknown_here", 65000, 0)]),
        (replace(THEIRS, paid=False), None, []),
        (replace(THEIRS, amount=64000), OURS, [("amount_differs", 64000, 65000)]),
        (replace(THEIRS, currency="usd"), OURS, [("currency_differs", 0, 0)]),
        (replace(THEIRS, refunded=9000), OURS, [("refund_missing", 9000, 5000)]),
        (replace(THEIRS, refunded=0), OURS, [("refund_missing", 0, 5000)]),
        (replace(THEIRS, fee=None), replace(OURS, fee=0), []),
        (THEIRS, replace(OURS, fee=0), [("fee_differs", 1005, 0)]),
    ],
)
def test_each_way_in_which_two_lists_can_differ_is_named(theirs, ours, found):
    differences = compare([theirs] if theirs else [], {"pi_1": ours} if ours else {})
    assert [(one.code, one.expected, one.found) for one in differences] == found


def test_lists_that_say_the_same_are_said_to(cast, stripe, as_fern):
    paid = paid_by_card(cast, stripe)
    refund = refunds.ask(payment=paid, amount=5000, reason="farmer", at=NOW)
    refunds.send(refund, at=NOW)
    to_the_till(cast)
    check = look(cast)
    assert (check.found, check.finished_at, check.asked_at, check.silent) == ([], NOW, None, False)
    fee = -LedgerEntry.objects.get(posting__kind="fee", account="card").amount
    assert check.sums == {"number": [1, 1], "amount": [65000] * 2, "refunded": [5000] * 2, "fee": [fee] * 2}
    assert "the same in both" in as_fern.get(PAGE).content.decode()


def test_what_was_paid_and_never_told_is_caught_up_on(cast, stripe):
    payment = to_the_till(cast)
    stripe.pay(payment.session_id)
    check = look(cast)
    assert (check.found, Order.objects.get().settled_at, Letter.objects.filter(kind="receipt").count()) == ([], NOW, 1)


def test_a_fee_that_was_not_known_when_the_money_came_is_posted(cast, stripe):
    payment = to_the_till(cast)
    stripe.pay(payment.session_id)
    state = next(reconciling.stripe_news.list_payments(NOW - timedelta(days=1)))
    settling.settle(payment=payment, provider_object=state.payment_intent, amount=65000, fee=None, at=NOW)
    assert (look(cast).found, look(cast, NOW + timedelta(hours=1)).found) == ([], [])
    assert Posting.objects.filter(kind="fee").count() == 1
    assert ledger.balance(payment.order, "fees") == state.fee > 0


def test_differences_are_shown_by_name_with_their_dates(cast, stripe, as_fern):
    paid = paid_by_card(cast, stripe)
    lost = paid_by_card(cast, stripe)
    Payment.objects.filter(pk=lost.pk).update(provider_object="pi_gone")
    Posting.objects.filter(key=f"charge:{lost.provider_object}").update(key="charge:pi_gone")
    LedgerEntry.objects.filter(posting__key=f"charge:{paid.provider_object}").update(amount=60000)
    Refund.objects.create(payment=paid, amount=100, reason="farmer", asked_at=NOW, accepted_at=NOW)
    check = look(cast)
    assert sorted(codes(check)) == [
        ("amount_differs", 65000, 60000),
        ("refund_missing", 0, 100),
        ("unknown_here", 65000, 0),
        ("unknown_there", 0, 65000),
    ]
    page = as_fern.get(PAGE).content.decode()
    assert f"The provider was paid €650.00 for P-{paid.pk} of order {paid.order_id}; the books say €600.00." in page
    assert f"The books say €650.00 for pi_gone of order {lost.order_id}; the provider lists no such payment." in page
    assert page.count("2027-06-01") == 4


def test_a_difference_tells_no_amount_that_a_household_keeps_to_itself(cast, stripe, as_fern):
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=40000, highest=90000)
    paid = paid_by_card(cast, stripe)
    LedgerEntry.objects.filter(posting__key=f"charge:{paid.provider_object}").update(amount=60000)
    assert codes(look(cast)) == [("amount_differs", 65000, 60000)]
    page = as_fern.get(PAGE).content.decode()
    assert f"P-{paid.pk} of order {paid.order_id} is not the same; its amounts are kept private." in page


def test_another_farm_s_payments_in_the_same_account_are_not_shown(cast, olga, stripe):
    paid_by_card(cast, stripe)
    other = olga.staffed.get().farm
    season = other.seasons.get()
    order = purchases.start_purchase(
        household=make_household(other), season=season, lines=[Line(season.share_types.get(), season.sites.get())],
        method="card", token=uuid.uuid4(), language="en", by=None, at=NOW,
    )  # fmt: skip
    payment = order.payments.get()
    payments.open_payment_page(payment)
    stripe.pay(payment.session_id)
    payments.look_after(payment, at=NOW)
    assert reconcile_books(at=NOW.isoformat()) == 2
    looks = BooksCheck.objects.filter(kind="provider").values_list("farm", "found", "looked_at").order_by("farm")
    assert list(looks) == [(cast.farm.pk, [], 1), (other.pk, [], 1)]


def test_while_the_provider_is_silent_the_older_look_stays_and_says_so(cast, stripe, as_fern):
    paid_by_card(cast, stripe)
    before = look(cast)
    stripe.faults.fail = 50
    after = look(cast, NOW + timedelta(days=1))
    stripe.faults.fail = 0
    assert (after.finished_at, after.sums, after.silent) == (before.finished_at, before.sums, True)
    assert "The card processor did not answer." in as_fern.get(PAGE).content.decode()


def test_the_farmer_asks_for_a_look_and_it_is_due(cast, stripe, as_fern):
    paid_by_card(cast, stripe)
    look(cast)
    assert as_fern.post(PAGE)["Location"] == PAGE
    assert "The two lists are being compared." in as_fern.get(PAGE).content.decode()
    assert reconcile_books(at=NOW.isoformat()) == 1
    assert "The two lists are being compared." not in as_fern.get(PAGE).content.decode()


def test_every_farm_that_takes_cards_is_looked_at_once_a_day(cast, stripe):
    paid_by_card(cast, stripe)
    hours = (0, 1, 19, 20, 21, 41)
    assert [reconcile_books(at=(NOW + timedelta(hours=n)).isoformat()) for n in hours] == [1, 0, 0, 1, 0, 1]


def test_events_that_no_webhook_brought_are_asked_for_and_heard_once(cast, stripe):
    payment = to_the_till(cast)
    stripe.pay(payment.session_id)
    heard = hear_what_was_missed(at=NOW.isoformat())
    assert heard == ProviderEvent.objects.count() > 0
    assert Order.objects.get().settled_at == NOW
    assert hear_what_was_missed(at=NOW.isoformat()) == 0
    assert Posting.objects.filter(kind="payment").count() == 1


def test_a_silent_provider_is_asked_again_an_hour_later(cast, stripe):
    payment = to_the_till(cast)
    stripe.pay(payment.session_id)
    stripe.faults.fail = 50
    assert hear_what_was_missed(at=NOW.isoformat()) == 0
    stripe.faults.fail = 0
    assert hear_what_was_missed(at=NOW.isoformat()) > 0
