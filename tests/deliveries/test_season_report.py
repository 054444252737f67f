"""The season's report: even or not, whose turn, what came in, what was left, what was not collected."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.models import Leftover, Pickup, Portion
from deliveries.report.figures import evenness, report_of
from deliveries.report.turns import Wait
from shares.models import Share
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to, tap
from tests.deliveries.harvesting import make_crop, make_harvest, publish, with_shares
from tests.deliveries.lists.reading import text_of

SECOND = factories.FIRST_DAY + timedelta(days=7)
LATER = factories.NOW + timedelta(days=60)


def page_of(cast) -> str:
    return f"/f/cedar-bend-farm/desk/seasons/{cast.season.pk}/report/"


def table(client, cast, key: str) -> list[list[str]]:
    answer = client.get(f"{page_of(cast)}?format=csv&table={key}")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.fixture
def two_weeks(cast):
    """Six full and four half shares at the market; 80.4 kg carrots at 3 €, 9 chard; then 4 lettuces only."""
    with_shares(cast)
    publish(make_harvest(cast, {"Carrots": "80.4 kg", "Chard": "9 bunch"}))
    publish(make_harvest(cast, {"Carrots": "40 kg", "Lettuce": "4 head"}, date=SECOND))


def test_before_the_first_division_the_page_says_so_and_there_is_nothing_to_keep(cast, as_fern):
    with_shares(cast)
    make_harvest(cast)
    assert "Nothing divided yet" in as_fern.get(page_of(cast)).content.decode()
    for wanted in ("format=pdf", "format=csv&table=crops"):
        assert as_fern.get(f"{page_of(cast)}?{wanted}").status_code == 404


def test_crops_are_summed_by_what_was_divided_not_by_what_is_written_down_since(cast, as_fern, two_weeks):
    make_harvest(cast, {"Carrots": "1 kg"}, date=SECOND)  # written, not published
    heads, *rows = table(as_fern, cast, "crops")
    assert heads == ["Crop", "Weeks", "Came in", "Unit", "Worth", "Part of the season’s worth"]
    assert rows == [
        ["Carrots", "2", "120.4", "kg", "361.2", "0.9025"],
        ["Chard", "1", "9.0", "bunch", "27.0", "0.0675"],
        ["Lettuce", "1", "4.0", "head", "12.0", "0.03"],
    ]
    assert [row[:6] for row in table(as_fern, cast, "weeks")[1:]] == [
        ["1", "2027-06-08", "Carrots", "80.4", "kg", "241.2"],
        ["1", "2027-06-08", "Chard", "9.0", "bunch", "27.0"],
        ["2", "2027-06-15", "Carrots", "40.0", "kg", "120.0"],
        ["2", "2027-06-15", "Lettuce", "4.0", "head", "12.0"],
    ]


def test_what_was_given_and_what_was_left_add_up_to_what_came_in(cast, two_weeks):
    report = report_of(cast.season, at=LATER)
    given = sum(one.got * count for one, count in zip(report.standings, (6, 4), strict=True))
    assert abs(given + report.left_value - report.value) <= 10  # each share's worth is rounded to a cent


def test_each_share_is_measured_by_what_it_was_due(cast, as_fern, two_weeks):
    report = report_of(cast.season, at=LATER)
    assert [(one.share_type.name, one.site.name, one.divisions) for one in report.standings] == [
        ("Full share", "Tuesday Market", 2),
        ("Half share", "Tuesday Market", 2),
    ]
    ratios = [one.got / one.due for one in report.standings]
    assert float(evenness(report.ratios)) == pytest.approx(min(ratios) / max(ratios))
    page = as_fern.get(page_of(cast)).content.decode()
    assert page.partition('id="turns"')[0].count('<circle class="s1"') == 2
    assert "All lie within ±5% of what they were due." in page


def test_a_share_far_behind_is_told_of(cast, as_fern, two_weeks):
    harvest = make_harvest(cast, {"Carrots": "40 kg"}, date=SECOND)
    harvest.current.boxes.filter(share_type=cast.half).update(got=0)
    page = as_fern.get(page_of(cast)).content.decode()
    assert "further than ±5% off what" in page
    assert "All lie within" not in page


def test_packed_by_likings_every_share_is_measured_and_how_well_it_was_liked(cast, as_fern):
    page = page_of(cast)
    with_shares(cast, full=4, half=2)
    publish(make_harvest(cast, {"Carrots": "40 kg", "Chard": "9 bunch"}))
    assert "Was it liked?" not in as_fern.get(page).content.decode()
    cast.season.mode = "choice"
    cast.season.save()
    crop = cast.farm.crops.get(name="Chard")
    for share in Share.objects.filter(share_type=cast.full):
        share.household.likings.create(crop=crop, level=4)
    publish(make_harvest(cast, {"Carrots": "40 kg", "Chard": "9 bunch"}, date=SECOND))
    report = report_of(cast.season, at=LATER)
    assert len(report.single) == 6
    assert [(one.share_type.name, one.divisions) for one in report.standings] == [("Full share", 2), ("Half share", 2)]
    full, half = report.standings
    assert full.due / half.due == pytest.approx(2, rel=0.01)  # of one share each, not of four and of two
    shown = as_fern.get(page).content.decode()
    assert "Was it liked?" in shown
    assert "Share by share" in shown


def test_where_leftovers_went_stands_beside_them(cast, as_fern, two_weeks):
    harvest = make_harvest(cast, {"Chard": "9 bunch"})
    crop = cast.farm.crops.get(name="Chard")
    Leftover.objects.update_or_create(allocation=harvest.current, crop=crop, defaults={"steps": 2})
    facts = {"crop": crop, "unit": "bunch", "step": 1, "made_at": factories.NOW}
    harvest.passed_on.create(steps=1, kind="swap", **facts)
    harvest.passed_on.create(steps=1, kind="gift", **facts)
    harvest.passed_on.create(steps=1, kind="gift", undone_at=factories.NOW, **facts)
    (row,) = [row for row in table(as_fern, cast, "leftovers")[1:] if row[0] == "Chard"]
    assert row[-1].replace("\u00a0", " ") == "Gift 1 bunch, Swap table 1 bunch"


def test_turns_at_a_scarce_crop_are_counted(cast, as_fern, two_weeks):
    rows = table(as_fern, cast, "every_turn")[1:]
    lettuce = {row[1]: (row[3], float(row[4])) for row in rows if row[0] == "Lettuce"}
    assert lettuce == {"Full share": ("1", 0.0), "Half share": ("1", 1.0)}
    (summary,) = [row for row in table(as_fern, cast, "turns")[1:] if row[0] == "Lettuce"]
    assert summary == ["Lettuce", "1", "0.0", "1.0", "0", "0", "Full share · Tuesday Market"]
    assert report_of(cast.season, at=LATER).waits["Lettuce"] == Wait(0, 0)  # half a turn each is not a whole one yet


def test_who_was_due_a_whole_turn_and_had_none_is_counted_share_by_share(cast, as_fern, two_weeks):
    harvest = make_harvest(cast, {"Carrots": "40 kg"}, date=SECOND)
    lettuce = Portion.objects.filter(box__allocation=harvest.current, crop__name="Lettuce")
    lettuce.update(turn_due=1000)
    (summary,) = [row for row in table(as_fern, cast, "turns")[1:] if row[0] == "Lettuce"]
    assert summary[4:6] == ["10", "6"]  # all ten; the six full shares got none
    page = as_fern.get(page_of(cast)).content.decode()
    assert "A whole turn was due 10 times so far, to a share for a crop; 6 of them are still waited for." in page


def test_how_well_it_was_liked_is_told_of_the_whole_season_week_by_week(cast, as_fern):
    cast.season.mode = "choice"
    cast.season.save()
    with_shares(cast, full=2, half=0)
    crops = [make_crop(cast.farm, name) for name in ("Carrots", "Potatoes")]
    for share in Share.objects.all():
        share.household.likings.create(crop=crops[0], level=4)
        share.household.likings.create(crop=crops[1], level=1)
    publish(make_harvest(cast, {"Carrots": "10 kg"}))  # worth 30, all of it loved
    publish(make_harvest(cast, {"Potatoes": "10 kg"}, date=SECOND))  # worth 30, all of it disliked
    report = report_of(cast.season, at=LATER)
    assert report.liked == {1: [0, 0, 0, 0, 3000], 2: [0, 3000, 0, 0, 0]}
    assert [row[2:] for row in table(as_fern, cast, "liked")[1:]] == [
        ["1.0", "1.0", "0.0", "0.0", "0.0"],
        ["0.1", "0.0", "0.0", "0.0", "1.0"],
    ]
    page = as_fern.get(page_of(cast)).content.decode()
    assert "In the 2 weeks packed by likings, what households got was liked to 55%" in page
    assert 'aria-label="How well each week was liked"' in page


def test_who_did_not_collect_is_counted_and_a_day_nobody_checked_in_is_not(cast, as_fern, client):
    some = households(cast, 3)
    for week in (1, 2):
        drawn_up(day_of(cast, week))
    link = link_to(day_of(cast, 1))
    tap(client, link, some[0])
    tap(client, link, some[1])
    tap(client, link, some[1], "undone")
    publish(make_harvest(cast, {"Carrots": "3 kg"}))
    weeks = report_of(cast.season, at=LATER).collected
    assert [(week.number, week.pickups, week.collected, week.unclaimed, week.unwatched) for week in weeks] == [
        (1, 3, 1, 2, 0),
        (2, 3, 0, 0, 3),
    ]
    before = report_of(cast.season, at=day_of(cast, 1).starts_at)
    assert before.collected == []  # nobody is late while the window is open


def test_every_table_comes_as_csv_and_xlsx_and_no_other_does(cast, as_fern, two_weeks):
    for key in ("fairness", "turns", "every_turn", "crops", "weeks", "leftovers", "unclaimed", "liked"):
        heads = table(as_fern, cast, key)[0]
        book = openpyxl.load_workbook(io.BytesIO(as_fern.get(f"{page_of(cast)}?format=xlsx&table={key}").content))
        assert [cell.value for cell in book.active[1]] == heads
    for wrong in ("format=csv&table=households", "format=csv", "format=ods&table=crops"):
        assert as_fern.get(f"{page_of(cast)}?{wrong}").status_code == 404


def test_the_report_on_paper_is_a_pdf_that_names_what_was_typed_as_text(cast, as_fern, two_weeks):
    cast.full.name = "#strong[x] $1"
    cast.full.save()
    answer = as_fern.get(f"{page_of(cast)}?format=pdf")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert "#strong[x] $1" in text_of(answer.content)


def test_the_charts_stand_on_paper_too(cast, as_fern, two_weeks):
    text = text_of(as_fern.get(f"{page_of(cast)}?format=pdf").content)
    for title in (
        "How far each share’s worth lies off what it was due",
        "Worth of what came in, by week",
        "Turns at scarce crops: from the share that had fewest to the one that had most",
    ):
        assert title in text
    assert "0–1 of 1" in text  # lettuce: none for some, one for others, of one time
    assert "€300" in text  # the top of the axis above 268.20 and 132.00


def test_names_that_try_tricks_are_shown_as_text(cast, as_fern):
    cast.full.name = "<b onload=x>"
    cast.full.save()
    with_shares(cast)
    publish(make_harvest(cast, {"=1+1": "3 kg", "</svg><script>": "1 bunch"}))
    page = as_fern.get(page_of(cast)).content.decode()
    assert "<b onload" not in page
    assert "</svg><script>" not in page
    assert "'=1+1" in [row[0] for row in table(as_fern, cast, "crops")]


def test_the_page_asks_as_often_for_many_weeks_and_crops_as_for_one(cast, as_fern):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert as_fern.get(page_of(cast)).status_code == 200
        return len(seen)

    with_shares(cast, full=1, half=0)
    publish(make_harvest(cast, {"Carrots": "3 kg"}))
    one = queries()
    with_shares(cast, full=20, half=10, site=cast.school)
    crops = {f"Crop {n}": f"{n + 1} bunch" for n in range(12)}
    for week in range(1, 4):
        publish(make_harvest(cast, crops, date=factories.FIRST_DAY + timedelta(days=7 * week), both=True))
    drawn_up(day_of(cast, 2))
    assert Pickup.objects.count() == 1
    assert queries() == one == 15


def test_a_season_of_another_farm_has_no_report_here(cast, as_fern, olga):
    other = olga.staffed.get().farm.seasons.get()
    for name in ("report", "plan", "fairness"):
        assert as_fern.get(f"/f/cedar-bend-farm/desk/seasons/{other.pk}/{name}/").status_code == 404


def test_the_desk_and_the_seasons_lead_to_the_three_pages(cast, as_fern):
    for address in ("/f/cedar-bend-farm/desk/seasons/", "/f/cedar-bend-farm/desk/"):
        page = as_fern.get(address).content.decode()
        for name in ("report", "plan", "fairness"):
            assert f'href="/f/cedar-bend-farm/desk/seasons/{cast.season.pk}/{name}/"' in page
