"""The harvest page's way about: which date comes next, and the season's weeks as a ribbon."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries.harvesting.quantities import amount
from deliveries.models import Harvest
from farms.models import Farm, PickupDay, Week
from people.formats import day as day_words
from people.formats import local_day
from people.ribbons import WeekCell


def next_date(*, farm: Farm, at: datetime) -> date | None:
    """The date of the farm's next pickup, today included; after the season its last; none without a season."""
    days = PickupDay.objects.standing().filter(week__season__farm=farm, week__season__opened_at__isnull=False)
    today = local_day(at, farm.zone)
    ahead = days.filter(date__gte=today).order_by("date").values_list("date", flat=True).first()
    return ahead or days.order_by("-date").values_list("date", flat=True).first()


def ribbon_of(week: Week, *, farm: Farm) -> list[WeekCell]:
    """Each week leads to its first harvest: green when its lists are in force."""
    weeks = Week.objects.filter(season=week.season_id).annotate(first=Min("days__date"))
    published = set(
        Harvest.objects.filter(week__season=week.season_id, current__isnull=False).values_list("week", flat=True)
    )
    return [_cell(one, one.first, one.pk in published, one.pk == week.pk, farm) for one in weeks]


def _cell(week: Week, first: date | None, published: bool, here: bool, farm: Farm) -> WeekCell:
    if week.skipped or first is None:
        return WeekCell(week.number, "off", _("Week %(number)s: no pickup") % {"number": week.number}, current=here)
    facts = {"number": week.number, "day": day_words(first)}
    words = _("Week %(number)s, %(day)s: published") if published else _("Week %(number)s, %(day)s")
    href = reverse("harvest", args=[farm.slug, first.isoformat()])
    return WeekCell(week.number, "done" if published else "ahead", words % facts, href=href, current=here)


def last_amounts(harvest: Harvest | None) -> dict[int, str]:
    """What came in of each crop (its number) at a harvest, as it would be typed."""
    if harvest is None:
        return {}
    return {line.crop_id: f"{amount(line.steps, line.step):f}" for line in harvest.lines.all()}
