"""The farm's week as a checklist: what is done, what is next, and how it differs from the week before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from deliveries.checking_in.turnout import Turnout, turnouts
from deliveries.harvesting import leftovers
from deliveries.harvesting.harvest_status import HarvestStatus, status_of_week
from deliveries.models import Change, HarvestDay
from farms.models import Farm, PickupDay, Season, Week
from people import formats
from people.formats import local_day
from people.ribbons import WeekCell
from shares.models import Share, ShareType

SOON = timedelta(days=7)  # a season that begins within a week is under way for the desk


@dataclass(frozen=True)
class Step:
    """One thing to do. `kind` is deadline, harvest, publish, lists, pickup or leftovers; `now` marks what to do next.

    `until` are the deadlines still ahead, `turnout` a pickup's, `left` crops left over and those without a place.
    """

    kind: str
    done: bool
    ready: bool = True
    now: bool = False
    turnout: Turnout | None = None
    until: tuple[datetime, ...] = ()
    left: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Round:
    """The pickups that one harvest is divided among, and the steps that lead to them."""

    on: date
    days: tuple[PickupDay, ...]
    status: HarvestStatus | None
    steps: tuple[Step, ...]

    @property
    def last(self) -> date:
        return self.days[-1].date

    @property
    def several(self) -> bool:
        return self.days[0].date != self.last


@dataclass(frozen=True)
class TypeWeek:
    """Shares of one type due this week, and how many more (or fewer) than the week before; none when it had none."""

    share_type: ShareType
    due: int
    more: int | None

    @property
    def fewer(self) -> int:
        return -(self.more or 0)


@dataclass(frozen=True)
class DeskWeek:
    """The week the desk is about: the first that has a pickup today or later."""

    week: Week
    rounds: tuple[Round, ...]
    called_off: tuple[PickupDay, ...]
    types: tuple[TypeWeek, ...]
    changes: dict[str, int]
    live: bool

    @property
    def any_change(self) -> bool:
        return any(self.changes.values())


def next_day(farm: Farm, *, at: datetime) -> PickupDay | None:
    """The first pickup today or later, of any season that is open; with its week and season."""
    days = PickupDay.objects.standing().filter(
        week__season__farm=farm,
        week__season__opened_at__isnull=False,
        week__season__closed_at=None,
        week__skipped=False,
        date__gte=local_day(at, farm.zone),
    )
    return days.select_related("week__season").order_by("date", "starts_at", "pk").first()


def is_ahead(season: Season, days: Iterable[PickupDay], *, today: date) -> bool:
    """Whether a season on sale has not begun yet, nor will within a week."""
    first = min((day.date for day in days if day.cancelled_at is None), default=season.first_day)
    return first - today > SOON


def season_days(season: Season) -> list[PickupDay]:
    """Every pickup day of the season with week and site, called off or not, in order."""
    days = PickupDay.objects.filter(week__season=season, week__skipped=False).select_related("week", "site")
    return list(days.order_by("starts_at", "site__position", "pk"))


def desk_week(week: Week, days: Sequence[PickupDay], *, at: datetime) -> DeskWeek:
    """The checklist of a week; `days` are its season's. A constant number of queries."""
    own = [day for day in days if day.week_id == week.pk]
    standing = [day for day in own if day.cancelled_at is None]
    before = _week_before(week, days)
    found = turnouts([*standing, *before])
    return DeskWeek(
        week=week,
        rounds=tuple(_with_next(_rounds(week, standing, found, at), at)),
        called_off=tuple(day for day in own if day.cancelled_at is not None),
        types=tuple(_types(standing, before, found)),
        changes=_changes(week),
        live=any(is_live(day, at) for day in standing),
    )


def is_live(day: PickupDay, at: datetime) -> bool:
    """Whether people are collecting: the window is open, an hour before and after included."""
    hour = timedelta(hours=1)
    return day.cancelled_at is None and day.starts_at - hour <= at <= day.ends_at + hour


def _week_before(week: Week, days: Sequence[PickupDay]) -> list[PickupDay]:
    """The pickups of the last week before this one that had any."""
    earlier = [day for day in days if day.week.number < week.number and day.cancelled_at is None]
    last = max((day.week.number for day in earlier), default=0)
    return [day for day in earlier if day.week.number == last]


def _rounds(week: Week, days: list[PickupDay], found: dict[int, Turnout], at: datetime) -> list[Round]:
    """The week's pickups by the harvest they are divided from; those without one by their date."""
    harvested = dict(HarvestDay.objects.filter(day__week=week).values_list("day", "harvest__date"))
    by_date: dict[date, list[PickupDay]] = {}
    for day in days:
        by_date.setdefault(harvested.get(day.pk, day.date), []).append(day)
    statuses = {status.date: status for status in status_of_week(week=week)}
    published = any(status.published_at for status in statuses.values())
    left = leftovers.counts_of(week) if published else {}
    return [
        Round(when, tuple(own), statuses.get(when), tuple(_steps(statuses.get(when), own, found, left.get(when), at)))
        for when, own in sorted(by_date.items())
    ]


def _steps(
    status: HarvestStatus | None,
    days: list[PickupDay],
    found: dict[int, Turnout],
    left: tuple[int, int] | None,
    at: datetime,
) -> Iterable[Step]:
    """Deadline, harvest, publish, lists (to be printed until the first pickup begins), then a pickup a site; last, what
    was left over."""
    until = tuple(sorted({day.deadline_at for day in days if day.deadline_at > at}))
    yield Step("deadline", done=not until, ready=False, until=until)
    crops = status is not None and status.crops > 0
    published = status is not None and status.published_at is not None
    yield Step("harvest", done=crops)
    yield Step("publish", done=published and not (status and status.changed_since), ready=crops)
    yield Step("lists", done=published and min(day.starts_at for day in days) <= at, ready=published)
    for day in days:
        turnout = found[day.pk]
        done = day.ends_at <= at or (turnout.expected > 0 and turnout.left == 0)
        yield Step("pickup", done=done, ready=day.starts_at - timedelta(hours=12) <= at, turnout=turnout)
    if left:
        yield Step("leftovers", done=not left[1], left=left)


def _with_next(rounds: list[Round], at: datetime) -> Iterable[Round]:
    """Mark the first step that can be done now, of pickups that are not over."""
    marked = False
    for one in rounds:
        over = all(day.ends_at <= at for day in one.days)
        steps = []
        for step in one.steps:
            is_next = not (marked or over or step.done) and step.ready
            marked = marked or is_next
            steps.append(replace(step, now=is_next))
        yield replace(one, steps=tuple(steps))


def _types(days: list[PickupDay], before: list[PickupDay], found: dict[int, Turnout]) -> Iterable[TypeWeek]:
    kinds: dict[int, ShareType] = {}
    due: Counter[int] = Counter()
    due_before: Counter[int] = Counter()
    for counts, own in ((due, days), (due_before, before)):
        for day in own:
            for one in found[day.pk].types:
                kinds[one.share_type.pk] = one.share_type
                counts[one.share_type.pk] += one.expected
    for kind in sorted(kinds.values(), key=lambda kind: (kind.is_addon, kind.position, kind.pk)):
        yield TypeWeek(kind, due[kind.pk], due[kind.pk] - due_before[kind.pk] if before else None)


def _changes(week: Week) -> dict[str, int]:
    """Standing changes that touch the week: shares held, moved away, moved here, moved within it."""
    away, here = Q(kind=Change.Kind.MOVE, day__week=week), Q(kind=Change.Kind.MOVE, to_day__week=week)
    counted: dict[str, int] = (
        Change.objects.standing()
        .filter(Q(day__week=week) | Q(to_day__week=week))
        .aggregate(
            held=Count("pk", filter=Q(kind=Change.Kind.HOLD)),
            given=Count("pk", filter=Q(kind=Change.Kind.GIFT)),
            away=Count("pk", filter=away & ~Q(to_day__week=week)),
            here=Count("pk", filter=here & ~Q(day__week=week)),
            within=Count("pk", filter=away & here),
        )
    )
    return counted


def season_sums(season: Season) -> dict[str, Any]:
    """What was sold: households, money of settled orders (minor units), and each share type's places. Two queries."""
    sold = Share.objects.in_force().for_season(season)
    sums = sold.aggregate(raised=Sum("price"), households=Count("household", distinct=True))
    types = list(season.share_types.all())
    main = [kind for kind in types if not kind.is_addon]
    return {
        "raised": sums["raised"] or 0,
        "households": sums["households"],
        "types": types,
        "taken": sum(kind.taken for kind in main),
        "places": sum(kind.places for kind in main),
    }


def desk_cells(
    season: Season, days: Iterable[PickupDay], *, current: int | None, today: date, address: Callable[[date], str]
) -> list[WeekCell]:
    """The season, a cell a week that leads to its pickups; `current` is the number of the week the page is about."""
    by_week: dict[int, list[PickupDay]] = {}
    for day in days:
        if day.cancelled_at is None:
            by_week.setdefault(day.week_id, []).append(day)
    return [_cell(week, by_week.get(week.pk, []), current, today, address) for week in season.weeks.all()]


def _cell(
    week: Week, days: list[PickupDay], current: int | None, today: date, address: Callable[[date], str]
) -> WeekCell:
    if not days:
        words = _("Week %(number)s, %(day)s: no pickup")
        return WeekCell(week.number, "off", words % {"number": week.number, "day": formats.day(week.starts_on)})
    is_current = week.number == current
    state = "next" if is_current else "done" if days[-1].date < today else "ahead"
    told = {
        "done": _("Week %(number)s, %(day)s: over"),
        "next": _("Week %(number)s, %(day)s: this week"),
        "ahead": _("Week %(number)s, %(day)s: coming up"),
    }
    words = told[state] % {"number": week.number, "day": formats.day(days[0].date)}
    return WeekCell(week.number, state, words, href=address(days[0].date), current=is_current)
