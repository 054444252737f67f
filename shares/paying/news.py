"""What the payment provider tells: each event acted on once, whether a webhook brought it or we had to ask for it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from shares.cards import connect, saved_cards, stripe_gateway, stripe_news, stripe_refunds
from shares.models import Payment, ProviderAccount, ProviderEvent, Refund
from shares.money import disputes, refunds
from shares.paying import payments

log = logging.getLogger("hissa.webhooks")

LISTENS_BACK = timedelta(hours=26)  # asked every hour: a day of silence is made good
SPEAKS_OF = timedelta(days=60)  # accounts without a payment for so long are left in peace


class NotTheirs(Exception):
    """An event speaks of a payment that was not made at its account."""


def hear(event: stripe_news.Event, *, at: datetime) -> bool:
    """Act on an event, once. The event says where to look; what happened is asked of the provider, so that events may
    come in any order. False when the provider cannot be asked: it is to be told again. Raises NotTheirs."""
    if ProviderEvent.objects.filter(event_id=event.id).exists():
        return True
    found = list(_payments_of(event))
    if any(payment.account != event.account for payment in found):
        log.error("event %s speaks for an account that the payment was not made at", event.id)
        raise NotTheirs
    looked = [payments.look_after(payment, at=at) for payment in found]
    if not all(looked) or not _of_other_things(event, at):
        return False
    with suppress(IntegrityError), transaction.atomic():  # its twin may be heard in this very moment
        ProviderEvent.objects.create(event_id=event.id, kind=event.type[:80], heard_at=at)
    return True


def hear_what_was_missed(*, at: datetime) -> int:
    """Sweep: ask for the last day's events and hear those that no webhook brought; how many."""
    recent = Payment.objects.filter(method=Payment.Method.CARD, attempted_at__gte=at - SPEAKS_OF)
    heard = 0
    for account in recent.exclude(session_id=None).order_by().values_list("account", flat=True).distinct():
        try:
            events = list(stripe_news.list_events(at - LISTENS_BACK, account=account))
        except (stripe_gateway.PaymentProviderDown, stripe_gateway.PaymentRefused):
            continue  # the gateway has said so in the log; the next hour asks again
        told = ProviderEvent.objects.filter(event_id__in=[event.id for event in events])
        known = set(told.values_list("event_id", flat=True))
        heard += sum(_heard(event, at) for event in events if event.id not in known)
    return heard


def _heard(event: stripe_news.Event, at: datetime) -> bool:
    """One event's failure keeps no other from being heard."""
    try:
        return hear(event, at=at)
    except Exception:
        log.exception("event %s could not be heard", event.id)
        return False


def _of_other_things(event: stripe_news.Event, at: datetime) -> bool:
    """What is no payment of an order: a card given for later, a refund that came back, a dispute, a farm's account.
    False when the provider could not be asked."""
    try:
        if event.type == "checkout.session.completed" and (event.reference or "").startswith("household-"):
            saved_cards.heard(event.object_id, account=event.account, at=at)
        elif event.type in ("refund.failed", "refund.updated", "charge.refund.updated"):
            return _of_refund(event, at)
        elif event.type.startswith("charge.dispute."):
            return disputes.heard(event.object_id, account=event.account, at=at)
        elif event.type.startswith("account."):
            for known in ProviderAccount.objects.filter(account=event.account):
                connect.look_at(known, at=at)
    except stripe_gateway.PaymentProviderDown:
        return False
    except stripe_gateway.PaymentRefused:
        log.error("the provider does not know what event %s is about", event.id)
    return True


def _of_refund(event: stripe_news.Event, at: datetime) -> bool:
    """A refund may fail weeks after it was accepted, or before we have written down that it was: then it is known by
    the key that we asked with. The money is with the provider again."""
    state = stripe_refunds.find_refund(event.object_id, account=event.account)
    if state.status != "failed":
        return True
    named = Q(provider_object=state.refund_id)
    with suppress(ValueError):
        named |= Q(reference=uuid.UUID(state.key))
    for refund in Refund.objects.filter(named, payment__account=event.account).select_related("payment__order__farm"):
        refunds.failed(refund, provider_object=state.refund_id, at=at)
    return True


def _payments_of(event: stripe_news.Event) -> Iterable[Payment]:
    """The payment an event is about, by whichever of its names the event bears."""
    named = Q(session_id=event.session_id or "") | Q(provider_object=event.payment_intent or "")
    with suppress(ValueError):
        named |= Q(reference=uuid.UUID(event.reference or ""))
    return Payment.objects.filter(named).select_related("order")
