"""What a farm shows to someone who might join: its seasons, what each share costs now, what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Prefetch

from farms.calendars import WeekRow, rows_of, season_cells
from farms.models import Farm, PickupDay, Season, SeasonSite
from people import formats
from people.ribbons import WeekCell
from shares.models import ShareType
from shares.prices import kept, prices


@dataclass(frozen=True)
class Card:
    """A share type as offered now: the price from which it can be had, and for how many pickups. Minor units."""

    share_type: ShareType
    price: int
    pickups: int
    full: int
    is_from: bool  # other sites or turns cost more
    lowest: int | None = None  # where households choose: from here
    highest: int | None = None  # to here

    @property
    def is_late(self) -> bool:
        return self.pickups < self.full

    @property
    def each(self) -> int:
        """About what one pickup costs."""
        return (2 * self.price + self.pickups) // (2 * self.pickups) if self.pickups else 0


@dataclass(frozen=True)
class Window:
    """A season in the farm's window. `state`: open, soon (it opens later), or over (nothing left to buy)."""

    season: Season
    state: str
    shares: list[Card]
    addons: list[Card]
    sites: list[SeasonSite]
    cells: list[WeekCell]
    first: date
    last: date
    pickups: int

    @property
    def has_begun(self) -> bool:
        """Some pickups are past buying."""
        return any(card.is_late for card in self.shares)

    @property
    def left(self) -> int:
        """Shares to be had, add-ons apart."""
        return sum(card.share_type.left for card in self.shares if card.pickups)

    @property
    def is_sold_out(self) -> bool:
        return self.state == "open" and all(card.share_type.left <= 0 for card in self.shares)


def windows(*, farms: Sequence[Farm], at: datetime) -> dict[int, list[Window]]:
    """The seasons these farms sell or ran last, by farm id, those for sale first. A constant number of queries."""
    by_id = {farm.pk: farm for farm in farms}
    seasons = list(
        Season.objects.opened()
        .filter(farm__in=by_id, closed_at=None)
        .select_related("open_book")
        .prefetch_related("weeks", "share_types", Prefetch("season_sites", SeasonSite.objects.select_related("site")))
        .order_by("first_day", "pk")
    )
    days = prices.days_of_seasons(seasons)
    kept.mark(kind for season in seasons for kind in season.share_types.all())
    found: dict[int, list[Window]] = {pk: [] for pk in by_id}
    for season in seasons:
        season.farm = by_id[season.farm_id]
        window = _window(season, days.get(season.pk, []), at)
        if window.last >= formats.local_day(at, season.farm.zone):
            found[season.farm_id].append(window)
    for shown in found.values():
        shown.sort(key=lambda window: ("open", "soon", "over").index(window.state))
    return found


def _window(season: Season, days: list[PickupDay], at: datetime) -> Window:
    cards = [_card(each, season, days, at) for each in season.share_types.all()]
    rows: list[WeekRow] = rows_of(season)
    held = [row for row in rows if not row.skipped] or rows
    return Window(
        season=season,
        state=_state(season, cards, at),
        shares=[card for card in cards if not card.share_type.is_addon],
        addons=[card for card in cards if card.share_type.is_addon],
        sites=list(season.season_sites.all()),
        cells=season_cells(rows, today=formats.local_day(at, season.farm.zone)),
        first=held[0].first,
        last=held[-1].dates[-1],
        pickups=len(held),
    )


def _card(share_type: ShareType, season: Season, days: list[PickupDay], at: datetime) -> Card:
    terms = [
        prices.terms_of(share_type, turn=turn, site=row.site_id, days=days, at=at)
        for row in season.season_sites.all()
        for turn in prices.turns_of(share_type)
    ]
    to_be_had = [each for each in terms if each.left]
    if not to_be_had:
        return Card(share_type, share_type.price, 0, max((each.full for each in terms), default=0), False)
    cheapest = min(to_be_had, key=lambda each: (each.price, each.left))
    dearest = max(each.price for each in to_be_had)
    card = Card(share_type, cheapest.price, cheapest.left, cheapest.full, dearest > cheapest.price)
    if share_type.lowest is None or share_type.highest is None:
        return card
    lowest, highest = (
        prices.part_of(amount, left=card.pickups, full=card.full) for amount in (share_type.lowest, share_type.highest)
    )
    return replace(card, lowest=lowest, highest=highest)


def _state(season: Season, cards: Iterable[Card], at: datetime) -> str:
    if season.opens_at is not None and season.opens_at > at:
        return "soon"
    return "open" if any(card.pickups for card in cards if not card.share_type.is_addon) else "over"
