"""How a week is packed: the same for everyone, or to each what they like."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deliveries.harvesting import harvests
from deliveries.permissions import farm_week
from farms.models import Packing
from people import clock


@login_required
@require_POST
def harvest_packing(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """This week's own choice; what is published stays until it is published again."""
    desk = farm_week(request, farm, date)
    the_harvest = harvests.open_harvest(farm=desk.farm, date=desk.date, at=clock.now())
    wanted = request.POST.get("packing")
    if wanted in Packing.values:
        harvests.choose_packing(harvest=the_harvest, packing=Packing(wanted))
    else:
        messages.error(request, _("Choose one of the two ways."))
    return redirect("harvest", farm=farm, date=the_harvest.date.isoformat())
