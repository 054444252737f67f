"""Letters about weeks beside a single change: a pause, another place for good, what is asked late, a gift received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from deliveries.letters import draft, moment_facts, people_of, place_facts, week_url, write_to
from deliveries.models import LateWish
from farms.models import Farm, Household, PickupDay, PickupSite, Season, Week
from people.formats import clock
from people.letters import page_url, write_letters
from people.models import User
from shares.models import ShareType

if TYPE_CHECKING:
    from deliveries.changing.pauses import Away
    from deliveries.due.rosters import Due


TURNS = {"A": pgettext_lazy("weeks", "A"), "B": pgettext_lazy("weeks", "B")}


def write_pause(*, household: Household, season: Season, away: Away, until: date, at: datetime) -> None:
    """A household pauses: which weeks are held, which given away, and from when on it collects again."""
    farm = season.farm
    changed = sorted(away.changed, key=lambda turn: turn.day.starts_at)
    context = {
        "until": until,
        "held": [turn.day for turn in away.held],
        "given": [turn.day for turn in away.given],
        "kept": [turn.day for turn in away.kept],
        "url": page_url(f"{reverse('my_season')}?farm={farm.slug}"),
    }
    write_to("pause", farm, household, context, occasion=f"pause:{changed[0].day.pk}:{at.isoformat()}", at=at)


def write_end_of_pause(*, household: Household, days: Sequence[PickupDay], at: datetime) -> None:
    """A pause is taken back: the `days` (with their week, season and farm) that are collected again."""
    farm = days[0].week.season.farm
    context = {"ended": days, "url": page_url(f"{reverse('my_season')}?farm={farm.slug}")}
    write_to("pause", farm, household, context, occasion=f"pause:{days[0].pk}:{at.isoformat()}:undone", at=at)


def write_new_site(*, household: Household, week: Week, site: PickupSite, at: datetime, undone: bool = False) -> None:
    """From a week on a household collects elsewhere, until further notice; or, that `undone`, where it did before."""
    day = PickupDay.objects.select_related("week__season__farm", "site").get(week=week, site=site)
    farm = day.week.season.farm
    zone = farm.zone
    context = {
        "undone": undone,
        "week": week.number,
        "place": place_facts(day, zone=zone),
        "until": moment_facts(day.deadline_at, zone=zone),
        "url": week_url(day, farm),
    }
    write_to("new_site", farm, household, context, occasion=f"week:{week.pk}:site:{site.pk}:{at.isoformat()}", at=at)


def write_gifts(*, day: PickupDay, takers: Mapping[int, Sequence[Due]], at: datetime) -> None:
    """Households that asked get a share that somebody gave away: when and where, beside their own. Never whose."""
    farm = day.week.season.farm
    place = place_facts(day, zone=farm.zone)
    types = ShareType.objects.in_bulk({row.share_type for rows in takers.values() for row in rows})
    people = people_of(takers)
    drafts = []
    for household, rows in takers.items():
        context = {"place": place, "names": [types[row.share_type].name for row in rows], "url": week_url(day, farm)}
        occasion = f"day:{day.pk}:household:{household}"
        for reader in people[household]:
            drafts.append(draft(kind="gift", farm=farm, reader=reader, occasion=occasion, context=context, at=at))
    write_letters(drafts)


def write_wish(wish: LateWish, *, at: datetime) -> None:
    """A household asks the farm for something after the deadline: its owners are told."""
    farm = wish.day.week.season.farm
    context = {"wish": wish, "url": page_url(reverse("desk_wishes", args=[farm.slug]))}
    owners = User.objects.filter(staffed__farm=farm, staffed__role="owner", is_active=True)
    write_letters(
        draft(kind="wish", farm=farm, reader=owner, occasion=f"wish:{wish.pk}", context=context, at=at)
        for owner in owners
    )


def write_wish_answered(wish: LateWish, *, at: datetime) -> None:
    """The farm's answer to what a household asked for after the deadline."""
    farm = wish.day.week.season.farm
    place = place_facts(wish.to_day, zone=farm.zone) if wish.to_day else None
    context = {"wish": wish, "place": place, "url": week_url(wish.day, farm)}
    write_to("wish_answered", farm, wish.household, context, occasion=f"wish:{wish.pk}", at=at)


def write_rules(*, season: Season, households: Sequence[int], version: int, at: datetime) -> None:
    """The deadline of weeks to come has moved: until when they can be changed from now on."""
    farm = season.farm
    context = {
        "season": season,
        "days": season.deadline_days,
        "time": clock(season.deadline_time),
        "holds": season.holds_allowed,
        "url": page_url(f"{reverse('my_season')}?farm={farm.slug}"),
    }
    _write_all("rules", farm, households, context, occasion=f"season:{season.pk}:rules:{version}", at=at)


def write_new_turn(*, season: Season, week: Week, turns: Mapping[int, str], at: datetime) -> None:
    """Households without a preference collect in the other weeks from now on: "A" or "B" by household (id)."""
    farm = season.farm
    for turn in ("A", "B"):
        own = [household for household, new in turns.items() if new == turn]
        facts = {"turn": TURNS[turn], "week": week.number, "url": page_url(f"{reverse('my_season')}?farm={farm.slug}")}
        _write_all("new_turn", farm, own, facts, occasion=f"season:{season.pk}:turn:{at.isoformat()}", at=at)


def _write_all(
    kind: str, farm: Farm, households: Sequence[int], context: Mapping[str, Any], *, occasion: str, at: datetime
) -> None:
    people = people_of(households)
    write_letters(
        draft(kind=kind, farm=farm, reader=reader, occasion=f"{occasion}:household:{household}", context=context, at=at)
        for household in households
        for reader in people[household]
    )
