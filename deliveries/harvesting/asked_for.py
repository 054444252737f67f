"""The farm and the date that a command is about."""

from __future__ import annotations

from datetime import date

from django.core.management.base import CommandError, CommandParser

from deliveries.harvesting import harvests
from deliveries.models import Harvest
from farms.models import Farm


def add_farm_and_date(parser: CommandParser) -> None:
    parser.add_argument("farm", help="the farm's short name, as in its address: /f/<farm>/")
    parser.add_argument("date", help="the date of the pickups, like 2027-06-15")


def farm_named(slug: str) -> Farm:
    farm = Farm.objects.filter(slug=slug).first()
    if farm is None:
        raise CommandError(f"There is no farm {slug!r}.")
    return farm


def day_named(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is not a date like 2027-06-15.") from None


def harvest_on(slug: str, text: str) -> Harvest:
    """The harvest opened for that farm's pickups of that date, or a CommandError that says what is missing."""
    farm, day = farm_named(slug), day_named(text)
    days = harvests.pickup_days(farm=farm, date=day)
    if not days:
        raise CommandError(f"{farm.name} has no pickup on {day}.")
    harvest = harvests.harvest_of(days)
    if harvest is None or not harvest.lines.exists():
        raise CommandError(f"Nothing is written down for {day} yet: manage.py harvest {slug} {day} FILE.csv")
    return harvest
