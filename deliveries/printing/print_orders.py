"""What the lists in force say, worded in every language when they were published: set on paper by the worker when
somebody wants them, and when a name must go from them; and kept."""

from __future__ import annotations

import gzip
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import get_language_info, override

from deliveries import lists as paper_lists
from deliveries.models import Allocation, Manuscript, PrintedList
from deliveries.printing import prints
from farms.households import former_name
from farms.models import Farm, Household, Paper
from people.models import User

log = logging.getLogger("hissa.prints")

LEASE = timedelta(minutes=1)
"""How long a print is its worker's own; a killed worker's print is taken up again after it."""

_KINDS = PrintedList.Kind
_ORDER = [
    _KINDS.HARVEST, _KINDS.PACKING, _KINDS.TRUCK, _KINDS.ADD_ONS, _KINDS.SITE, _KINDS.LABELS, _KINDS.ALL,
]  # fmt: skip


def manuscripts(
    *, run: Allocation, farm: Farm, said: Mapping[str, paper_lists.Manuscript], at: datetime
) -> list[Manuscript]:
    """What the lists of a division say, by language, to be kept with it; the languages that people read who work at the
    farm are asked for."""
    read = set(User.objects.filter(staffed__farm=farm).values_list("language", flat=True)) - {farm.language}
    return [
        Manuscript(
            allocation=run, language=language, words=_kept(words),
            paper=farm.prints_on if language in read else "", asked_at=at if language in read else None,
        )
        for language, words in said.items()
    ]  # fmt: skip


def ask(*, run: Allocation, language: str, at: datetime) -> bool:
    """Ask for a run's lists in a language, on the farm's paper; False where they are there, or being printed, or such
    words were never kept."""
    paper = run.harvest.week.season.farm.prints_on
    if run.printed.filter(language=language, paper=paper, kind=PrintedList.Kind.ALL).exists():
        return False
    idle = Q(asked_at=None) | Q(finished_at__isnull=False) | Q(failed_at__isnull=False)
    return bool(
        Manuscript.objects.filter(idle, allocation=run, language=language).update(
            asked_at=at, paper=paper, leased_until=None, finished_at=None, failed_at=None, parts=0, parts_set=0
        )
    )


def print_without_name(*, run: Allocation, household: Household, friends: Collection[str], at: datetime) -> None:
    """Take a household's name off what a run's lists say (its number and shares stay), and ask anew for each print
    there is: what the worker sets takes the old one's place. Prints whose words were never kept go at once."""
    paper = run.harvest.week.season.farm.prints_on
    printed = set(run.printed.values_list("language", flat=True))
    said = list(run.manuscripts.all())
    for one in said:
        words = _read(one)
        with override(one.language):
            instead = former_name(household)
        paper_lists.take_name_off(words, number=household.number, instead=instead, friends=friends)
        one.words = _kept(words)
        if one.language in printed or one.under_way:
            one.paper, one.asked_at = paper, at
            one.leased_until = one.finished_at = one.failed_at = None
            one.parts = one.parts_set = 0
        one.save()
    run.printed.exclude(paper=paper, language__in=[one.language for one in said]).delete()


def set_prints(at: datetime, *, hand_on: Callable[[], None] | None = None) -> int:
    """The sweep: set every print that was asked for; how many. One print's failure stops no other.

    With `hand_on`, which wakes another sweep, only the first that nobody has in hand: other sweeps come between.
    """
    done = 0
    for number in _waiting(at).order_by("asked_at", "pk").values_list("pk", flat=True):
        if not _waiting(at).filter(pk=number).update(leased_until=at + LEASE):
            continue  # another worker was faster
        if hand_on and _waiting(at).exists():
            hand_on()
        done += _set_or_give_up(Manuscript.objects.get(pk=number), at)
        if hand_on:
            break
    return done


def _waiting(at: datetime) -> QuerySet[Manuscript]:
    """Asked for, and in no worker's hand. (Of lists that are in force: what earlier ones said is not kept.)"""
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    return Manuscript.objects.filter(free, asked_at__isnull=False, finished_at=None, failed_at=None)


def _set_or_give_up(one: Manuscript, at: datetime) -> bool:
    try:
        return _set(one, at)
    except Exception:
        log.exception("manuscript %s could not be set", one.pk)
        Manuscript.objects.filter(pk=one.pk, finished_at=None).update(failed_at=at, leased_until=None)
        return False


def _kept(words: paper_lists.Manuscript) -> bytes:
    return gzip.compress(json.dumps(words).encode(), 6, mtime=0)


def _read(one: Manuscript) -> paper_lists.Manuscript:
    words: paper_lists.Manuscript = json.loads(gzip.decompress(bytes(one.words)))
    return words


def _set(one: Manuscript, at: datetime) -> bool:
    """Set a manuscript and keep its lists as one whole; False when another worker finished it first."""

    def tell(parts_set: int, parts: int) -> None:
        Manuscript.objects.filter(pk=one.pk).update(parts=parts, parts_set=parts_set)

    printed = prints.print_lists(_read(one), language=one.language, paper=Paper(one.paper), told=tell)
    with transaction.atomic():
        mine = Manuscript.objects.filter(pk=one.pk, asked_at=one.asked_at, finished_at=None, failed_at=None)
        finished = mine.update(finished_at=at, leased_until=None, parts_set=F("parts"))
        if finished:
            same = PrintedList.objects.filter(allocation=one.allocation_id, language=one.language, paper=one.paper)
            same.delete()  # those with a name that has been taken off
            PrintedList.objects.bulk_create(
                PrintedList(allocation_id=one.allocation_id, printed_at=at, **facts) for facts in printed
            )
    return bool(finished)


@dataclass(frozen=True)
class Tongue:
    """A language the lists can be had in: its own name, all of them in one print if that is there, and where the
    worker is if somebody asked."""

    code: str
    name: str
    everything: PrintedList | None
    order: Manuscript | None

    @property
    def under_way(self) -> bool:
        return self.order is not None and self.order.under_way

    @property
    def failed(self) -> bool:
        return self.order is not None and self.order.failed_at is not None


@dataclass(frozen=True)
class Shelf:
    """The prints of a run as one reader finds them: `lists`, in the order of the work, are in the reader's language if
    `is_mine`, else in the farm's; `mine` and `others` are the languages."""

    lists: Sequence[PrintedList]
    language: str
    mine: Tongue
    others: Sequence[Tongue]

    @property
    def is_mine(self) -> bool:
        return self.language == self.mine.code

    @property
    def everything(self) -> PrintedList | None:
        return next((one for one in self.lists if one.kind == PrintedList.Kind.ALL), None)

    @property
    def under_way(self) -> list[Tongue]:
        return [one for one in (self.mine, *self.others) if one.under_way]


def shelf_of(run: Allocation, *, reader: str, farm: Farm) -> Shelf:
    """What is printed of a run, for who reads this language. Two queries."""
    printed: dict[str, list[PrintedList]] = defaultdict(list)
    kept = run.printed.defer("pdf").select_related("day__site")
    for one in sorted(kept, key=lambda one: _ORDER.index(PrintedList.Kind(one.kind))):
        if one.paper == farm.prints_on or one.language == farm.language:
            printed[one.language].append(one)
    for language, ones in printed.items():  # on the farm's paper; as long as there is none, on what was its paper
        printed[language] = [one for one in ones if one.paper == farm.prints_on] or ones
    orders = {one.language: one for one in run.manuscripts.defer("words")}
    known = list(dict.fromkeys([reader, *orders, *printed, *(code for code, _name in settings.LANGUAGES)]))
    mine, *others = [_tongue(code, printed.get(code, ()), orders.get(code), farm) for code in known]
    language = next((code for code in (reader, farm.language, *printed) if printed.get(code)), reader)
    shown = [one for one in others if one.order or one.everything]
    return Shelf(printed.get(language, []), language, mine, shown)


def _tongue(code: str, printed: Sequence[PrintedList], order: Manuscript | None, farm: Farm) -> Tongue:
    on_paper = [one for one in printed if one.paper == farm.prints_on]
    everything = next((one for one in on_paper if one.kind == PrintedList.Kind.ALL), None)
    return Tongue(code, get_language_info(code)["name_local"].capitalize(), everything, order)
