"""What is printed for a site when it is wanted: a slip of what changed since its lists were printed, and who swaps
what. In the language of whoever prints it, on the farm's paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from deliveries.due import rosters
from deliveries.lists.printer import print_report
from deliveries.models import Harvest, PrintedRoster
from deliveries.printing import since_print, since_words
from deliveries.printing.since_words import Names
from deliveries.swap_table import swaps
from farms.models import PickupDay
from people.formats import clock, comma, day, language, number
from people.printing.typed import isolated_ltr, typed
from shares.models import ShareType


def change_slip(*, the_harvest: Harvest, at: datetime, site: int | None = None) -> bytes | None:
    """Differences from the printed list, walk-ups among them: of one site (id), or of every site that has any, each on
    a page of its own. None where nothing was printed."""
    printed = since_print.printed_by(the_harvest.current) if the_harvest.current else None
    if printed is None:
        return None
    days = list(the_harvest.days.select_related("site__farm", "week").prefetch_related("walk_ups"))
    rows = since_print.standing_on(rosters.expected(days), days)
    found = since_print.since(printed, rows, days)
    assert found is not None
    types = {kind.pk: typed(kind.name) for kind in ShareType.objects.filter(season=the_harvest.week.season_id)}
    wanted = [day for day in days if site in (None, day.site_id)]
    told = {day: _changes_at(day, found, types, {one.site_id: typed(one.site.name) for one in days}) for day in wanted}
    heads = [_("No."), _("Household"), _("What changed"), _("When")]
    title = since_words.heading(found, days[0].site.farm.zone)
    shown = [day for day in wanted if told[day]] or wanted[:1]
    parts = [_part(_titled(title, day, shown), heads, told[day], [1, 3, 4.6, 3.2]) for day in shown]
    return _print(shown, _("Change slip"), parts, at)


def _changes_at(day: PickupDay, found: since_print.Since, types: Names, sites: Names) -> list[list[str]]:
    zone = day.site.farm.zone
    lines = since_words.lines(found, day.site_id, types=types, sites=sites, zone=zone)
    told = [[isolated_ltr(str(one.number)), typed(one.name), one.what, one.when] for one in lines]
    return told + [
        ["", typed(one.name), _("Came without standing on the list. Took: %(took)s") % {"took": typed(one.took or "–")},
         since_words.moment(one.came_at, zone)]
        for one in day.walk_ups.all()
    ]  # fmt: skip


def swap_list(*, place: PickupDay, at: datetime) -> bytes:
    """Who leaves what at a site's swap table, and takes what instead."""
    told = [
        [isolated_ltr(str(one.number)), typed(one.name), f"{typed(one.gives.name)} {one.gives.amount}",
         f"{typed(one.takes.name)} {one.takes.amount}", isolated_ltr(str(one.takes_from))]
        for one in swaps.agreed(place)
    ]  # fmt: skip
    heads = [_("No."), _("Household"), _("Leaves"), _("Takes"), _("from No.")]
    return _print([place], _("Swap list"), [_part(_("Agreed swaps"), heads, told, [1, 3, 2.6, 2.6, 1.2])], at)


def _titled(title: str, place: PickupDay, shown: Sequence[PickupDay]) -> str:
    """Of several sites each page says whose it is."""
    return title if len(shown) == 1 else f"{typed(place.site.name)} · {title}"


def _part(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> dict[str, Any]:
    return {
        "title": title,
        "chart": None,
        "sentences": [] if rows else [_("None.")],
        "heads": heads if rows else [],
        "rows": rows,
        "widths": widths if rows else [],
        "numbers": [False] * len(heads) if rows else [],
        "ticks": True,
        "apart": True,
    }


def _stamp(place: PickupDay, at: datetime) -> str:
    """Which version of the lists it goes with, and when it was printed."""
    zone = place.site.farm.zone
    moment = comma().join((day(at, zone=zone, full=True), isolated_ltr(clock(at, zone=zone))))
    kept = PrintedRoster.objects.filter(day=place, allocation__in_force_for__isnull=False)
    version = kept.values_list("allocation__number", "version").first()
    if version is None:
        return moment
    told = {"version": ".".join(number(part) for part in version), "moment": moment}
    return _("Version %(version)s · printed %(moment)s") % told


def _print(places: Sequence[PickupDay], title: str, parts: list[dict[str, Any]], at: datetime) -> bytes:
    place, farm = places[0], places[0].site.farm
    of = [place.site.name] if len(places) == 1 else []
    words = {
        "title": " · ".join([farm.name, title, *of]),
        "farm": typed(farm.name),
        "heading": " · ".join([title, *map(typed, of)]),
        "language": language().split("-")[0],
        "rtl": get_language_bidi(),
        "paper": farm.prints_on.value,
        "stamp": _stamp(place, at),
        "page": _("Page {page} of {pages}"),
        "sentences": [" + ".join(day(date, full=True) for date in sorted({one.date for one in places}))],
        "parts": parts,
    }
    return print_report(words, printed_at=at)
