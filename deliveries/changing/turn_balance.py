"""The farmer evens out A and B weeks: shares whose households have no preference go over, by site and size, until the
part of A weeks is as the season wants it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from deliveries import wish_letters
from deliveries.changing.plan_changes import Step, keep_plan, write_steps
from deliveries.models import PlanChange
from farms.models import PickupDay, PickupSite, Season, SeasonSite, Week
from people.models import User
from shares.models import Share, ShareType
from shares.prices import prices
from shares.prices.balance import boxes_of, off


@dataclass(frozen=True)
class Side:
    """One site and size: its shares in A and B weeks as they are, and would be; `goes` are those that go over."""

    site: PickupSite
    share_type: ShareType
    in_a: int
    in_b: int
    goes: tuple[Share, ...] = ()

    @property
    def turn(self) -> str:
        """Into which weeks they go."""
        return "B" if self.goes and self.goes[0].turn == "A" else "A"

    @property
    def then_a(self) -> int:
        return self.in_a + len(self.goes) * (1 if self.turn == "A" else -1)

    @property
    def then_b(self) -> int:
        return self.in_a + self.in_b - self.then_a


def sides_of(season: Season, *, percent_a: int, at: datetime) -> list[Side]:
    """Every site and size with shares of every second week, and who would go over. Five queries."""
    counts = boxes_of(season)
    if not counts:
        return []
    sites = {row.site_id: row.site for row in SeasonSite.objects.filter(season=season).select_related("site")}
    kinds = {kind.pk: kind for kind in season.share_types.all()}
    free = _free(season, prices.days_of_season(season), at)
    found = []
    pairs = {(site, kind) for site, kind, _turn in counts}
    for site, kind in sorted(pairs, key=lambda pair: (sites[pair[0]].position, kinds[pair[1]].position)):
        in_a, in_b = counts[site, kind, "A"], counts[site, kind, "B"]
        goes = _going(in_a, in_b, free[site, kind], percent_a)
        found.append(Side(sites[site], kinds[kind], in_a, in_b, tuple(goes)))
    return found


@transaction.atomic
def balance(*, season: Season, by: User | None, at: datetime) -> int:
    """Let them go over, from the first week that can still be changed on; how many. Raises DayFull."""
    keep_plan(season.pk)  # pressed twice, the second looks at what the first has done
    sides = [side for side in sides_of(season, percent_a=season.percent_a, at=at) if side.goes]
    week = _first_open_week(season, at)
    if not sides or week is None:
        return 0
    steps = [
        Step(share, (share.site_id, share.turn), (share.site_id, side.turn)) for side in sides for share in side.goes
    ]
    days = prices.days_of_season(season)
    write_steps(steps, season=season, week=week, by=by, at=at)
    for step in steps:
        _lay_out_anew(step, days, at)
    turns = {step.share.household_id: step.new[1] for step in steps}
    wish_letters.write_new_turn(season=season, week=week, turns=turns, at=at)
    return len(steps)


def _going(in_a: int, in_b: int, free: Sequence[Share], percent_a: int) -> list[Share]:
    """Those that go over, the latest buyers first: one after the other, while each brings the part nearer."""
    goes: list[Share] = []
    for way, turn in ((-1, "A"), (1, "B")):
        for share in sorted((share for share in free if share.turn == turn), key=lambda share: -share.pk):
            if off(in_a + way, in_b - way, percent_a) >= off(in_a, in_b, percent_a):
                break
            in_a, in_b = in_a + way, in_b - way
            goes.append(share)
        if goes:
            break
    return goes


def _free(season: Season, days: Sequence[PickupDay], at: datetime) -> dict[tuple[int, int], list[Share]]:
    """Shares without a preference that lose no pickup by going over: by site and type (ids). Those about to be
    collected elsewhere stay as they are."""
    found: dict[tuple[int, int], list[Share]] = defaultdict(list)
    paid = Share.objects.in_force().for_season(season).filter(any_turn=True).exclude(turn="")
    on_their_way = PlanChange.objects.standing().filter(released_at=None, share__share_type__season=season)
    paid = paid.exclude(pk__in=on_their_way.values("share"))
    for share in paid.select_related("share_type", "site", "household"):
        other = "B" if share.turn == "A" else "A"
        left = {
            turn: [
                day.week.number
                for day in prices.days_left(share.share_type, turn=turn, site=share.site_id, days=days, at=at)
                if _begins_later(share, days, at) or share.first_week <= day.week.number <= share.last_week
            ]
            for turn in (share.turn, other)
        }
        if left[other] and (_begins_later(share, days, at) or len(left[other]) >= len(left[share.turn])):
            found[share.site_id, share.share_type_id].append(share)
    return found


def _begins_later(share: Share, days: Sequence[PickupDay], at: datetime) -> bool:
    """Whether none of its pickups is closed yet: it may still be laid out anew, as if it had been sold so."""
    own = prices.days_of(share.share_type, turn=share.turn, site=share.site_id, days=days)
    first = [day for day in own if day.week.number >= share.first_week][:1]
    return bool(first) and first[0].deadline_at > at


def _lay_out_anew(step: Step, days: Sequence[PickupDay], at: datetime) -> None:
    """A share that has not begun has its first and last pickup where its new turn has them."""
    share = step.share
    if _begins_later(share, days, at):
        terms = prices.terms_of(share.share_type, turn=step.new[1], site=share.site_id, days=days, at=at)
        span = {"first_week": terms.first_week, "last_week": terms.last_week, "pickups": terms.left}
        Share.objects.filter(pk=share.pk).update(**span)


def _first_open_week(season: Season, at: datetime) -> Week | None:
    """The first week of which no day is closed."""
    closed = PickupDay.objects.filter(week__season=season, deadline_at__lte=at)
    last = closed.order_by("-week__number").values_list("week__number", flat=True).first() or 0
    return season.weeks.filter(number__gt=last).first()
