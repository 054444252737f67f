"""What a farmer wants of one crop this week: a maximum, a smallest portion, a margin, some places, fixed amounts."""

from __future__ import annotations

import pytest
from django.urls import reverse

from deliveries import divisions
from deliveries.models import HarvestLine, Liking, Portion
from farms.models import Packing
from tests.deliveries.harvesting import TUESDAY, make_harvest, publish, with_shares


@pytest.fixture(params=[Packing.UNIFORM, Packing.CHOICE])
def packed(request, cast):
    """Both ways of packing: rules hold in each. Ten shares of weight 2 and 1 at two sites."""
    cast.season.mode = request.param
    cast.season.save()
    with_shares(cast, full=3, half=2)
    with_shares(cast, full=2, half=3, site=cast.school)
    return cast


def divided_with(cast, amounts: dict[str, str] | None = None, **rules):
    harvest = make_harvest(cast, amounts or {"Lettuce": "40 head", "Carrots": "30.35 kg"}, both=True)
    harvest.lines.filter(crop__name="Lettuce").update(**rules)
    return publish(harvest)


def steps_of(harvest, crop="Lettuce") -> dict[tuple[str, str], set[int]]:
    """What shares got, by site and type."""
    found: dict[tuple[str, str], set[int]] = {}
    rows = Portion.objects.filter(box__allocation=harvest.current, crop__name=crop)
    for site, kind, steps in rows.values_list("box__day__site__name", "box__share_type__name", "steps"):
        found.setdefault((site, kind), set()).add(steps)
    return found


def left(harvest, crop="Lettuce") -> int:
    return sum(row.steps for row in harvest.current.leftovers.filter(crop__name=crop))


def handed_out(harvest, crop="Lettuce") -> int:
    rows = Portion.objects.filter(box__allocation=harvest.current, crop__name=crop).select_related("box")
    return sum(row.steps * row.box.count for row in rows)


def test_nobody_gets_more_than_the_maximum(packed):
    harvest = divided_with(packed, most=2)
    assert max(max(steps) for steps in steps_of(harvest).values()) == 2
    assert handed_out(harvest) + left(harvest) == 40
    assert left(harvest) >= 20


def test_a_crop_is_packed_in_whole_portions_and_the_rest_is_left_over(packed):
    harvest = divided_with(packed, {"Lettuce": "41 head", "Carrots": "30.35 kg"}, portion=3)
    given = set().union(*steps_of(harvest).values())
    assert {steps % 3 for steps in given} == {0}
    assert len(given) > 1
    assert handed_out(harvest) + left(harvest) == 41
    stored = divisions.in_force(harvest)
    assert sum(steps[0] * count for steps, count in zip(stored.portions, stored.counts, strict=True)) == handed_out(
        harvest
    )


def test_a_margin_is_kept_back_and_told(packed, as_fern):
    harvest = divided_with(packed, margin=15)
    assert left(harvest) >= 6
    assert handed_out(harvest) <= 34
    assert handed_out(harvest) + left(harvest) == 40
    page = as_fern.get(reverse("harvest", args=[packed.farm.slug, str(TUESDAY)])).content.decode()
    assert "kept back for what shrinks" in page


def test_a_crop_kept_for_some_places_goes_nowhere_else(packed):
    harvest = divided_with(packed, sites=[packed.school.pk])
    steps = steps_of(harvest)
    assert {max(got) for (site, _kind), got in steps.items() if site == "Tuesday Market"} == {0}
    assert min(min(got) for (site, _kind), got in steps.items() if site == "School gate") > 0


def test_a_fixed_amount_comes_whatever_else_comes(packed):
    harvest = divided_with(packed, locked={str(packed.full.pk): 2})
    fixed = {kind: got for (_site, kind), got in steps_of(harvest).items() if kind == "Full share"}
    assert fixed == {"Full share": {2}}
    assert handed_out(harvest) + left(harvest) == 40


def test_a_fixed_amount_is_not_forced_on_who_never_takes_it(packed):
    packed.season.mode = Packing.CHOICE
    packed.season.save()
    harvest = make_harvest(packed, {"Lettuce": "40 head"}, both=True)
    harvest.lines.update(locked={str(packed.full.pk): 2})
    household = packed.full.shares.first().household
    Liking.objects.create(household=household, crop=harvest.lines.get().crop, level=0)
    publish(harvest)
    rows = Portion.objects.filter(box__share__household=household)
    assert list(rows.values_list("steps", flat=True)) == [0]


def test_more_fixed_than_came_in_is_said_and_the_lists_before_stay(packed, as_fern):
    harvest = divided_with(packed)
    harvest.lines.filter(crop__name="Lettuce").update(locked={str(packed.full.pk): 20})
    type(harvest).objects.filter(pk=harvest.pk).update(version=99)
    page = as_fern.get(reverse("harvest", args=[packed.farm.slug, str(TUESDAY)])).content.decode()
    assert "Lettuce: more is fixed for each share than came in." in page


def _row(cast, line, **typed):
    facts = {"crop": line.crop.name, "picked": "40", "unit": line.unit, "step": "1", "price": "3"}
    facts |= {"rules": "yes", "sites": [cast.market.pk, cast.school.pk]} | typed
    return {"row": line.pk} | {f"{line.pk}-{name}": value for name, value in facts.items()}


def _post(as_fern, cast, line, **typed):
    return as_fern.post(reverse("harvest_rows", args=[cast.farm.slug, str(TUESDAY)]), _row(cast, line, **typed))


def test_rules_are_typed_in_the_grid(cast, as_fern):
    harvest = make_harvest(cast, {"Lettuce": "40 head"}, both=True)
    line = harvest.lines.get()
    fixed = f"fixed-{cast.full.pk}"
    answer = _post(as_fern, cast, line, most="6", portion="2", margin="10", sites=[cast.school.pk], **{fixed: "4"})
    assert answer.status_code == 302
    line.refresh_from_db()
    assert (line.most, line.portion, line.margin, line.sites, line.locked) == (
        6, 2, 10, [cast.school.pk], {str(cast.full.pk): 4},
    )  # fmt: skip
    page = as_fern.get(reverse("harvest", args=[cast.farm.slug, str(TUESDAY)])).content.decode()
    assert "5 rules" in page
    _post(as_fern, cast, line)
    line.refresh_from_db()
    assert (line.most, line.portion, line.margin, line.sites, line.locked) == (None, 1, 0, [], {})


def test_a_row_saved_without_its_rules_keeps_them_unless_it_is_counted_otherwise(cast, as_fern):
    harvest = make_harvest(cast, {"Lettuce": "40 head"}, both=True)
    line = harvest.lines.get()
    harvest.lines.update(most=2, margin=10)
    _post(as_fern, cast, line, rules="")
    line.refresh_from_db()
    assert (line.most, line.margin) == (2, 10)
    _post(as_fern, cast, line, rules="", unit="kg", step="0.05")
    line.refresh_from_db()
    assert (line.most, line.margin) == (None, 10)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"most": "many"}, "most", "Write it in plain digits, like 1250 or 1.5."),
        ({"most": "0"}, "most", "Write more than nothing, or leave it empty."),
        ({"most": "1.5"}, "most", "1.5 is not a whole number of steps of 1: write 1 or 2."),
        ({"most": "1", "portion": "2"}, "most", "That is less than the smallest portion."),
        ({"margin": "95"}, "margin", "90"),
        ({"sites": []}, "sites", "Choose at least one place."),
        ({"sites": ["99999"]}, "sites", "99999"),
        ({"portion": "2", "fixed": "3"}, "fixed", "That is not a whole number of portions."),
        ({"fixed": "-1"}, "fixed", ""),
    ],
)
def test_a_rule_that_cannot_be_is_said_beside_it_and_nothing_is_lost(cast, as_fern, typed, field, words):
    harvest = make_harvest(cast, {"Lettuce": "40 head"}, both=True)
    line = harvest.lines.get()
    named = {name if name != "fixed" else f"fixed-{cast.full.pk}": value for name, value in typed.items()}
    answer = _post(as_fern, cast, line, picked="39", **named)
    assert answer.status_code == 200
    form = next(form for form in answer.context["rows"] if form.line)
    wrong = f"fixed-{cast.full.pk}" if field == "fixed" else field
    assert words in " ".join(form.errors[wrong])
    assert (form["picked"].value(), form.rules_open) == ("39", True)
    assert HarvestLine.objects.values_list("steps", "most", "portion", "margin").get() == (40, None, 1, 0)
