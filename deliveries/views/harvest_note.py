"""What the farmer writes to households with a week's harvest."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deliveries.harvesting import harvests
from deliveries.models import Harvest
from deliveries.permissions import farm_week
from deliveries.views.harvest_page import NoteForm, page_of
from people import clock


@login_required
@require_POST
def harvest_note(request: HttpRequest, farm: str, date: str) -> HttpResponse:
    """Keep the farmer's words; households read them once the week is published."""
    desk = farm_week(request, farm, date)
    the_harvest = harvests.open_harvest(farm=desk.farm, date=desk.date, at=clock.now())
    form = NoteForm(request.POST)
    if not form.is_valid():
        page = page_of(desk, the_harvest) | {"note_form": form, "form": form}
        return render(request, "deliveries/harvest.html", page, status=422)
    Harvest.objects.filter(pk=the_harvest.pk).update(note=form.cleaned_data["note"])
    messages.success(request, _("Saved."))
    return redirect("harvest", farm=farm, date=the_harvest.date.isoformat())
