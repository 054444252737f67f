"""The lists themselves, as plain data that has proved its sums before it can be printed.

Quantities are whole steps of the crop (`ListedCrop.step`, in `ListedCrop.unit`). Every constructor adds up rows
and columns and raises ListDoesNotAddUp naming the cell: a list that exists is a list that cross-foots.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from deliveries.lists.changed import ListedChanges


class ListDoesNotAddUp(ValueError):
    """A row or column of a list does not give its sum; the message names the cell and both figures."""


def must_equal(what: str, found: int, stated: int) -> None:
    if found != stated:
        raise ListDoesNotAddUp(f"{what}: adds up to {found}, but {stated} is stated")


def must_fit(what: str, row: Sequence[object], columns: Sequence[object]) -> None:
    if len(row) != len(columns):
        raise ListDoesNotAddUp(f"{what}: {len(row)} figures for {len(columns)} columns")


@dataclass(frozen=True, kw_only=True)
class Imprint:
    """What every list bears. `printed_at` is aware, in the farm's own zone; `version` counts divisions from 1, `roster`
    the rosters that were printed for this harvest."""

    farm: str
    season: str
    week: int
    weeks: int
    version: int
    printed_at: datetime
    roster: int = 1

    def __post_init__(self) -> None:
        if self.printed_at.tzinfo is None:
            raise ValueError("printed_at must be aware, in the farm's zone")


@dataclass(frozen=True, kw_only=True)
class ListedCrop:
    """A crop as lists name it. `step` is the smallest amount, in `unit`; `note` is printed small beneath."""

    id: int
    name: str
    unit: str
    step: Decimal
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ListedShareType:
    """A share type as lists name it; add-ons (eggs, bread) are share types too."""

    id: int
    name: str
    add_on: bool = False


@dataclass(frozen=True, kw_only=True)
class ListedSite:
    """A pickup site on its day; `starts` and `ends` are local times."""

    id: int
    name: str
    day: date
    starts: time
    ends: time
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What some shares of one type get of one crop.

    shares: how many get it. quantity: what they get together. least, most: the smallest and largest amount per
    share; equal when all get the same, which is then checked to multiply up to the quantity.
    """

    shares: int = 0
    quantity: int = 0
    least: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        if min(self.shares, self.quantity, self.least) < 0:
            raise ListDoesNotAddUp(f"below zero: {self}")
        if not self.least * self.shares <= self.quantity <= self.most * self.shares:
            raise ListDoesNotAddUp(
                f"{self.shares} shares of {self.least} to {self.most} steps cannot be {self.quantity} steps"
            )

    @classmethod
    def even(cls, *, shares: int, each: int) -> "Cell":
        """The same amount for every share."""
        return cls(shares=shares, quantity=shares * each, least=each, most=each)

    @classmethod
    def of(cls, amounts: Iterable[int]) -> "Cell":
        """Each share's own amount."""
        known = list(amounts)
        return cls(shares=len(known), quantity=sum(known), least=min(known, default=0), most=max(known, default=0))

    @classmethod
    def together(cls, cells: Iterable["Cell"]) -> "Cell":
        """Several sites' or types' cells as one."""
        known = [cell for cell in cells if cell.shares]
        return cls(
            shares=sum(cell.shares for cell in known),
            quantity=sum(cell.quantity for cell in known),
            least=min((cell.least for cell in known), default=0),
            most=max((cell.most for cell in known), default=0),
        )


@dataclass(frozen=True, kw_only=True)
class HarvestRow:
    """A crop: what was picked (or is to pick), one cell per share type of the list, and what is left over."""

    crop: ListedCrop
    picked: int
    cells: tuple[Cell, ...]
    left_over: int

    def __post_init__(self) -> None:
        if self.left_over < 0:
            raise ListDoesNotAddUp(f"{self.crop.name}, left over: {self.left_over} is below zero")
        given = sum(cell.quantity for cell in self.cells)
        must_equal(f"{self.crop.name}, given out + left over", given + self.left_over, self.picked)


@dataclass(frozen=True, kw_only=True)
class HarvestList:
    """Every crop with who gets what of it. `days` are the pickup days it is for; `to_pick`: not yet picked."""

    imprint: Imprint
    days: tuple[date, ...]
    share_types: tuple[ListedShareType, ...]
    shares: tuple[int, ...]
    rows: tuple[HarvestRow, ...]
    to_pick: bool = False
    changes: ListedChanges | None = None

    def __post_init__(self) -> None:
        must_fit("shares per type", self.shares, self.share_types)
        for row in self.rows:
            must_fit(row.crop.name, row.cells, self.share_types)
            for share_type, shares, cell in zip(self.share_types, self.shares, row.cells, strict=True):
                _must_be_due(f"{row.crop.name}, {share_type.name}", cell, shares)


@dataclass(frozen=True, kw_only=True)
class PackingSite:
    """A site of the packing list with the shares of each type that go there."""

    site: ListedSite
    shares: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PackingCrop:
    """A crop over sites (rows of `cells`) and share types (columns), with its sums stated beside."""

    crop: ListedCrop
    cells: tuple[tuple[Cell, ...], ...]
    site_totals: tuple[int, ...]
    type_totals: tuple[int, ...]
    total: int
    left_over: int = 0

    def __post_init__(self) -> None:
        must_fit(f"{self.crop.name}, sites", self.cells, self.site_totals)
        for place, (row, stated) in enumerate(zip(self.cells, self.site_totals, strict=True), start=1):
            must_fit(f"{self.crop.name}, site {place}", row, self.type_totals)
            must_equal(f"{self.crop.name}, site {place}", sum(cell.quantity for cell in row), stated)
        for place, stated in enumerate(self.type_totals):
            found = sum(row[place].quantity for row in self.cells)
            must_equal(f"{self.crop.name}, share type {place + 1}", found, stated)
        must_equal(f"{self.crop.name}, all sites", sum(self.site_totals), self.total)
        must_equal(f"{self.crop.name}, all share types", sum(self.type_totals), self.total)


@dataclass(frozen=True, kw_only=True)
class PackingList:
    """Every crop: what goes into each share and to each site. Sites and types in the order given."""

    imprint: Imprint
    days: tuple[date, ...]
    share_types: tuple[ListedShareType, ...]
    sites: tuple[PackingSite, ...]
    rows: tuple[PackingCrop, ...]
    changes: ListedChanges | None = None

    def __post_init__(self) -> None:
        for going in self.sites:
            must_fit(f"{going.site.name}, shares per type", going.shares, self.share_types)
        for row in self.rows:
            must_fit(f"{row.crop.name}, sites", row.cells, self.sites)
            must_fit(f"{row.crop.name}, share types", row.type_totals, self.share_types)
            for going, cells in zip(self.sites, row.cells, strict=True):
                for share_type, shares, cell in zip(self.share_types, going.shares, cells, strict=True):
                    _must_be_due(f"{row.crop.name}, {going.site.name}, {share_type.name}", cell, shares)


@dataclass(frozen=True, kw_only=True)
class SiteCrop:
    """A crop to take to one site: one cell per share type of the sheet, and the sum stated."""

    crop: ListedCrop
    cells: tuple[Cell, ...]
    total: int

    def __post_init__(self) -> None:
        must_equal(f"{self.crop.name}, to take", sum(cell.quantity for cell in self.cells), self.total)


@dataclass(frozen=True, kw_only=True)
class SheetHousehold:
    """A household due at this site on this day: its number, its shares of each type of the sheet.

    `friend`: who collects in its stead. `note`: there is a note to read on the check-in page.
    """

    number: str
    name: str
    shares: tuple[int, ...]
    friend: str = ""
    note: bool = False


@dataclass(frozen=True, kw_only=True)
class SheetBox:
    """What to mind for one household: what its own box holds, in the order of the sheet's rows (none at all where all
    pack alike), and the crops it is packed `without`."""

    number: str
    name: str
    share_type: str = ""
    steps: tuple[int, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SiteSheet:
    """One site on one day: totals, what is in each share, and only the households due, in the order given; `boxes` for
    those that are packed for themselves."""

    imprint: Imprint
    site: ListedSite
    share_types: tuple[ListedShareType, ...]
    shares: tuple[int, ...]
    rows: tuple[SiteCrop, ...]
    households: tuple[SheetHousehold, ...]
    link: str = ""
    boxes: tuple[SheetBox, ...] = ()
    changes: ListedChanges | None = None

    def __post_init__(self) -> None:
        where = self.site.name
        must_fit(f"{where}, shares per type", self.shares, self.share_types)
        for household in self.households:
            must_fit(f"{where}, household {household.number}", household.shares, self.share_types)
            if not any(household.shares) or min(household.shares) < 0:
                raise ListDoesNotAddUp(f"{where}, household {household.number}: nothing to collect this week")
        for place, (share_type, stated) in enumerate(zip(self.share_types, self.shares, strict=True)):
            found = sum(household.shares[place] for household in self.households)
            must_equal(f"{where}, {share_type.name}", found, stated)
        for row in self.rows:
            must_fit(f"{where}, {row.crop.name}", row.cells, self.share_types)
            for share_type, shares, cell in zip(self.share_types, self.shares, row.cells, strict=True):
                _must_be_due(f"{where}, {row.crop.name}, {share_type.name}", cell, shares)
        own = [box.steps for box in self.boxes if box.steps]
        for place, row in enumerate(self.rows if own else ()):
            must_equal(f"{where}, {row.crop.name}, box by box", sum(steps[place] for steps in own), row.total)


def _must_be_due(what: str, cell: Cell, shares: int) -> None:
    if cell.shares > shares:
        raise ListDoesNotAddUp(f"{what}: {cell.shares} shares get it, but {shares} are due")
