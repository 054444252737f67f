"""Lists of how many, and of one box each: truck sheet, supplier counts, labels. They prove their sums."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from deliveries.lists.changed import ListedChanges
from deliveries.lists.sheets import Imprint, ListedShareType, ListedSite, must_equal, must_fit

Figure = tuple[tuple[object, ...], int, str]
"""What a figure counts, the figure, its name in words."""


@dataclass(frozen=True, kw_only=True)
class CountedSite:
    """How many of each type go to a site, all together, and in how many crates (none: nobody said)."""

    site: ListedSite
    shares: tuple[int, ...]
    total: int
    crates: int = 0


@dataclass(frozen=True, kw_only=True)
class CountSheet:
    """Shares by site and type: for the truck in the order of its route, or for who brings eggs and bread.

    Rows, columns and the grand total are each counted by themselves; a sheet where they differ cannot be made.
    """

    imprint: Imprint
    kind: Literal["truck", "add_ons"]
    days: tuple[date, ...]
    share_types: tuple[ListedShareType, ...]
    sites: tuple[CountedSite, ...]
    type_totals: tuple[int, ...]
    total: int
    changes: ListedChanges | None = None

    def __post_init__(self) -> None:
        must_fit("all sites", self.type_totals, self.share_types)
        for going in self.sites:
            must_fit(going.site.name, going.shares, self.share_types)
            must_equal(f"{going.site.name}, all shares", sum(going.shares), going.total)
        for place, (share_type, stated) in enumerate(zip(self.share_types, self.type_totals, strict=True)):
            must_equal(f"{share_type.name}, all sites", sum(going.shares[place] for going in self.sites), stated)
        must_equal("all sites, row by row", sum(going.total for going in self.sites), self.total)
        must_equal("all sites, type by type", sum(self.type_totals), self.total)

    def figures(self) -> Iterable[Figure]:
        for share_type, stated in zip(self.share_types, self.type_totals, strict=True):
            yield ("shares", self.days, share_type.id), stated, share_type.name
        for going in self.sites:
            for share_type, shares in zip(self.share_types, going.shares, strict=True):
                where = ("at", going.site.id, going.site.day, share_type.id)
                yield where, shares, f"{going.site.name}, {share_type.name}"


@dataclass(frozen=True, kw_only=True)
class BoxLabel:
    """One box: where it goes, whose it is, the `place`-th `of` so many of that household there, and what it is packed
    without."""

    site: ListedSite
    number: str
    name: str
    share_type: ListedShareType
    place: int
    of: int
    without: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LabelSheet:
    """A label for every box, site after site. `total` is counted by itself."""

    imprint: Imprint
    days: tuple[date, ...]
    labels: tuple[BoxLabel, ...]
    total: int

    def __post_init__(self) -> None:
        must_equal("labels", len(self.labels), self.total)

    def figures(self) -> Iterable[Figure]:
        found = Counter((label.site.id, label.site.day, label.share_type.id) for label in self.labels)
        names = {label.site.id: label.site.name for label in self.labels}
        types = {label.share_type.id: label.share_type.name for label in self.labels}
        for (site, when, kind), count in found.items():
            yield ("at", site, when, kind), count, f"{names[site]}, {types[kind]}"
