"""`manage.py demo` where its farms stand already only tells of them again."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.management import call_command

from csa.demo.farms import place_of
from farms.models import Farm
from tests import factories


@pytest.mark.django_db
def test_a_second_demo_tells_of_every_farm_once_and_makes_none(capsys):
    for number in range(3):
        farm = factories.make_farm(place_of(number).name, slug=place_of(number).slug)
        factories.make_season(farm, name=f"موسم 2027 {number}")
    factories.make_season(Farm.objects.get(slug="cedar-bend"), name="Next year", first_day=date(2028, 6, 6))
    told = []
    for _again in range(2):
        call_command("demo", farms=3, households=5)
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    assert [farm["slug"] for farm in told[0]["farms"]] == ["cedar-bend", "wadi-al-arz", "hedgerow-farm-3"]
    assert [list(farm["host_links"]) for farm in told[0]["farms"]] == [["Tuesday Market"]] * 3
