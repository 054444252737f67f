""" "Not on the list?" Somebody stands there: why their household is not expected, and nothing else about them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from deliveries.checking_in.turnout import folded
from deliveries.due import rosters
from deliveries.due.rosters import Due
from deliveries.models import Change, HostLink
from farms.models import Farm, Household, PickupDay
from people.formats import day as day_words
from people.limits import allowed
from shares.models import Share

MOST_ASKED, WITHIN = 40, timedelta(minutes=10)
"""So many look-ups by one link in so long: enough for a queue of people, too few to go through a farm's numbers."""


class AskedTooOften(PermissionError):
    """Too many were looked up by this link."""


def meant(farm: Farm, said: str) -> list[Household]:
    """The households that have this number, or exactly this name, whatever the accents."""
    wanted = folded(said)
    if not wanted:
        return []
    if wanted.isdigit():
        return list(farm.households.filter(number=int(wanted))) if len(wanted) < 10 else []
    names = farm.households.values_list("pk", "name")
    return list(farm.households.filter(pk__in=[pk for pk, name in names if folded(name) == wanted]))


def reason(*, day: PickupDay, said: str, link: HostLink | None, at: datetime) -> str:
    """Why whoever goes by this number or full name is not on the day's list, in a sentence. `day` comes with its week,
    season, site and farm. Raises AskedTooOften."""
    if link is not None and not allowed("elsewhere", link.pk, most=MOST_ASKED, within=WITHIN):
        raise AskedTooOften(link.pk)
    found = meant(day.site.farm, said)
    if not found:
        return _("Nobody at this farm goes by that number or full name.")
    if len(found) > 1:
        return _("Several households have that name. Ask for their number.")
    return _why(day, found[0])


def _why(day: PickupDay, household: Household) -> str:
    days = list(PickupDay.objects.filter(week=day.week_id).select_related("site"))
    due = rosters.expected(days, household=household).rows
    here = next((row for row in due if row.day == day.pk), None)
    if here:
        return _("They are on this list: look for No. %(number)s.") % {"number": household.number}
    if due:
        return _elsewhere(due[0], days)
    return _not_due(day, household)


def _elsewhere(row: Due, days: list[PickupDay]) -> str:
    place = next(day for day in days if day.pk == row.day)
    facts = {"site": place.site.name, "day": day_words(place.date)}
    if row.moved:
        return _("They moved this week's pickup to %(site)s, %(day)s.") % facts
    return _("They collect at %(site)s, %(day)s, this week.") % facts


def _not_due(day: PickupDay, household: Household) -> str:
    """Held, moved to another week, given away, called off; not this week; no share."""
    season = day.week.season_id
    changes = Change.objects.standing().filter(share__household=household, day__week=day.week_id)
    for change in changes.select_related("to_day__site"):
        if change.kind == Change.Kind.HOLD:
            return _("They put this week on hold.")
        if change.kind == Change.Kind.GIFT:
            return _("They gave this week's share away.")
        if change.to_day:
            facts = {"site": change.to_day.site.name, "day": day_words(change.to_day.date)}
            return _("They moved this week's pickup to %(site)s, %(day)s.") % facts
    shares = Share.objects.filter(household=household, share_type__season=season)
    running = shares.paid().filter(last_week__gte=day.week.number)
    paid = list(running.values_list("turn", "site"))
    if not paid:
        gone = shares.filter(cancelled_at__isnull=False).exists()
        return _("Their share was cancelled.") if gone else _("They have no share this season.")
    if all(turn and turn != day.week.turn for turn, _site in paid):
        return _("They collect every second week, and this is not one of theirs.")
    called_off = PickupDay.objects.filter(week=day.week_id, site__in=[site for _t, site in paid])
    if called_off.exclude(cancelled_at=None).exists():
        return _("Their pickup was called off this week.")
    return _("They have nothing to collect this week.")
