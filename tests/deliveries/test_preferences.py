"""A household rates the farm's crops in five, and says what it must not eat: with consent, until it takes it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliveries.models import Crop, Exclusion, Liking
from tests import factories
from tests.deliveries.harvesting import make_crop

PAGE = "/my/preferences/"


@pytest.fixture
def crops(cast) -> dict[str, Crop]:
    return {name: make_crop(cast.farm, name) for name in ("Carrots", "Celery", "Fennel")}


def rated(household) -> dict[str, int]:
    return dict(household.likings.values_list("crop__name", "level"))


def test_every_crop_is_rated_with_one_save_and_neutral_leaves_no_row(cast, crops, as_sam):
    levels = {"Carrots": 4, "Celery": 2, "Fennel": 0}
    sent = {f"crop-{crops[name].pk}": level for name, level in levels.items()}
    answer = as_sam.post(PAGE, {"act": "rate", **sent})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert rated(cast.sams) == {"Carrots": 4, "Fennel": 0}
    rows = as_sam.get(PAGE).context["rows"]
    assert [(row.crop.name, [level for level, _w, _i, chosen in row.options if chosen]) for row in rows] == [
        ("Carrots", [4]), ("Celery", [2]), ("Fennel", [0]),
    ]  # fmt: skip
    as_sam.post(PAGE, {"act": "rate", f"crop-{crops['Carrots'].pk}": 2})
    assert rated(cast.sams) == {"Fennel": 0}


def test_a_rating_that_is_none_is_said_beside_its_crop_and_nothing_is_saved(cast, crops, as_sam):
    sent = {f"crop-{crops['Carrots'].pk}": "9", f"crop-{crops['Fennel'].pk}": "0"}
    answer = as_sam.post(PAGE, {"act": "rate", **sent})
    assert answer.status_code == 200
    assert answer.context["ratings"].errors == {f"crop-{crops['Carrots'].pk}": ["Choose one of the five."]}
    assert answer.context["rows"][2].options[0][3] is True
    assert rated(cast.sams) == {}


def test_an_allergy_is_kept_only_with_consent(cast, crops, as_sam, clock):
    sent = {"act": "exclude", "without": [crops["Celery"].pk]}
    answer = as_sam.post(PAGE, sent)
    assert answer.context["without"].errors == {"consent": ["This is about health: it is kept only if you agree."]}
    assert "checked" in answer.content.decode().split("Celery</span>")[0].rpartition("<input")[2]
    assert Exclusion.objects.count() == 0
    as_sam.post(PAGE, sent | {"consent": "on"})
    assert [(row.crop.name, row.consented_at) for row in Exclusion.objects.select_related("crop")] == [
        ("Celery", factories.NOW)
    ]
    clock(factories.NOW + timedelta(days=3))
    as_sam.post(PAGE, {"act": "exclude", "without": [crops["Celery"].pk, crops["Fennel"].pk], "consent": "on"})
    assert dict(Exclusion.objects.values_list("crop__name", "consented_at")) == {
        "Celery": factories.NOW, "Fennel": factories.NOW + timedelta(days=3),
    }  # fmt: skip


def test_taking_an_allergy_away_needs_no_consent_and_forgetting_leaves_nothing(cast, crops, as_sam):
    for name in ("Celery", "Fennel"):
        Exclusion.objects.create(household=cast.sams, crop=crops[name], consented_at=factories.NOW)
    as_sam.post(PAGE, {"act": "exclude", "without": [crops["Fennel"].pk]})
    assert list(Exclusion.objects.values_list("crop__name", flat=True)) == ["Fennel"]
    as_sam.post(PAGE, {"act": "forget"})
    assert Exclusion.objects.count() == 0


def test_a_crop_of_another_farm_is_no_choice(cast, crops, as_sam, olga):
    theirs = make_crop(olga.staffed.get().farm, "Kestrel beans")
    assert "Kestrel" not in as_sam.get(PAGE).content.decode()
    answer = as_sam.post(PAGE, {"act": "exclude", "without": [theirs.pk], "consent": "on"})
    assert (answer.status_code, Exclusion.objects.count()) == (200, 0)
    as_sam.post(PAGE, {"act": "rate", f"crop-{theirs.pk}": 0})
    assert Liking.objects.count() == 0


@pytest.mark.parametrize(("mode", "words"), [("uniform", "the same for everyone"), ("choice", "by what its household")])
def test_the_page_says_what_ratings_do_at_this_farm(cast, crops, as_sam, mode, words):
    cast.season.mode = mode
    cast.season.save()
    factories.make_share(cast.sams, cast.full, site=cast.market)
    assert words in as_sam.get(PAGE).content.decode().partition("</h2>")[2].partition("<form")[0]


def test_nobody_without_a_household_finds_the_page(cast, crops, as_oz, client):
    assert as_oz.get(PAGE).status_code == 404
    assert client.get(PAGE)["Location"] == f"{reverse('account_login')}?next={PAGE}"


def test_the_page_takes_as_many_queries_for_30_crops_as_for_three(cast, crops, as_sam):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            as_sam.get(PAGE)
        return len(seen)

    few = queries()
    for number in range(27):
        make_crop(cast.farm, f"Crop {number}")
    assert queries() == few
