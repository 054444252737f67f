"""Who is due where. Until the deadline a roster is read from paid shares and changes; at the deadline it is drawn
up into Pickups, and from then on those are the roster."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from deliveries.models import Change, Pickup
from farms.models import Household, PickupDay, Week
from shares.models import Share

log = logging.getLogger("hissa.rosters")


@dataclass(frozen=True, slots=True)
class Due:
    """A share to be collected on `day`. `turn_of` is the day whose turn it is: another one when it was moved.

    Everything is an id but `number` and `name`, the household's; `pickup` is none until the roster is drawn up.
    """

    day: int
    turn_of: int
    share: int
    share_type: int
    household: int
    number: int
    name: str
    noted: bool
    pickup: int | None = None

    @property
    def moved(self) -> bool:
        return self.day != self.turn_of


@dataclass(frozen=True)
class Roster:
    """Everybody due on some days, by day, then A–Z. `counts` say how many shares."""

    rows: tuple[Due, ...]

    @cached_property
    def counts(self) -> Counter[int]:
        """Shares per share type (id), all days together."""
        return Counter(row.share_type for row in self.rows)

    @cached_property
    def counts_by_day(self) -> Counter[tuple[int, int]]:
        """Shares per (day id, share type id)."""
        return Counter((row.day, row.share_type) for row in self.rows)

    @cached_property
    def by_day(self) -> dict[int, list[Due]]:
        """The rows of each day (id); a day without anybody is missing."""
        found: dict[int, list[Due]] = defaultdict(list)
        for row in self.rows:
            found[row.day].append(row)
        return dict(found)

    def on(self, day: PickupDay) -> list[Due]:
        return self.by_day.get(day.pk, [])


def expected(days: Iterable[PickupDay], *, household: Household | None = None) -> Roster:
    """Who is due on these days; of one household only, if given. At most four queries, however many rows or days.

    A cancelled day and a skipped week have nobody. Days already drawn up are read from their Pickups.
    """
    wanted = list(days)
    weeks = Week.objects.in_bulk({day.week_id for day in wanted})
    standing = [day for day in wanted if day.cancelled_at is None and not weeks[day.week_id].skipped]
    drawn = [day for day in standing if day.drawn_up_at is not None]
    open_days = [day for day in standing if day.drawn_up_at is None]
    rows = [*_drawn_rows(drawn, household), *_read_rows(open_days, weeks, household)]
    place = {day.pk: n for n, day in enumerate(standing)}
    rows.sort(key=lambda row: (place[row.day], row.name.casefold(), row.number, row.share_type, row.share, row.turn_of))
    return Roster(rows=tuple(rows))


def draw_up(*, day: PickupDay, at: datetime) -> int:
    """Turn a day's roster into Pickups, once; how many. Whoever comes second draws up nothing."""
    with transaction.atomic():
        # The conditional update holds the day's row, so that of two runners the second finds it done.
        if not PickupDay.objects.filter(pk=day.pk, drawn_up_at=None, cancelled_at=None).update(drawn_up_at=at):
            return 0
        weeks = Week.objects.in_bulk([day.week_id])
        rows = [] if weeks[day.week_id].skipped else list(_read_rows([day], weeks, None))
        _write_pickups(rows)
    day.drawn_up_at = at
    return len(rows)


def _write_pickups(rows: list[Due]) -> None:
    """One statement for all rows: bulk_create would need one per 249 on SQLite. A turn drawn up before stays."""
    table = connection.ops.quote_name(Pickup._meta.db_table)
    columns = "share_id, household_id, day_id, turn_of_id"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",  # noqa: S608
            [(row.share, row.household, row.day, row.turn_of) for row in rows],
        )


def draw_up_rosters(at: datetime) -> int:
    """The sweep: draw up every day whose deadline has passed; how many days. One day's failure stops no other."""
    waiting = PickupDay.objects.standing().filter(
        deadline_at__lte=at, drawn_up_at=None, week__season__opened_at__isnull=False
    )
    done = 0
    for day in waiting.order_by("deadline_at", "pk"):
        try:
            draw_up(day=day, at=at)
        except Exception:
            log.exception("day %s could not be drawn up", day.pk)
        else:
            done += 1
    return done


def _drawn_rows(days: list[PickupDay], household: Household | None) -> Iterator[Due]:
    if not days:
        return
    pickups = Pickup.objects.filter(day__in=days)
    if household:
        pickups = pickups.filter(household=household)
    facts = pickups.values_list(
        "day_id", "turn_of_id", "share_id", "share__share_type_id",
        "household_id", "household__number", "household__name", "household__note", "pk",
    )  # fmt: skip
    for day, turn_of, share, share_type, house, number, name, note, pickup in facts.iterator(chunk_size=2000):
        yield Due(day, turn_of, share, share_type, house, number, name, bool(note), pickup)


_SHARE = (
    "pk", "site_id", "share_type__season_id", "turn", "first_week", "last_week", "share_type__first_week",
    "share_type__weeks", "share_type_id", "household_id", "household__number", "household__name", "household__note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Turn:
    """A day as a share sees it: whose turn it would be there."""

    day: int
    site: int
    season: int
    number: int

    @property
    def letter(self) -> str:
        return "A" if self.number % 2 else "B"


def _read_rows(days: list[PickupDay], weeks: dict[int, Week], household: Household | None) -> Iterator[Due]:
    """Due rows of days not drawn up yet: the shares whose turn it is, less the held and moved away, plus moved here."""
    if not days:
        return
    at_site: dict[int, list[_Turn]] = defaultdict(list)
    for day in days:
        week = weeks[day.week_id]
        at_site[day.site_id].append(_Turn(day.pk, day.site_id, week.season_id, week.number))
    gone, come = _changes(days)
    shares = Share.objects.paid().filter(
        Q(site__in=list(at_site)) | Q(pk__in=Change.objects.standing().filter(to_day__in=days).values("share")),
        share_type__season__in={week.season_id for week in weeks.values()},
    )
    if household:
        shares = shares.filter(household=household)
    for share, *rule, share_type, house, number, name, note in shares.values_list(*_SHARE).iterator(chunk_size=2000):
        places = [
            (turn.day, turn.day) for turn in at_site[rule[0]] if (share, turn.day) not in gone and _has(rule, turn)
        ]
        places += [(to_day, turn.day) for to_day, turn in come[share] if _has(rule, turn)]
        for place, turn_of in places:
            yield Due(place, turn_of, share, share_type, house, number, name, bool(note))


def _changes(days: list[PickupDay]) -> tuple[set[tuple[int, int]], dict[int, list[tuple[int, _Turn]]]]:
    """Standing changes that touch these days: (share, day) held or moved away; per share (to day, whose turn)."""
    here = {day.pk for day in days}
    gone: set[tuple[int, int]] = set()
    come: dict[int, list[tuple[int, _Turn]]] = defaultdict(list)
    standing = Change.objects.standing().filter(Q(day__in=here) | Q(to_day__in=here))
    facts = standing.values_list(
        "share_id", "to_day_id", "day_id", "day__site_id", "day__week__season_id", "day__week__number"
    )
    for share, to_day, day, site, season, number in facts.iterator(chunk_size=2000):
        gone.add((share, day))
        if to_day in here:
            come[share].append((to_day, _Turn(day, site, season, number)))
    return gone, come


def _has(rule: list[Any], turn: _Turn) -> bool:
    """Whether a share has its turn there: its site, its season, its weeks and its type's, A or B."""
    site, season, letter, first, last, opens, length = rule
    return (
        site == turn.site
        and season == turn.season
        and max(first, opens) <= turn.number <= last
        and (length is None or turn.number < opens + length)
        and letter in ("", turn.letter)
    )
