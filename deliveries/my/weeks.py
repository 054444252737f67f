"""A household's turns as its pages show them: what is in the share, what may be changed, until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from django.forms import Form

from deliveries.changing import changes
from deliveries.checking_in.unclaimed import Fate
from deliveries.dividing.contents import Contents, Published
from deliveries.due.turns import Turn, is_open
from deliveries.forms.change import FriendForm, MoveForm, SiteForm, SwapForm, WishForm
from deliveries.models import FriendPass, LateWish, PlanChange
from farms.models import HoldBecomes, PickupDay, PickupSite, Season
from people.formats import local_day, relative_day
from shares.models import ShareType

NEAREST = 4
"""So many other weeks at its own site are offered first."""


@dataclass(frozen=True)
class Part:
    """Some shares of one type, and what is in each if that is published."""

    share_type: ShareType
    count: int
    inside: Contents | None


@dataclass(frozen=True)
class Option:
    """A day to which a turn could go; `number` ties it to its input, `beside`: the household is there anyway."""

    number: int
    day: PickupDay
    beside: bool


@dataclass(frozen=True)
class Forms:
    """The forms of one turn."""

    move: MoveForm
    friend: FriendForm
    site: SiteForm
    wish: WishForm
    swap: SwapForm | None = None

    @property
    def wrong(self) -> list[Form]:
        all_forms = (self.move, self.friend, self.site, self.wish, self.swap)
        return [form for form in all_forms if form is not None and form.errors]


@dataclass(frozen=True)
class May:
    """What a household can still do about a turn: before its deadline, and (`give_late`, `take_back`, `ask`) after."""

    move: bool
    hold: bool
    give: bool
    undo: bool
    change_site: bool
    give_late: bool
    take_back: bool
    ask: bool
    send_friend: bool


@dataclass(frozen=True)
class ShownTurn:
    """One turn with all that may be done about it at this moment. `state` is held, given, cancelled, collected, missed,
    or ahead; `until` and `near` say how long it may be changed. `friends` may collect it, `wish` is what the farm was
    asked, `sites` are where the household could go for good, `moved_for_good` stands from this week on; `full` are near
    days without room, `became` is what became of what nobody collected."""

    turn: Turn
    state: str
    may: May
    until: datetime
    near: str
    parts: tuple[Part, ...]
    forms: Forms
    friends: tuple[FriendPass, ...] = ()
    wish: LateWish | None = None
    sites: tuple[PickupSite, ...] = ()
    moved_for_good: PlanChange | None = None
    near_days: tuple[Option, ...] = ()
    same_site: tuple[Option, ...] = ()
    elsewhere: tuple[Option, ...] = ()
    full: tuple[PickupDay, ...] = ()
    became: Fate | None = None

    @property
    def options(self) -> tuple[Option, ...]:
        """Every day to which it could go."""
        return self.near_days + self.same_site + self.elsewhere

    @property
    def has_options(self) -> bool:
        return bool(self.options)


@dataclass(frozen=True)
class Prospect:
    """What is the same for every turn of a page: the moment, the days that may take a turn, the weeks (ids) held and
    how many more may be, the days (ids) on which the household collects anyway, and what is published."""

    at: datetime
    season: Season
    days: Sequence[tuple[PickupDay, int]]
    held: frozenset[int]
    holds_left: int
    busy: frozenset[int]
    contents: Published
    friends: Sequence[FriendPass] = ()
    wishes: Mapping[int, LateWish] = field(default_factory=dict)
    sites: Sequence[PickupSite] = ()
    for_good: Mapping[int, PlanChange] = field(default_factory=dict)
    became: Mapping[int, Fate] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return self.season.farm.zone

    def may_hold(self, turn: Turn) -> bool:
        by_rule = self.season.hold_becomes != HoldBecomes.GIFT
        return by_rule and (self.holds_left > 0 or turn.day.week_id in self.held)


def show_turn(turn: Turn, prospect: Prospect, *, forms: Forms) -> ShownTurn:
    """A turn with the days it could go to: the nearest first, then those at its own site, then anywhere."""
    at = prospect.at
    may = may_do(turn, prospect)
    groups = _by_nearness(turn, changes.choices_for(turn, prospect.days) if may.move or may.ask else [])
    numbers = {day.pk: number for number, day in enumerate(chain(*groups))}
    near_days, same_site, elsewhere = (
        tuple(Option(numbers[day.pk], day, day.pk in prospect.busy) for day in group) for group in groups
    )
    until = turn.undo_until if may.undo and not turn.given else turn.place.deadline_at
    return ShownTurn(
        turn=turn,
        state=state_of(turn, at),
        may=may,
        until=until,
        near=how_near(until, at=at, zone=prospect.zone),
        parts=tuple(parts_of([turn], prospect.contents)),
        forms=forms,
        friends=tuple(friend for friend in prospect.friends if friend.day_id in (None, turn.place.pk)),
        wish=prospect.wishes.get(turn.day.week_id),
        sites=tuple(site for site in prospect.sites if site.pk != turn.day.site_id) if may.change_site else (),
        moved_for_good=prospect.for_good.get(turn.day.week.number),
        near_days=near_days,
        same_site=same_site,
        elsewhere=elsewhere,
        full=tuple(_full_days(turn, prospect)) if may.move else (),
        became=prospect.became.get(turn.place.pk),
    )


def may_do(turn: Turn, prospect: Prospect) -> May:
    """What the household can do about this turn at this moment. Only offers: the verbs decide at commit."""
    at = prospect.at
    free = turn.may_change(at) and not turn.collected and not turn.given
    here = is_open(turn.place, at)
    gifts = prospect.season.gifts_to_id is not None
    closed = turn.lies_ahead(at) and not here
    return May(
        move=free,
        hold=free and here and not turn.held and not turn.cancelled and prospect.may_hold(turn),
        give=free and here and not turn.cancelled and gifts,
        undo=turn.may_undo(at),
        change_site=is_open(turn.day, at) and len(prospect.sites) > 1,
        give_late=closed and gifts and turn.may_give_late(at),
        take_back=turn.may_take_back(at) and _stands_for_the_place(turn, prospect.season),
        ask=closed and at < turn.place.starts_at,
        send_friend=turn.lies_ahead(at),
    )


def _stands_for_the_place(turn: Turn, season: Season) -> bool:
    """Whether the season's place gets what was given away: no household that was told so, and comes for it."""
    return all(pickup.household_id == season.gifts_to_id for pickup in turn.pickups)


def _full_days(turn: Turn, prospect: Prospect) -> list[PickupDay]:
    """Those of the days one would think of first that have no room for this turn: they are named, not passed over."""
    room = dict(prospect.days)
    others = [day for day in room if day.pk not in (turn.day.pk, turn.place.pk)]
    near, _at_site, _elsewhere = _by_nearness(turn, others)
    return [day for day in near if 0 < turn.boxes > room[day]]


def _by_nearness(turn: Turn, days: Sequence[PickupDay]) -> tuple[list[PickupDay], list[PickupDay], list[PickupDay]]:
    """Days of the turn's own week with the nearest at its own site; the others at its site; the others elsewhere."""
    away = {day.pk: abs(day.starts_at - turn.day.starts_at) for day in days}
    own_site = [day for day in days if day.site_id == turn.day.site_id]
    nearest = {day.pk for day in sorted(own_site, key=lambda day: away[day.pk])[:NEAREST]}
    near = [day for day in days if day.week_id == turn.day.week_id or day.pk in nearest]
    rest = [day for day in days if day not in near]
    at_site = [day for day in rest if day.site_id == turn.day.site_id]
    return near, at_site, [day for day in rest if day not in at_site]


def how_near(moment: datetime, *, at: datetime, zone: ZoneInfo) -> str:
    """ "today", "in 3 days"; nothing when it is more than a fortnight away."""
    today, then = local_day(at, zone), local_day(moment, zone)
    return relative_day(then, today=today) if 0 <= (then - today).days <= 14 else ""


def state_of(turn: Turn, at: datetime) -> str:
    if turn.cancelled and not turn.collected:
        return "cancelled"
    if turn.given:
        return "given"
    if turn.collected:
        return "collected"
    if turn.held:
        return "held"
    return "ahead" if turn.lies_ahead(at) else "missed"


def parts_of(turns: Iterable[Turn], contents: Published) -> list[Part]:
    """What is collected of these turns, all in one place: each share type with how many, each share that has a box of
    its own with what is in it."""
    parts: dict[tuple[int, int], Part] = {}
    for turn in turns:
        for share in turn.shares:
            inside = contents.of(turn.place.pk, share.share_type_id, share.pk)
            key = share.share_type_id, share.pk if inside and inside.own else 0
            count = parts[key].count if key in parts else 0
            parts[key] = Part(share.share_type, count + 1, inside)
    kinds = {key: part.share_type for key, part in parts.items()}
    in_order = sorted(parts, key=lambda key: (kinds[key].is_addon, kinds[key].position, key))
    return [parts[key] for key in in_order]
