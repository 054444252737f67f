"""The harvest page and the lists, through the doors people use."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries import divisions
from deliveries.models import Allocation, Crop, Harvest, HarvestLine
from farms.models import StaffMember
from tests import factories
from tests.deliveries.harvesting import FRIDAY, TUESDAY, make_crop, make_harvest, publish, with_shares

PAGE = "/f/cedar-bend-farm/desk/harvest/2027-06-08/"
LISTS = "/f/cedar-bend-farm/desk/lists/2027-06-08/"


def row(key: str, crop: str = "", picked: str = "", **more: str) -> dict[str, list[str] | str]:
    facts = {"crop": crop, "picked": picked, "unit": "", "step": "", "price": ""} | more
    return {"row": key, **{f"{key}-{name}": value for name, value in facts.items()}}


def rows(*sent: dict) -> dict:
    """Several rows of the grid as one form sends them."""
    together = {name: value for one in sent for name, value in one.items()}
    return together | {"row": [one["row"] for one in sent]}


def written() -> dict[str, tuple[int, str, str, int]]:
    lines = HarvestLine.objects.select_related("crop")
    return {line.crop.name: (line.steps, line.unit, f"{line.step:f}".rstrip("0"), line.price) for line in lines}


def test_looking_at_a_harvest_writes_nothing(cast, as_fern):
    with_shares(cast)
    answer = as_fern.get(PAGE)
    assert answer.status_code == 200
    assert Harvest.objects.count() == 0
    assert [(c.share_type.name, c.count) for c in answer.context["figures"].columns] == [
        ("Full share", 6),
        ("Half share", 4),
    ]


def test_a_row_is_written_down_and_a_new_crop_begun(cast, as_fern):
    answer = as_fern.post(f"{PAGE}rows/", row("new-1", "Carrots", "80,4", unit="kg", price="3,50"))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert written() == {"Carrots": (1608, "kg", "0.05", 350)}


def test_a_known_crop_brings_its_unit_step_and_price(cast, as_fern):
    make_crop(cast.farm, "Chard", unit="bunch", step="1", price=250)
    as_fern.post(f"{PAGE}rows/", row("new-1", "  chard ", "٩٠"))
    assert written() == {"Chard": (90, "bunch", "1.", 250)}
    assert Crop.objects.count() == 1


def test_all_rows_are_saved_at_once_without_javascript_and_blank_ones_passed_over(cast, as_fern):
    sent = rows(
        row("new-1", "Carrots", "80.4", unit="kg"), row("new-2"), row("new-3", "Chard", "9", unit="bunch"), row("new-4")
    )
    as_fern.post(f"{PAGE}rows/", sent)
    assert {name: steps for name, (steps, *_rest) in written().items()} == {"Carrots": 1608, "Chard": 9}


def test_one_bad_row_saves_none_and_what_was_typed_is_kept(cast, as_fern):
    sent = rows(row("new-1", "Carrots", "80.4", unit="kg"), row("new-2", "Chard", "many", unit="bunch"))
    answer = as_fern.post(f"{PAGE}rows/", sent)
    assert answer.status_code == 200
    assert HarvestLine.objects.count() == Crop.objects.count() == 0
    assert answer.context["rows"][1].errors == {"picked": ["Write it in plain digits, like 1250 or 1.5."]}
    page = answer.content.decode()
    assert 'value="80.4"' in page
    assert 'value="many"' in page
    assert "<title>Error:" in page.replace("\n", "").replace("  ", "")


HALF = "1.5 is not a whole number of steps of 1: write 1 or 2."
TOO_MUCH = "That is more than a field can bear. Is there a digit too many?"
NEGATIVE = "Enter a number that is not below zero."


@pytest.mark.parametrize(("facts", "field", "reason"), [
    ({"crop": "Carrots", "picked": "-1", "unit": "kg"}, "picked", NEGATIVE),
    ({"crop": "Carrots", "picked": "", "unit": "kg"}, "picked", "Enter a number."),
    ({"crop": "Carrots", "picked": "1e5", "unit": "kg"}, "picked", "Write it in plain digits, like 1250 or 1.5."),
    ({"crop": "Chard", "picked": "1.5", "unit": "bunch"}, "picked", HALF),
    ({"crop": "Carrots", "picked": "99999999999", "unit": "kg"}, "picked", TOO_MUCH),
    ({"crop": "Carrots", "picked": "1", "unit": ""}, "unit", "Choose what it is counted in."),
    ({"crop": "", "picked": "1", "unit": "kg"}, "crop", "Which crop is it?"),
    ({"crop": "\u200b", "picked": "1", "unit": "kg"}, "crop", "There is nothing to see in that. Write a name."),
    ({"crop": "Carrots", "picked": "1", "unit": "kg", "step": "0"}, "step", "Enter 0.001 or more."),
    ({"crop": "Carrots", "picked": "1", "unit": "kg", "price": "-1"}, "price", NEGATIVE),
    ({"crop": "C\0", "picked": "1", "unit": "kg"}, "crop", "Null characters are not allowed."),
])  # fmt: skip
def test_what_cannot_be_read_is_told_beside_its_field(cast, as_fern, facts, field, reason):
    answer = as_fern.post(f"{PAGE}rows/", row("new-1", **facts))
    assert answer.context["rows"][0].errors == {field: [reason]}
    assert HarvestLine.objects.count() == 0


def test_a_unit_nobody_offered_is_refused(cast, as_fern):
    answer = as_fern.post(f"{PAGE}rows/", row("new-1", "Carrots", "1", unit="stone"))
    assert list(answer.context["rows"][0].errors) == ["unit"]


def test_a_crop_stands_on_one_line_only(cast, as_fern):
    make_harvest(cast, {"Carrots": "1 kg"})
    answer = as_fern.post(f"{PAGE}rows/", row("new-1", "CARROTS", "2"))
    assert answer.context["rows"][0].errors == {"crop": ["Carrots stands on another line already: change it there."]}
    assert written()["Carrots"][0] == 20


def test_the_same_crop_in_two_rows_of_one_form_saves_neither(cast, as_fern):
    sent = rows(row("new-1", "Carrots", "1", unit="kg"), row("new-2", "carrots", "2", unit="kg"))
    answer = as_fern.post(f"{PAGE}rows/", sent)
    assert answer.context["rows"][1].errors == {"crop": ["Carrots stands on another line already: change it there."]}
    assert HarvestLine.objects.count() == Crop.objects.count() == 0


def test_a_line_is_changed_and_taken_away(cast, as_fern):
    harvest = make_harvest(cast, {"Carrots": "1 kg", "Chard": "3 bunch"})
    carrots, chard = harvest.lines.all()
    as_fern.post(f"{PAGE}rows/", row(str(carrots.pk), "Carrots", "2", unit="kg"))
    assert written()["Carrots"][0] == 40
    as_fern.post(f"{PAGE}rows/", {"remove": chard.pk})
    as_fern.post(f"{PAGE}rows/", row(str(carrots.pk)))
    assert written() == {}


def test_htmx_gets_the_row_and_every_figure_back(cast, as_fern):
    with_shares(cast, full=10, half=0)
    answer = as_fern.post(
        f"{PAGE}rows/", row("new-1", "Carrots", "20", unit="kg", price="3"), headers={"HX-Request": "true"}
    )
    line = HarvestLine.objects.get()
    page = answer.content.decode()
    assert 'hx-swap-oob="outerHTML:#row-new-1"' in page
    assert f'id="row-{line.pk}"' in page
    assert re.search(rf'<span id="each-{line.pk}-0"><a class="why" [^>]*><bdi>2\u00a0kg</bdi>', page)
    assert 'id="row-new-6"' in page
    assert answer.context["figures"].worth[0].value == 600


def test_last_week_is_repeated_where_nothing_is_written_yet(cast, as_fern):
    make_harvest(cast, {"Carrots": "80.4 kg", "Chard": "9 bunch"})
    make_harvest(cast, {"Carrots": "10 kg"}, date=TUESDAY + timedelta(weeks=1))
    as_fern.post("/f/cedar-bend-farm/desk/harvest/2027-06-15/repeat/")
    lines = HarvestLine.objects.filter(harvest__date="2027-06-15").select_related("crop")
    assert {line.crop.name: line.steps for line in lines} == {"Carrots": 200, "Chard": 9}


def test_the_rules_are_repeated_with_the_crops_as_far_as_they_hold_this_season(cast, as_fern):
    other = factories.make_share_type(factories.make_season(cast.farm, [cast.market], name="Other"))
    harvest = make_harvest(cast, {"Carrots": "80.4 kg", "Chard": "9 bunch"})
    rules = {"most": 40, "portion": 4, "margin": 5, "sites": [cast.market.pk]}
    harvest.lines.filter(crop__name="Carrots").update(locked={cast.full.pk: 8, other.pk: 2}, **rules)
    as_fern.post("/f/cedar-bend-farm/desk/harvest/2027-06-15/repeat/")
    lines = {line.crop.name: line for line in HarvestLine.objects.filter(harvest__date="2027-06-15")}
    carrots, chard = lines["Carrots"], lines["Chard"]
    assert {name: getattr(carrots, name) for name in rules} == rules
    assert carrots.locked == {str(cast.full.pk): 8}
    assert (chard.most, chard.portion, chard.margin, chard.sites, chard.locked) == (None, 1, 0, [], {})


def test_a_pasted_list_is_shown_first_and_written_when_confirmed(cast, as_fern):
    make_crop(cast.farm, "Carrots")
    text = "carrots 80,4 kg\nChard\t90\tbunch"
    answer = as_fern.post(f"{PAGE}paste/", {"text": text})
    assert [(line.shown, line.is_new) for line in answer.context["lines"]] == [
        ("80.4\u00a0kg", False),
        ("90\u00a0bunches", True),
    ]
    assert HarvestLine.objects.count() == 0
    answer = as_fern.post(f"{PAGE}paste/", {"text": text, "confirm": "yes", "price-2": "2,50"})
    assert answer["Location"] == PAGE
    assert written() == {"Carrots": (1608, "kg", "0.05", 300), "Chard": (90, "bunch", "1.", 250)}


def test_a_pasted_list_with_a_bad_line_is_not_written_even_if_confirmed(cast, as_fern):
    answer = as_fern.post(f"{PAGE}paste/", {"text": "carrots 80 kg\nchard 3 furlong\nkale", "confirm": "yes"})
    faults = [(line.number, line.faults) for line in answer.context["lines"] if line.faults]
    assert [number for number, _faults in faults] == [2, 3]
    assert faults[1][1] == ["There is no amount in it."]
    assert Crop.objects.count() == 0
    assert "carrots 80 kg" in answer.content.decode()


def test_the_other_pickup_of_the_week_joins_and_its_address_leads_here(cast, as_fern):
    make_harvest(cast)
    friday = cast.season.weeks.get(number=1).days.get(date=FRIDAY)
    as_fern.post(f"{PAGE}days/", {"day": [friday.pk]})
    assert Harvest.objects.get().days.count() == 2
    assert as_fern.get("/f/cedar-bend-farm/desk/harvest/2027-06-11/")["Location"] == PAGE
    as_fern.post(f"{PAGE}days/", {})
    assert [day.date for day in Harvest.objects.get().days.all()] == [TUESDAY]


def test_a_pickup_with_a_harvest_of_its_own_does_not_join(cast, as_fern):
    make_harvest(cast)
    make_harvest(cast, {"Carrots": "1 kg"}, date=FRIDAY)
    friday = cast.season.weeks.get(number=1).days.get(date=FRIDAY)
    answer = as_fern.post(f"{PAGE}days/", {"day": [friday.pk]}, follow=True)
    assert "A pickup you chose has a harvest of its own already." in answer.content.decode()
    assert Harvest.objects.get(date=TUESDAY).days.count() == 1


def test_publishing_asks_for_a_run_and_the_page_says_so_until_it_is_done(cast, as_fern):
    with_shares(cast)
    make_harvest(cast)
    answer = as_fern.post(f"{PAGE}publish/", follow=True)
    assert "Dividing and printing…" in answer.content.decode()
    assert "HX-Refresh" not in as_fern.get(f"{PAGE}progress/")
    assert divisions.divide_harvests(factories.NOW) == 1
    assert as_fern.get(f"{PAGE}progress/")["HX-Refresh"] == "true"
    assert "Version 1 is in force." in as_fern.get(PAGE).content.decode()


def test_the_second_to_publish_is_told_so(cast, as_fern):
    make_harvest(cast)
    as_fern.post(f"{PAGE}publish/")
    answer = as_fern.post(f"{PAGE}publish/", follow=True)
    assert "It is being divided already. The lists will be here in a moment." in answer.content.decode()
    assert Allocation.objects.count() == 1


def test_nothing_written_down_is_not_published(cast, as_fern):
    answer = as_fern.post(f"{PAGE}publish/", follow=True)
    assert "Write down what came in first: there is nothing to divide yet." in answer.content.decode()
    assert Allocation.objects.count() == 0


def test_a_failed_run_says_why_and_what_is_still_in_force(cast, as_fern):
    harvest = publish(make_harvest(cast))
    run = divisions.ask_for_division(harvest=harvest, by=cast.fern, at=factories.NOW)
    Allocation.objects.filter(pk=run.pk).update(failed_at=factories.NOW, failed_because="The step is too fine.")
    page = as_fern.get(PAGE).content.decode()
    assert "The step is too fine. Version 1 is still in force." in page


def test_what_changed_since_the_lists_were_printed_is_told(cast, as_fern):
    with_shares(cast)
    publish(make_harvest(cast))
    with_shares(cast, full=1, half=0)
    assert "1 share came or went since the lists were printed." in as_fern.get(LISTS).content.decode()
    make_harvest(cast, {"Carrots": "1 kg"})
    assert "Changed since version 1 was published" in as_fern.get(LISTS).content.decode()


def test_every_list_is_two_clicks_away(cast, as_fern):
    with_shares(cast)
    harvest = publish(make_harvest(cast, both=True))
    page = as_fern.get(LISTS).content.decode()
    for printed in harvest.current.printed.all():
        assert f"{LISTS}{printed.pk}.pdf" in page
        pdf = as_fern.get(f"{LISTS}{printed.pk}.pdf")
        assert (pdf["Content-Type"], pdf.content) == ("application/pdf", bytes(printed.pdf))


def test_lists_of_an_older_version_are_not_handed_out(cast, as_fern):
    harvest = publish(make_harvest(cast))
    old = harvest.current.printed.first()
    publish(harvest)
    assert as_fern.get(f"{LISTS}{old.pk}.pdf").status_code == 404


def test_no_lists_yet_leads_to_the_harvest(cast, as_fern):
    page = as_fern.get(LISTS).content.decode()
    assert "No lists yet" in page
    assert PAGE in page


@pytest.mark.parametrize("address", ["2027-06-09/", "2027-02-30/", "yesterday/", "9999-99-99/", "2027-06-08%00/"])
def test_a_date_without_a_pickup_is_not_found(cast, as_fern, address):
    assert as_fern.get(f"/f/cedar-bend-farm/desk/harvest/{address}").status_code in (400, 404)
    assert as_fern.get(f"/f/cedar-bend-farm/desk/lists/{address}").status_code in (400, 404)


BELOW = ["", "rows/", "days/", "repeat/", "paste/", "publish/", "progress/"]
ADDRESSES = [
    *[PAGE + below for below in BELOW],
    LISTS,
    f"{LISTS}1.pdf",
    "/f/cedar-bend-farm/desk/harvest/",
    "/f/cedar-bend-farm/desk/lists/",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_find_no_door(cast, as_sam, as_oz, as_olga, client, address):
    publish(make_harvest(cast))
    for someone in (as_sam, as_oz, as_olga):
        for method in ("get", "post"):
            assert getattr(someone, method)(address).status_code in (404, 405)
    assert client.get(address).status_code in (302, 405)
    assert Allocation.objects.count() == 1


def test_a_packer_writes_the_harvest_down_but_sees_no_money(cast, client):
    packer = factories.make_user("packer@cedarbend.example")
    StaffMember.objects.create(farm=cast.farm, user=packer, role="packer", since=factories.NOW)
    client.force_login(packer, backend="allauth.account.auth_backends.AuthenticationBackend")
    with_shares(cast)
    make_harvest(cast, {"Carrots": "80.4 kg"})
    page = client.get(PAGE).content.decode()
    assert "Price (EUR)" not in page
    assert "Worth this week" not in page
    assert "€" not in page
    client.post(f"{PAGE}rows/", row("new-1", "Chard", "9", unit="bunch", price="2.50"))
    assert written()["Chard"] == (9, "bunch", "1.", 0)


def test_the_desk_s_link_leads_to_the_next_pickup(cast, as_fern, clock):
    assert as_fern.get("/f/cedar-bend-farm/desk/harvest/")["Location"] == PAGE
    clock(factories.NOW + timedelta(days=9))
    assert as_fern.get("/f/cedar-bend-farm/desk/lists/")["Location"] == "/f/cedar-bend-farm/desk/lists/2027-06-11/"


def test_names_that_try_tricks_are_shown_as_text(cast, as_fern):
    with_shares(cast)
    make_harvest(cast, {"<img/onerror>": "3 kg", "{{7*7}}": "1 bunch", "</script>": "2 head"})
    page = as_fern.get(PAGE).content.decode()
    assert "<img/onerror>" not in page
    assert "49" not in page.split("<main")[1].split("{{7*7}}")[0][-20:]
    assert page.count("</script>") == page.count("<script")


@pytest.mark.parametrize("address", [PAGE, LISTS])
def test_the_page_asks_as_often_for_20_crops_and_300_shares_as_for_one(cast, as_fern, address):
    cast.full.places = 400
    cast.full.save()

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert as_fern.get(address).status_code == 200
        return len(seen)

    with_shares(cast, full=1, half=1)
    publish(make_harvest(cast, {"Carrots": "3 kg"}, both=True))
    few = queries()
    with_shares(cast, full=298, half=0)
    make_harvest(cast, {f"Crop {n}": f"{n + 1} bunch" for n in range(20)})
    assert queries() == few
    assert few <= 30
