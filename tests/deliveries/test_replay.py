"""What was published can be run again by anybody, and whatever changed since has a name."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from deliveries.models import Fairness, Portion
from tests import factories
from tests.deliveries.harvesting import TUESDAY, make_harvest, publish, with_shares

LATER = factories.NOW + timedelta(hours=1)


def replayed(cast, date=TUESDAY) -> tuple[dict, int]:
    """What the command prints, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("allocate", cast.farm.slug, date.isoformat(), "--replay", "--json", stdout=out)
    except SystemExit as ended:
        code = ended.code
    return json.loads(out.getvalue()), code


@pytest.fixture
def harvest(cast):
    with_shares(cast)
    with_shares(cast, full=3, half=2, site=cast.school)
    return publish(make_harvest(cast, both=True))


@pytest.mark.parametrize("mode", ["uniform", "choice"])
def test_a_published_division_comes_out_again(cast, mode):
    cast.season.mode = mode
    cast.season.save()
    with_shares(cast)
    publish(make_harvest(cast))
    facts, code = replayed(cast)
    assert (facts["same"], facts["differs"], facts["since"], code) == (True, [], {}, 0)


@pytest.mark.parametrize("mode", ["uniform", "choice"])
def test_so_does_a_correction(cast, mode):
    cast.season.mode = mode
    cast.season.save()
    with_shares(cast)
    harvest = publish(make_harvest(cast))
    make_harvest(cast, {"Carrots": "60 kg"})
    publish(harvest, at=LATER)
    facts, code = replayed(cast)
    assert (facts["same"], facts["version"], facts["since"], code) == (True, 2, {}, 0)


def test_a_portion_that_was_tampered_with_is_named(cast, harvest):
    portion = Portion.objects.get(
        crop__name="Carrots", box__day__site=cast.market, box__share_type=cast.full, box__allocation=harvest.current
    )
    Portion.objects.filter(pk=portion.pk).update(steps=portion.steps + 1)
    facts, code = replayed(cast)
    told = {"what": "portion", "site": "Tuesday Market", "type": "Full share", "crop": "Carrots"}
    assert facts["differs"] == [{**told, "kept": portion.steps + 1, "again": portion.steps}]
    assert (facts["same"], code) == (False, 1)


def test_inputs_that_were_tampered_with_are_named(cast, harvest):
    run = harvest.current
    run.inputs["crops"][0]["steps"] += 100
    run.save()
    facts, code = replayed(cast)
    assert (facts["same"], facts["differs"][0]["what"], code) == (False, "inputs", 1)


def test_what_changed_since_is_named_and_the_division_is_still_the_same(cast, harvest):
    with_shares(cast, full=1, half=0)
    line = harvest.lines.get(crop__name="Carrots")
    line.steps, line.price = line.steps - 8, line.price + 10
    line.save()
    harvest.lines.get(crop__name="Lettuce").delete()
    Fairness.objects.create(season=cast.season, rotation=60)
    facts, code = replayed(cast)
    assert (facts["same"], code) == (True, 0)
    assert facts["since"] == {
        "roster": [{"site": "Tuesday Market", "type": "Full share", "then": 6, "now": 7}],
        "crops": [{"crop": "Lettuce", "now": "gone"}],
        "quantities": [{"crop": "Carrots", "what": "steps", "then": 1608, "now": 1600}],
        "prices": [{"crop": "Carrots", "what": "price", "then": 300, "now": 310}],
        "parameters": [{"what": "rotation", "then": 30, "now": 60}],
    }


def test_an_earlier_week_that_was_corrected_is_named_as_memory(cast, harvest):
    publish(make_harvest(cast, {"Potatoes": "5 kg"}, date=TUESDAY + timedelta(weeks=1), both=True))
    harvest.current.boxes.filter(day__site=cast.market).update(got=0)
    facts, _code = replayed(cast, TUESDAY + timedelta(weeks=1))
    assert facts["same"]
    assert {(one["site"], one["what"]) for one in facts["since"]["memory"]} == {("Tuesday Market", "owed")}


def test_nothing_published_is_said(cast):
    with_shares(cast)
    make_harvest(cast)
    with pytest.raises(CommandError, match="Nothing is published"):
        replayed(cast)
