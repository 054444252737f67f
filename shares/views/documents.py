"""Invoices and credit notes: the farmer's list of them, the VAT in the prices, and each as a PDF."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from farms.models import Farm
from farms.permissions import staff_farm
from people import clock
from people.formats import percent
from shares import permissions
from shares.books import invoices
from shares.books.invoice_print import print_document
from shares.forms.vat import VatForm
from shares.models import Document, ShareType
from shares.prices import privacy


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_invoices(request: HttpRequest, farm: str) -> HttpResponse:
    """The farm's invoices and credit notes, their VAT by year, and what VAT is in the price of each share."""
    place = staff_farm(request, farm)
    kinds = list(ShareType.objects.filter(season__farm=place, season__closed_at=None).select_related("season"))
    form = VatForm(request.POST or None, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. Invoices from now on say so."))
        return redirect("desk_invoices", farm=place.slug)
    year = _year(request, place)
    documents = place.documents.filter(year=year).select_related("household")
    page = Paginator(documents, 50).get_page(request.GET.get("page"))
    context = {
        "farm": place,
        "form": form,
        "year": year,
        "years": list(place.documents.order_by("-year").values_list("year", flat=True).distinct()),
        "page": page,
        "private": privacy.kept_private([document.order_id for document in page]),
        "vat": _vat(place, year),
    }
    return render(request, "shares/desk_invoices.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_safe
def invoice(request: HttpRequest, farm: str, year: int, serial: int) -> HttpResponse:
    """An invoice or a credit note as a PDF, in its household's language."""
    document = permissions.document_of(request, farm, year=year, number=serial)
    answer = HttpResponse(print_document(document), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{document.farm.slug}-{document.name}.pdf"'
    return answer


def _vat(farm: Farm, year: int) -> list[dict[str, Any]]:
    """The year's sums by rate, each rate as it is written."""
    rows = invoices.vat_of(Document.objects.filter(farm=farm, year=year).only("kind", "facts"))
    return [{**row, "percent": percent(Decimal(row["rate"]) / 10_000, places=2)} for row in rows]


def _year(request: HttpRequest, farm: Farm) -> int:
    wanted: Any = request.GET.get("year", "")
    this = clock.now().astimezone(farm.zone).year
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) == 4 else this
