"""What is printed for one site when it is wanted: a slip of what changed since its lists were printed, and who swaps
what. In the language of whoever prints it, on the farm's paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from deliveries import rosters, since_print, since_words, swaps
from deliveries.lists.printer import print_report
from deliveries.models import Harvest, PrintedRoster
from farms.models import PickupDay
from people.formats import clock, comma, day, language, number
from people.printing.typed import isolated_ltr, typed
from shares.models import ShareType


def change_slip(*, the_harvest: Harvest, place: PickupDay, at: datetime) -> bytes | None:
    """One site's differences from its printed list, walk-ups among them; none where nothing was printed."""
    printed = since_print.printed_by(the_harvest.current) if the_harvest.current else None
    if printed is None:
        return None
    days = list(the_harvest.days.select_related("site", "week"))
    rows = since_print.standing_on(rosters.expected(days), days)
    found = since_print.since(printed, rows, days)
    assert found is not None
    zone = place.site.farm.zone
    types = {kind.pk: typed(kind.name) for kind in ShareType.objects.filter(season=place.week.season_id)}
    sites = {one.site_id: typed(one.site.name) for one in days}
    lines = since_words.lines(found, place.site_id, types=types, sites=sites, zone=zone)
    told = [[isolated_ltr(str(one.number)), typed(one.name), one.what, one.when] for one in lines]
    told += [
        ["", typed(one.name), _("Came without standing on the list. Took: %(took)s") % {"took": typed(one.took or "–")},
         since_words.moment(one.came_at, zone)]
        for one in place.walk_ups.all()
    ]  # fmt: skip
    heads = [_("No."), _("Household"), _("What changed"), _("When")]
    part = _part(since_words.heading(found, zone), heads, told, [1, 3, 5, 2.8])
    return _print(place, _("Change slip"), part, at)


def swap_list(*, place: PickupDay, at: datetime) -> bytes:
    """Who leaves what at a site's swap table, and takes what instead."""
    told = [
        [isolated_ltr(str(one.number)), typed(one.name), f"{typed(one.gives.name)} {one.gives.amount}",
         f"{typed(one.takes.name)} {one.takes.amount}", isolated_ltr(str(one.takes_from))]
        for one in swaps.agreed(place)
    ]  # fmt: skip
    heads = [_("No."), _("Household"), _("Leaves"), _("Takes"), _("from No.")]
    return _print(place, _("Swap list"), _part(_("Agreed swaps"), heads, told, [1, 3, 2.6, 2.6, 1.2]), at)


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


def _print(place: PickupDay, title: str, part: dict[str, Any], at: datetime) -> bytes:
    farm = place.site.farm
    words = {
        "title": f"{farm.name} · {title} · {place.site.name}",
        "farm": typed(farm.name),
        "heading": f"{title} · {typed(place.site.name)}",
        "language": language().split("-")[0],
        "rtl": get_language_bidi(),
        "paper": farm.prints_on.value,
        "stamp": _stamp(place, at),
        "page": _("Page {page} of {pages}"),
        "sentences": [day(place.date, full=True)],
        "parts": [part],
    }
    return print_report(words, printed_at=at)
