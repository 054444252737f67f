"""The farmer writes to households: compose, look at it, try it, send it, and see how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from deliveries import tasks
from deliveries.forms.message import MessageForm, people_words
from deliveries.models import Message
from deliveries.telling import messages
from farms.models import Farm
from farms.permissions import signed_in, staff_farm
from people import clock, formats
from people.poke import poke
from people.tasks import post_due_letters
from shares.models import ShareType

ROWS = 30


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk_messages(request: HttpRequest, farm: str) -> HttpResponse:
    """What was written, with how far it is; and the form: look at it, send a test to oneself, send it."""
    the_farm, at = staff_farm(request, farm), clock.now()
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act == "take_back":
        _taken_back(request, the_farm)
        return redirect("desk_messages", farm=farm)
    form = _form(request, the_farm, act)
    shown: dict[str, Any] = {}
    if act and form.is_valid():
        if act == "send" and _sent(request, the_farm, form):
            return redirect("desk_messages", farm=farm)
        readers = messages.readers_of(the_farm, form.segment, at=at)
        shown = {"readers": people_words(len(readers)), "languages": _languages(form, readers), "due_at": form.due_at}
        if act == "test":
            messages.send_test(farm=the_farm, words=form.words, to=signed_in(request), at=at)
            poke(post_due_letters)
            notes.success(request, _("A test is on its way to %(email)s.") % {"email": signed_in(request).email})
    rows = Message.objects.filter(farm=the_farm).select_related("site", "share_type")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    progress = messages.progress_of(list(page))
    sent = [(message, progress[message.pk], _headline(message)) for message in page]
    context = {"farm": the_farm, "form": form, "page": page, "sent": sent, "preview": shown, "at": at}
    context["on_its_way"] = any(_is_on_its_way(message, progress[message.pk], at) for message in page)
    return render(request, "deliveries/desk_messages.html", context)


def _form(request: HttpRequest, farm: Farm, act: str) -> MessageForm:
    kinds = ShareType.objects.filter(season__farm=farm, season__opened_at__isnull=False, season__closed_at=None)
    sites = list(farm.sites.filter(retired_at=None))
    return MessageForm(request.POST if act else None, farm=farm, sites=sites, share_types=list(kinds), at=clock.now())


def _sent(request: HttpRequest, farm: Farm, form: MessageForm) -> bool:
    """Write it down. False when this form was sent before with other words: what stands in it now is a new message."""
    at = clock.now()
    try:
        message = messages.compose(
            farm=farm, segment=form.segment, words=form.words, due_at=form.due_at, token=form.cleaned_data["token"],
            by=signed_in(request), at=at,
        )  # fmt: skip
    except messages.WrittenBefore:
        form.begin_anew()
        form.add_error(None, _("This form was sent before. As it stands now it is a new message: send it again."))
        return False
    if message.due_at > at:
        leaves, zone = message.due_at, farm.zone
        when = {"day": formats.day(leaves, zone=zone), "time": formats.clock(leaves, zone=zone)}
        notes.success(request, _("It leaves on %(day)s at %(time)s.") % when)
    else:
        poke(tasks.send_messages)
        notes.success(request, _("It is on its way. Below you see how far it is."))
    return True


def _taken_back(request: HttpRequest, farm: Farm) -> None:
    typed = request.POST.get("message", "")
    message = farm.messages.filter(pk=int(typed) if typed.isdecimal() and len(typed) < 19 else 0).first()
    if message and messages.take_back(message, at=clock.now()):
        notes.success(request, _("Taken back. Nobody gets it."))
    else:
        notes.error(request, _("It has left already."))


def _languages(form: MessageForm, readers: list[messages.Reader]) -> list[tuple[str, str, str, str]]:
    """The message as each language's readers see it: code, subject, text, how many."""
    own = form.codes[0]
    counts = dict.fromkeys(form.words, 0)
    for reader in readers:
        counts[reader.language if reader.language in counts else own] += 1
    return [(code, *form.words[code], people_words(number)) for code, number in counts.items()]


def _is_on_its_way(message: Message, progress: messages.Progress, at: datetime) -> bool:
    """Whether the page should ask again how far it is."""
    if message.written_at is None:
        return message.taken_back_at is None and message.due_at <= at
    return progress.waiting > 0


def _headline(message: Message) -> str:
    own = message.words.get(message.farm.language) or next(iter(message.words.values()), ["", ""])
    return str(own[0])
