"""A list that does not add up never reaches paper."""

import re
from dataclasses import replace
from datetime import datetime

import pytest

from deliveries.lists import Cell, ListDoesNotAddUp, must_agree, print_all
from tests.deliveries.lists.reading import (
    IMPRINT,
    SCHOOL,
    cells,
    harvest_list,
    households,
    packing_list,
    site_sheet,
)

HARVEST, PACKING = harvest_list(), packing_list()
SHEET = site_sheet("Abbott", "Zola")
CARROT_ROW, PACKED, TAKEN = HARVEST.rows[0], PACKING.rows[0], SHEET.rows[0]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: replace(CARROT_ROW, picked=119), "Carrots, given out + left over: adds up to 120, but 119"),
        (lambda: replace(CARROT_ROW, left_over=-1), "Carrots, left over: -1 is below zero"),
        (lambda: replace(HARVEST, shares=(2, 2, 0)), "Carrots, Full share: 3 shares get it, but 2 are due"),
        (lambda: replace(HARVEST, shares=(3, 2)), "shares per type: 2 figures for 3 columns"),
        (lambda: replace(PACKED, site_totals=(57, 60)), "Carrots, site 1: adds up to 56, but 57"),
        (lambda: replace(PACKED, type_totals=(84, 31, 0)), "Carrots, share type 2: adds up to 32, but 31"),
        (lambda: replace(PACKED, total=117), "Carrots, all sites: adds up to 116, but 117"),
        (lambda: replace(PACKING, sites=PACKING.sites[:1]), "Carrots, sites: 2 figures for 1 columns"),
        (lambda: replace(TAKEN, total=1), "Carrots, to take: adds up to 56, but 1"),
        (lambda: replace(SHEET, shares=(3, 0, 0)), "Tuesday Market, Full share: adds up to 2, but 3"),
        (lambda: replace(SHEET, households=households("Abbott")), "Full share: adds up to 1, but 2"),
        (
            lambda: replace(SHEET, households=(replace(SHEET.households[0], shares=(0, 0, 0)),)),
            "household 001: nothing to collect this week",
        ),
        (lambda: Cell(shares=3, quantity=5, least=2, most=2), "3 shares of 2 to 2 steps cannot be 5 steps"),
        (lambda: Cell(shares=-1), "below zero"),
    ],
)
def test_a_wrong_sum_is_refused_and_its_cell_is_named(change, named):
    with pytest.raises(ListDoesNotAddUp, match=re.escape(named)):
        change()


def test_lists_of_one_week_that_tell_different_figures_are_not_printed():
    wrong = replace(SHEET, rows=(replace(TAKEN, cells=cells((2, 27), (0, 0)), total=54),))
    with pytest.raises(ListDoesNotAddUp, match="Tuesday Market, Carrots: one list says 56, another 54"):
        print_all([PACKING, wrong], "en")


def test_a_harvest_list_that_gives_out_more_than_is_packed_is_caught():
    row = replace(CARROT_ROW, cells=cells((3, 28), (2, 17)), left_over=2)
    with pytest.raises(ListDoesNotAddUp, match="Carrots, Half share: one list says 34, another 32"):
        must_agree([replace(HARVEST, rows=(row,)), PACKING])


def test_a_site_sheet_with_a_share_less_than_was_packed_is_caught():
    with pytest.raises(ListDoesNotAddUp, match="School gate, Full share: one list says 1, another 2"):
        must_agree([PACKING, site_sheet("Abbott", "Zola", site=SCHOOL)])


def test_shares_with_amounts_of_their_own_make_a_cell_with_a_range():
    assert Cell.of([2, 0, 3]) == Cell(shares=3, quantity=5, least=0, most=3)
    assert Cell.of([]) == Cell()


def test_sites_come_together_and_those_without_shares_do_not_pull_the_range_to_zero():
    sites = [Cell.even(shares=2, each=3), Cell(), Cell.even(shares=1, each=4)]
    assert Cell.together(sites) == Cell(shares=3, quantity=10, least=3, most=4)


def test_a_stamp_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        replace(IMPRINT, printed_at=datetime(2027, 6, 15, 16, 5))


def test_lists_that_tell_the_same_agree():
    must_agree([HARVEST, PACKING])
