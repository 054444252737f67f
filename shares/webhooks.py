"""What the payment provider tells us by itself."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from people import clock
from shares import connect, disputes, payments, refunds, saved_cards, stripe_gateway
from shares.models import Payment, ProviderAccount, ProviderEvent, Refund

log = logging.getLogger("hissa.webhooks")


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """One event: refused (400) when it is not the provider's, else acted on once and answered 200.

    The event says where to look; what happened is asked of the provider, so that events may come in any order.
    503 when the provider cannot be asked: it will tell us again.
    """
    try:
        event = stripe_gateway.read_event(request.body, request.headers.get("Stripe-Signature", ""))
    except (stripe_gateway.ForgedEvent, stripe_gateway.StaleEvent, stripe_gateway.UnreadableEvent):
        return HttpResponse(status=400)
    if ProviderEvent.objects.filter(event_id=event.id).exists():
        return HttpResponse(status=200)
    at = clock.now()
    found = list(_payments_of(event))
    if any(payment.account != event.account for payment in found):
        log.error("event %s speaks for an account that the payment was not made at", event.id)
        return HttpResponse(status=400)
    looked = [payments.look_after(payment, at=at) for payment in found]
    if not all(looked) or not _of_other_things(event, at):
        return HttpResponse(status=503)
    with suppress(IntegrityError), transaction.atomic():  # its twin may be heard in this very moment
        ProviderEvent.objects.create(event_id=event.id, kind=event.type[:80], heard_at=at)
    return HttpResponse(status=200)


def _of_other_things(event: stripe_gateway.Event, at: datetime) -> bool:
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


def _of_refund(event: stripe_gateway.Event, at: datetime) -> bool:
    """A refund may fail weeks after it was accepted: the money is with the provider again."""
    made = Refund.objects.filter(provider_object=event.object_id, payment__account=event.account, failed_at=None)
    for refund in made.select_related("payment__order__farm"):
        if stripe_gateway.find_refund(event.object_id, account=event.account).status == "failed":
            refunds.failed_later(refund, at=at)
    return True


def _payments_of(event: stripe_gateway.Event) -> Iterable[Payment]:
    """The payment an event is about, by whichever of its names the event bears."""
    named = Q(session_id=event.session_id or "") | Q(provider_object=event.payment_intent or "")
    with suppress(ValueError):
        named |= Q(reference=uuid.UUID(event.reference or ""))
    return Payment.objects.filter(named).select_related("order")
