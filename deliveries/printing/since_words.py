"""What changed since the last print, in words: for the paper, the lists page, the change slip and the host's screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.models import Change
from deliveries.printing.since_print import Difference, Kind, Rows, Since, Standing
from people.formats import clock, comma, day, isolated, number

MOST = 40
"""Households named one by one for a site; of more only the counts are told (every second week, half a list is new)."""

Names = Mapping[int, str]
"""Of share types, or of sites, by id."""


@dataclass(frozen=True)
class Line:
    """One household's change: its number, its name, what changed, and when that was said."""

    number: int
    name: str
    what: str
    when: str = ""


def heading(since: Since, zone: tzinfo) -> str:
    """What it is compared with."""
    printed = since.printed
    if printed.week is not None:
        return _("Changes since week %(week)s") % {"week": number(printed.week)}
    return _("Changes since version %(version)s of %(moment)s") % {
        "version": f"{number(printed.number)}.{number(printed.roster)}",
        "moment": moment(printed.at, zone),
    }


def moment(at: datetime, zone: tzinfo) -> str:
    return f"{day(at, zone=zone)} {clock(at, zone=zone)}"


def lines(since: Since, site: int, *, types: Names, sites: Names, zone: tzinfo) -> list[Line]:
    """The changes of one site, household by household."""
    return [
        Line(one.who.number, one.who.name, told(one, types, sites), moment(one.at, zone) if one.at else "")
        for one in since.by_site.get(site, ())
    ]


def counted(ones: Sequence[Difference]) -> str:
    """So many of each kind, where they are too many to be named."""
    kinds = Counter(one.kind for one in ones)
    came, went = kinds[Kind.ADDED] + kinds[Kind.HERE], kinds[Kind.GONE] + kinds[Kind.AWAY]
    rest = len(ones) - came - went
    parts = (
        (came, ngettext("%(n)s household more", "%(n)s households more", came)),
        (went, ngettext("%(n)s household less", "%(n)s households less", went)),
        (rest, ngettext("%(n)s with something else", "%(n)s with something else", rest)),
    )
    return comma().join(words % {"n": number(count)} for count, words in parts if count)


def told(one: Difference, types: Names, sites: Names) -> str:
    """What changed for one household."""
    now, before = shares_of(one.who, types), shares_of(one.before, types) if one.before else ""
    place = isolated(sites.get(one.elsewhere or 0, ""))
    if one.kind is Kind.HERE:
        return _("Moved here from %(place)s: %(shares)s") % {"place": place, "shares": now}
    if one.kind is Kind.AWAY:
        return _("Moved to %(place)s: %(shares)s") % {"place": place, "shares": before}
    if one.kind is Kind.ADDED:
        return _("New: %(shares)s") % {"shares": now}
    if one.kind is Kind.GONE:
        return _gone(one.change) % {"shares": before}
    if one.kind is Kind.OTHER:
        return _("%(shares)s; before: %(before)s") % {"shares": now, "before": before}
    if not one.who.friends:
        return _("Collects itself")
    return _("Collects: %(friends)s") % {"friends": comma().join(isolated(name) for name in one.who.friends)}


def _gone(change: str) -> str:
    if change == Change.Kind.HOLD:
        return _("Not this week, held: %(shares)s")
    if change == Change.Kind.GIFT:
        return _("Not this week, given away: %(shares)s")
    if change == Change.Kind.MOVE:
        return _("Not this week, moved to another day: %(shares)s")
    return _("No longer here: %(shares)s")


def shares_of(who: Standing, types: Names) -> str:
    return " · ".join(isolated(f"{number(count)} × {types.get(kind, '?')}") for kind, count in who.shares)


def count_lines(before: Rows, now: Rows, *, types: Names, sites: Names) -> list[Line]:
    """How many shares of a type came or went, for lists without households: site by site, or together."""
    found = []
    for site in now:
        if site not in before:
            continue
        was, has = _shares(before[site]), _shares(now[site])
        for kind in sorted(kind for kind in was.keys() | has.keys() if was[kind] != has[kind] and kind in types):
            what = _("%(type)s: %(now)s, before %(before)s") % {
                "type": isolated(types[kind]), "now": number(has[kind]), "before": number(was[kind]),
            }  # fmt: skip
            found.append(Line(0, sites.get(site, ""), what))
    return found


def together(rows: Rows, sites: Sequence[int]) -> Rows:
    """These sites as if they were one."""
    return {0: [one for site in sites for one in rows.get(site, ())]}


def _shares(rows: Sequence[Standing]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for one in rows:
        for kind, count in one.shares:
            counts[kind] += count
    return counts
