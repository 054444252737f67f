"""What the payment provider tells us by itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from people import clock
from shares.cards import stripe_news
from shares.paying import news


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """One event: refused (400) when it is not the provider's, else acted on once and answered 200.

    503 when the provider cannot be asked what happened: it will tell us again.
    """
    try:
        event = stripe_news.read_event(request.body, request.headers.get("Stripe-Signature", ""))
        heard = news.hear(event, at=clock.now())
    except (stripe_news.ForgedEvent, stripe_news.StaleEvent, stripe_news.UnreadableEvent, news.NotTheirs):
        return HttpResponse(status=400)
    return HttpResponse(status=200 if heard else 503)
