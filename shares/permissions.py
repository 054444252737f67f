"""The doors of the shares app: each returns what this person may touch, or raises 404."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Q
from django.http import Http404, HttpRequest

from farms.models import Farm, Household, Season, StaffMember
from shares.models import Document, Order, Payment
from shares.prices import privacy


def season_on_sale(farm: Farm, wanted: str, *, at: datetime) -> Season | None:
    """The season someone may join: the one asked for if it is on sale, else the first that is."""
    on_sale = list(farm.seasons.on_sale(at).select_related("farm").order_by("first_day"))
    return next((season for season in on_sale if str(season.pk) == wanted), on_sale[0] if on_sale else None)


def order_by_token(slug: str, token: str) -> Order:
    """An order of this farm by its unguessable token: whoever has it made the order."""
    try:
        wanted = uuid.UUID(token)
    except ValueError:
        raise Http404 from None
    orders = Order.objects.filter(farm__slug=slug, token=wanted).select_related("farm", "season", "household")
    order = orders.first()
    if order is None:
        raise Http404
    return order


def household_of(farm: Farm, number: int) -> Household:
    """A household of this farm by its number."""
    household = farm.households.filter(number=number).first()
    if household is None:
        raise Http404
    return household


def payment_of(household: Household, number: int) -> Payment:
    """Money that came from a household of this farm, by the payment's number."""
    payments = Payment.objects.filter(order__household=household, order__farm=household.farm_id, pk=number)
    payment = payments.exclude(succeeded_at=None).select_related("order__farm", "order__season").first()
    if payment is None:
        raise Http404
    return payment


def document_of(request: HttpRequest, slug: str, *, year: int, number: int) -> Document:
    """An invoice or a credit note: its household's, and the farm's owners' unless its price is kept from them."""
    mine = Q(household__memberships__user=request.user.pk)
    owned = Q(farm__staff__user=request.user.pk, farm__staff__role=StaffMember.Role.OWNER)
    documents = Document.objects.filter(farm__slug=slug, year=min(year, 9999), number=min(number, 2**31 - 1))
    document = documents.filter(mine | owned).select_related("farm").distinct().first()
    if document is None:
        raise Http404
    is_theirs = document.household.memberships.filter(user=request.user.pk).exists()
    if not is_theirs and document.order_id in privacy.kept_private([document.order_id]):
        raise Http404
    return document
