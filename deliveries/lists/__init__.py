"""Prints: harvest list, packing list and site sheets as PDF, from plain data that cross-foots."""

from deliveries.lists.printer import Paper, print_all, print_each, print_list
from deliveries.lists.sheets import (
    AnyList,
    Cell,
    HarvestList,
    HarvestRow,
    Imprint,
    ListDoesNotAddUp,
    ListedCrop,
    ListedShareType,
    ListedSite,
    PackingCrop,
    PackingList,
    PackingSite,
    SheetHousehold,
    SiteCrop,
    SiteSheet,
    must_agree,
)

__all__ = [
    "AnyList",
    "Cell",
    "HarvestList",
    "HarvestRow",
    "Imprint",
    "ListDoesNotAddUp",
    "ListedCrop",
    "ListedShareType",
    "ListedSite",
    "PackingCrop",
    "PackingList",
    "PackingSite",
    "Paper",
    "SheetHousehold",
    "SiteCrop",
    "SiteSheet",
    "must_agree",
    "print_all",
    "print_each",
    "print_list",
]
