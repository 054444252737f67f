"""Prints: every list of a week as PDF, from plain data that cross-foots."""

from deliveries.lists.agreeing import AnyList, must_agree
from deliveries.lists.changed import ListedChange, ListedChanges
from deliveries.lists.counts import BoxLabel, CountedSite, CountSheet, LabelSheet
from deliveries.lists.nameless import take_name_off
from deliveries.lists.printer import Manuscript, Paper, Told, print_all, print_list, set_each_and_all, write_down
from deliveries.lists.sheets import (
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
    SheetBox,
    SheetHousehold,
    SiteCrop,
    SiteSheet,
)

__all__ = [
    "AnyList",
    "BoxLabel",
    "Cell",
    "CountSheet",
    "CountedSite",
    "HarvestList",
    "HarvestRow",
    "Imprint",
    "LabelSheet",
    "ListDoesNotAddUp",
    "ListedChange",
    "ListedChanges",
    "ListedCrop",
    "ListedShareType",
    "ListedSite",
    "Manuscript",
    "PackingCrop",
    "PackingList",
    "PackingSite",
    "Paper",
    "SheetBox",
    "SheetHousehold",
    "SiteCrop",
    "SiteSheet",
    "Told",
    "must_agree",
    "print_all",
    "print_list",
    "set_each_and_all",
    "take_name_off",
    "write_down",
]
