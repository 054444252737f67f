"""What is left over goes somewhere named: once, never more than is left, and a mistake is taken back."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliveries.checking_in import gifts
from deliveries.harvesting import leftovers
from deliveries.models import Crop, Harvest, PassedOn
from tests import factories
from tests.deliveries.harvesting import FRIDAY, make_harvest, publish, with_shares

LATER = factories.NOW + timedelta(hours=1)
PAGE = "/f/cedar-bend-farm/desk/lists/2027-06-08/leftovers/"


def words(answer) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(text).split()).replace(" ,", ",").replace(" .", ".").replace(" :", ":")


@pytest.fixture
def harvest(cast) -> Harvest:
    """Three full shares; 2 of 5 heads and 0.1 kg of the potatoes are left over."""
    with_shares(cast, full=3, half=0)
    return publish(make_harvest(cast, {"Lettuce": "5 head", "Potatoes": "4 kg"}))


@pytest.fixture
def lettuce(harvest) -> Crop:
    return Crop.objects.get(name="Lettuce")


def send(client, crop: Crop, amount: str, where: str, place: str = "", page: str = PAGE):
    prefix = f"crop-{crop.pk}"
    facts = {f"{prefix}-amount": amount, f"{prefix}-where": where, f"{prefix}-place": place}
    return client.post(page, {"crop": crop.pk, **facts})


def rest(harvest) -> dict[str, str]:
    harvest.refresh_from_db()
    return {one.crop.name: f"{one.rest_amount}" for one in leftovers.left_of(harvest)}


def test_the_page_lists_what_is_left_with_a_form_for_each(harvest, as_fern):
    said = words(as_fern.get(PAGE))
    assert rest(harvest) == {"Lettuce": "2", "Potatoes": "0.1"}
    assert "Lettuce 2 heads" in said
    assert "Potatoes 0.1 kg" in said
    assert said.count("Swap table, Tuesday Market") == 2
    assert said.count("Harvest for Fri 11 June") == 2


def test_a_swap_table_takes_some_and_a_gift_the_rest(cast, harvest, lettuce, as_fern):
    assert send(as_fern, lettuce, "1", f"swap-{cast.market.pk}").status_code == 302
    assert send(as_fern, lettuce, "1", "gift", "Food bank").status_code == 302
    said = words(as_fern.get(PAGE))
    assert "1 head · Swap table, Tuesday Market" in said
    assert "1 head · Gift: Food bank" in said
    assert rest(harvest)["Lettuce"] == "0"
    given = [(one.kind, one.steps, one.made_by, one.made_at) for one in PassedOn.objects.all()]
    assert given == [("swap", 1, cast.fern, factories.NOW), ("gift", 1, cast.fern, factories.NOW)]


@pytest.mark.parametrize(
    ("amount", "where", "place", "said"),
    [
        ("3", "gift", "Food bank", "Too much: without a place is 2 heads."),
        ("0", "gift", "Food bank", "Too much: without a place is 2 heads."),
        ("1.5", "gift", "Food bank", "1.5 is not a whole number of steps of 1: write 1 or 2."),
        ("many", "gift", "Food bank", "many"),
        ("1", "gift", "", "Write down who gets it."),
        ("1", "moon", "", "Select a valid choice"),
        ("1", "", "", "This field is required"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_lost(
    harvest, lettuce, as_fern, amount, where, place, said
):
    page = send(as_fern, lettuce, amount, where, place)
    assert page.status_code == 200
    assert said in words(page) or said in page.content.decode()
    assert f'value="{amount}"' in page.content.decode()
    assert page.content.decode().count('class="error') >= 1
    assert PassedOn.objects.count() == 0


def test_nothing_is_given_twice_however_often_the_form_is_sent(harvest, lettuce, as_fern):
    for _ in range(3):
        send(as_fern, lettuce, "2", "gift", "Food bank")
    assert PassedOn.objects.get().steps == 2
    assert rest(harvest)["Lettuce"] == "0"


def test_only_what_was_given_and_not_taken_back_stands_among_the_gifts(cast, harvest, lettuce, as_fern):
    send(as_fern, lettuce, "1", f"swap-{cast.market.pk}")
    send(as_fern, lettuce, "1", "gift", "Food bank")
    assert [one.place for one in gifts.given(cast.season).log] == ["Food bank"]
    as_fern.post(PAGE, {"undo": PassedOn.objects.get(kind="gift").pk})
    assert gifts.given(cast.season).log == ()


def test_what_was_a_mistake_is_taken_back_and_can_go_elsewhere(cast, harvest, lettuce, as_fern):
    send(as_fern, lettuce, "2", "gift", "Food bank")
    passed = PassedOn.objects.get()
    as_fern.post(PAGE, {"undo": passed.pk})
    as_fern.post(PAGE, {"undo": passed.pk})
    assert rest(harvest)["Lettuce"] == "2"
    passed.refresh_from_db()
    assert (passed.undone_at, passed.undone_by) == (factories.NOW, cast.fern)
    send(as_fern, lettuce, "2", f"swap-{cast.market.pk}")
    assert rest(harvest)["Lettuce"] == "0"


def test_carried_over_it_stands_in_the_next_harvest_and_comes_back_with_undo(cast, harvest, lettuce, as_fern):
    send(as_fern, lettuce, "2", "next")
    later = Harvest.objects.get(date=FRIDAY)
    assert [(line.crop.name, line.steps) for line in later.lines.all()] == [("Lettuce", 2)]
    page = as_fern.get(reverse("harvest", args=[cast.farm.slug, FRIDAY.isoformat()]))
    assert "2 heads of it carried over from Tue 8 June." in words(page)
    as_fern.post(PAGE, {"undo": PassedOn.objects.get().pk})
    assert later.lines.count() == 0
    assert rest(harvest)["Lettuce"] == "2"


def test_it_is_added_to_a_line_that_is_there_in_that_line_s_own_steps(cast, harvest, as_fern):
    later = make_harvest(cast, {"Potatoes": "3 kg"}, date=FRIDAY)
    later.lines.update(step="0.1", steps=30)
    send(as_fern, Crop.objects.get(name="Potatoes"), "0.1", "next")
    assert later.lines.get().steps == 31
    as_fern.post(PAGE, {"undo": PassedOn.objects.get().pk})
    assert later.lines.get().steps == 30


def test_counted_otherwise_it_cannot_be_carried_over(cast, harvest, lettuce, as_fern):
    later = make_harvest(cast, {"Lettuce": "3 head"}, date=FRIDAY)
    later.lines.update(unit="kg", step="0.05")
    page = send(as_fern, lettuce, "2", "next")
    assert "On Fri 11 June it is counted otherwise: by the kilogram, in other steps." in words(page)
    assert (later.lines.get().steps, PassedOn.objects.count()) == (3, 0)


def test_once_the_next_harvest_is_divided_it_cannot_be_taken_back(cast, harvest, lettuce, as_fern):
    with_shares(cast, full=2, half=0, site=cast.school)
    send(as_fern, lettuce, "2", "next")
    publish(Harvest.objects.get(date=FRIDAY))
    page = as_fern.post(PAGE, {"undo": PassedOn.objects.get().pk}, follow=True)
    assert "The next harvest has been divided with it: it cannot be taken back." in words(page)
    assert rest(harvest)["Lettuce"] == "0"


def test_after_a_correction_what_was_given_is_still_given(cast, harvest, lettuce, as_fern):
    send(as_fern, lettuce, "2", "gift", "Food bank")
    line = harvest.lines.get(crop=lettuce)
    line.steps = 4
    line.save()
    publish(harvest, at=LATER)
    assert rest(harvest)["Lettuce"] == "-1"
    assert "1 head more was passed on than is left now." in words(as_fern.get(PAGE))
    send(as_fern, lettuce, "1", "gift", "Food bank")
    assert PassedOn.objects.count() == 1


def test_the_desk_and_the_lists_say_what_has_no_place_yet(cast, harvest, lettuce, as_fern):
    desk = "/f/cedar-bend-farm/desk/"
    assert "2 crops left over 2 have no place yet" in words(as_fern.get(desk))
    assert "Left over Where it goes Lettuce 2 heads Potatoes 0.1 kg" in words(
        as_fern.get(PAGE.replace("leftovers/", ""))
    )
    send(as_fern, lettuce, "2", "gift", "Food bank")
    assert "2 crops left over 1 has no place yet" in words(as_fern.get(desk))
    send(as_fern, Crop.objects.get(name="Potatoes"), "0.1", "gift", "Food bank")
    assert "2 crops left over All of it has a place." in words(as_fern.get(desk))


def test_the_table_can_be_kept(cast, harvest, lettuce, as_fern):
    send(as_fern, lettuce, "1", "gift", "=Food bank")
    answer = as_fern.get(f"{PAGE}?format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode().lstrip("\ufeff").splitlines() == [
        "Crop,Left over,Unit,Went,Where,When,Who",
        "Lettuce,2,head,1,Gift: =Food bank,2027-06-01 12:00,Fern",
        "Lettuce,2,head,1,,,",
        "Potatoes,0.1,kg,0.1,,,",
    ]


def test_nothing_left_is_said(cast, as_fern):
    assert "Nothing is left over" in words(as_fern.get(PAGE))


def test_another_farm_s_row_is_not_taken_back(cast, harvest, lettuce, olga, as_fern):
    send(as_fern, lettuce, "2", "gift", "Food bank")
    assert as_fern.post(PAGE.replace("06-08", "06-15"), {"undo": PassedOn.objects.get().pk}).status_code == 404
    assert rest(harvest)["Lettuce"] == "0"


def test_ten_places_ask_no_more_than_one(cast, harvest, as_fern):
    potatoes = Crop.objects.get(name="Potatoes")
    harvest.current.leftovers.filter(crop=potatoes).update(steps=40)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert as_fern.get(PAGE).status_code == 200
        return len(seen)

    send(as_fern, potatoes, "0.1", "gift", "A")
    few = queries()
    for number in range(9):
        send(as_fern, potatoes, "0.1", "gift", f"Place {number}")
    assert PassedOn.objects.count() == 10
    assert queries() == few <= 30
