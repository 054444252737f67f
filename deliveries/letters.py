"""What households are told about their weeks: a change made or taken back, the day before, a pickup called off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from deliveries.models import Change, Closing, Unclaimed, WalkUp
from farms.models import Farm, Household, HouseholdPerson, PickupDay
from people.formats import clock, clock_range
from people.letters import Draft, page_url, write_letters
from people.models import User

DAY_BEFORE = "day_before"  # letters of choice: settings.LETTERS_OF_CHOICE
SHARE_CHANGED = "share_changed"
UNCLAIMED = "unclaimed"


def write_change(*, household: Household, day: PickupDay, change: Change, at: datetime) -> None:
    """A turn was held, moved or given away: what, where it is collected now, and until when it can be taken back."""
    place, zone = change.to_day or day, day.week.season.farm.zone
    given = change.kind == Change.Kind.GIFT
    until = place.deadline_at if given else min(day.deadline_at, place.deadline_at)
    late = given and until <= at < place.starts_at and place.drawn_up_at is not None
    context = {
        "kind": change.kind,
        "becomes": change.becomes,
        "until": moment_facts(until, zone=zone),
        "may_undo": at < until and day.cancelled_at is None,
        "may_take_back": late and place.cancelled_at is None,
        "place": place_facts(place, zone=zone),
    }
    _write_about_change(household, day, context, occasion=f"change:{change.pk}", at=at)


def write_undone(*, household: Household, day: PickupDay, change: Change, at: datetime) -> None:
    """A change was taken back: the turn is collected on its own day again."""
    zone = day.week.season.farm.zone
    until = moment_facts(day.deadline_at, zone=zone)
    context = {
        "kind": "undone",
        "until": until,
        "may_change": at < day.deadline_at,
        "place": place_facts(day, zone=zone),
    }
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
    window = clock_range(day.starts_at, day.ends_at, zone=zone)
    return {"date": day.date, "window": window, "opens": clock(day.starts_at, zone=zone), "site": day.site}


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
    write_to("change", farm, household, context, occasion=occasion, at=at)


def write_to(
    kind: str, farm: Farm, household: Household, context: Mapping[str, Any], *, occasion: str, at: datetime
) -> None:
    """One letter to everybody of a household."""
    write_letters(
        draft(kind=kind, farm=farm, reader=reader, occasion=occasion, context=context, at=at)
        for reader in people_of([household.pk])[household.pk]
    )


def write_new_calendar(household: Household, *, at: datetime) -> None:
    """Somebody left the household: its calendar has another address, to be given to phones anew."""
    farm = household.farm
    context = {"url": page_url(f"{reverse('my_calendar')}?farm={farm.slug}")}
    occasion = f"household:{household.pk}:{at.isoformat()}"
    write_to("new_calendar", farm, household, context, occasion=occasion, at=at)


def walk_up_drafts(walk_ups: Sequence[WalkUp], *, farm: Farm, at: datetime) -> list[Draft]:
    """The farm's owners are told of each who came and was not on the list. One query; `walk_ups` come with their day
    and its site."""
    if not walk_ups:
        return []
    owners = list(User.objects.filter(staffed__farm=farm, staffed__role="owner", is_active=True).order_by("pk"))
    drafts = []
    for one in walk_ups:
        site = one.day.site
        url = page_url(f"{reverse('pickups', args=[farm.slug, one.day.date.isoformat()])}#site-{site.pk}")
        came = clock(one.came_at, zone=farm.zone)
        context = {"walk_up": one, "site": site, "day": one.day, "came": came, "url": url}
        facts: dict[str, Any] = {"kind": "walk_up", "farm": farm, "occasion": f"walk_up:{one.uuid}", "at": at}
        drafts += [draft(**facts, reader=owner, context=context) for owner in owners]
    return drafts


def unclaimed_drafts(
    closing: Closing, fates: Mapping[int, Unclaimed], *, day: PickupDay, places: Mapping[int, str], at: datetime
) -> list[Draft]:
    """Each household that did not collect is told what became of its share: `fates` and the `places` that were given
    it go by household (id). `day` comes with its week, season, site and farm."""
    farm, people = day.site.farm, people_of(fates)
    zone, drafts = farm.zone, []
    for household, fate in fates.items():
        until = moment_facts(fate.keep_until, zone=zone) if fate.keep_until else None
        context: dict[str, Any] = {"fate": fate.fate, "until": until, "gift_to": places.get(household, "")}
        context |= {"day": day, "place": place_facts(day, zone=zone), "url": week_url(day, farm)}
        occasion = f"closing:{closing.pk}:household:{household}"
        drafts += [
            draft(kind=UNCLAIMED, farm=farm, reader=one, occasion=occasion, context=context, at=at, may_stop=True)
            for one in people[household]
        ]
    return drafts
