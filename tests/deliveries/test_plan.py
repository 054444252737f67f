"""What will grow: planned by week, copied from the season before, divided as the engine would; and what came in."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from deliveries.allocation import allocate
from deliveries.book.plan_page import chunks_of
from deliveries.dividing import corrections, plan
from deliveries.models import Crop, Fairness, PlannedCrop
from farms.models import Week
from tests import factories
from tests.deliveries.harvesting import make_crop, make_harvest, publish, with_shares


def page_of(cast, week: int | None = None) -> str:
    return f"/f/cedar-bend-farm/desk/seasons/{cast.season.pk}/plan/" + (f"?week={week}" if week else "")


def planned(cast) -> list[tuple[str, int, int]]:
    rows = PlannedCrop.objects.filter(season=cast.season).order_by("crop__name", "number")
    return list(rows.values_list("crop__name", "number", "steps"))


def save(client, cast, places: dict[tuple[Crop, int], str], *, week: int = 1):
    typed = {f"crop-{crop.pk}-{number}": text for (crop, number), text in places.items()}
    return client.post(page_of(cast, week), typed | {"do": "save"})


@pytest.fixture
def carrots(cast) -> Crop:
    return make_crop(cast.farm, "Carrots")


def test_amounts_are_kept_as_steps_and_an_emptied_place_is_taken_away(cast, as_fern, carrots):
    answer = save(as_fern, cast, {(carrots, 1): "12.5", (carrots, 2): "٤٠", (carrots, 3): "1.23"})
    assert answer["Location"] == f"{page_of(cast, 1)}#grid"
    assert planned(cast) == [("Carrots", 1, 250), ("Carrots", 2, 800), ("Carrots", 3, 24)]
    save(as_fern, cast, {(carrots, 1): "", (carrots, 2): "20"})
    assert planned(cast) == [("Carrots", 2, 400), ("Carrots", 3, 24)]  # week 3 was not sent, so it stays
    assert 'value="20"' in as_fern.get(page_of(cast, 1)).content.decode()


@pytest.mark.parametrize("text", ["abc", "-3", "1e9", "99999999999999", "\x00", "1.5"])
def test_one_bad_amount_is_told_beside_its_place_and_nothing_is_saved(cast, as_fern, carrots, text):
    heads = make_crop(cast.farm, "Lettuce", unit="head", step="1")
    save(as_fern, cast, {(carrots, 1): "5"})
    answer = save(as_fern, cast, {(carrots, 1): "7", (heads, 2): text if text != "\x00" else "x\x00"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="crop-{heads.pk}-2-error"' in page
    assert 'value="7"' in page
    assert planned(cast) == [("Carrots", 1, 100)]


def test_places_of_another_farm_s_crop_or_no_week_are_not_written(cast, as_fern, carrots, olga):
    theirs = make_crop(olga.staffed.get().farm, "Kale")
    save(as_fern, cast, {(theirs, 1): "5", (carrots, 99): "5", (carrots, 20): "5"})
    assert planned(cast) == []  # week 20 is not among the weeks of this page


def test_a_crop_is_planned_once_a_week_and_never_for_nothing(cast, carrots):
    facts = {"season": cast.season, "crop": carrots, "number": 1, "unit": "kg", "step": Decimal("0.05")}
    PlannedCrop.objects.create(steps=1, **facts)
    for wrong in ({"steps": 1}, {"steps": 0, "number": 2}, {"steps": 1, "number": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlannedCrop.objects.create(**(facts | wrong))


def test_the_season_before_fills_empty_places_by_week_number(cast, as_fern):
    with_shares(cast)
    make_harvest(cast, {"Carrots": "80.4 kg", "Chard": "9 bunch"})
    make_harvest(cast, {"Carrots": "40 kg"}, date=factories.FIRST_DAY + timedelta(days=7))
    old, carrots = cast.season, Crop.objects.get(name="Carrots")
    cast.season = factories.make_season(cast.farm, [cast.market], name="Next", first_day=date(2028, 6, 6), length=10)
    Week.objects.filter(season=cast.season, number=2).update(skipped=True)
    page = as_fern.get(page_of(cast)).content.decode()
    assert f"Fill in from <bdi>{old.name}</bdi>" in page
    save(as_fern, cast, {(carrots, 1): "5"})
    as_fern.post(page_of(cast), {"do": "copy"})
    assert planned(cast) == [("Carrots", 1, 100), ("Chard", 1, 9)]  # typed stays; week 2 has no pickup
    assert plan.copy_season_before(season=cast.season) == 0


def test_without_a_season_before_nothing_is_offered(cast, as_fern, carrots):
    assert "Fill in from" not in as_fern.get(page_of(cast)).content.decode()
    assert as_fern.post(page_of(cast), {"do": "copy"}).status_code == 302
    assert planned(cast) == []


def test_shares_would_hold_what_the_engine_would_give_them(cast, as_fern, carrots):
    with_shares(cast, full=6, half=4)
    lettuce = make_crop(cast.farm, "Lettuce", unit="head", step="1", price=200)
    save(as_fern, cast, {(carrots, 1): "80", (lettuce, 1): "16", (carrots, 2): "16"})
    due, any_sold = plan.shares_due(cast.season, [cast.full, cast.half])
    first, second, third = plan.expected_weeks(cast.season, plan.rows_of(cast.season), due)[:3]
    assert any_sold
    assert first.divided.portions == [[200, 2], [100, 1]]  # 10 kg and two heads; half of it
    assert (first.worth(cast.full), first.worth(cast.half)) == (3400, 1700)
    assert (second.worth(cast.full), third.worth(cast.full)) == (600, None)
    assert [first.thin, second.thin, third.thin] == [False, True, False]
    page = as_fern.get(page_of(cast, 1)).content.decode()
    assert "Week 2 looks thin" in page
    assert "What a share would hold: <bdi>Full share</bdi>" in page


def test_a_week_is_divided_anew_only_when_its_plan_its_shares_or_the_choices_changed(
    cast, as_fern, carrots, monkeypatch
):
    with_shares(cast, full=6, half=4)
    save(as_fern, cast, {(carrots, week): "80" for week in (1, 2, 3)})
    divided = []

    def counted(problem, *, mode):
        divided.append(problem.seed)
        return allocate(problem, mode=mode)

    monkeypatch.setattr(corrections, "allocate", counted)
    pages = [as_fern.get(page_of(cast)).content.decode() for _twice in range(2)]
    assert divided == [1, 2, 3]
    assert re.findall("€[0-9.]+", pages[0]) == re.findall("€[0-9.]+", pages[1]) != []
    save(as_fern, cast, {(carrots, 2): "40"})
    as_fern.get(page_of(cast))
    assert divided[3:] == [2]
    Fairness.objects.create(season=cast.season, thrift=2)
    as_fern.get(page_of(cast))
    assert divided[4:] == [1, 2, 3]
    with_shares(cast, full=1, half=0)
    as_fern.get(page_of(cast))
    assert divided[7:] == [1, 2, 3]


def test_with_the_cache_away_the_plan_is_shown_all_the_same(cast, as_fern, carrots, settings):
    with_shares(cast, full=6, half=4)
    save(as_fern, cast, {(carrots, 1): "80"})
    shown = as_fern.get(page_of(cast))
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    away = as_fern.get(page_of(cast))
    assert away.status_code == 200
    worths = "What a share would hold: <bdi>Full share</bdi>"
    assert worths in shown.content.decode()
    assert worths in away.content.decode()


def test_what_cannot_be_divided_is_told_in_the_language_of_the_page(cast, as_fern, carrots):
    with_shares(cast, full=6, half=4)
    save(as_fern, cast, {(carrots, 1): "80"})
    Crop.objects.filter(pk=carrots.pk).update(price=10**15)
    for language, told in (("en", "One step is worth too much"), ("ar", "الخطوة")):
        as_fern.cookies["django_language"] = language
        assert told in as_fern.get(page_of(cast)).content.decode(), language


def test_before_anything_is_sold_every_place_counts(cast, as_fern, carrots):
    due, any_sold = plan.shares_due(cast.season, [cast.full, cast.half])
    assert (sum(one.count for one in due), any_sold) == (200, False)
    save(as_fern, cast, {(carrots, 1): "80"})
    assert "as if every place were taken" in as_fern.get(page_of(cast)).content.decode()


def test_what_was_planned_stands_beside_what_came(cast, as_fern, carrots):
    with_shares(cast, full=6, half=4)
    save(as_fern, cast, {(carrots, 1): "100"})
    publish(make_harvest(cast, {"Carrots": "80 kg"}))
    page = as_fern.get(page_of(cast, 1)).content.decode()
    assert "came in 80" in page
    week = plan.expected_weeks(
        cast.season, plan.rows_of(cast.season), plan.shares_due(cast.season, [cast.full, cast.half])[0]
    )[0]
    assert (week.worth(cast.full), week.got) == (3750, {cast.full.pk: 3000, cast.half.pk: 1500})


def test_a_crop_counted_otherwise_since_keeps_its_plan_out_of_the_figures(cast, as_fern, carrots):
    with_shares(cast)
    save(as_fern, cast, {(carrots, 1): "10"})
    Crop.objects.filter(pk=carrots.pk).update(unit="bunch", step=1, price=100)
    page = as_fern.get(page_of(cast, 1)).content.decode()
    assert "Planned so, but counted in bunch now" in page
    save(as_fern, cast, {(carrots, 1): "12"})
    row = plan.rows_of(cast.season)[0]
    assert (row.unit, row.steps) == ("kg", {1: 240})
    due, _any_sold = plan.shares_due(cast.season, [cast.full, cast.half])
    assert [week.divided for week in plan.expected_weeks(cast.season, [row], due)] == [None] * 25


def test_a_new_crop_is_added_once_under_any_spelling(cast, as_fern):
    answer = as_fern.post(page_of(cast), {"do": "add", "crop": "Kohlrabi", "unit": "piece", "price": "1,50"})
    crop = Crop.objects.get(farm=cast.farm)
    assert (answer.status_code, crop.name, crop.unit, crop.step, crop.price) == (302, "Kohlrabi", "piece", 1, 150)
    again = as_fern.post(page_of(cast), {"do": "add", "crop": " KOHLRABI", "unit": "kg", "price": "2"})
    assert (again.status_code, "already" in again.content.decode(), Crop.objects.count()) == (422, True, 1)
    wrong = as_fern.post(page_of(cast), {"do": "add", "crop": "", "unit": "stone", "price": "x"})
    assert (wrong.status_code, Crop.objects.count()) == (422, 1)


def test_a_season_is_shown_in_stretches_that_leave_no_week_out(cast):
    weeks = list(plan.planned_weeks(cast.season))
    for many in range(1, len(weeks) + 1):
        chunks = chunks_of(weeks[:many])
        assert [week for chunk in chunks for week in chunk] == weeks[:many]
        assert all(3 <= len(chunk) <= 8 for chunk in chunks) or many < 3


def test_the_page_asks_as_often_for_many_crops_as_for_one(cast, as_fern, carrots):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert as_fern.get(page_of(cast, 1)).status_code == 200
        return len(seen)

    with_shares(cast, full=1, half=0)
    save(as_fern, cast, {(carrots, 1): "10"})
    one = queries()
    with_shares(cast, full=9, half=9, site=cast.school)
    crops = [make_crop(cast.farm, f"Crop {n}") for n in range(12)]
    save(as_fern, cast, {(crop, week): "30" for crop in crops for week in range(1, 7)})
    publish(make_harvest(cast, {"Carrots": "80 kg"}, both=True))
    assert queries() == one <= 16
