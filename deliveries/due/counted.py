"""Why so many shares are due: from those sold, over what households changed, to the figure on the lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from deliveries.due.plans import leg_in, plans_of_seasons
from deliveries.due.rosters import Roster, Turn, has_turn
from deliveries.models import Change
from farms.models import PickupDay
from shares.models import Share, ShareType


@dataclass(frozen=True)
class Step:
    """One line of the sum: how many come (or go, below zero), and why."""

    count: int
    words: str

    @property
    def size(self) -> int:
        return abs(self.count)


@dataclass(frozen=True)
class Sum:
    """The lines add up to what shares, plans and changes say; `total` is what the roster counts by itself."""

    steps: tuple[Step, ...]
    total: int


def why_so_many(*, days: Iterable[PickupDay], types: Iterable[ShareType], roster: Roster) -> Sum:
    """The arithmetic of a figure: shares of these types on these days. `roster` is that of the days (or of more); they
    come with their weeks. Three queries, however many shares."""
    here = {day.pk: day for day in days}
    kinds = {kind.pk for kind in types}
    total = sum(row.day in here and row.share_type in kinds for row in roster.rows)
    counts = _count(list(here.values()), kinds)
    counts["late"] = total - sum(counts.values())
    words = {
        "sold": _("shares sold for here"),
        "off": _("not their week: A or B, not begun yet, or ended"),
        "hold": _("held"),
        "away": _("moved to another day or place"),
        "here": _("moved here"),
        "late": _("agreed with the farm after the deadline"),
    }
    steps = [Step(counts[name], said) for name, said in words.items() if counts[name] or name == "sold"]
    return Sum(tuple(steps), total)


_FACTS = (
    "pk", "site_id", "turn", "share_type__season_id", "first_week", "last_week", "share_type__first_week",
    "share_type__weeks",
)  # fmt: skip


def _count(days: Sequence[PickupDay], kinds: set[int]) -> Counter[str]:
    """How many shares for each reason; those that go are below zero."""
    plans = plans_of_seasons({day.week.season_id for day in days})
    gone, come = _changes(days, kinds)
    counts: Counter[str] = Counter()
    standing = [day for day in days if _stands(day)]
    turns = [Turn(day.pk, day.site_id, day.week.season_id, day.week_id, day.week.number) for day in standing]
    shares = Share.objects.paid().packed().filter(share_type__in=kinds)
    for share, site, letter, *rule in shares.values_list(*_FACTS).iterator(chunk_size=2000):
        legs = plans.get(share, ())
        for turn in turns:
            place, planned = leg_in(turn.number, site=site, turn=letter, legs=legs)
            if place != turn.site:
                continue
            counts["sold"] += 1
            if not has_turn(rule, planned, turn):
                counts["off"] -= 1
            elif (share, turn.week) in gone:
                counts[gone[share, turn.week]] -= 1
        for turn in come.get(share, ()):
            counts["here"] += has_turn(rule, leg_in(turn.number, site=site, turn=letter, legs=legs)[1], turn)
    return counts


def _stands(day: PickupDay) -> bool:
    return day.cancelled_at is None and not day.week.skipped


def _changes(days: Sequence[PickupDay], kinds: set[int]) -> tuple[dict[tuple[int, int], str], dict[int, list[Turn]]]:
    """By (share, week) why it is gone; by share the turns that come here."""
    here = {day.pk for day in days if _stands(day)}
    weeks = {day.week_id for day in days}
    gone: dict[tuple[int, int], str] = {}
    come: dict[int, list[Turn]] = {}
    touching = Q(day__week__in=weeks) | Q(to_day__in=here)
    standing = Change.objects.standing().filter(touching, share__share_type__in=kinds)
    facts = standing.values_list("share", "kind", "to_day", "day", "day__site", "day__week", "day__week__season",
                                 "day__week__number")  # fmt: skip
    for share, kind, to_day, day, site, week, season, number in facts:
        if kind != Change.Kind.GIFT or to_day:
            gone[share, week] = "away" if to_day else "hold"
        if to_day in here:
            come.setdefault(share, []).append(Turn(day, site, season, week, number))
    return gone, come
