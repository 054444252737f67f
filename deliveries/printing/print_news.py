"""What the lists of one division begin with: what changed since the lists before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from django.utils.translation import gettext as _

from deliveries.dividing.gathering import Case
from deliveries.lists import ListedChange, ListedChanges
from deliveries.printing import since_print, since_words
from deliveries.printing.since_print import Difference
from deliveries.printing.since_words import Line
from people.printing import typed
from shares.models import ShareType

FEW = 8
"""Changes that stand at the head of a site sheet; of more only the counts do, so that the totals stay on top."""


class News:
    """Who stands on the lists now (`rows`, by site), the version of that roster, and what changed. Words are in the
    language in force."""

    def __init__(self, case: Case, zone: tzinfo) -> None:
        self.zone = zone
        self.rows: since_print.Rows = since_print.standing_on(case.roster, case.days)
        self.last = since_print.last_printed(case.days, case.harvest.current if case.harvest.pk else None)
        self.roster = since_print.version_after(self.last, self.rows)
        self.since = since_print.since(self.last, self.rows, case.days)
        self.types = {kind.pk: typed(kind.name) for kind in case.share_types}
        self.sites = {day.site_id: day.site.name for day in case.days}

    def at_site(self, site: int) -> ListedChanges | None:
        """Household by household, at the sheet's end where they are more than a few; of many only how many."""
        if self.since is None or site not in self.since.printed.rows:
            return None
        title = since_words.heading(self.since, self.zone)
        ones = self.since.by_site.get(site, ())
        if len(ones) > since_words.MOST:
            return ListedChanges(title=title, note=since_words.counted(ones))
        sites = {pk: typed(name) for pk, name in self.sites.items()}
        told = since_words.lines(self.since, site, types=self.types, sites=sites, zone=self.zone)
        return _listed(title, told, _at_the_end(ones) if len(ones) > FEW else "")

    def for_sites(self, kinds: Iterable[ShareType]) -> ListedChanges | None:
        """How many shares of these types came or went at each site."""
        return self._counted(list(self.rows), kinds, one_by_one=True)

    def for_types(self, kinds: Iterable[ShareType]) -> ListedChanges | None:
        """How many shares of these types came or went, at all sites together."""
        return self._counted(list(self.rows), kinds, one_by_one=False)

    def _counted(self, sites: Sequence[int], kinds: Iterable[ShareType], *, one_by_one: bool) -> ListedChanges | None:
        if self.since is None:
            return None
        before, now = self.since.printed.rows, self.rows
        if not one_by_one:
            both = [site for site in sites if site in before]
            before, now = since_words.together(before, both), since_words.together(now, both)
        types = {kind.pk: self.types[kind.pk] for kind in kinds}
        told = since_words.count_lines(before, now, types=types, sites=self.sites)
        return _listed(since_words.heading(self.since, self.zone), told)


def _at_the_end(ones: Sequence[Difference]) -> str:
    return _("%(changes)s: named at the end of this list.") % {"changes": since_words.counted(ones)}


def _listed(title: str, told: Sequence[Line], note: str = "") -> ListedChanges:
    rows = [
        ListedChange(number=str(one.number) if one.number else "", name=one.name, what=one.what, when=one.when)
        for one in told
    ]
    return ListedChanges(title=title, rows=tuple(rows), note=note)
