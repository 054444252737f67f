"""Taking what is due: told of before, charged on its day, tried again, and dunned kindly.

An attempt is committed before the provider is asked, and the database lets one at a time stand for a part. What the
provider did not answer is asked for again by its key, never charged again. A part that did not come changes nothing at
the pickup: that is the farmer's word alone (`stops`).
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from people.by_itself import by_itself
from people.currencies import step_of
from people.formats import local_day
from shares.books import ledger
from shares.cards import connect, stripe_saved
from shares.cards.stripe_gateway import LEAST, PaymentProviderDown
from shares.cards.stripe_saved import AUTHENTICATION, ChargeState
from shares.in_parts import instalments, part_letters
from shares.models import Instalment, Order, Payment, SavedCard
from shares.money import settling

log = logging.getLogger("hissa.charging")

AHEAD_OF_UTC = timedelta(hours=14)


def take_due(*, at: datetime) -> int:
    """Sweep: ask again after unanswered charges, then do what is due today about every part; how many were acted on."""
    acted = 0
    for payment in unanswered().select_related("order__farm", "instalment").order_by("pk")[:500]:
        with by_itself(log, "nobody could ask after payment %s", payment.pk, whole=False):
            acted += ask(payment, at=at)
    latest = (at + AHEAD_OF_UTC).date()  # in the farms' own zones: each is looked at again below
    due = Instalment.objects.due_to_act(latest).select_related("order__farm", "order__household", "order__season")
    for part in due.order_by("next_on", "pk"):
        try:
            acted += _act(part, at)
        except Exception:  # one household's trouble keeps nobody else's part from being taken
            log.exception("part %s could not be taken", part.pk)
    return acted


def unanswered() -> QuerySet[Payment]:
    """Charges of kept cards of which nobody knows yet what became of them."""
    return Payment.objects.filter(unattended=True, succeeded_at=None, expired_at=None)


def ask(payment: Payment, *, at: datetime) -> bool:
    """Charge the kept card for this attempt, or ask what became of it; False while the provider does not answer."""
    order = payment.order
    card = SavedCard.objects.filter(household=order.household_id, account=payment.account).first()
    if card is None:
        return _came_to_nothing(payment, "no_card", at)
    try:
        state = stripe_saved.charge_kept(
            key=str(payment.reference),
            customer=card.customer,
            method=card.method,
            amount=payment.amount,
            currency=payment.currency,
            description=f"{order.farm.name} {payment.reference}",
            account=payment.account,
            since=payment.attempted_at,
        )
    except PaymentProviderDown:
        return False
    return _heard(payment, state, at)


def _act(part: Instalment, at: datetime) -> bool:
    order = part.order
    today = local_day(at, order.farm.zone)
    if part.next_on is None or part.next_on > today:
        return False
    open = _open(part)
    if open == 0:
        Instalment.objects.filter(pk=part.pk).update(next_on=None)
        return False
    if today >= part.due_on and order.method == Order.Method.CARD and part.trouble != AUTHENTICATION:
        payment = _attempt(part, today, at)
        return payment is not None and ask(payment, at=at)
    with transaction.atomic():
        if not _move_on(part, today):
            return False
        if today < part.due_on:
            part_letters.write_notice(part, open=open, at=at)
        else:
            part_letters.write_reminder(part, open=open, on=today, at=at)
    return True


def _attempt(part: Instalment, today: date, at: datetime) -> Payment | None:
    """Write the attempt down, for what is open at this moment; none when another one stands or nothing is open."""
    order = part.order
    try:
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).update(held_until=F("held_until"))  # money by hand waits, or was before
            open = _open(part)
            if not open or not _move_on(part, today):
                return None
            amount = open - open % step_of(order.currency)
            if amount < max(1, LEAST.get(order.currency.lower(), 1)):  # no card takes so little: it waits
                return None
            return Payment.objects.create(
                order=order,
                method=Payment.Method.CARD,
                amount=amount,
                currency=order.currency,
                attempted_at=at,
                instalment=part,
                unattended=True,
                account=connect.account_of(order.farm),
            )
    except IntegrityError:  # a page is open on which this very part is being paid
        return None


def _move_on(part: Instalment, today: date) -> bool:
    """Say when something is next done about a part; False when another sweep was here first."""
    was, part.next_on = part.next_on, instalments.next_act(part.order.method, part.due_on, today)
    return bool(Instalment.objects.filter(pk=part.pk, next_on=was).update(next_on=part.next_on))


def _open(part: Instalment) -> int:
    """What of a part is not paid at this moment."""
    parts = list(part.order.instalments.all())
    found = instalments.open_parts(parts, owed=ledger.owed(part.order))
    return next(each.open for each in found if each.part.pk == part.pk)


def _heard(payment: Payment, state: ChargeState, at: datetime) -> bool:
    if state.paid:
        intent, amount, fee = state.payment_intent, state.amount, state.fee
        return settling.settle(payment=payment, provider_object=intent, amount=amount, fee=fee, at=at)
    if state.pending:
        facts = {"pending_at": at, "provider_object": state.payment_intent}
        return bool(Payment.objects.filter(pk=payment.pk, pending_at=None).update(**facts))
    return _came_to_nothing(payment, state.code, at)


def _came_to_nothing(payment: Payment, code: str, at: datetime) -> bool:
    """The card did not pay: remember why, and tell its household what happens next."""
    part = payment.instalment
    assert part is not None
    with transaction.atomic():
        open_still = Payment.objects.filter(pk=payment.pk, succeeded_at=None, expired_at=None)
        if not open_still.update(expired_at=at, failure=code[:60]):
            return False
        Instalment.objects.filter(pk=part.pk).update(failures=F("failures") + 1, trouble=code[:60])
        part.refresh_from_db()
        part_letters.write_declined(part, open=_open(part), asks=code == AUTHENTICATION, at=at)
    return True
