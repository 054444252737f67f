"""A household's pickups as a calendar that its phone fetches (RFC 5545)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration

from deliveries.due.turns import Turn, seasons_of, takes_place, turns_of
from deliveries.models import CalendarFeed, Change
from deliveries.models.week import fresh_token
from farms.models import Household, PickupDay
from people import formats
from people.letters import page_url

FETCHED_EVERY = timedelta(hours=6)


@transaction.atomic
def feed_of(household: Household, *, at: datetime) -> CalendarFeed:
    """The household's calendar address, made when it is first asked for."""
    return CalendarFeed.objects.get_or_create(household=household, defaults={"made_at": at})[0]


def renew(household: Household, *, at: datetime) -> None:
    """Give the household a new address; calendars at the old one find nothing there any more."""
    CalendarFeed.objects.update_or_create(household=household, defaults={"token": fresh_token(), "made_at": at})


def shut(household: Household, *, at: datetime) -> bool:
    """Somebody who knows the household's address must not: it has another one. False when it had none."""
    return bool(CalendarFeed.objects.filter(household=household).update(token=fresh_token(), made_at=at))


def calendar_of(household: Household, *, at: datetime) -> bytes:
    """Every pickup of the household as an event: one a day and place, under a name that stays its own. What was held
    or called off is told as cancelled, so that it goes from calendars that had it."""
    farm = household.farm
    calendar = Calendar()
    calendar.add("prodid", "-//Hissa//pickups//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", farm.name)
    calendar.add("refresh-interval", FETCHED_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(FETCHED_EVERY))
    turns = turns_of(household, seasons=seasons_of(household))
    changes = _changes_by_day(household)
    for day, here in _by_place(turns).items():
        calendar.add_component(_event(household, day, here, changes[day.pk], at))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _by_place(turns: Iterable[Turn]) -> dict[PickupDay, list[Turn]]:
    """What is collected on each day; nothing on a day whose turns were all held, given or moved away."""
    found: dict[PickupDay, list[Turn]] = defaultdict(list)
    for turn in turns:
        found.setdefault(turn.day, [])
        if not (turn.held or turn.given):
            found[turn.place].append(turn)
    return dict(sorted(found.items(), key=lambda one: (one[0].starts_at, one[0].pk)))


def _event(household: Household, day: PickupDay, here: list[Turn], changed: int, at: datetime) -> Event:
    farm, zone = household.farm, household.farm.zone
    event = Event()
    event.add("uid", f"pickup-{household.pk}-{day.pk}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", at)
    event.add("sequence", changed + day.rewritten + (day.cancelled_at is not None))
    event.add("dtstart", day.starts_at.astimezone(zone))
    event.add("dtend", day.ends_at.astimezone(zone))
    stands = bool(here) and takes_place(day)
    event.add("status", "CONFIRMED" if stands else "CANCELLED")
    event.add("summary", _summary(farm.name, here) if stands else _("%(farm)s: no pickup") % {"farm": farm.name})
    event.add("location", f"{day.site.name}, {day.site.address}")
    event.add("description", _description(household, day, at))
    address = page_url(reverse("my_week", args=[day.date.isoformat()]))
    event.add("url", f"{address}?farm={farm.slug}")
    event.add("transp", "TRANSPARENT")
    return event


def _summary(farm: str, here: list[Turn]) -> str:
    counts: Counter[str] = Counter()
    for turn in here:
        counts.update({share_type.name: number for share_type, number in turn.share_types})
    what = ", ".join(f"{number} × {name}" if number > 1 else name for name, number in counts.items())
    return _("%(farm)s: %(shares)s") % {"farm": farm, "shares": what}


def _description(household: Household, day: PickupDay, at: datetime) -> str:
    zone = household.farm.zone
    told = [_("Your number at the pickup: %(number)s") % {"number": household.number}]
    if at < day.deadline_at:
        until = {"day": formats.day(day.deadline_at, zone=zone), "time": formats.clock(day.deadline_at, zone=zone)}
        told.append(_("You can change it until %(day)s, %(time)s.") % until)
    return "\n".join(told)


def _changes_by_day(household: Household) -> Counter[int]:
    """How often each day (id) was changed or changed back for the household. One query."""
    counts: Counter[int] = Counter()
    rows = Change.objects.filter(Q(share__household=household)).values_list("day_id", "to_day_id", "undone_at")
    for day, to_day, undone_at in rows:
        for each in {day, to_day} - {None}:
            counts[int(each)] += 1 + (undone_at is not None)
    return counts
