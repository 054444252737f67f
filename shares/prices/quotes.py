"""What a wish would cost, before anything is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from farms.models import PickupDay, PickupSite, Season
from shares.models import ShareType
from shares.prices import prices
from shares.prices.prices import Terms


@dataclass(frozen=True)
class Line:
    """One wish of an order: so many shares of a type, at a site, in a turn ("" every week, "A", "B"), at the price for
    all its pickups that the household chose (minor units; none: what it costs). `settled`: that price comes out of a
    bidding round, and is then what the farm gets for it as well. `any_turn`: A or B is all the same to them."""

    share_type: ShareType
    site: PickupSite
    turn: str = ""
    quantity: int = 1
    chosen: int | None = None
    settled: bool = False
    any_turn: bool = False


@dataclass(frozen=True)
class Quote:
    """Each wish with the terms of one such share, the total in minor units, and the first pickup of all."""

    lines: tuple[tuple[Line, Terms], ...]
    total: int
    first_day: PickupDay | None

    @property
    def below(self) -> int:
        """How much the prices chosen lie below the cost: what the solidarity fund would meet."""
        return sum(line.quantity * max(0, terms.cost - terms.price) for line, terms in self.lines)

    @property
    def above(self) -> int:
        """How much they lie above: what would go into the fund."""
        return sum(line.quantity * max(0, terms.price - terms.cost) for line, terms in self.lines)


def quote(*, season: Season, lines: Sequence[Line], at: datetime) -> Quote:
    """What these wishes cost at this moment: each share's price for the pickups it still has. One query."""
    days = prices.days_of_season(season)
    quoted = []
    firsts = []
    for line in lines:
        kind, turn, site = line.share_type, line.turn, line.site.pk
        terms = prices.terms_of(kind, turn=turn, site=site, days=days, at=at, chosen=line.chosen)
        quoted.append((line, replace(terms, cost=terms.price) if line.settled else terms))
        firsts += prices.days_left(kind, turn=turn, site=site, days=days, at=at)[:1]
    total = sum(line.quantity * terms.price for line, terms in quoted)
    return Quote(tuple(quoted), total, min(firsts, key=lambda day: day.starts_at, default=None))
