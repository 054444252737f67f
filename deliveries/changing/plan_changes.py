"""From a week on a share is collected elsewhere, or in the other weeks: for good, laid over the plan.

The new place is taken by a conditional UPDATE, with the database's CHECK behind it; on every open day that has boxes
from other days there must be room beside them. The place left is kept until that week's deadline has passed, so that
undoing always finds it; then a sweep gives it back.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from deliveries import wish_letters
from deliveries.changing.cases import DayFull, DeadlinePassed, NothingDue, WrongDay, closed_words, days_whole
from deliveries.due.plans import leg_in, plans_of
from deliveries.models import PlanChange
from farms.models import Household, PickupDay, PickupSite, Season, SeasonSite, Week
from people.by_itself import by_itself
from people.models import User
from shares.models import Share

log = logging.getLogger("hissa.changes")


@dataclass(frozen=True)
class Step:
    """A share leaves a site and turn for others."""

    share: Share
    left: tuple[int, str]
    new: tuple[int, str]


def change_site(
    *, household: Household, week: Week, old: PickupSite, site: PickupSite, by: User | None, at: datetime
) -> list[PlanChange]:
    """From this week on the household collects at `site` what it collected at `old`, whatever it had said before of
    weeks that follow. Weeks held, moved or given away stay so.

    Raises NothingDue, WrongDay, DayFull, and DeadlinePassed when that of either site's day that week has passed.
    """
    with transaction.atomic():
        Household.objects.filter(pk=household.pk).update(number=F("number"))
        season = keep_plan(week.season_id)
        if old.pk == site.pk:
            raise WrongDay(_("Choose another place of this season."))
        _must_be_open(week, [old, site], at)
        shares = list(Share.objects.paid().for_season(season).filter(household=household, last_week__gte=week.number))
        plans = plans_of(shares)
        steps = []
        for share in shares:
            where, turn = leg_in(week.number, site=share.site_id, turn=share.turn, legs=plans.get(share.pk, ()))
            if where == old.pk:
                steps.append(Step(share, (where, turn), (site.pk, turn)))
        if not steps:
            raise NothingDue(_("You have nothing to collect there."))
        written = write_steps(steps, season=season, week=week, by=by, at=at)
        wish_letters.write_new_site(household=household, week=week, site=site, at=at)
    return written


def undo(*, household: Household, week: Week, by: User | None, at: datetime) -> int:
    """Take back what was changed from this week on, until its deadline; how many shares. Undone twice is once."""
    with transaction.atomic():
        Household.objects.filter(pk=household.pk).update(number=F("number"))
        keep_plan(week.season_id)
        standing = PlanChange.objects.standing().filter(
            share__household=household, share__share_type__season=week.season_id, from_week=week.number
        )
        rows = list(standing.select_related("site", "left_site", "share__share_type"))
        if not rows:
            return 0
        _must_be_open(week, {site.pk: site for row in rows for site in (row.site, row.left_site)}.values(), at)
        still_kept = PlanChange.objects.filter(pk__in=[row.pk for row in rows], released_at=None, undone_at=None)
        if still_kept.update(undone_at=at, undone_by=by) < len(rows):
            raise DeadlinePassed(_("The place you left has been given back already. Change to it again instead."))
        _join_up(rows)
        _tell_shares({row.share_id: (row.left_site_id, row.left_turn) for row in rows})
        boxes = (row for row in rows if not row.share.share_type.is_addon)
        _give_back(week.season_id, Counter((row.site_id, row.turn) for row in boxes))
        wish_letters.write_new_site(household=household, week=week, site=rows[0].left_site, at=at, undone=True)
    return len(rows)


def write_steps(
    steps: Sequence[Step], *, season: Season, week: Week, by: User | None, at: datetime
) -> list[PlanChange]:
    """Take the new places and write the rows; what stood from this week on, or from a later one, is replaced. In a
    transaction that keeps the plan. Raises DayFull."""
    again = PlanChange.objects.standing().filter(share__in=[step.share.pk for step in steps])
    replaced = list(again.filter(from_week__gte=week.number).select_related("share__share_type"))
    waiting = [row for row in replaced if row.released_at is None]  # the first place they left is still kept
    origin = {row.share_id: (row.left_site_id, row.left_turn) for row in reversed(waiting)}
    onward = [step for step in steps if step.new != origin.get(step.share.pk)]  # others are home again: no row
    wanted = Counter(step.new for step in onward if not step.share.share_type.is_addon)
    had = Counter((row.site_id, row.turn) for row in waiting if not row.share.share_type.is_addon)
    _take(season, week, wanted - had, at)
    _give_back(season.pk, had - wanted)
    again.filter(pk__in=[row.pk for row in replaced]).update(undone_at=at, undone_by=by)
    rows = []
    for step in onward:
        (site, turn), (left_site, left_turn) = step.new, origin.get(step.share.pk, step.left)
        places = {"site_id": site, "turn": turn, "left_site_id": left_site, "left_turn": left_turn}
        rows.append(PlanChange(share=step.share, from_week=week.number, made_at=at, made_by=by, **places))
    written = PlanChange.objects.bulk_create(rows)
    _tell_shares({step.share.pk: step.new for step in steps})
    return written


def keep_plan(season: int) -> Season:
    """The season (its id) with its plan to ourselves until commit: places are left, taken and given back one after the
    other. With its farm."""
    Season.objects.filter(pk=season).update(version=F("version"))
    return Season.objects.select_related("farm").get(pk=season)


def release_left_places(at: datetime) -> int:
    """The sweep: places left for good are given back when the week's deadline has passed; how many changes. One's
    failure stops no other."""
    waiting = PlanChange.objects.standing().filter(released_at=None, share__share_type__season__opened_at__isnull=False)
    done = 0
    for row in waiting.select_related("share__share_type"):
        season = row.share.share_type.season_id
        ahead = PickupDay.objects.filter(
            week__season=season, week__number__lte=row.from_week, site=row.left_site_id, deadline_at__gt=at
        )
        if ahead.exists():
            continue
        with by_itself(log, "the place left by change %s could not be given back", row.pk):
            keep_plan(season)
            if PlanChange.objects.filter(pk=row.pk, released_at=None, undone_at=None).update(released_at=at):
                if not row.share.share_type.is_addon:
                    _give_back(season, Counter([(row.left_site_id, row.left_turn)]))
                done += 1
    return done


def _join_up(undone: Iterable[PlanChange]) -> None:
    """What follows a change that is taken back leaves the place that this one had left."""
    for row in undone:
        later = PlanChange.objects.standing().filter(share=row.share_id, from_week__gt=row.from_week).first()
        if later is not None:
            PlanChange.objects.filter(pk=later.pk).update(left_site=row.left_site_id, left_turn=row.left_turn)


def _tell_shares(places: Mapping[int, tuple[int, str]]) -> None:
    """A share (id) bears where it is collected in the end: after its last change, or this place if it has none left."""
    plans = plans_of(places)
    for share, (site, turn) in places.items():
        last = plans[share][-1] if share in plans else None
        site, turn = (last.site, last.turn) if last else (site, turn)
        Share.objects.filter(pk=share).update(site=site, turn=turn)


def _must_be_open(week: Week, sites: Iterable[PickupSite], at: datetime) -> None:
    """The days of that week at these sites can still be changed, and stay so until we are done."""
    days = {day.site_id: day for day in days_whole().filter(week=week, site__in=[site.pk for site in sites])}
    for site in sorted(sites, key=lambda site: site.pk):
        day = days.get(site.pk)
        if day is None:
            raise WrongDay(_("%(site)s has no pickup in week %(week)s.") % {"site": site.name, "week": week.number})
        still = PickupDay.objects.filter(pk=day.pk, deadline_at__gt=at, drawn_up_at=None)
        if not still.update(moved_in=F("moved_in")):
            raise DeadlinePassed(closed_words(day))


def _take(season: Season, week: Week, wanted: Counter[tuple[int, str]], at: datetime) -> None:
    """All the places or none, sites in order of their ids."""
    for site, (in_a, in_b) in sorted(_room_needed(wanted).items()):
        room = SeasonSite.objects.filter(
            Q(taken_a__lte=F("capacity") - in_a) if in_a else Q(),
            Q(taken_b__lte=F("capacity") - in_b) if in_b else Q(),
            season=season,
            site=site,
        )
        if not room.update(taken_a=F("taken_a") + in_a, taken_b=F("taken_b") + in_b):
            raise DayFull(_("%(site)s has no room left.") % {"site": PickupSite.objects.get(pk=site).name})
        _refuse_when_crowded(season, week, site, at)


def _refuse_when_crowded(season: Season, week: Week, site: int, at: datetime) -> None:
    """On no open day from then on more boxes than room, those moved there included. After the site's row was taken."""
    place = SeasonSite.objects.get(season=season, site=site)
    days = days_whole().filter(week__season=season, site=site, week__number__gte=week.number, moved_in__gt=0)
    for day in days.filter(deadline_at__gt=at, cancelled_at=None):
        taken = place.taken_a if day.week.turn == "A" else place.taken_b
        if taken + day.moved_in > place.capacity:
            facts = {"site": day.site.name, "week": day.week.number}
            raise DayFull(_("%(site)s has no room left in week %(week)s.") % facts)


def _give_back(season: int, places: Counter[tuple[int, str]]) -> None:
    for site, (in_a, in_b) in sorted(_room_needed(places).items()):
        SeasonSite.objects.filter(season=season, site=site).update(
            taken_a=F("taken_a") - in_a, taken_b=F("taken_b") - in_b
        )


def _room_needed(places: Counter[tuple[int, str]]) -> dict[int, tuple[int, int]]:
    """Room by site (id) in A and in B weeks."""
    room: dict[int, tuple[int, int]] = {}
    for (site, turn), count in places.items():
        in_a, in_b = room.get(site, (0, 0))
        room[site] = in_a + count * (turn != "B"), in_b + count * (turn != "A")
    return room
