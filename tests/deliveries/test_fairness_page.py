"""What a farmer may turn in the division: only what changes something, tried on the last week before it is saved."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from deliveries import divisions
from deliveries.dividing import engine_choices
from deliveries.models import Allocation, Fairness
from tests import factories
from tests.deliveries.harvesting import make_harvest, publish, with_shares

DEFAULTS = {"thrift": "0", "variety": "2"}
HARVEST = {"Carrots": "11 kg", "Chard": "9 bunch", "Lettuce": "13 head", "Squash": "5 piece"}


def page_of(cast) -> str:
    return f"/f/cedar-bend-farm/desk/seasons/{cast.season.pk}/fairness/"


@pytest.fixture
def week(cast):
    """Two sites, so that sites can take turns."""
    with_shares(cast)
    with_shares(cast, full=3, half=2, site=cast.school)
    return publish(make_harvest(cast, HARVEST, both=True))


def send(client, cast, do: str = "save", **facts):
    return client.post(page_of(cast), DEFAULTS | {"do": do, "version": "0"} | facts)


def stored(cast) -> tuple[Decimal, Decimal, int, int, int]:
    one = Fairness.objects.get(season=cast.season)
    return one.variety, one.band, one.rotation, one.thrift, one.version


def test_before_the_first_division_there_is_no_example_yet(cast, as_fern):
    page = as_fern.get(page_of(cast)).content.decode()
    assert "After the first division" in page
    assert 'value="try"' not in page


def test_packed_alike_only_what_has_an_effect_is_shown(cast, as_fern, week):
    page = as_fern.get(page_of(cast)).content.decode()
    shown = [name for name in ("thrift", "variety", "band", "rotation") if f'name="{name}"' in page]
    assert shown == ["thrift", "variety"]


def test_what_is_not_shown_has_indeed_no_effect(cast, week):
    run = engine_choices.last_divided(cast.season)
    saved = Fairness(season=cast.season)

    def portions(**facts) -> list[list[int]]:
        return engine_choices.tried(run, engine_choices.with_facts(saved, facts)).divided.portions

    assert portions(band=Decimal("0.2")) == portions(rotation=0) == portions(rotation=200) == portions()
    assert portions(thrift=2) != portions()


def test_packed_by_choice_the_band_and_rotation_are_shown_and_exaggerating_is_explained(cast, as_fern):
    cast.season.mode = "choice"
    cast.season.save()
    page = as_fern.get(page_of(cast)).content.decode()
    assert [name for name in ("thrift", "variety", "band", "rotation") if f'name="{name}"' in page] == [
        "variety",
        "band",
        "rotation",
    ]
    assert "who exaggerates gains nothing" in page
    as_fern.post(page_of(cast), {"do": "save", "version": "0", "band": "3,5", "rotation": "50", "variety": "1.25"})
    assert stored(cast) == (Decimal("1.25"), Decimal("0.035"), 50, 0, 1)


def test_packed_by_choice_the_example_is_a_week_packed_so_and_says_how_it_was_liked(cast, as_fern, week):
    cast.season.mode = "choice"
    cast.season.save()
    assert "After the first division" in as_fern.get(page_of(cast)).content.decode()
    publish(make_harvest(cast, HARVEST, date=factories.FIRST_DAY + timedelta(days=7), both=True))
    facts = {"do": "try", "version": "0", "band": "20", "rotation": "0", "variety": "1"}
    page = as_fern.post(page_of(cast), facts).content.decode()
    assert "Your week 2" in page
    assert "Liked (100% would be loving all of it)" in page
    assert "As you try it" in page


def test_a_saved_choice_is_what_the_next_division_is_made_with(cast, as_fern, week):
    following = make_harvest(cast, HARVEST, date=factories.FIRST_DAY + timedelta(days=7), both=True)
    before = divisions.preview(following)[1].portions
    assert send(as_fern, cast, thrift="2")["Location"] == page_of(cast)
    assert stored(cast) == (Decimal(2), Decimal("0.02"), 30, 2, 1)
    case, divided = divisions.preview(following)
    assert case.inputs["fairness"] == {"variety": 2.0, "band": 0.02, "rotation": 30, "thrift": 2}
    assert divided.portions != before
    publish(following)
    run = following.current
    assert run.inputs["fairness"]["thrift"] == run.record["parameters"]["thrift"] == 2
    assert divisions.in_force(following).portions == divided.portions


def test_trying_changes_nothing_and_shows_both(cast, as_fern, week):
    answer = send(as_fern, cast, "try", thrift="2")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "As you try it" in page
    assert "<s class" in page
    assert not Fairness.objects.exists()


def test_trying_what_is_saved_shows_that_nothing_differs(cast, as_fern, week):
    page = send(as_fern, cast, "try").content.decode()
    assert "would have been the same that week" in page
    assert "<s class" not in page


def test_the_example_comes_alone_and_at_once_to_a_page_that_asks_for_it(cast, as_fern, week):
    facts = DEFAULTS | {"do": "try", "version": "0", "thrift": "2"}
    as_fern.post(page_of(cast), facts, headers={"HX-Request": "true"})
    began = time.process_time()
    page = as_fern.post(page_of(cast), facts, headers={"HX-Request": "true"}).content.decode()
    assert time.process_time() - began < 0.3
    assert page.strip().startswith('<div id="example"')


@pytest.mark.parametrize(
    ("field", "text"),
    [("variety", "0.5"), ("variety", "11"), ("variety", "x"), ("variety", ""), ("thrift", "7"), ("version", "x")],
)
def test_what_cannot_be_is_refused_beside_its_field_and_kept_as_typed(cast, as_fern, week, field, text):
    answer = send(as_fern, cast, **{field: text})
    assert answer.status_code == 422
    assert not Fairness.objects.exclude(version=0).exists()
    if field == "variety" and text:
        assert f'value="{text}"' in answer.content.decode()


def test_of_two_tabs_the_second_is_told_and_may_save_again(cast, as_fern, week):
    send(as_fern, cast, thrift="2")
    late = send(as_fern, cast, thrift="100")
    assert late.status_code == 422
    assert "Somebody changed this" in late.content.decode()
    assert 'name="version" value="1"' in late.content.decode()
    assert stored(cast)[3:] == (2, 1)
    assert send(as_fern, cast, thrift="100", version="1").status_code == 302
    assert stored(cast)[3:] == (100, 2)


def test_the_database_bears_no_choice_that_the_engine_would_refuse(cast):
    for wrong in ({"variety": Decimal("0.5")}, {"variety": 11}, {"band": Decimal("0.3")}, {"rotation": 201}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Fairness.objects.create(season=cast.season, **wrong)
    Fairness.objects.create(season=cast.season)
    with pytest.raises(IntegrityError), transaction.atomic():
        Fairness.objects.create(season=cast.season)


def test_a_run_from_before_these_choices_is_divided_again_as_it_was(cast, week):
    inputs = dict(week.current.inputs)
    inputs.pop("fairness")
    Allocation.objects.filter(pk=week.current.pk).update(inputs=inputs)
    run = engine_choices.last_divided(cast.season)
    assert engine_choices.tried(run, Fairness(season=cast.season)).divided.portions == (
        divisions.in_force(run.in_force_for).portions
    )
