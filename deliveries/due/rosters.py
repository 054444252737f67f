"""Who is due where. Until the deadline a roster is read from paid shares, their plans and changes; at the deadline it
is drawn up into Pickups, and from then on those are the roster."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet, prefetch_related_objects

from deliveries.due import credits, takers
from deliveries.due.plans import Plans, leg_in, plans_of_seasons
from deliveries.models import Change, Pickup, PlanChange
from farms.models import Household, PickupDay, Week
from people.names import filed_under
from shares.models import Share

log = logging.getLogger("hissa.rosters")


@dataclass(frozen=True, slots=True)
class Due:
    """A share to be collected on `day`. `turn_of` is the day whose turn it is: another one when it was moved.

    Everything is an id but `number` and `name`, those of the household that collects it: not the share's own when it
    was `given` away. `pickup` is none until the roster is drawn up.
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
    given: bool = False

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
    """Who is due on these days; of one household's shares only, if given. At most five queries, however many rows or
    days, and two more where shares are given away.

    A cancelled day and a skipped week have nobody. Days already drawn up are read from their Pickups.
    """
    wanted = list(days)
    prefetch_related_objects(wanted, "week")
    weeks = {day.week_id: day.week for day in wanted}
    standing = [day for day in wanted if day.cancelled_at is None and not weeks[day.week_id].skipped]
    drawn = [day for day in standing if day.drawn_up_at is not None]
    open_days = [day for day in standing if day.drawn_up_at is None]
    rows = [*_drawn_rows(drawn, household), *_read_rows(open_days, weeks, household)]
    place = {day.pk: n for n, day in enumerate(standing)}
    rows.sort(
        key=lambda row: (
            place[row.day], filed_under(row.name), row.number, row.share_type, row.share, row.turn_of,
        )
    )  # fmt: skip
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
        takers.tell_takers(day, rows, at=at)
        credits.credit_holds([day], at=at)
    day.drawn_up_at = at
    return len(rows)


def add_pickups(*, shares: Iterable[Share], day: PickupDay, turn_of: PickupDay) -> None:
    """Add turns to a roster already drawn up: the farm agreed after the deadline."""
    Pickup.objects.bulk_create(
        Pickup(share=share, household_id=share.household_id, day=day, turn_of=turn_of) for share in shares
    )


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
        pickups = pickups.filter(share__household=household)
    facts = pickups.values_list(
        "day_id", "turn_of_id", "share_id", "share__share_type_id", "household_id", "household__number",
        "household__name", "household__note", "pk", "share__household_id",
    )  # fmt: skip
    for day, turn_of, share, share_type, house, number, name, note, pickup, whose in facts.iterator(chunk_size=2000):
        yield Due(day, turn_of, share, share_type, house, number, name, bool(note), pickup, given=house != whose)


_SHARE = (
    "pk", "household_id", "household__number", "household__name", "household__note", "share_type_id",
    "site_id", "turn", "share_type__season_id", "first_week", "last_week", "share_type__first_week",
    "share_type__weeks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """A day as a share sees it: whose turn it would be there."""

    day: int
    site: int
    season: int
    week: int
    number: int

    @property
    def letter(self) -> str:
        return "A" if self.number % 2 else "B"


def _read_rows(days: list[PickupDay], weeks: dict[int, Week], household: Household | None) -> Iterator[Due]:
    """Due rows of days not drawn up yet: the shares whose turn it is, less the held and moved away, plus moved here;
    those given away with who gets them."""
    if not days:
        return
    at_site: dict[int, list[Turn]] = defaultdict(list)
    for day in days:
        week = weeks[day.week_id]
        at_site[day.site_id].append(Turn(day.pk, day.site_id, week.season_id, week.pk, week.number))
    seasons = {week.season_id for week in weeks.values()}
    plans = plans_of_seasons(seasons)
    gone, come, given = _changes(days, set(weeks))
    moved_here = Change.objects.standing().filter(to_day__in=days).values("share")
    was_or_comes = Q(site__in=list(at_site)) | Q(left_site__in=list(at_site))
    here_for_good = PlanChange.objects.standing().filter(was_or_comes).values("share")
    shares = (
        Share.objects.paid()
        .packed()
        .filter(
            Q(site__in=list(at_site)) | Q(pk__in=moved_here) | Q(pk__in=here_for_good), share_type__season__in=seasons
        )
    )
    if household:
        shares = shares.filter(household=household)
    rows = list(_due_rows(shares, at_site, plans, gone, come, given))
    yield from takers.handed_over(rows) if any(row.given for row in rows) else rows


def _due_rows(
    shares: QuerySet[Share],
    at_site: dict[int, list[Turn]],
    plans: Plans,
    gone: set[tuple[int, int]],
    come: dict[int, list[tuple[int, Turn]]],
    given: set[tuple[int, int]],
) -> Iterator[Due]:
    """`gone` and `given` are (share, week), `come` the days and turns a share was moved to; all by id."""
    for share, house, number, name, note, kind, site, letter, *rule in shares.values_list(*_SHARE).iterator(
        chunk_size=2000
    ):
        legs = plans.get(share, ())
        places = [
            (turn.day, turn)
            for here in {site, *(leg.site for leg in legs), *(leg.left_site for leg in legs[:1])}
            for turn in at_site.get(here, ())
            if (share, turn.week) not in gone and leg_in(turn.number, site=site, turn=letter, legs=legs)[0] == turn.site
        ]
        for place, turn in [*places, *come.get(share, ())]:
            if has_turn(rule, leg_in(turn.number, site=site, turn=letter, legs=legs)[1], turn):
                is_given = (share, turn.week) in given
                yield Due(place, turn.day, share, kind, house, number, name, bool(note), given=is_given)


def _changes(
    days: list[PickupDay], weeks: set[int]
) -> tuple[set[tuple[int, int]], dict[int, list[tuple[int, Turn]]], set[tuple[int, int]]]:
    """Standing changes that touch these days. By (share, week): held or moved away, and given away; per share: to which
    day, whose turn."""
    here = {day.pk for day in days}
    gone: set[tuple[int, int]] = set()
    given: set[tuple[int, int]] = set()
    come: dict[int, list[tuple[int, Turn]]] = defaultdict(list)
    standing = Change.objects.standing().filter(Q(day__week__in=weeks) | Q(to_day__in=here))
    facts = standing.order_by().values_list(
        "share", "kind", "to_day", "day", "day__site", "day__week__season", "day__week", "day__week__number"
    )
    for share, kind, to_day, day, site, season, week, number in facts.iterator(chunk_size=2000):
        if kind == Change.Kind.GIFT:
            given.add((share, week))
        if kind != Change.Kind.GIFT or to_day:
            gone.add((share, week))
        if to_day in here:
            come[share].append((to_day, Turn(day, site, season, week, number)))
    return gone, come, given


def has_turn(rule: list[Any], letter: str, turn: Turn) -> bool:
    """Whether a share has its turn that week: its season, its weeks and its type's, A or B."""
    season, first, last, opens, length = rule
    return (
        season == turn.season
        and max(first, opens) <= turn.number <= last
        and (length is None or turn.number < opens + length)
        and letter in ("", turn.letter)
    )
