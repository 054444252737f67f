"""The swap table as a household's week shows it: what it can offer of each turn, and what became of its offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deliveries.dividing.contents import Item, Published
from deliveries.due.turns import Turn
from deliveries.forms.change import SwapForm
from deliveries.models import SwapOffer
from deliveries.swap_table import swaps
from farms.models import Household


@dataclass(frozen=True)
class Table:
    """One turn's place at the swap table: open until `closes`; `form` is none when nothing can be offered any more."""

    closes: datetime
    is_open: bool
    form: SwapForm | None
    offers: tuple[SwapOffer, ...]

    @property
    def agreed(self) -> list[SwapOffer]:
        return [row for row in self.offers if row.takes_id]


def tables_of(
    household: Household,
    here: Sequence[Turn],
    contents: Published,
    *,
    at: datetime,
    sent: Any = None,
    meant: Turn | None,
) -> Mapping[int, Table]:
    """The tables of these turns, by id(turn): those whose harvest is divided. `sent` is what was typed for the turn
    that is `meant`. Three queries where a table is laid."""
    laid = {id(turn): turn for turn in here if _may_swap(turn) and items_of(turn, contents)}
    if not laid:
        return {}
    places = {turn.place.pk: turn.place for turn in laid.values()}
    whole = {day.pk: day for day in swaps.days_with_season().filter(pk__in=places)}
    offers = swaps.offers_of(household, places.values())
    found = {}
    for key, turn in laid.items():
        day = whole[turn.place.pk]
        closes = swaps.closes_at(day)
        own = tuple(row for row in offers if row.day_id == day.pk and row.share_id in {s.pk for s in turn.shares})
        if closes is None or (at >= closes and not own):
            continue
        is_open = swaps.is_open(day, at)
        form = _form(turn, contents, own, sent if turn is meant else None) if is_open else None
        found[key] = Table(closes, is_open, form, own)
    return found


def items_of(turn: Turn, contents: Published) -> list[tuple[int, Item]]:
    """Every item of a turn's boxes, with its share (id)."""
    found = []
    for share in turn.shares:
        inside = contents.of(turn.place.pk, share.share_type_id, share.pk)
        found += [(share.pk, item) for item in (inside.items if inside else ())]
    return found


def _may_swap(turn: Turn) -> bool:
    return not (turn.held or turn.given or turn.cancelled or turn.collected)


def _form(turn: Turn, contents: Published, offers: Sequence[SwapOffer], sent: Any) -> SwapForm:
    offered = {(row.share_id, row.gives_id) for row in offers}
    gives = [
        (f"{share}:{item.crop}", f"{item.name} {item.amount}")
        for share, item in items_of(turn, contents)
        if (share, item.crop) not in offered
    ]
    wanted = [(crop.pk, crop.name) for crop in swaps.crops_on(turn.place)]
    return SwapForm(sent, turn=turn, gives=gives, wanted=wanted)
