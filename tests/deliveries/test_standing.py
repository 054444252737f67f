"""The ledgers, for people: who got what of its due, and whose turn comes next."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliveries.book.standing import standing_by_cell, standing_by_household, waiting_in
from deliveries.models import Box, Portion
from tests import factories
from tests.deliveries.harvesting import TUESDAY, make_harvest, publish, with_shares

WEEK = timedelta(weeks=1)


def words(answer) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(text).split()).replace(" ,", ",").replace(" .", ".")


def standing_page(cast) -> str:
    return reverse("season_standing", args=[cast.farm.slug, cast.season.pk])


@pytest.fixture
def shares(cast):
    """Sam's full share at the market, one more there, two at the school gate."""
    factories.make_share(cast.sams, cast.full, site=cast.market)
    with_shares(cast, full=1, half=0)
    with_shares(cast, full=2, half=0, site=cast.school)


def weekly(cast, week: int, amounts: dict[str, str]):
    return publish(make_harvest(cast, amounts, date=TUESDAY + week * WEEK, both=True))


def test_before_anything_is_divided_there_is_nothing_to_stand(cast, shares, as_fern, as_sam):
    assert standing_by_cell(cast.season) == []
    assert "Nothing divided yet" in words(as_fern.get(standing_page(cast)))
    assert "Where your money goes" not in words(as_sam.get("/my/"))


def test_the_standing_is_the_sum_of_the_boxes_in_force(cast, shares):
    weekly(cast, 0, {"Melon": "2 piece", "Potatoes": "4 kg"})
    weekly(cast, 1, {"Potatoes": "6 kg"})
    found = {one.site.name: (one.times, one.account.due, one.account.got) for one in standing_by_cell(cast.season)}
    for site in (cast.market, cast.school):
        boxes = Box.objects.filter(day__site=site)
        assert found[site.name] == (2, sum(box.due for box in boxes), sum(box.got for box in boxes))


def test_a_corrected_division_counts_once(cast, shares):
    harvest = weekly(cast, 0, {"Potatoes": "4 kg"})
    make_harvest(cast, {"Potatoes": "8 kg"}, both=True)
    publish(harvest)
    assert {(one.times, one.account.got) for one in standing_by_cell(cast.season)} == {(1, 600)}


def test_the_farmer_sees_the_difference_with_its_band(cast, shares, as_fern):
    weekly(cast, 0, {"Potatoes": "4 kg"})
    said = words(as_fern.get(standing_page(cast)))
    assert "Full share Tuesday Market 1 €3.00 €3.00 0%" in said
    Box.objects.filter(day__site=cast.school).update(got=240)
    page = as_fern.get(standing_page(cast)).content.decode()
    assert len(re.findall(r'class="tag squash"', page)) == 1
    assert "Full share School gate 1 €3.00 €2.40 -20%" in words(as_fern.get(standing_page(cast))).replace("−", "-")


def test_whose_turn_comes_next_is_who_waited(cast, shares, as_fern, as_sam):
    harvest = weekly(cast, 0, {"Melon": "2 piece", "Potatoes": "8 kg"})
    served = Box.objects.get(allocation=harvest.current, portions__crop__name="Melon", portions__steps=1).day.site
    (waiting,) = waiting_in(cast.season)
    assert (waiting.crop.name, waiting.site == served, f"{waiting.owed}") == ("Melon", False, "0.5")
    assert "Melon Full share, " + waiting.site.name + " 0.5 pieces" in words(as_fern.get(standing_page(cast)))
    told = "Your turn the next time they go round: Melon" in words(as_sam.get("/my/"))
    assert told == (served == cast.school)
    weekly(cast, 1, {"Melon": "2 piece", "Potatoes": "8 kg"})
    assert waiting_in(cast.season) == []
    assert "Your turn the next time" not in words(as_sam.get("/my/"))


def test_what_is_owed_is_told_to_a_tenth_and_less_than_that_is_not_nothing(cast, shares, as_fern):
    weekly(cast, 0, {"Melon": "1 piece", "Potatoes": "4 kg"})
    Portion.objects.filter(crop__name="Melon", steps=0).update(turn_due=10)  # a hundredth of a piece
    assert "less than 0.1 pieces" in words(as_fern.get(standing_page(cast)))


def test_a_household_sees_what_it_paid_and_what_its_boxes_were_worth(cast, shares, as_sam):
    weekly(cast, 0, {"Potatoes": "4 kg"})
    weekly(cast, 1, {"Potatoes": "8 kg"})
    said = words(as_sam.get("/my/"))
    assert "Paid for the season €650.00 Worth of your 2 boxes so far €9.00 Due by now €9.00 ( 0% )" in said


def test_a_week_on_hold_is_in_no_sum(cast, shares, as_sam):
    as_sam.post(
        "/my/week/2027-06-15/", {"action": "hold", "day": cast.season.weeks.get(number=2).days.get(site=cast.market).pk}
    )
    weekly(cast, 0, {"Potatoes": "4 kg"})
    weekly(cast, 1, {"Potatoes": "6 kg"})
    assert "Worth of your 1 box so far €3.00" in words(as_sam.get("/my/"))


def test_where_each_share_has_its_own_box_the_households_stand_too(cast, shares, as_fern, as_sam):
    cast.season.mode = "choice"
    cast.season.save()
    weekly(cast, 0, {"Melon": "2 piece", "Potatoes": "8 kg"})
    found = standing_by_household(cast.season)
    assert len(found) == 4
    assert {one.boxes for one in found} == {1}
    mine = next(one for one in found if one.number == cast.sams.number)
    assert "Castillo–Reyes" in words(as_fern.get(standing_page(cast)))
    assert f"so far €{mine.account.got / 100:.2f}" in words(as_sam.get("/my/"))


def test_looking_asks_as_often_after_five_weeks_as_after_one(cast, shares, as_fern, as_sam):
    def queries() -> tuple[int, int]:
        counted = []
        for client, path in ((as_fern, standing_page(cast)), (as_sam, "/my/")):
            with CaptureQueriesContext(connection) as seen:
                assert client.get(path).status_code == 200
            counted.append(len(seen))
        return counted[0], counted[1]

    weekly(cast, 0, {"Melon": "2 piece", "Potatoes": "8 kg"})
    few = queries()
    with_shares(cast, full=40, half=0)
    for week in range(1, 5):
        weekly(cast, week, {"Melon": "2 piece", "Potatoes": "80 kg"})
    assert queries() == few
    assert max(few) <= 30
