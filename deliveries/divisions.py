"""Dividing a harvest: a preview at once, and the division in force made by the worker.

The farmer asks by Publish, which writes a run; the sweep leases it, divides, prints, and swaps it in as one whole.
Until then, and if anything fails, the lists before stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from deliveries.allocation import Division, ProblemError
from deliveries.checking_in.host_links import link_unless_revoked
from deliveries.dividing import corrections, storing
from deliveries.dividing.divided import Divided
from deliveries.dividing.foreseen import foreseen
from deliveries.dividing.gathering import Case, gather
from deliveries.dividing.liked import worth_by_liking
from deliveries.dividing.refusals import words_of
from deliveries.lists import ListDoesNotAddUp
from deliveries.models import Allocation, Harvest, Manuscript, PrintedList, PrintedRoster
from deliveries.printing import print_orders, prints, since_print
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
    return case, foreseen(corrections.inputs_of(case))


def shown(harvest: Harvest) -> tuple[Case, Divided]:
    """What the harvest's pages tell: the division in force while nothing has changed since, else the preview of what
    publishing would make. Raises ProblemError."""
    case = gather(harvest)
    current = case.harvest.current if case.harvest.pk else None
    if current and is_current(current, case):
        return case, Divided.stored(current)
    return case, foreseen(corrections.inputs_of(case))


def is_current(run: Allocation, case: Case) -> bool:
    """Whether harvest and roster are still those that the run divided."""
    return run.inputs.get("harvest_version") == case.harvest.version and _roster(run.inputs) == _roster(case.inputs)


def _roster(inputs: dict[str, Any]) -> list[tuple[int, int, int]]:
    return [(cell["number"], cell["day"], cell["count"]) for cell in inputs.get("cells", [])]


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


def divide_harvests(at: datetime, *, hand_on: Callable[[], None] | None = None) -> int:
    """The sweep: divide every harvest that was asked for; how many. One farm's failure stops no other's.

    With `hand_on`, which wakes another sweep, only the first that nobody has in hand: meanwhile another worker takes up
    the next. So farms are divided side by side, as many as there are workers, and other sweeps come between.
    """
    done = 0
    for run in _waiting(at).order_by("asked_at", "pk"):
        if not _lease(run, at):
            continue
        if hand_on and _waiting(at).exists():
            hand_on()
        done += _divide_or_say_why(run, at)
        if hand_on:
            break
    return done


def divide_asked(*, harvest: Harvest, at: datetime) -> Allocation | None:
    """Do this harvest's run here and now; how it ended, or None when a worker has it already."""
    run = _waiting(at).filter(harvest=harvest).first()
    if run is None:
        return None
    if _lease(run, at):
        _divide_or_say_why(run, at)
    run.refresh_from_db()
    return run


def divide(*, run: Allocation, at: datetime) -> bool:
    """Divide, print, and put in force as one whole; False when another worker finished this run first."""
    case = gather(run.harvest)
    inputs = corrections.inputs_of(case)
    division = corrections.divided_by(inputs)
    divided = Divided.of(inputs, division)
    for day in case.days:
        link_unless_revoked(day=day, at=at)  # its QR code stands on the site sheet
    manuscripts, printed = _word_and_print(run, case, divided, at)
    rosters = since_print.printed_rosters(run=run, case=case, at=at)
    with transaction.atomic():  # everything is ready: nobody waits for the database longer than writing takes
        finished = Allocation.objects.filter(pk=run.pk, finished_at=None, failed_at=None).update(
            finished_at=at, leased_until=None, inputs=inputs, record=_record(division, divided), seed=inputs["seed"]
        )
        if finished:
            storing.store(run=run, case=case, division=division, divided=divided)
            PrintedList.objects.bulk_create(PrintedList(allocation=run, printed_at=at, **facts) for facts in printed)
            Harvest.objects.filter(pk=run.harvest_id).update(current=run)
            PrintedRoster.objects.bulk_create(rosters)
            Manuscript.objects.filter(allocation__harvest=run.harvest_id).delete()  # what earlier runs said
            Manuscript.objects.bulk_create(manuscripts)
            corrections.record_correction(run=run, case=case, divided=divided, at=at)
    return bool(finished)


def _word_and_print(
    run: Allocation, case: Case, divided: Divided, at: datetime
) -> tuple[list[Manuscript], list[dict[str, Any]]]:
    """What the lists say, in every language, and the PDFs in the farm's own."""
    farm = case.harvest.week.season.farm

    def tell(parts_set: int, parts: int) -> None:
        Allocation.objects.filter(pk=run.pk).update(parts=parts, parts_set=parts_set)

    said = {
        language: prints.word_lists(case, divided, number=run.number, at=at, language=language)
        for language in prints.languages_of(farm)
    }
    printed = prints.print_lists(said[farm.language], language=farm.language, paper=farm.prints_on, told=tell)
    return print_orders.manuscripts(run=run, farm=farm, said=said, at=at), printed


def _record(division: Division, divided: Divided) -> dict[str, Any]:
    """What the engine says of its result, and how well it is liked where each share was packed by likings."""
    worths = worth_by_liking(divided)
    return division.record | ({"liked": worths} if worths else {})


def _waiting(at: datetime) -> QuerySet[Allocation]:
    """Runs that were asked for and that no worker has in hand."""
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    runs = Allocation.objects.filter(free, finished_at=None, failed_at=None)
    return runs.select_related("harvest__week__season__farm", "harvest__current")


def _lease(run: Allocation, at: datetime) -> bool:
    """Take the run in hand; False when another worker was faster."""
    return bool(_waiting(at).filter(pk=run.pk).update(leased_until=at + LEASE))


def _divide_or_say_why(run: Allocation, at: datetime) -> bool:
    try:
        return divide(run=run, at=at)
    except Exception as failure:
        log.exception("run %s could not be divided", run.pk)
        with override(run.harvest.week.season.farm.language):
            because = reason_of(failure, run.harvest)
        Allocation.objects.filter(pk=run.pk, finished_at=None, failed_at=None).update(
            failed_at=at, failed_because=because[:250], leased_until=None
        )
        return False


def reason_of(failure: Exception, harvest: Harvest) -> str:
    """Why it could not be divided, for the farmer."""
    if isinstance(failure, ProblemError):
        return words_of(failure, [line.crop.name for line in gather(harvest).lines])
    if isinstance(failure, ListDoesNotAddUp):
        return _("Nothing was printed, for the lists do not add up: %(figure)s.") % {"figure": failure}
    return _("Something went wrong while dividing. Publish again; if it fails again, write to us.")
