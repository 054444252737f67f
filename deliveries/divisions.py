"""Dividing a harvest: a preview at once, and the division in force made by the worker.

The farmer asks by Publish, which writes a run; the sweep leases it, divides, prints, and swaps it in as one whole.
Until then, and if anything fails, the lists before stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from deliveries import corrections, prints
from deliveries.allocation import Division, ProblemError, account
from deliveries.divided import Divided
from deliveries.gathering import Case, gather
from deliveries.host_links import live_link
from deliveries.models import Allocation, Box, Harvest, Leftover, Portion, PrintedList
from people.models import User

log = logging.getLogger("hissa.divisions")

LEASE = timedelta(minutes=1)
"""How long a run is its worker's own; a killed worker's run is taken up again after it."""


class NothingToDivide(ValueError):
    """No crop is written down, or nobody is due."""


class DivisionUnderWay(RuntimeError):
    """Somebody asked before: that run comes first."""


def preview(harvest: Harvest) -> tuple[Case, Divided]:
    """How the harvest would be divided now, by the engine that divides it when published. Raises ProblemError."""
    case = gather(harvest)
    inputs = corrections.inputs_of(case)
    return case, Divided.of(inputs, corrections.divided_by(inputs))


def in_force(harvest: Harvest) -> Divided | None:
    """The published division, as it was stored."""
    return Divided.stored(harvest.current) if harvest.current else None


def ask_for_division(*, harvest: Harvest, by: User | None, at: datetime) -> Allocation:
    """Ask for a run. Raises NothingToDivide, and DivisionUnderWay when one is asked for already."""
    if not harvest.lines.filter(steps__gt=0).exists():
        raise NothingToDivide(_("Write down what came in first: there is nothing to divide yet."))
    try:
        with transaction.atomic():
            last = harvest.allocations.aggregate(last=Max("number"))["last"] or 0
            return Allocation.objects.create(
                harvest=harvest, number=last + 1, asked_at=at, asked_by=by, seed=harvest.pk
            )
    except IntegrityError:
        raise DivisionUnderWay(_("It is being divided already. The lists will be here in a moment.")) from None


def divide_harvests(at: datetime) -> int:
    """The sweep: divide every harvest that was asked for; how many. One farm's failure stops no other's."""
    return sum(_take_up(run, at) for run in _waiting(at).order_by("asked_at", "pk"))


def divide_asked(*, harvest: Harvest, at: datetime) -> Allocation | None:
    """Do this harvest's run here and now; how it ended, or None when a worker has it already."""
    run = _waiting(at).filter(harvest=harvest).first()
    if run is None:
        return None
    _take_up(run, at)
    run.refresh_from_db()
    return run


def divide(*, run: Allocation, at: datetime) -> bool:
    """Divide, print, and put in force as one whole; False when another worker finished this run first."""
    case = gather(run.harvest)
    inputs = corrections.inputs_of(case)
    division = corrections.divided_by(inputs)
    divided = Divided.of(inputs, division)
    for day in case.days:
        live_link(day=day, at=at)  # its QR code stands on the site sheet
    with override(case.harvest.week.season.farm.language):
        printed = prints.print_lists(case, divided, number=run.number, at=at)
    with transaction.atomic():
        finished = Allocation.objects.filter(pk=run.pk, finished_at=None, failed_at=None).update(
            finished_at=at, leased_until=None, inputs=inputs, record=division.record, seed=inputs["seed"]
        )
        if finished:
            _store(run, case, division, divided)
            PrintedList.objects.bulk_create(PrintedList(allocation=run, printed_at=at, **facts) for facts in printed)
            Harvest.objects.filter(pk=run.harvest_id).update(current=run)
            corrections.record_correction(run=run, case=case, divided=divided, at=at)
    return bool(finished)


def _waiting(at: datetime) -> QuerySet[Allocation]:
    """Runs that were asked for and that no worker has in hand."""
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    runs = Allocation.objects.filter(free, finished_at=None, failed_at=None)
    return runs.select_related("harvest__week__season__farm", "harvest__current")


def _take_up(run: Allocation, at: datetime) -> bool:
    """Lease the run and do it; False when another worker was faster, or it failed."""
    if not _waiting(at).filter(pk=run.pk).update(leased_until=at + LEASE):
        return False
    return _divide_or_say_why(run, at)


def _divide_or_say_why(run: Allocation, at: datetime) -> bool:
    try:
        return divide(run=run, at=at)
    except Exception as failure:
        log.exception("run %s could not be divided", run.pk)
        with override(run.harvest.week.season.farm.language):
            because = reason_of(failure)
        Allocation.objects.filter(pk=run.pk, finished_at=None, failed_at=None).update(
            failed_at=at, failed_because=because[:250], leased_until=None
        )
        return False


def reason_of(failure: Exception) -> str:
    if isinstance(failure, ProblemError):
        return failure.says
    return _("Something went wrong while dividing. Publish again; if it fails again, write to us.")


def _store(run: Allocation, case: Case, division: Division, divided: Divided) -> None:
    """Boxes, portions with their reasons, leftovers; the week's entries in the memory over the season beside them."""
    entries = account(division.problem, division)
    scale = case.inputs["scale"]
    boxes = Box.objects.bulk_create(
        Box(
            allocation=run, day=cell.day, share_type=cell.share_type, count=cell.count,
            target=divided.targets[row], value=divided.values[row],
            due=round(int(entries.due[row]) / scale), got=round(int(entries.got[row]) / scale),
        )
        for row, cell in enumerate(case.cells)
    )  # fmt: skip
    Portion.objects.bulk_create(_portions(boxes, case, divided, entries))
    Leftover.objects.bulk_create(
        Leftover(allocation=run, crop=line.crop, steps=left)
        for line, left in zip(case.lines, divided.leftover, strict=True)
        if left
    )


def _portions(boxes: list[Box], case: Case, divided: Divided, entries: Any) -> Iterator[Portion]:
    for row, box in enumerate(boxes):
        for column, line in enumerate(case.lines):
            scarce = bool(entries.scarce[column])
            reason = {"target": box.target, "value": box.value, "scarce": scarce}
            if scarce:
                reason["turn"] = case.inputs["turns"][row][column]
            yield Portion(
                box=box, crop=line.crop, steps=divided.portions[row][column], reason=reason,
                turn_due=int(entries.turn_due[row, column]), turn_got=int(entries.turn_got[row, column]),
            )  # fmt: skip
