"""What the swap table tells households: a swap that came about, and one that came to nothing after all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deliveries.letters import draft, people_of, place_facts, week_url
from deliveries.models import SwapOffer
from people.letters import write_letters

if TYPE_CHECKING:
    from deliveries.swap_table.swaps import Boxes


def write_agreed(pairs: Sequence[tuple[SwapOffer, SwapOffer]], boxes: Boxes, *, at: datetime) -> None:
    """Each taker learns what it leaves and what it takes. Never whose it is."""
    told = []
    for taker, giver in pairs:
        gives, takes = boxes.items[taker.share_id][taker.gives_id][0], boxes.items[giver.share_id][giver.gives_id][0]
        told.append((taker, {"gives": gives, "takes": takes}))
    _write("swap", told, at)


def write_off(offers: Iterable[SwapOffer], *, at: datetime) -> None:
    """A swap that was agreed does not come about: the offer stands on the table again."""
    _write("swap_off", [(row, {"crop": row.gives.name}) for row in offers], at)


def _write(kind: str, told: Sequence[tuple[SwapOffer, dict[str, Any]]], at: datetime) -> None:
    people = people_of({row.share.household_id for row, _facts in told})
    drafts = []
    for row, facts in told:
        farm = row.day.week.season.farm
        context = facts | {"place": place_facts(row.day, zone=farm.zone), "url": week_url(row.day, farm)}
        occasion = f"swap:{row.pk}:{at.isoformat()}"
        for reader in people[row.share.household_id]:
            drafts.append(draft(kind=kind, farm=farm, reader=reader, occasion=occasion, context=context, at=at))
    write_letters(drafts)
