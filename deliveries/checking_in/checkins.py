"""Who collected: every tap is kept, sent once or ten times, by one phone or three; the latest tap counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _

from deliveries.due import rosters
from deliveries.models import CheckIn, HostLink, Pickup
from farms.models import Household, PickupDay
from farms.seasons import instant
from people.models import User

EARLY = timedelta(hours=12)  # boxes handed out the evening before
SAID_FROM, SAID_TO = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
KEPT, DUPLICATE, REFUSED = "kept", "duplicate", "refused"


class NotExpected(LookupError):
    """Nobody of this household is due on this day."""


class NotYet(ValueError):
    """The roster may still change: its deadline has not passed."""


class OtherDay(LookupError):
    """The link is for another site or another day."""


@dataclass(frozen=True)
class Tap:
    """What a phone says: its own uuid for the tap, what was tapped, and when (aware). Without a time the tap follows
    what stands: somebody saw it and tapped. `said_at` is what the phone's clock showed, `device` the phone's own name.
    """

    uuid: UUID
    action: str
    tapped_at: datetime | None = None
    said_at: datetime | None = None
    device: str = ""


@dataclass(frozen=True)
class Entry:
    """A tap for the household of this `number` at the farm: for one `pickup` (id) of it, or for all it collects."""

    number: int
    tap: Tap
    pickup: int | None = None


@dataclass(frozen=True)
class Answer:
    """What became of an entry: kept, duplicate, or refused with words."""

    uuid: str
    outcome: str
    words: str = ""


def check_in_household(
    *, day: PickupDay, household: Household, tap: Tap, by: User | None, link: HostLink | None, at: datetime
) -> None:
    """Write down one tap for all that a household collects there. Raises OtherDay, NotYet before the deadline,
    NotExpected when the household has nothing to collect there. `day` comes with its site's farm."""
    entry = Entry(household.number, tap)
    known = household.farm_id == day.site.farm_id
    with transaction.atomic():
        if not known or take_in(day=day, entries=[entry], by=by, link=link, at=at)[0].outcome == REFUSED:
            raise NotExpected(household.pk)


def take_in(
    *, day: PickupDay, entries: Sequence[Entry], by: User | None, link: HostLink | None, at: datetime
) -> list[Answer]:
    """Write down a whole queue; an answer for each entry, in order. Five queries, however many entries.

    A tap for a whole household is a check-in per pickup, told apart by a uuid derived from the tap's. A roster whose
    deadline has passed and that nobody drew up yet is drawn up first. Raises OtherDay, and NotYet before the deadline.
    `day` comes with its site's farm.
    """
    _must_fit(link, day.pk)
    with transaction.atomic():
        _draw_up(day, at)
        due = _due(day, {entry.number for entry in entries})
        wanted = [(entry, _marked(entry, due.get(entry.number, []))) for entry in entries]
        marks = {mark for _entry, marked in wanted for mark, _pickup in marked}
        known = set(CheckIn.objects.filter(uuid__in=marks).values_list("uuid", flat=True)) if marks else set()
        unsure = [own for entry, own in wanted if entry.tap.tapped_at is None or entry.tap.tapped_at > at]
        latest = _latest(pickup for own in unsure for _mark, pickup in own)
        rows, answers = [], {}
        spread = _Spread(day, at)
        for place, (entry, marked) in sorted(enumerate(wanted), key=lambda one: spread.order(one[1][0].tap)):
            fresh = [(mark, pickup) for mark, pickup in marked if mark not in known]
            answers[place] = _answer(entry, day, marked, fresh)
            known.update(mark for mark, _pickup in fresh)
            when = spread.moment(entry.tap, [pickup for _mark, pickup in marked], latest)
            rows += [_row(entry.tap, mark, pickup, when, by, link, at) for mark, pickup in fresh]
        _write(rows)
    return [answers[place] for place in range(len(entries))]


def held_within(tapped_at: datetime, *, day: PickupDay, at: datetime) -> datetime:
    """A phone's clock may stand at 1970 or 2099: what it says is held within the day. `day` comes with its site's
    farm."""
    earliest = instant(day.date, time(0), day.site.farm.zone) - EARLY
    return min(max(tapped_at, earliest), at)


def collected(days: Iterable[PickupDay]) -> dict[int, datetime]:
    """Pickups (ids) of these days that were collected, and when. One query, however many days or taps."""
    return {pickup: tapped_at for pickup, (tapped_at, came) in standing(days).items() if came}


def standing(days: Iterable[PickupDay], *, pickups: Iterable[int] | None = None) -> dict[int, tuple[datetime, bool]]:
    """The tap that counts for each pickup (id) that was ever tapped: when, and whether it was collected. The latest
    counts; of two at one moment, collected. One query."""
    taps = CheckIn.objects.filter(pickup__day__in=[day.pk for day in days])
    if pickups is not None:
        taps = taps.filter(pickup__in=list(pickups))
    found: dict[int, tuple[datetime, bool]] = {}
    facts = taps.values_list("pickup", "tapped_at", "action").order_by()
    for pickup, tapped_at, action in facts.iterator(chunk_size=2000):
        tap = (tapped_at, action == CheckIn.Action.COLLECTED)
        found[pickup] = max(found.get(pickup, tap), tap)
    return found


@dataclass(frozen=True)
class Pulse:
    """How a day stands, for phones that ask often: check-ins so far, and a mark of its list."""

    seen: int
    version: str


def pulse(day: PickupDay) -> Pulse:
    """Two queries, which cost a third of one that asks both. `day` as it stands now."""
    seen = CheckIn.objects.filter(pickup__day=day).count()
    listed = Pickup.objects.filter(day=day).aggregate(number=Count("pk"), last=Max("pk"))
    return Pulse(seen, "off" if day.cancelled_at else f"{listed['number']}-{listed['last'] or 0}")


def news(day: PickupDay, *, seen: int, count: int) -> dict[int, tuple[datetime, bool]]:
    """How the pickups stand that were tapped since somebody heard of `seen` taps, of `count` by now."""
    if seen == count:
        return {}
    # A few more than are new: two taps may have come in the other order than they are numbered.
    latest = CheckIn.objects.filter(pickup__day=day).order_by("-pk").values_list("pickup", flat=True)
    concerned = latest[: max(count - seen, 0) + 20] if seen <= count else latest
    return standing([day], pickups=set(concerned))


def ticked(pickups: QuerySet[Pickup]) -> set[int]:
    """Those of these pickups (ids) that somebody has ticked. A tick under way is waited for, and one that comes later
    waits for us and finds what we made of them. Inside a transaction."""
    own = list(_held(pickups).values_list("pk", flat=True))
    return set(CheckIn.objects.filter(pickup__in=own).values_list("pickup", flat=True))


def _held(pickups: QuerySet[Pickup]) -> QuerySet[Pickup]:
    """Each row its reader's own until commit: PostgreSQL locks it, and SQLite lets one writer in at a time."""
    return pickups.select_for_update(of=("self",), no_key=True).order_by("pk")


def _must_fit(link: HostLink | None, day: int) -> None:
    if link is not None and link.day_id != day:
        raise OtherDay(day)


def _draw_up(day: PickupDay, at: datetime) -> None:
    if day.drawn_up_at is None and day.cancelled_at is None:
        if at < day.deadline_at:
            raise NotYet(day.pk)
        rosters.draw_up(day=day, at=at)


def _due(day: PickupDay, numbers: set[int]) -> dict[int, list[int]]:
    """Pickups (ids) by household number."""
    found: dict[int, list[int]] = defaultdict(list)
    if day.cancelled_at is None:
        pickups = _held(Pickup.objects.filter(day=day, household__number__in=numbers))
        for number, pickup in pickups.values_list("household__number", "pk"):
            found[number].append(pickup)
    return found


def _marked(entry: Entry, due: list[int]) -> list[tuple[UUID, int]]:
    """The pickups an entry is for, each with the uuid that its check-in bears."""
    if entry.pickup is not None:
        return [(entry.tap.uuid, entry.pickup)] if entry.pickup in due else []
    return [(uuid5(entry.tap.uuid, str(pickup)), pickup) for pickup in due]


def _answer(entry: Entry, day: PickupDay, marked: list[tuple[UUID, int]], fresh: list[tuple[UUID, int]]) -> Answer:
    if marked:
        return Answer(str(entry.tap.uuid), KEPT if fresh else DUPLICATE)
    if day.cancelled_at is not None:
        words = _("This pickup was called off.")
    elif entry.pickup is not None:
        words = _("No. %(number)s: that share is for another site or another day.") % {"number": entry.number}
    else:
        words = _("No. %(number)s is not expected here on this day.") % {"number": entry.number}
    return Answer(str(entry.tap.uuid), REFUSED, words)


class _Spread:
    """When the taps of one queue were made. What a clock that runs ahead says is held at now, where two taps of one
    share would fall on one moment: the later is put just after the earlier."""

    def __init__(self, day: PickupDay, at: datetime) -> None:
        self.day, self.at = day, at
        self.before: dict[int, tuple[datetime, datetime]] = {}  # its own time, and when

    def order(self, tap: Tap) -> datetime:
        return tap.tapped_at or self.at

    def moment(self, tap: Tap, pickups: list[int], latest: dict[int, datetime]) -> datetime:
        """The tap's time; without one now, or just after the latest tap if that fell on this moment."""
        own = tap.tapped_at or self.at
        earlier = [self.before[one][1] for one in pickups if self.before.get(one, (own,))[0] < own]
        if tap.tapped_at is None:
            earlier += [self.before[one][1] for one in pickups if one in self.before]
        if tap.tapped_at is None or own > self.at:  # it follows what stands
            earlier += [latest[one] for one in pickups if one in latest]
        when = held_within(own, day=self.day, at=self.at)
        if earlier:
            when = max(when, max(earlier) + timedelta(microseconds=1))
        self.before.update(dict.fromkeys(pickups, (own, when)))
        return when


def _latest(pickups: Iterable[int]) -> dict[int, datetime]:
    wanted = set(pickups)
    if not wanted:
        return {}
    taps = CheckIn.objects.filter(pickup__in=wanted).order_by().values("pickup")
    return dict(taps.annotate(latest=Max("tapped_at")).values_list("pickup", "latest"))


def _row(
    tap: Tap, mark: UUID, pickup: int, when: datetime, by: User | None, link: HostLink | None, at: datetime
) -> CheckIn:
    said = min(max(tap.said_at, SAID_FROM), SAID_TO) if tap.said_at else None
    return CheckIn(
        pickup_id=pickup, uuid=mark, action=tap.action, tapped_at=when, received_at=at, said_at=said,
        device=tap.device, host_link=link, by=by,
    )  # fmt: skip


def _write(rows: list[CheckIn]) -> None:
    """A uuid that stands already is left alone by the database."""
    if rows:
        CheckIn.objects.bulk_create(rows, ignore_conflicts=True)
