"""Letters that only those get who asked: a week is about to close, what the farmer writes with the harvest, and what a
season was worth."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from deliveries import letters
from deliveries.book.standing import own_standing
from deliveries.dividing.contents import Published, contents_of, notes_of
from deliveries.due import rosters
from deliveries.due.rosters import Due, Roster
from deliveries.due.turns import turns_of
from deliveries.telling.reminders import parts_of
from farms.models import Household, PickupDay, Season
from farms.seasons import last_day_of
from people.by_itself import by_itself
from people.formats import local_day
from people.letters import write_letters
from people.models import Letter, User, WantedLetter
from shares.models import ShareType

log = logging.getLogger("hissa.letters")

BEFORE = timedelta(hours=24)
DEADLINE, HARVEST_NOTE, SEASON_REPORT = "deadline", "harvest_note", "season_report"
REPORTED_FOR = timedelta(days=14)  # after a season's end; later it is no news


def write_deadline_letters(*, at: datetime) -> int:
    """The sweep: who asked for it hears a day before their week closes, while it can still be changed. One day's
    failure stops no other."""
    soon = PickupDay.objects.open_for_change(at).filter(
        deadline_at__lte=at + BEFORE, week__skipped=False, week__season__opened_at__isnull=False
    )
    days = list(soon.select_related("week__season__farm", "site").order_by("deadline_at", "pk"))
    roster = rosters.expected(days)
    written = 0
    for day in days:
        with by_itself(log, "who asked could not be told that day %s closes", day.pk):
            written += _tell_of_deadline(day, roster, at)
    return written


def _tell_of_deadline(day: PickupDay, roster: Roster, at: datetime) -> int:
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
        for household, people in _who_asked(DEADLINE, {row.household for row in roster.on(day)}).items()
        for reader in people
    )  # fmt: skip
    return len(write_letters(drafts))


def write_harvest_notes(*, at: datetime) -> int:
    """The sweep: once a week is published with words of the farmer's, who asked reads them, and what is in the share;
    once a harvest. One day's failure stops no other."""
    if not WantedLetter.objects.filter(kind=HARVEST_NOTE).exists():
        return 0
    ahead = PickupDay.objects.standing().filter(
        starts_at__gt=at, harvest_day__harvest__current__isnull=False, week__season__opened_at__isnull=False
    )
    said = ahead.exclude(harvest_day__harvest__note="").select_related("week__season__farm", "site", "harvest_day")
    days = list(said.order_by("starts_at", "pk"))
    roster, contents, notes = rosters.expected(days), contents_of(days), notes_of(days)
    types = ShareType.objects.in_bulk({row.share_type for row in roster.rows})
    written = 0
    for day in days:
        with by_itself(log, "the words for day %s could not be sent", day.pk):
            written += _tell_note(day, roster.on(day), notes[day.pk], contents, types, at)
    return written


def _tell_note(
    day: PickupDay, rows: Iterable[Due], note: str, contents: Published, types: dict[int, ShareType], at: datetime
) -> int:
    own: dict[int, list[Due]] = defaultdict(list)
    for row in rows:
        own[row.household].append(row)
    farm, harvest = day.week.season.farm, day.harvest_day.harvest_id
    place = letters.place_facts(day, zone=farm.zone)
    context = {"day": day, "place": place, "note": note, "url": letters.week_url(day, farm)}
    drafts = (
        letters.draft(
            kind=HARVEST_NOTE, farm=farm, reader=reader, occasion=f"harvest:{harvest}:household:{household}",
            context={**context, "parts": parts_of(own[household], contents, types)}, at=at, stale_at=day.starts_at,
            may_stop=True,
        )
        for household, people in _who_asked(HARVEST_NOTE, set(own)).items()
        for reader in people
    )  # fmt: skip
    return len(write_letters(drafts))


def write_season_reports(*, at: datetime) -> int:
    """The sweep: after a season's last day, who asked hears what its share was worth and how much was collected. One
    season's failure stops no other."""
    long_ago = (at - timedelta(days=420)).date()
    written = 0
    for season in Season.objects.opened().filter(first_day__gte=long_ago).select_related("farm").order_by("pk"):
        with by_itself(log, "season %s could not be reported", season.pk):
            over = last_day_of(season.first_day, season.length)
            if over < local_day(at, season.farm.zone) <= over + REPORTED_FOR:
                written += _report_all(season, at)
    return written


def _report_all(season: Season, at: datetime) -> int:
    own = Household.objects.filter(farm=season.farm, shares__share_type__season=season).distinct()
    asked = _who_asked(SEASON_REPORT, set(own.values_list("pk", flat=True)))
    told = set(Letter.objects.filter(kind=SEASON_REPORT).values_list("occasion", "to_email"))
    written = 0
    for household in own.filter(pk__in=asked).select_related("farm"):  # adding up is long: only for who was not told
        if readers := [one for one in asked[household.pk] if (_reported(season, household), one.email) not in told]:
            written += _report(household, season, readers, at)
    return written


def _reported(season: Season, household: Household) -> str:
    return f"season:{season.pk}:household:{household.pk}"


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
            occasion=_reported(season, household),
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
