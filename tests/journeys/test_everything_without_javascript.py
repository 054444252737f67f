"""An old phone, or a browser that runs no script: joining, holding, ticking off and dividing all work with forms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from deliveries.models import Change, CheckIn
from people import clock as house_clock
from shares.models import Order
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to
from tests.deliveries.harvesting import make_crop, with_shares
from tests.journeys.hands import Hands

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plain(new_page) -> Page:
    return new_page(width=390, java_script_enabled=False)


def test_join_and_pay(cast, plain, till):
    hands = Hands(plain)
    plain.goto("/f/cedar-bend-farm/")
    hands.follow("Join for the season")
    hands.tick("Half share")
    hands.fill("Eggs", "1")
    hands.fill("Your name", "Maya Lind")
    hands.press("Join for the season")
    expect(plain.get_by_text("Enter your e-mail address.").first).to_be_visible()
    expect(plain.locator("#total")).to_contain_text("€450.00")
    hands.fill("Your e-mail address", "maya@example.org")
    hands.press("Join for the season")
    for label, typed in (("Card number", "4242424242424242"), ("Expiry", "12 / 34"), ("Security code", "123")):
        plain.get_by_label(label).fill(typed)
    plain.get_by_label("Name on card").fill("Maya Lind")
    hands.press("Pay ")
    expect(plain.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()
    assert Order.objects.get().settled_at == house_clock.now()


def test_hold_undo_and_move(cast, plain, sign_in):
    factories.make_share(cast.sams, cast.full)
    hands = Hands(sign_in(plain, cast.sam))
    plain.goto("/my/")
    hands.follow("Week 3, Tue 22 June")
    hands.press("Hold week 3")
    expect(plain.get_by_text("On hold: nothing to collect.")).to_be_visible()
    hands.press("Undo the hold")
    plain.locator("label.choice", has_text="School gate").first.click()
    hands.press("Move it to this day")
    expect(plain.get_by_text("Your share of week 3, moved from Tue 22 June.")).to_be_visible()
    assert Change.objects.filter(undone_at=None).get().to_day.site == cast.school


def test_check_in(cast, plain, clock):
    households(cast, 3)
    mine = factories.make_share(cast.sams, cast.full).household
    day = drawn_up(day_of(cast))
    clock(day.starts_at + timedelta(minutes=5))
    plain.goto(f"/c/{link_to(day).token}/")
    plain.get_by_label("Find a household").fill("castillo")
    plain.get_by_role("button", name="Find").click()
    expect(plain.locator("#households li:visible")).to_have_count(1)
    plain.get_by_role("button", name=mine.name).click()
    expect(plain.get_by_text("Castillo–Reyes: collected.")).to_be_visible()
    expect(plain.locator("#told")).to_contain_text("1 of 4 collected")
    plain.get_by_role("button", name=mine.name).click()
    expect(plain.get_by_text("Castillo–Reyes: not collected.")).to_be_visible()
    expect(plain.locator("#told")).to_contain_text("0 of 4 collected")
    assert list(CheckIn.objects.order_by("pk").values_list("action", flat=True)) == ["collected", "undone"]


def test_write_a_harvest_down_and_publish_it(cast, new_page, sign_in):
    with_shares(cast, full=4, half=2)
    make_crop(cast.farm, "Carrots")
    page = sign_in(new_page(java_script_enabled=False), cast.fern)
    page.goto("/f/cedar-bend-farm/desk/harvest/2027-06-08/")
    for number, (crop, picked) in enumerate((("Carrots", "50"), ("Chard", "20"))):
        page.get_by_label("Crop, new row", exact=True).nth(number).fill(crop)
        page.get_by_label("Picked, new row", exact=True).nth(number).fill(picked)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what it is counted in.")
    expect(page.get_by_label("Picked, new row", exact=True).nth(1)).to_have_value("20")
    page.get_by_label("Unit, new row", exact=True).nth(1).select_option("bunch")
    page.get_by_role("button", name="Save", exact=True).click()
    row = page.locator("#rows tr", has=page.get_by_label("Crop, Carrots"))
    expect(row.locator("[id^=each-][id$='-0']")).to_have_text("10 kg Why?")

    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Dividing and printing…")).to_be_visible()
    call_command("sweep", "divide_harvests")
    page.get_by_role("link", name="See whether it is done").click()
    expect(page.get_by_text("Version 1 is in force.")).to_be_visible()
    page.get_by_role("link", name="Lists", exact=True).last.click()
    expect(page.get_by_role("link", name="Print everything")).to_be_visible()


def test_set_up_a_season(cast, new_page, sign_in):
    page = sign_in(new_page(java_script_enabled=False), cast.fern)
    hands = Hands(page)
    page.goto("/f/cedar-bend-farm/desk/seasons/new/")
    hands.fill("Name of the season", "Winter")
    hands.fill("First pickup", "2028-01-11")
    hands.fill("Number of weeks", "8")
    hands.press("Go on")
    hands.press("Tuesday Market")
    hands.press("Save and go on")
    rows = page.locator("fieldset.card")
    hands.fill("Places", "20", within=rows.nth(0))
    hands.fill("Price", "200", within=rows.nth(0))
    hands.press("Save and go on")
    hands.press("Open for sale")
    expect(page.get_by_text("Winter is open for sale.")).to_be_visible()
