"""What the season's figures say, in sentences: on the page and on paper."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.report.figures import BAND, Report, evenness
from people.formats import day, money, number, percent


def sentences_of(report: Report, *, currency: str) -> dict[str, list[str]]:
    """By the key of the table they stand above; those of "all" stand first of all."""
    return {
        "all": [_divided(report, currency)],
        "fairness": _even(report),
        "liked": _liked(report),
        "turns": _scarce(report),
        "leftovers": [_left(report, currency)],
        "unclaimed": _collected(report),
    }


def _divided(report: Report, currency: str) -> str:
    weeks = list(report.weeks.values())
    told = ngettext(
        "%(worth)s was divided in %(n)s week, up to %(day)s.",
        "%(worth)s was divided in %(n)s weeks, up to %(day)s.",
        len(weeks),
    )
    return told % {"worth": money(report.value, currency), "n": number(len(weeks)), "day": day(weeks[-1])}


def _even(report: Report) -> list[str]:
    least = evenness(report.ratios)
    if least is None:
        return [_("Nothing was due to anybody yet.")]
    told = _(
        "Measured by what each was due, the share furthest behind got %(part)s of what the one furthest ahead got."
    )
    found = [told % {"part": percent(least, places=1)}, _within(report.ratios)]
    if (single := evenness(report.single)) is not None:
        words = _("Share by share, where each was packed by its household’s likings: %(part)s.")
        found += [words % {"part": percent(single, places=1)}, _within(report.single)]
    return found


def _within(ratios: list[Decimal]) -> str:
    outside = sum(abs(ratio - 1) > BAND for ratio in ratios)
    band = percent(BAND)
    if not outside:
        return _("All lie within %(band)s of what they were due.") % {"band": f"±{band}"}
    told = ngettext(
        "%(n)s lies further than %(band)s off what it was due.",
        "%(n)s lie further than %(band)s off what they were due.",
        outside,
    )
    return told % {"n": number(outside), "band": f"±{band}"}


def _liked(report: Report) -> list[str]:
    part = report.liking
    if part is None:
        return []
    told = ngettext(
        "In the %(n)s week packed by likings, what households got was liked to %(part)s: 100%% would be loving all of "
        "it, 50%% not minding.",
        "In the %(n)s weeks packed by likings, what households got was liked to %(part)s: 100%% would be loving all of "
        "it, 50%% not minding.",
        len(report.liked),
    )
    return [told % {"n": number(len(report.liked)), "part": percent(part, places=1)}]


def _scarce(report: Report) -> list[str]:
    if not report.turns:
        return [_("No crop was scarce so far: there was enough of each to go round.")]
    told = [
        _(
            "A crop is scarce when there are fewer pieces than six for ten shares. Then it goes round: who has waited"
            " longest comes first."
        )
    ]
    due = sum(wait.due for wait in report.waits.values())
    without = sum(wait.without for wait in report.waits.values())
    if due:
        words = ngettext(
            "A whole turn was due %(n)s time so far, to a share for a crop; %(without)s of them is still waited for.",
            "A whole turn was due %(n)s times so far, to a share for a crop; %(without)s of them are still waited for.",
            due,
        )
        told.append(words % {"n": number(due), "without": number(without)})
    return told


def _left(report: Report, currency: str) -> str:
    if not report.left_value:
        return _("Nothing was left over.")
    part = report.left_value / report.value if report.value else 0
    told = _("%(worth)s was too little to give to all alike: %(part)s of what came in.")
    return told % {"worth": money(report.left_value, currency), "part": percent(part, places=1)}


def _collected(report: Report) -> list[str]:
    pickups = sum(week.pickups - week.unwatched for week in report.collected)
    unwatched = sum(week.unwatched for week in report.collected)
    if not pickups and not unwatched:
        return [_("No pickup is over yet.")]
    told = []
    if pickups:
        words = ngettext(
            "%(n)s of %(all)s share was not collected.", "%(n)s of %(all)s shares were not collected.", pickups
        )
        told.append(words % {"n": number(report.unclaimed), "all": number(pickups)})
    if unwatched:
        words = ngettext(
            "%(n)s share was due where nobody checked in; it is not counted.",
            "%(n)s shares were due where nobody checked in; they are not counted.",
            unwatched,
        )
        told.append(words % {"n": number(unwatched)})
    return told
