"""Published again, few boxes change, the lists and the grid say which, and only those concerned are written to."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliveries import divisions
from deliveries.dividing import corrections
from deliveries.harvesting import harvests
from deliveries.models import Box, Crop, Portion, PrintedList
from farms.models import HouseholdPerson, PickupDay
from people.models import Letter
from people.stopped import stop
from tests import factories
from tests.deliveries.harvesting import FRIDAY, TUESDAY, crop_lists, make_harvest, publish, with_shares
from tests.deliveries.lists.reading import text_of

LATER = factories.NOW + timedelta(hours=1)


def words(answer) -> str:
    text = re.sub(r"<[^>]+>", "", answer.content.decode())
    return " ".join(html.unescape(text).split())


def contents(harvest) -> dict[tuple[str, str, str], int]:
    """Steps by site, share type and crop."""
    rows = Portion.objects.filter(box__allocation=harvest.current)
    return {
        (site, kind, crop): steps
        for site, kind, crop, steps in rows.values_list(
            "box__day__site__name", "box__share_type__name", "crop__name", "steps"
        )
    }


def changed_letters() -> list[Letter]:
    return list(Letter.objects.filter(kind="share_changed").order_by("to_email"))


@pytest.fixture
def household(cast):
    """A household with an account at the school gate; Sam's collects at the market."""
    factories.make_share(cast.sams, cast.full, site=cast.market)
    ana = factories.make_user("ana@example.org", name="Ana")
    other = factories.make_household(cast.farm, "Ana’s", user=ana)
    factories.make_share(other, cast.full, site=cast.school)
    return other


def fewer(harvest, crop: str, quantity: str) -> None:
    """The truck came back with less: the same lines, one of them changed."""
    line = harvest.lines.select_related("crop").get(crop__name=crop)
    number, _rest = harvests.whole_steps(Decimal(quantity), unit=line.unit, step=line.step)
    harvests.record_line(
        harvest=harvest, line=line, picked=harvests.Picked(line.crop, number, line.unit, line.step, line.price)
    )


def test_a_first_publication_writes_to_nobody(cast, household):
    harvest = publish(make_harvest(cast, {"Melon": "2 piece", "Potatoes": "8 kg"}, both=True))
    assert Letter.objects.count() == 0
    assert "changed_rows" not in harvest.current.record


def test_published_again_unchanged_nothing_moves_and_nobody_is_written_to(cast, household):
    with_shares(cast, full=7, half=3)
    harvest = publish(make_harvest(cast, both=True))
    before = contents(harvest)
    publish(harvest, at=LATER)
    assert harvest.current.number == 2
    assert contents(harvest) == before
    assert (harvest.current.record["changed_rows"], harvest.current.record["told"]) == ([], 0)
    assert changed_letters() == []


def test_one_melon_fewer_is_taken_from_one_place_and_only_that_place_is_told(cast, household):
    harvest = publish(make_harvest(cast, {"Melon": "2 piece", "Potatoes": "8 kg"}, both=True))
    before = contents(harvest)
    fewer(harvest, "Melon", "1")
    publish(harvest, at=LATER)
    after = contents(harvest)
    lost = [place for place in before if place[2] == "Melon" and after[place] != before[place]]
    assert len(lost) == 1
    changed = {place[:2] for place in before if after[place] != before[place]}
    told = {"Tuesday Market": "sam@example.org", "School gate": "ana@example.org"}
    assert [letter.to_email for letter in changed_letters()] == sorted(told[site] for site, _kind in changed)
    assert harvest.current.record["told"] == len(changed)
    assert len(harvest.current.record["changed_rows"]) == len(changed)


def test_the_letter_says_what_changed_and_what_stays(cast, household):
    harvest = publish(make_harvest(cast, {"Melon": "2 piece"}, both=True))
    fewer(harvest, "Melon", "1")
    publish(harvest, at=LATER)
    (letter,) = changed_letters()
    day = TUESDAY if letter.to_email == "sam@example.org" else FRIDAY
    assert letter.subject == f"Your share of {'Tue 8' if day == TUESDAY else 'Fri 11'} June has changed"
    assert "Full share:\n  - Melon: none (1 piece before)\n" in letter.text
    assert f"/my/week/{day.isoformat()}/?farm=cedar-bend-farm" in letter.text
    assert letter.may_stop
    assert letter.stale_at == PickupDay.objects.get(date=day).ends_at


def test_a_crop_that_is_taken_away_altogether_is_told(cast, household):
    harvest = publish(make_harvest(cast, {"Melon": "2 piece", "Potatoes": "8 kg"}, both=True))
    harvests.remove_line(line=harvest.lines.get(crop__name="Melon"))
    publish(harvest, at=LATER)
    assert ["- Melon: none (1 piece before)" in letter.text for letter in changed_letters()] == [True, True]


def test_a_crop_that_comes_late_is_told_as_new(cast, household):
    harvest = publish(make_harvest(cast, {"Potatoes": "8 kg"}, both=True))
    make_harvest(cast, {"Chard": "2 bunch"}, both=True)
    publish(harvest, at=LATER)
    assert ["- Chard: 1 bunch (new)" in letter.text for letter in changed_letters()] == [True, True]


def test_whoever_has_collected_already_is_not_written_to(cast, household):
    harvest = publish(make_harvest(cast, {"Potatoes": "8 kg"}, both=True))
    fewer(harvest, "Potatoes", "4")
    market = PickupDay.objects.get(date=TUESDAY)
    publish(harvest, at=market.ends_at)
    assert [letter.to_email for letter in changed_letters()] == ["ana@example.org"]
    assert harvest.current.record["told"] == 1


def test_whoever_stopped_such_letters_gets_none_and_is_not_counted(cast, household):
    harvest = publish(make_harvest(cast, {"Potatoes": "8 kg"}, both=True))
    stop(kind="share_changed", email="ana@example.org", at=factories.NOW)
    fewer(harvest, "Potatoes", "4")
    publish(harvest, at=LATER)
    assert [letter.to_email for letter in changed_letters()] == ["sam@example.org"]
    assert harvest.current.record["told"] == 1


def test_two_people_of_a_household_are_one_household_told(cast, household):
    HouseholdPerson.objects.create(household=cast.sams, user=cast.oz, since=factories.NOW)
    harvest = publish(make_harvest(cast, {"Potatoes": "4 kg"}))
    fewer(harvest, "Potatoes", "2")
    publish(harvest, at=LATER)
    assert [letter.to_email for letter in changed_letters()] == ["oz@example.org", "sam@example.org"]
    assert harvest.current.record["told"] == 1


def test_portions_and_leftover_are_still_the_harvest(cast):
    with_shares(cast, full=7, half=3)
    with_shares(cast, full=2, half=5, site=cast.school)
    harvest = publish(make_harvest(cast, both=True))
    for amount in ("70.05", "90", "3"):
        fewer(harvest, "Carrots", amount)
        publish(harvest, at=LATER)
        boxes = Box.objects.filter(allocation=harvest.current, portions__crop__name="Carrots")
        given = sum(box.count * box.portions.get(crop__name="Carrots").steps for box in boxes)
        left = sum(one.steps for one in harvest.current.leftovers.filter(crop__name="Carrots"))
        assert given + left == harvest.lines.get(crop__name="Carrots").steps


def test_the_preview_of_a_correction_is_what_is_published(cast, household):
    with_shares(cast, full=7, half=3)
    harvest = publish(make_harvest(cast, both=True))
    fewer(harvest, "Carrots", "60")
    _case, seen = divisions.shown(harvest)
    publish(harvest, at=LATER)
    assert divisions.in_force(harvest).portions == seen.portions


def test_the_grid_marks_what_changed_before_and_after_it_is_published(cast, household, as_fern):
    harvest = publish(make_harvest(cast, {"Melon": "2 piece", "Potatoes": "8 kg"}, both=True))
    there = reverse("harvest", args=[cast.farm.slug, TUESDAY.isoformat()])
    assert "Changed since version 1" not in re.sub(r'id="standing".*?</div>', "", words(as_fern.get(there)))
    harvests.remove_line(line=harvest.lines.get(crop__name="Melon"))
    fewer(harvest, "Potatoes", "4")
    marks = re.compile(r'class="changed"')
    assert len(marks.findall(as_fern.get(there).content.decode())) == 1
    publish(harvest, at=LATER)
    assert len(marks.findall(as_fern.get(there).content.decode())) == 1


def test_the_lists_say_what_changed_where(cast, household):
    harvest = publish(make_harvest(cast, {"Melon": "2 piece", "Potatoes": "8 kg"}, both=True))
    case, divided = divisions.shown(harvest)
    assert {row.crop.note for sheet in crop_lists(case, divided, number=1, at=LATER) for row in sheet.rows} == {""}
    fewer(harvest, "Melon", "1")
    publish(harvest, at=LATER)
    case, divided = divisions.shown(harvest)
    (moved,) = [row for row in divided.inputs["cells"] if row["number"] in harvest.current.record["changed_rows"]]
    site = next(day.site.name for day in case.days if day.pk == moved["day"])
    _harvest, packing, *sheets = crop_lists(case, divided, number=2, at=LATER)
    notes = {row.crop.name: row.crop.note for row in packing.rows}
    assert notes["Melon"] == f"Changed since version 1: {site}"
    at_site = {sheet.site.name: {row.crop.name: row.crop.note for row in sheet.rows} for sheet in sheets}
    assert at_site[site]["Melon"] == "Changed since version 1: Full share, 1 piece before"
    assert {name for name in at_site if at_site[name]["Melon"]} == {site}


@pytest.mark.parametrize("packing", ["uniform", "choice"])
def test_a_crop_that_was_taken_away_stands_on_the_lists_as_such(cast, household, packing):
    cast.season.mode = packing
    cast.season.save()
    harvest = publish(make_harvest(cast, {"Melon": "2 piece", "Quince": "1 piece", "Potatoes": "8 kg"}, both=True))
    for crop in ("Melon", "Potatoes"):
        harvests.remove_line(line=harvest.lines.get(crop__name=crop))
    publish(harvest, at=LATER)
    case, divided = divisions.shown(harvest)
    picked, packing_list, *sheets = crop_lists(case, divided, number=2, at=LATER)
    assert {row.crop.name: row.crop.note for row in picked.rows} == {
        "Quince": "", "Melon": "Taken away since version 1", "Potatoes": "Taken away since version 1",
    }  # fmt: skip
    notes = {row.crop.name: row.crop.note for row in packing_list.rows}
    assert notes["Potatoes"] == "Taken away since version 1: Tuesday Market, School gate"
    assert [row.total for row in packing_list.rows][-2:] == [0, 0]
    had = r"1 share" if packing == "choice" else r"Full share, [\d.]+ kg before"
    at_market = {row.crop.name: row.crop.note.replace("\u00a0", " ") for row in sheets[0].rows}
    assert re.fullmatch(f"Taken away since version 1: {had}", at_market["Potatoes"])
    everything = harvest.current.printed.get(kind=PrintedList.Kind.ALL)
    assert "Taken away since version 1: Tuesday Market, School gate" in text_of(bytes(everything.pdf))


def test_the_desk_and_the_harvest_page_say_how_many_were_told(cast, household, as_fern):
    harvest = publish(make_harvest(cast, {"Potatoes": "8 kg"}, both=True))
    desk = reverse("desk", args=[cast.farm.slug])
    assert "told" not in words(as_fern.get(desk))
    fewer(harvest, "Potatoes", "4")
    publish(harvest, at=LATER)
    assert "2 households told of the change" in words(as_fern.get(desk))
    page = as_fern.get(reverse("harvest", args=[cast.farm.slug, TUESDAY.isoformat()]))
    assert "2 households told of the change" in words(page)


def test_a_correction_that_fails_writes_to_nobody(cast, household, monkeypatch):
    harvest = publish(make_harvest(cast, {"Potatoes": "8 kg"}, both=True))
    fewer(harvest, "Potatoes", "4")
    monkeypatch.setattr(corrections, "_draft", lambda *facts: 1 / 0)
    divisions.ask_for_division(harvest=harvest, by=None, at=LATER)
    assert divisions.divide_harvests(LATER) == 0
    harvest.refresh_from_db()
    assert (harvest.current.number, changed_letters()) == (1, [])


def test_a_correction_asks_as_often_for_200_shares_as_for_two(cast):
    cast.full.places = 400
    cast.full.save()

    def queries(week: int, shares: int) -> int:
        with_shares(cast, full=shares, half=0)
        harvest = publish(make_harvest(cast, date=TUESDAY + timedelta(weeks=week)))
        fewer(harvest, "Carrots", "40")
        run = divisions.ask_for_division(harvest=harvest, by=None, at=LATER)
        run.harvest = harvest
        with CaptureQueriesContext(connection) as seen:
            assert divisions.divide(run=run, at=LATER)
        return len(seen)

    queries(0, 2)
    assert queries(1, 1) == queries(2, 197)
    assert Crop.objects.count() == 3
