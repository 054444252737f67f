"""A household's season: its turns, where each is collected, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from deliveries.due.plans import Plans, leg_in, plans_of
from deliveries.models import Change, CheckIn, MadeGood, Pickup
from farms.models import HoldBecomes, Household, PickupDay, Season
from farms.seasons import last_day_of
from people.formats import local_day
from shares.models import Share, ShareType
from shares.prices import prices


@dataclass(frozen=True)
class Turn:
    """Shares of a household that have their turn on `day` and go the same way: to `place` (the day itself, or where
    they were moved), or nowhere when held, or to somebody else when given away. `change` is the standing change of the
    first, `pickups` those drawn up; `made_good` is what they got instead when the farm called the pickup off."""

    day: PickupDay
    place: PickupDay
    shares: tuple[Share, ...]
    change: Change | None = None
    pickups: tuple[Pickup, ...] = ()
    made_good: str = ""

    @property
    def held(self) -> bool:
        return self.change is not None and self.change.kind == Change.Kind.HOLD

    @property
    def given(self) -> bool:
        return self.change is not None and self.change.kind == Change.Kind.GIFT

    @property
    def waits(self) -> bool:
        """Whether it is on hold and may still be collected in another week, before or after."""
        return self.held and self.change is not None and self.change.becomes == HoldBecomes.MAKEUP

    @property
    def moved(self) -> bool:
        return self.place.pk != self.day.pk

    @property
    def cancelled(self) -> bool:
        """Whether the farm called off the pickup where it was to be collected."""
        return not takes_place(self.place)

    @property
    def collected(self) -> bool:
        return any(_is_collected(pickup) for pickup in self.pickups)

    @property
    def share_types(self) -> list[tuple[ShareType, int]]:
        """What is collected: each share type with how many."""
        found: dict[int, tuple[ShareType, int]] = {}
        for share in self.shares:
            found[share.share_type_id] = (share.share_type, found.get(share.share_type_id, (None, 0))[1] + 1)
        return sorted(found.values(), key=lambda one: (one[0].is_addon, one[0].position, one[0].pk))

    @property
    def boxes(self) -> int:
        return boxes(self.shares)

    @property
    def undo_until(self) -> datetime:
        """Until when its change can be undone: both days must still be open."""
        return min(self.day.deadline_at, self.place.deadline_at)

    def may_change(self, at: datetime) -> bool:
        """Whether it may be moved (or held): before its deadline, because the farm called the pickup off, or because it
        is on hold for another week."""
        if self.made_good:
            return False
        return self.cancelled or self.waits or is_open(self.place, at)

    def may_undo(self, at: datetime) -> bool:
        if self.given:
            return is_open(self.place, at)
        if self.made_good:
            return False
        return self.change is not None and is_open(self.day, at) and (self.cancelled or is_open(self.place, at))

    def may_take_back(self, at: datetime) -> bool:
        """Whether what was given away after the deadline can still be taken back: until the pickup begins."""
        standing = self.given and not self.cancelled and not self.collected
        return standing and self.place.deadline_at <= at < self.place.starts_at

    def may_give_late(self, at: datetime) -> bool:
        """Whether it may be given away although its deadline has passed: until the pickup is over."""
        return self.lies_ahead(at) and not is_open(self.place, at)

    @property
    def asks_for_a_day(self) -> bool:
        """Whether the farm called its pickup off and it is to be collected on another day, not chosen yet."""
        return self.cancelled and not (self.held or self.given or self.collected or self.made_good)

    def lies_ahead(self, at: datetime) -> bool:
        """Whether somebody is still expected to collect it."""
        away = self.held or self.given or self.cancelled or self.collected
        return not away and self.place.ends_at > at


def boxes(shares: Iterable[Share]) -> int:
    """How much room shares take at a site: add-ons take none."""
    return sum(not share.share_type.is_addon for share in shares)


def takes_place(day: PickupDay) -> bool:
    """Whether the farm has not called the pickup off. Reads the day's week."""
    return day.cancelled_at is None and not day.week.skipped


def is_open(day: PickupDay, at: datetime) -> bool:
    """Whether the day may still be changed: a change at the deadline itself is too late."""
    return takes_place(day) and day.drawn_up_at is None and at < day.deadline_at


def has_turn(share: Share, day: PickupDay, plans: Plans) -> bool:
    """Whether a share has its turn on this day, by its site, its season, its weeks and A or B as they are that week.
    Asks nothing."""
    number = day.week.number
    site, turn = leg_in(number, site=share.site_id, turn=share.turn, legs=plans.get(share.pk, ()))
    return (
        site == day.site_id
        and share.share_type.season_id == day.week.season_id
        and share.first_week <= number <= share.last_week
        and prices.has_turn(share.share_type, turn=turn, week=number)
    )


def seasons_of(household: Household) -> list[Season]:
    """The seasons in which a household has, or had, a paid share: the newest first. One query."""
    paid = Share.objects.filter(household=household, order__settled_at__isnull=False)
    seasons = Season.objects.filter(pk__in=paid.values("share_type__season")).select_related("farm")
    return list(seasons.order_by("-first_day", "-pk"))


def still_running(seasons: Sequence[Season], *, at: datetime) -> list[Season]:
    """Those that are not over, the first to begin first; when all are over, the last."""
    open_ones = [
        season for season in seasons if last_day_of(season.first_day, season.length) >= local_day(at, season.farm.zone)
    ]
    return sorted(open_ones, key=lambda season: (season.first_day, season.pk)) or list(seasons[:1])


def turns_of(household: Household, *, seasons: Iterable[Season]) -> list[Turn]:
    """Every turn of a household in these seasons, by day. Seven queries, however many weeks or shares."""
    wanted = list(seasons)
    shares = _shares(household, wanted)
    days = _days(wanted)
    plans = plans_of(shares)
    standing = Change.objects.standing().filter(share__in=[share.pk for share in shares])
    # A share has one turn a week, wherever it is collected by now: rows are found by the week they are about.
    changes = {(row.share_id, days[row.day_id].week_id): row for row in standing if row.day_id in days}
    drawn = {(row.share_id, days[row.turn_of_id].week_id): row for row in _pickups(shares) if row.turn_of_id in days}
    good = {(row.share_id, days[row.turn_of_id].week_id): row.instead for row in _made_good(shares)}
    groups: dict[tuple[int, str, str, int], list[Share]] = defaultdict(list)
    for day in days.values():
        for share in shares:
            change = changes.get((share.pk, day.week_id))
            place = days.get(change.to_day_id or 0, day) if change else day
            way = change.kind if change and change.kind != Change.Kind.MOVE else ""
            gone = way == Change.Kind.HOLD
            if has_turn(share, day, plans) and _counts(place, gone, drawn.get((share.pk, day.week_id))):
                groups[day.pk, way, good.get((share.pk, day.week_id), ""), place.pk].append(share)
    turns = [
        Turn(
            day=days[day],
            place=days[place],
            shares=tuple(own),
            change=changes.get((own[0].pk, days[day].week_id)),
            pickups=tuple(drawn[key] for key in ((share.pk, days[day].week_id) for share in own) if key in drawn),
            made_good=instead,
        )
        for (day, _way, instead, place), own in groups.items()
    ]
    return sorted(turns, key=lambda turn: (turn.day.starts_at, turn.day.pk, turn.held, turn.place.starts_at))


def next_turns(turns: Iterable[Turn], *, at: datetime) -> list[Turn]:
    """What is collected next: all that lies ahead on the first day that has anything."""
    ahead = [turn for turn in turns if turn.lies_ahead(at)]
    if not ahead:
        return []
    first = min(ahead, key=lambda turn: (turn.place.starts_at, turn.place.pk)).place
    return [turn for turn in ahead if turn.place.pk == first.pk]


def weeks_held(turns: Iterable[Turn]) -> set[int]:
    """The weeks (ids) a household holds. A week that the farm called off is no hold any more."""
    return {turn.day.week_id for turn in turns if turn.held and takes_place(turn.day)}


def _counts(place: PickupDay, held: bool, pickup: Pickup | None) -> bool:
    """Whether a share's turn is one: drawn up; or of a roster that is not drawn up yet."""
    if pickup is not None:
        return True
    return held or place.drawn_up_at is None or place.cancelled_at is not None


def _shares(household: Household, seasons: list[Season]) -> list[Share]:
    """Paid shares, those cancelled since among them: their past pickups were theirs."""
    paid = Share.objects.filter(household=household, order__settled_at__isnull=False, share_type__season__in=seasons)
    return list(paid.select_related("share_type", "site"))


def _days(seasons: list[Season]) -> dict[int, PickupDay]:
    days = PickupDay.objects.filter(week__season__in=seasons).select_related("week", "site").order_by("starts_at", "pk")
    return {day.pk: day for day in days}


def _pickups(shares: list[Share]) -> list[Pickup]:
    pickups = Pickup.objects.filter(share__in=[share.pk for share in shares])
    return list(pickups.prefetch_related("check_ins"))


def _made_good(shares: list[Share]) -> list[MadeGood]:
    return list(MadeGood.objects.filter(share__in=[share.pk for share in shares]))


def _is_collected(pickup: Pickup) -> bool:
    """The latest tap counts; of two at once, collected."""
    taps = pickup.check_ins.all()
    latest = max(taps, key=lambda tap: (tap.tapped_at, tap.action == CheckIn.Action.COLLECTED), default=None)
    return latest is not None and latest.action == CheckIn.Action.COLLECTED
