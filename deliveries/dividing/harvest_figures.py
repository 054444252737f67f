"""The figures of the harvest page: what each share gets and is worth, what is left, what goes to each site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.dividing.corrections import changes_in
from deliveries.dividing.divided import Divided
from deliveries.dividing.gathering import Case
from deliveries.harvesting.quantities import UNITS, show_between, show_quantity
from deliveries.models import Box, Harvest
from farms.models import PickupDay
from people.formats import comma, isolated, language, number
from shares.models import ShareType

CRATE = 2
"""Shares of the largest type that fill a crate."""


@dataclass(frozen=True)
class Column:
    share_type: ShareType
    count: int


@dataclass(frozen=True)
class Each:
    """What a share of a type gets of a crop (ids); `changed` since the version before."""

    text: str
    share_type: int
    crop: int
    changed: bool = False


@dataclass(frozen=True)
class Row:
    """A crop: what a share of each type gets, in the columns' order; what is left over; how many go without."""

    each: list[Each]
    left: str = ""
    without: int = 0


@dataclass(frozen=True)
class Worth:
    """A share type's value this week against its target, minor units; and the season so far, got ÷ due − 1."""

    share_type: ShareType
    value: int
    target: int
    so_far: Decimal | None


@dataclass(frozen=True)
class Site:
    day: PickupDay
    counts: list[int]
    crates: int


@dataclass
class Figures:
    """`rows` go by the crop's number. `notes` say what to do about what is left or lacking; cells marked as changed
    differ from version `since`."""

    columns: list[Column]
    rows: dict[int, Row] = field(default_factory=dict)
    worth: list[Worth] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shares: int = 0
    refused: str = ""
    refused_crop: int | None = None
    since: int = 0


def figures_of(case: Case, divided: Divided | None, *, refused: str = "") -> Figures:
    """Everything the page shows beside what was typed; without a division, only who is due."""
    counts = case.roster.counts
    columns = [Column(kind, counts[kind.pk]) for kind in case.divided_types if counts[kind.pk]]
    found = Figures(columns=columns, refused=refused, shares=sum(column.count for column in columns))
    found.sites = _sites(case, columns)
    if divided is None:
        return found
    so_far = _so_far(case.harvest)
    changed = _changed(divided)
    found.since = divided.inputs["before"]["number"] if changed else 0
    for place, crop in enumerate(divided.inputs["crops"]):
        found.rows[crop["crop"]] = row = _row(divided, place, columns, changed)
        found.notes += _notes(case, divided, place, row)
    found.worth = [
        Worth(column.share_type, *divided.worth(column.share_type.pk), so_far.get(column.share_type.pk))
        for column in columns
        if divided.inputs["crops"]
    ]
    return found


def _changed(divided: Divided) -> set[tuple[int, str]]:
    """Share type and crop (its name) of every cell that differs from the version before."""
    cells = divided.inputs["cells"]
    return {(cells[row]["type"], one.crop) for row, moved in changes_in(divided).items() for one in moved}


def _row(divided: Divided, place: int, columns: list[Column], changed: set[tuple[int, str]]) -> Row:
    crop = divided.inputs["crops"][place]
    step, unit = Decimal(crop["step"]), crop["unit"]
    left = divided.leftover[place]
    kinds = [column.share_type.pk for column in columns]
    return Row(
        each=[
            Each(_each(divided.between(kind, place), step, unit), kind, crop["crop"], (kind, crop["name"]) in changed)
            for kind in kinds
        ],
        left=show_quantity(left, step, unit, language()) if left else "",
        without=sum(divided.counts[cell] for cell in divided.without(place)),
    )


def _each(between: tuple[int, int], step: Decimal, unit: str) -> str:
    """What a share gets: "1.4 kg", "1–2" where sites differ, "–" for nothing; counted things need no unit here."""
    known = UNITS.get(unit)
    return show_between(*between, step, unit if known and known.measured else "", language())


def _notes(case: Case, divided: Divided, place: int, row: Row) -> list[str]:
    """One sentence or two about a crop that some go without, or of which some is left."""
    told = []
    if row.without:
        words = ngettext(
            "%(count)s share goes without this week and comes first next time.",
            "%(count)s shares go without this week and come first next time.",
            row.without,
        )
        told.append(words % {"count": number(row.without)})
        served = {cell.day.site.name for n, cell in enumerate(case.cells) if divided.portions[n][place]}
        if served and len(served) < len(case.days):
            told.append(_("Now it goes to %(sites)s.") % {"sites": comma().join(map(isolated, sorted(served)))})
    told += _left_in_words(divided, place, row)
    name = divided.inputs["crops"][place]["name"]
    return [_("%(crop)s: %(what)s") % {"crop": isolated(name), "what": " ".join(told)}] if told else []


def _left_in_words(divided: Divided, place: int, row: Row) -> list[str]:
    """What is left over of a crop, and how much of it is the farmer's own margin."""
    crop = divided.inputs["crops"][place]
    kept = crop.get("kept", 0)
    if not row.left:
        return []
    if kept >= divided.leftover[place]:
        return [_("%(amount)s kept back for what shrinks.") % {"amount": row.left}]
    if divided.mode == "choice":
        words = _("%(amount)s left over: swap table, a gift, or next week.")
    else:
        words = _("%(amount)s left over, too little for all alike: swap table, a gift, or next week.")
    told = [words % {"amount": row.left}]
    if kept:
        margin = show_quantity(kept, Decimal(crop["step"]), crop["unit"], language())
        told.append(_("Of that, %(amount)s are kept back for what shrinks.") % {"amount": margin})
    return told


def _sites(case: Case, columns: list[Column]) -> list[Site]:
    counts = case.roster.counts_by_day
    kinds = [column.share_type for column in columns]
    return [
        Site(day, [counts[day.pk, kind.pk] for kind in kinds], crates=crates_for(kinds, counts, day.pk))
        for day in case.days
    ]


def crates_for(kinds: Sequence[ShareType], counts: Mapping[tuple[int, int], int], day: int) -> int:
    """How many crates the shares of these types fill at a pickup (id)."""
    largest = max((kind.weight for kind in kinds), default=1)
    weight = sum(counts[day, kind.pk] * kind.weight for kind in kinds)
    return -(-weight // (CRATE * largest))


def _so_far(harvest: Harvest) -> dict[int, Decimal]:
    """Per share type, how far the season's value lies off what was due, before this harvest: 0.02 is 2 % more."""
    boxes = Box.objects.filter(
        allocation__in_force_for__week__season=harvest.week.season_id, allocation__in_force_for__date__lt=harvest.date
    )
    sums = boxes.values("share_type").annotate(all_due=Sum(F("due") * F("count")), all_got=Sum(F("got") * F("count")))
    rows = sums.order_by().values_list("share_type", "all_due", "all_got")
    return {share_type: Decimal(got) / due - 1 for share_type, due, got in rows if due}
