"""What the payment provider tells us by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from people import clock
from shares import payments, stripe_gateway
from shares.models import Payment, ProviderEvent


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
    for payment in _payments_of(event):
        if not payments.look_after(payment, at=at):
            return HttpResponse(status=503)
    with suppress(IntegrityError), transaction.atomic():  # its twin may be heard in this very moment
        ProviderEvent.objects.create(event_id=event.id, kind=event.type[:80], heard_at=at)
    return HttpResponse(status=200)


def _payments_of(event: stripe_gateway.Event) -> Iterable[Payment]:
    """The payment an event is about, by whichever of its names the event bears."""
    named = Q(session_id=event.session_id or "") | Q(provider_object=event.payment_intent or "")
    with suppress(ValueError):
        named |= Q(reference=uuid.UUID(event.reference or ""))
    return Payment.objects.filter(named).select_related("order")
