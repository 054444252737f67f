"""What households are told about their weeks: a change made or taken back, the day before, a pickup called off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from deliveries.models import Change
from farms.models import Farm, Household, HouseholdPerson, PickupDay
from people.formats import clock, clock_range
from people.letters import Draft, page_url, write_letters
from people.models import User

DAY_BEFORE = "day_before"  # letters of choice: settings.LETTERS_OF_CHOICE
SHARE_CHANGED = "share_changed"


def write_change(*, household: Household, day: PickupDay, change: Change, at: datetime) -> None:
    """A turn was held or moved: what, where it is collected now, and until when it can be taken back."""
    place, zone = change.to_day or day, day.week.season.farm.zone
    until = min(day.deadline_at, place.deadline_at)
    context = {
        "kind": change.kind,
        "until": moment_facts(until, zone=zone),
        "may_undo": at < until and day.cancelled_at is None,
        "place": place_facts(place, zone=zone),
    }
    _write_about_change(household, day, context, occasion=f"change:{change.pk}", at=at)


def write_undone(*, household: Household, day: PickupDay, change: Change, at: datetime) -> None:
    """A change was taken back: the turn is collected on its own day again."""
    zone = day.week.season.farm.zone
    until = moment_facts(day.deadline_at, zone=zone)
    context = {"kind": "undone", "until": until, "place": place_facts(day, zone=zone)}
    _write_about_change(household, day, context, occasion=f"change:{change.pk}:undone", at=at)


def people_of(households: Iterable[int]) -> dict[int, list[User]]:
    """Whom a household's letters go to, by household id. One query."""
    found: dict[int, list[User]] = defaultdict(list)
    rows = HouseholdPerson.objects.filter(household__in=list(households), user__is_active=True)
    for row in rows.select_related("user").order_by("household", "pk"):
        found[row.household_id].append(row.user)
    return found


def draft(
    *,
    kind: str,
    farm: Farm,
    reader: User,
    occasion: str,
    context: Mapping[str, Any],
    at: datetime,
    stale_at: datetime | None = None,
    may_stop: bool = False,
) -> Draft:
    """A letter of the farm to one person, in their language or the farm's."""
    return Draft(
        kind=kind,
        to=reader,
        occasion=occasion,
        template=f"deliveries/emails/{kind}",
        context={"farm": farm, **context},
        language=reader.language or farm.language,
        at=at,
        stale_at=stale_at,
        from_name=farm.name,
        reply_to=farm.email,
        may_stop=may_stop,
    )


def place_facts(day: PickupDay, *, zone: ZoneInfo) -> dict[str, Any]:
    """A pickup as a letter tells it: date, window, site."""
    return {"date": day.date, "window": clock_range(day.starts_at, day.ends_at, zone=zone), "site": day.site}


def week_url(day: PickupDay, farm: Farm) -> str:
    """The whole address of a household's page about a day."""
    return page_url(f"{reverse('my_week', args=[day.date.isoformat()])}?farm={farm.slug}")


def moment_facts(moment: datetime, *, zone: ZoneInfo) -> dict[str, Any]:
    """A deadline as a letter tells it, in local time."""
    return {"date": moment.astimezone(zone).date(), "time": clock(moment, zone=zone)}


def _write_about_change(
    household: Household, day: PickupDay, context: Mapping[str, Any], *, occasion: str, at: datetime
) -> None:
    farm = day.week.season.farm
    context = {**context, "day": day, "week": day.week.number, "url": week_url(day, farm)}
    readers = people_of([household.pk])[household.pk]
    write_letters(
        draft(kind="change", farm=farm, reader=reader, occasion=occasion, context=context, at=at) for reader in readers
    )
