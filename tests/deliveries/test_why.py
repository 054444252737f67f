"""Every number opens its sentence: for the farmer in the grid, for the household, for whoever hands shares out."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliveries import divisions
from deliveries.checking_in.host_links import live_link
from deliveries.dividing.why import tell
from deliveries.models import Crop
from farms.models import PickupDay, StaffMember
from tests import factories
from tests.deliveries.harvesting import TUESDAY, make_harvest, publish, with_shares


def words(answer) -> str:
    text = re.sub(r"<[^>]+>", "", answer.content.decode())
    return " ".join(html.unescape(text).split())


def sentences(harvest, crop: str, share_type) -> list[tuple[str, str, str]]:
    """Site, amount and reason of each pickup."""
    case, divided = divisions.shown(harvest)
    number = Crop.objects.get(farm=case.harvest.week.season.farm, name=crop).pk
    told = tell(divided, crop=number, rows=divided.cells_of_type(share_type.pk))
    sites = {day.pk: day.site.name for day in case.days}
    return [(sites[one.day], f"{one.given}", one.why) for one in told.sentences]


def grid_why(cast, crop: str, share_type, date=TUESDAY) -> str:
    number = Crop.objects.get(farm=cast.farm, name=crop).pk
    return reverse("why", args=[cast.farm.slug, date.isoformat(), share_type.pk, number])


@pytest.fixture
def scarce(cast):
    """Two melons for two shares at the market and two at the school; a week later, two more."""
    with_shares(cast, full=2, half=0)
    with_shares(cast, full=2, half=0, site=cast.school)
    return publish(make_harvest(cast, {"Melon": "2 piece", "Potatoes": "8 kg"}, both=True))


def test_an_even_part_says_so(cast):
    with_shares(cast, full=4, half=0)
    harvest = make_harvest(cast, {"Potatoes": "8 kg"})
    assert sentences(harvest, "Potatoes", cast.full) == [("Tuesday Market", "2", "even")]


def test_what_is_rounded_to_whole_steps_says_by_how_much(cast, as_fern):
    with_shares(cast, full=3, half=0)
    harvest = make_harvest(cast, {"Potatoes": "4 kg"})
    assert sentences(harvest, "Potatoes", cast.full) == [("Tuesday Market", "1.3", "rounded_down")]
    said = words(as_fern.get(grid_why(cast, "Potatoes", cast.full)))
    assert "4 kg came in, for 3 shares that take it. 0.1 kg is left over." in said
    assert "The even part for a share of this size is 1.333 kg, given in whole steps of 0.05 kg." in said


def test_whose_turn_it_is_and_whose_it_was_not(cast, scarce):
    given = {site: why for site, _amount, why in sentences(scarce, "Melon", cast.full)}
    assert sorted(given.values()) == ["others_turn", "your_turn"]
    again = make_harvest(cast, {"Melon": "2 piece", "Potatoes": "8 kg"}, date=TUESDAY + timedelta(weeks=1), both=True)
    later = {site: why for site, _amount, why in sentences(again, "Melon", cast.full)}
    assert later == {site: {"your_turn": "others_turn", "others_turn": "your_turn"}[why] for site, why in given.items()}


def test_a_turn_that_was_owed_is_told_in_the_crop_s_own_unit(cast, scarce, as_fern):
    make_harvest(cast, {"Melon": "2 piece", "Potatoes": "8 kg"}, date=TUESDAY + timedelta(weeks=1), both=True)
    said = words(as_fern.get(grid_why(cast, "Melon", cast.full, TUESDAY + timedelta(weeks=1))))
    assert "That is too little for everybody at once, so it goes round." in said
    assert "It was this share’s turn. Owed from the weeks before: 0.5 pieces." in said


def test_every_number_of_the_grid_leads_to_its_sentence(cast, as_fern):
    with_shares(cast)
    make_harvest(cast)
    page = as_fern.get(reverse("harvest", args=[cast.farm.slug, TUESDAY.isoformat()])).content.decode()
    links = re.findall(r'class="why" href="([^"]+)"', page)
    assert len(links) == 3 * 2
    assert {as_fern.get(link).status_code for link in links} == {200}


def test_the_preview_and_the_published_division_tell_the_same(cast, as_fern):
    with_shares(cast)
    harvest = make_harvest(cast)
    there = grid_why(cast, "Carrots", cast.full)
    before = words(as_fern.get(there))
    publish(harvest)
    assert words(as_fern.get(there)) == before


def test_a_packer_reads_why_without_the_money(cast, as_fern):
    with_shares(cast)
    publish(make_harvest(cast))
    pat = factories.make_user(name="Pat")
    StaffMember.objects.create(farm=cast.farm, user=pat, role="packer", since=factories.NOW)
    client = Client()
    client.force_login(pat, backend="allauth.account.auth_backends.AuthenticationBackend")
    there = grid_why(cast, "Carrots", cast.full)
    assert "The whole share: target" in words(as_fern.get(there))
    assert "€" not in words(client.get(there))


@pytest.mark.parametrize("wrong", ["crop", "type"])
def test_what_is_not_in_the_harvest_has_no_sentence(cast, as_fern, wrong):
    with_shares(cast)
    make_harvest(cast)
    kind, crop = (cast.full.pk, 10**9) if wrong == "crop" else (10**9, Crop.objects.first().pk)
    assert as_fern.get(reverse("why", args=[cast.farm.slug, TUESDAY.isoformat(), kind, crop])).status_code == 404


def test_a_household_opens_the_sentence_of_each_crop_of_its_week(cast, as_sam):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    publish(make_harvest(cast, {"Potatoes": "8 kg", "Chard": "2 bunch"}))
    links = re.findall(r'class="why" href="([^"]+)"', as_sam.get("/my/week/2027-06-08/").content.decode())
    assert len(links) == 2
    said = [words(as_sam.get(link)) for link in links]
    assert "8 kg came in, for 1 share that takes it." in said[0]
    assert "Exactly the even part for a share of this size." in said[0]
    assert "The whole share: target" in said[0]


def test_a_household_finds_no_sentence_before_it_is_published_nor_for_what_it_has_not(cast, as_sam):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    with_shares(cast, full=0, half=1)
    harvest = make_harvest(cast, {"Potatoes": "8 kg"})
    crop = Crop.objects.get()
    own = reverse("my_why", args=[TUESDAY.isoformat(), cast.full.pk, crop.pk])
    assert as_sam.get(own).status_code == 404
    publish(harvest)
    assert as_sam.get(own).status_code == 200
    assert as_sam.get(reverse("my_why", args=[TUESDAY.isoformat(), cast.half.pk, crop.pk])).status_code == 404
    assert as_sam.get(reverse("my_why", args=["2027-06-15", cast.full.pk, crop.pk])).status_code == 404


def test_the_volunteer_reads_what_is_in_a_share_and_why_but_no_money(cast, client):
    factories.make_share(cast.sams, cast.full, site=cast.market)
    publish(make_harvest(cast, {"Potatoes": "8 kg"}))
    link = live_link(day=PickupDay.objects.get(date=TUESDAY, site=cast.market), at=factories.NOW)
    page = client.get(reverse("check_in", args=[link.token]))
    assert "What is in each share Full share Potatoes 8 kg" in words(page)
    there = re.findall(r'class="why" href="([^"]+)"', page.content.decode())
    said = words(client.get(there[0]))
    assert "Exactly the even part for a share of this size." in said
    assert "€" not in said
    assert cast.sams.name not in said


def test_why_asks_as_often_for_300_shares_as_for_three(cast, as_fern):
    cast.full.places = 400
    cast.full.save()
    harvest = publish(make_harvest(cast))

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert as_fern.get(grid_why(cast, "Carrots", cast.full)).status_code == 200
        return len(seen)

    with_shares(cast, full=3, half=0)
    publish(harvest)
    few = queries()
    with_shares(cast, full=297, half=0)
    publish(harvest)
    assert queries() == few <= 30
