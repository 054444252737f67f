"""A pickup's end: what becomes of the shares that nobody collected, a note for whoever comes next, and it is closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deliveries import letters
from deliveries.checking_in import gifts
from deliveries.checking_in.turnout import Caller, Turnout, turnouts
from deliveries.due import rosters
from deliveries.models import Closing, Gift, HostLink, Pickup, Unclaimed, WalkUp
from farms.models import Household, PickupDay
from people.formats import clock, comma, isolated
from people.formats import day as day_words
from people.letters import write_letters
from people.models import User

PHONES_FROM = timedelta(minutes=30)  # before the window ends: then somebody who forgot may be called
PHONES_FOR = timedelta(hours=24)  # after it: whoever still has the link, or never closed the day, calls nobody then


class CannotClose(ValueError):
    """The day cannot be closed now; the words say why, to the host."""


@dataclass(frozen=True)
class Fate:
    """What becomes of a household's unclaimed shares: kept until a moment, given to a place, or the host's."""

    kind: str
    keep_until: datetime | None = None
    place: str = ""


def standing_closing(day: PickupDay) -> Closing | None:
    """The day's closing, if it is closed."""
    return Closing.objects.standing().filter(day=day).first()


def became_of(household: Household, days: Iterable[PickupDay]) -> dict[int, Fate]:
    """By day (id), what became of the household's shares that nobody collected there. Two queries."""
    left = Unclaimed.objects.filter(
        pickup__household=household, pickup__day__in=list(days), closing__reopened_at=None
    ).select_related("pickup", "closing")
    found = {}
    for one in left.prefetch_related("closing__gifts"):
        places = {gift.place for gift in one.closing.gifts.all()} if one.fate == Unclaimed.Fate.GIFT else set()
        found[one.pickup.day_id] = Fate(one.fate, one.keep_until, places.pop() if len(places) == 1 else "")
    return found


def ends_of(days: Sequence[PickupDay]) -> dict[int, dict[str, Any]]:
    """By day (id) how its pickup ended: `closing`, `fates` in words, and who came unexpected (`walk_ups`)."""
    found: dict[int, dict[str, Any]] = {day.pk: {"closing": None, "fates": [], "walk_ups": []} for day in days}
    for one in WalkUp.objects.filter(day__in=days):
        found[one.day_id]["walk_ups"].append(one)
    closings = Closing.objects.standing().filter(day__in=days).select_related("day__site__farm")
    for closing in closings.prefetch_related("unclaimed__pickup__household", "gifts"):
        found[closing.day_id] |= {"closing": closing, "fates": _in_words(closing)}
    return found


def _in_words(closing: Closing) -> list[str]:
    """What became of what nobody collected: a line for each fate, with whose it was, by number and name."""
    whose: dict[str, dict[int, str]] = {}
    for row in closing.unclaimed.all():
        household = row.pickup.household
        words = f"{household.number} {isolated(household.name)}"
        whose.setdefault(_fate_in_words(row, closing.day.site.farm.zone), {})[household.pk] = words
    lines = [f"{fate}: {comma().join(names.values())}" for fate, names in whose.items()]
    return [*lines, *(f"{_('Given to')}: {isolated(gift.place)}" for gift in closing.gifts.all())]


def may_call(day: PickupDay, *, at: datetime) -> bool:
    """Whether phone numbers are shown at this moment."""
    return day.ends_at - PHONES_FROM <= at < day.ends_at + PHONES_FOR


def _fate_in_words(row: Unclaimed, zone: ZoneInfo) -> str:
    if row.keep_until is None:
        return str(row.get_fate_display())
    moment = comma().join((day_words(row.keep_until, zone=zone), clock(row.keep_until, zone=zone)))
    return f"{_('Kept until')} {moment}"


def phones(day: PickupDay, missing: Iterable[Caller], *, at: datetime) -> dict[int, str]:
    """The numbers of who has not come, by household (id): none before the last half hour nor a day later, whether or
    not the day was closed."""
    if not may_call(day, at=at):
        return {}
    households = Household.objects.filter(pk__in=[caller.household for caller in missing])
    return dict(households.exclude(phone="").values_list("pk", "phone"))


def close(
    *, day: PickupDay, fates: Mapping[int, Fate], note: str, link: HostLink | None, by: User | None, at: datetime
) -> Closing:
    """Close the day: `fates` by household (id) of everybody who did not collect all. Their people are told.

    Raises CannotClose before it begins, when it is closed already, called off, or when somebody's fate is missing.
    `day` comes with its week, season, site and farm.
    """
    if day.cancelled_at is not None:
        raise CannotClose(_("This pickup was called off."))
    if at < day.starts_at:
        raise CannotClose(_("The pickup has not begun."))
    with transaction.atomic():
        if day.drawn_up_at is None:
            rosters.draw_up(day=day, at=at)
        closing = _first(Closing(day=day, closed_at=at, note=note, host_link=link, by=by))
        turnout = turnouts([day])[day.pk]
        missing = _pickups(turnout)
        if unsaid := [caller for caller in turnout.missing if caller.household not in fates]:
            raise CannotClose(_("Say what becomes of the share of %(name)s.") % {"name": unsaid[0].name})
        rows = Unclaimed.objects.bulk_create(_row(closing, one, fates[one.household_id]) for one in missing)
        _give(closing, missing, fates, at=at)
        told = {row.pickup.household_id: row for row in rows}
        places = {household: fate.place for household, fate in fates.items()}
        write_letters(letters.unclaimed_drafts(closing, told, day=day, places=places, at=at))
    return closing


def reopen(*, day: PickupDay, by: User | None, at: datetime) -> int:
    """The day is not over after all; how many closings were undone (0 or 1). Their fates and gifts count no more."""
    return Closing.objects.standing().filter(day=day).update(reopened_at=at, reopened_by=by)


def _first(closing: Closing) -> Closing:
    """Saved, unless somebody closed the day before: the database lets only one stand."""
    try:
        with transaction.atomic():
            closing.save()
    except IntegrityError:
        raise CannotClose(_("Somebody else closed this pickup already.")) from None
    return closing


def _pickups(turnout: Turnout) -> list[Pickup]:
    """The pickups nobody collected, with their share."""
    parts = [part for caller in turnout.callers for part in caller.parts if not part.collected]
    left = [part.pickup for part in parts if part.pickup is not None]
    return list(Pickup.objects.filter(pk__in=left).select_related("share__share_type").order_by("pk"))


def _row(closing: Closing, pickup: Pickup, fate: Fate) -> Unclaimed:
    until = fate.keep_until if fate.kind == Unclaimed.Fate.KEEP else None
    return Unclaimed(closing=closing, pickup=pickup, fate=fate.kind, keep_until=until)


def _give(closing: Closing, missing: list[Pickup], fates: Mapping[int, Fate], *, at: datetime) -> None:
    """One gift for each place."""
    by_place: dict[str, list[Pickup]] = {}
    for pickup in missing:
        fate = fates[pickup.household_id]
        if fate.kind == Unclaimed.Fate.GIFT:
            by_place.setdefault(fate.place, []).append(pickup)
    Gift.objects.bulk_create(
        gifts.gift_of(closing=closing, place=place, pickups=own, at=at) for place, own in by_place.items()
    )
