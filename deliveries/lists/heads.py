"""What every list bears in words: whose it is, which week and version, and what changed since the one before."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext as _

from deliveries.lists.changed import ListedChanges
from deliveries.lists.sheets import Imprint
from people.formats import clock, day, number, speaker
from people.printing.typed import isolated_ltr, typed

Words = dict[str, Any]
_TIMES = "\u00a0×\u00a0"  # how many of what stay on one line


def head(imprint: Imprint, what: str, days: Sequence[date]) -> Words:
    stamp = _("Version %(version)s · printed %(moment)s") % {
        "version": f"{number(imprint.version)}.{number(imprint.roster)}",
        "moment": _moment(imprint.printed_at),
    }
    return {
        "what": what,
        "farm": typed(imprint.farm),
        "season": typed(imprint.season),
        "week": week_words(imprint),
        "days": [day(when, full=True) for when in days],
        "stamp": stamp,
    }


def changed(changes: ListedChanges | None) -> Words:
    """What the list begins with; nothing at all where none was printed before."""
    if changes is None:
        return {"changes": None}
    rows = [
        [isolated_ltr(row.number) if row.number else "", typed(row.name), row.what.replace(" × ", _TIMES), row.when]
        for row in changes.rows
    ]
    note = changes.note or ("" if rows else _("None."))
    return {"changes": {"title": changes.title, "rows": rows, "note": note}}


def week_words(imprint: Imprint) -> str:
    return _("Week %(week)s of %(weeks)s") % {"week": number(imprint.week), "weeks": number(imprint.weeks)}


def _moment(moment: datetime) -> str:
    return f"{format_date(moment, 'long', locale=speaker())} {isolated_ltr(clock(moment.time()))}"
