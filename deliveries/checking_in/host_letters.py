"""The evening before: whoever looks after a pickup gets its check-in link, and how many come."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from community.models import SignUp
from deliveries import letters
from deliveries.checking_in.host_links import address_of, link_unless_revoked
from deliveries.due import rosters
from farms.models import PickupDay, StaffMember
from farms.seasons import instant
from people.by_itself import by_itself
from people.letters import Draft, write_letters
from people.models import User

log = logging.getLogger("hissa.hosts")

FROM = time(18)
"""On the day before, by the site's clock. Who signs up later gets it then."""
KIND = "host_link"


def write_host_letters(*, at: datetime) -> int:
    """The sweep: one letter per reader and link, until the pickup ends; how many were written now. One day's
    failure stops no other."""
    days = _days_to_tell(at)
    roster = rosters.expected(days)
    readers = _readers(days)
    written = 0
    for day in days:
        with by_itself(log, "the hosts of day %s could not be told", day.pk):
            households = {row.household for row in roster.on(day)}
            if readers[day.pk]:
                written += _tell(day, readers[day.pk], len(households), at)
    return written


def tell_called_off(day: PickupDay, *, at: datetime) -> int:
    """The pickup does not take place: who looks after its site need not be there; how many letters. Who signed up to a
    shift is told of that. `day` comes with its week, season, site and farm."""
    farm = day.week.season.farm
    context = {"farm": farm, "place": letters.place_facts(day, zone=farm.zone), "because": day.cancelled_because}
    return len(
        write_letters(
            _draft("host_off", day, reader, context, occasion=f"day:{day.pk}", at=at)
            for reader in _hosts([day])[day.pk]
        )
    )


def _days_to_tell(at: datetime) -> list[PickupDay]:
    days = PickupDay.objects.standing().filter(
        week__skipped=False, week__season__opened_at__isnull=False, ends_at__gt=at, starts_at__lt=at + timedelta(days=2)
    )
    due = []
    for day in days.select_related("week__season__farm", "site").order_by("starts_at", "pk"):
        with by_itself(log, "nobody knows when to tell the hosts of day %s", day.pk, whole=False):
            if instant(day.date - timedelta(days=1), FROM, day.week.season.farm.zone) <= at:
                due.append(day)
    return due


def _readers(days: Iterable[PickupDay]) -> dict[int, list[User | str]]:
    """By day (id): who looks after its site, and who signed up to check people in. Two queries."""
    wanted = list(days)
    found = _hosts(wanted)
    coming = SignUp.objects.standing().filter(shift__day__in=wanted, shift__hosts=True, shift__cancelled_at=None)
    for sign_up in coming.select_related("user", "shift").order_by("pk"):
        found[sign_up.shift.day_id or 0].append(sign_up.user)
    return found


def _hosts(days: Iterable[PickupDay]) -> dict[int, list[User | str]]:
    """By day (id): the site's address, and the hosts who work at it. One query."""
    found: dict[int, list[User | str]] = defaultdict(list)
    wanted = list(days)
    hosts = StaffMember.objects.filter(role=StaffMember.Role.HOST, site__in=[day.site_id for day in wanted])
    at_site: dict[int, list[User]] = defaultdict(list)
    for host in hosts.select_related("user").order_by("pk"):
        at_site[host.site_id or 0].append(host.user)
    for day in wanted:
        found[day.pk] += [*([day.site.host_email] if day.site.host_email else []), *at_site[day.site_id]]
    return found


def _tell(day: PickupDay, readers: Iterable[User | str], households: int, at: datetime) -> int:
    link = link_unless_revoked(day=day, at=at)
    if link is None:
        return 0
    farm = day.week.season.farm
    context = {
        "farm": farm,
        "place": letters.place_facts(day, zone=farm.zone),
        "households": households,
        "link": address_of(link),
    }
    return len(
        write_letters(_draft(KIND, day, reader, context, occasion=f"link:{link.pk}", at=at) for reader in readers)
    )


def _draft(
    kind: str, day: PickupDay, reader: User | str, context: dict[str, Any], *, occasion: str, at: datetime
) -> Draft:
    farm = day.week.season.farm
    return Draft(
        kind=kind,
        to=reader,
        occasion=occasion,
        template=f"deliveries/emails/{kind}",
        context=context,
        language=(reader.language if isinstance(reader, User) else "") or farm.language,
        at=at,
        stale_at=day.ends_at,
        from_name=farm.name,
        reply_to=farm.email,
    )
