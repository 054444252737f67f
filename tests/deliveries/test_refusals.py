"""What cannot be divided is said in words, with the crop it is about, and nothing that was typed is lost."""

from __future__ import annotations

import html
import re

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from deliveries import divisions
from deliveries.allocation import ProblemError
from deliveries.dividing import gathering
from deliveries.dividing.refusals import SLIPS, words_of
from deliveries.models import HarvestLine
from shares.models import ShareType
from tests import factories
from tests.deliveries.harvesting import make_harvest, publish, with_shares

PAGE = "/f/cedar-bend-farm/desk/harvest/2027-06-08/"


def words(answer) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(text).split())


def refused(harvest) -> str:
    """What the worker writes down when it cannot divide."""
    run = divisions.ask_for_division(harvest=harvest, by=None, at=factories.NOW)
    assert divisions.divide_harvests(factories.NOW) == 0
    run.refresh_from_db()
    return run.failed_because


def test_a_harvest_too_dear_is_a_slip_and_says_of_which_crop(cast, as_fern):
    with_shares(cast)
    harvest = make_harvest(cast, {"Chard": "9 bunch", "Carrots": "80 kg"})
    harvest.lines.filter(crop__name="Carrots").update(price=10**11)
    said = "Carrots: One step is worth too much. Look at price and step."
    page = words(as_fern.get(PAGE))
    assert page.count(said) == 2  # beside the row, and where the figures would be
    assert refused(harvest) == said
    assert harvest.lines.count() == 2


def test_a_share_type_without_a_size_cannot_be(cast):
    with pytest.raises(IntegrityError, match="a_share_weighs_something"), transaction.atomic():
        ShareType.objects.filter(pk=cast.full.pk).update(weight=0)
    cast.full.refresh_from_db()
    assert cast.full.weight == 2


def test_a_share_type_without_a_size_would_be_said(cast, as_fern, monkeypatch):
    """The engine refuses it as well, should it ever come from elsewhere, and the page has words for that."""
    with_shares(cast)
    harvest = make_harvest(cast)
    monkeypatch.setattr(gathering.Cell, "weight", 0)
    said = "A share type has no size. Under Seasons, give each a size of 1 or more."
    assert said in words(as_fern.get(PAGE))
    assert refused(harvest) == said
    assert harvest.lines.count() == 3


def test_a_crop_without_a_price_is_divided_all_the_same(cast):
    with_shares(cast, full=4, half=0)
    harvest = make_harvest(cast, {"Nettles": "8 bunch"})
    HarvestLine.objects.update(price=0)
    publish(harvest)
    assert [box.portions.get().steps for box in harvest.current.boxes.all()] == [2]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("step", "0", "0.001"),
        ("picked", "999999999", "That is more than a field can bear. Is there a digit too many?"),
        ("picked", "-3", "below zero"),
    ],
)
def test_a_slip_is_said_beside_its_row_and_kept(cast, as_fern, field, typed, said):
    facts = {"crop": "Carrots", "picked": "5", "unit": "kg", "step": "0.05", "price": "3"} | {field: typed}
    page = as_fern.post(f"{PAGE}rows/", {"row": "new-1"} | {f"new-1-{name}": text for name, text in facts.items()})
    assert said in words(page)
    assert f'value="{typed}"' in page.content.decode()
    assert HarvestLine.objects.count() == 0


def test_every_refusal_has_words_that_a_catalogue_can_carry():
    for field, code in SLIPS:
        with override("en"):
            assert words_of(ProblemError(field, code, "raw", crop=0), ["Kale"]).startswith("Kale: ")
            assert "raw" not in words_of(ProblemError(field, code, "raw"), [])
