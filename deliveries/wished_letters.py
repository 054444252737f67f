"""Letters that only those get who asked: a week is about to close, and what a season was worth."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from deliveries import letters, rosters
from deliveries.standing import own_standing
from deliveries.turns import turns_of
from farms.models import Household, PickupDay, Season
from farms.seasons import last_day_of
from people.formats import local_day
from people.letters import write_letters
from people.models import User, WantedLetter

log = logging.getLogger("hissa.letters")

BEFORE = timedelta(hours=24)
DEADLINE, SEASON_REPORT = "deadline", "season_report"
REPORTED_FOR = timedelta(days=14)  # after a season's end; later it is no news


def write_deadline_letters(*, at: datetime) -> int:
    """The sweep: who asked for it hears a day before their week closes, while it can still be changed."""
    days = PickupDay.objects.open_for_change(at).filter(
        deadline_at__lte=at + BEFORE, week__skipped=False, week__season__opened_at__isnull=False
    )
    days = days.select_related("week__season__farm", "site").order_by("deadline_at", "pk")
    roster = rosters.expected(days)
    written = 0
    for day in days:
        readers = _who_asked(DEADLINE, {row.household for row in roster.on(day)})
        farm = day.week.season.farm
        context = {
            "place": letters.place_facts(day, zone=farm.zone),
            "until": letters.moment_facts(day.deadline_at, zone=farm.zone),
            "url": letters.week_url(day, farm),
        }
        drafts = (
            letters.draft(
                kind=DEADLINE, farm=farm, reader=reader, occasion=f"day:{day.pk}:household:{household}",
                context=context, at=at, stale_at=day.deadline_at, may_stop=True,
            )
            for household, people in readers.items()
            for reader in people
        )  # fmt: skip
        written += len(write_letters(drafts))
    return written


def write_season_reports(*, at: datetime) -> int:
    """The sweep: after a season's last day, who asked hears what its share was worth and how much was collected."""
    written = 0
    for season in (
        Season.objects.opened().filter(first_day__gte=(at - timedelta(days=420)).date()).select_related("farm")
    ):
        over = last_day_of(season.first_day, season.length)
        if not over < local_day(at, season.farm.zone) <= over + REPORTED_FOR:
            continue
        own = Household.objects.filter(farm=season.farm, shares__share_type__season=season).distinct()
        asked = _who_asked(SEASON_REPORT, set(own.values_list("pk", flat=True)))
        for household in own.filter(pk__in=asked).select_related("farm"):
            written += _report(household, season, asked[household.pk], at)
    return written


def _report(household: Household, season: Season, readers: Iterable[User], at: datetime) -> int:
    turns = turns_of(household, seasons=[season])
    context = {
        "season": season,
        "standing": own_standing(household, season, turns),
        "collected": sum(turn.collected for turn in turns),
        "held": sum(turn.held for turn in turns),
    }
    drafts = (
        letters.draft(
            kind=SEASON_REPORT,
            farm=season.farm,
            reader=reader,
            occasion=f"season:{season.pk}:household:{household.pk}",
            context=context,
            at=at,
            may_stop=True,
        )
        for reader in readers
    )
    return len(write_letters(drafts))


def _who_asked(kind: str, households: set[int]) -> dict[int, list[User]]:
    """The people of these households who asked for letters of this kind, by household. Two queries."""
    wanted = set(WantedLetter.objects.filter(kind=kind).values_list("email", flat=True))
    found: dict[int, list[User]] = defaultdict(list)
    if wanted and households:
        for household, people in letters.people_of(households).items():
            found[household] += [person for person in people if person.email in wanted]
    return {household: people for household, people in found.items() if people}
