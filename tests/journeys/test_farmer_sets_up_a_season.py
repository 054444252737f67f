"""A farmer who has never been here: an account, a farm, a season in four pages, and it is on sale."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from farms.models import PickupDay, Season
from tests.journeys.hands import Hands

pytestmark = pytest.mark.django_db(transaction=True)

SITES = (
    ("Tuesday Market", "4 Mill Lane", ""),
    ("School gate", "1 School Road", "Friday"),
    ("Library", "9 Station Street", ""),
)


def test_farmer_sets_up_a_season(new_page, code_sent):
    hands = Hands(new_page())
    page = hands.page
    start_a_farm(hands, code_sent)
    say_when(hands)
    say_where(hands)
    say_what(hands)
    hands.fill("What the season costs you", "40000")
    expect(page.get_by_text("Costs of €40,000 are covered at")).to_be_visible()
    assert hands.fields <= 30, f"{hands.fields} fields"
    hands.press("Open for sale")
    expect(page.get_by_text("is open for sale")).to_be_visible()

    it_is_laid_out()
    visitor = new_page(width=390)
    visitor.goto("/farms/")
    visitor.get_by_role("link", name="Cedar Bend Farm").first.click()
    expect(visitor.get_by_role("heading", name="Cedar Bend Farm")).to_be_visible()
    expect(visitor.get_by_text("24 weekly pickups, Tue 27 July – Friday 14 January 2028.")).to_be_visible()
    expect(visitor.locator(".ribbon .off")).to_have_count(1)
    for kind in ("Full share", "Half share", "Every other week", "Eggs"):
        expect(visitor.get_by_role("listitem").filter(has_text=kind).first).to_be_visible()
    for name, address, _day in SITES:
        expect(visitor.get_by_role("listitem").filter(has_text=name).filter(has_text=address)).to_be_visible()
    expect(visitor.get_by_role("link", name="Join for the season")).to_be_visible()


def start_a_farm(hands: Hands, code_sent) -> None:
    page = hands.page
    page.goto("/")
    hands.follow("Start your season")
    hands.follow("Make an account")
    hands.fill("E-mail address", "fern@cedarbend.example")
    hands.press("Send me a code")
    expect(page.get_by_label("Code")).to_be_visible()
    hands.fill("Code", code_sent("fern@cedarbend.example"))
    hands.press("Go on")
    hands.fill("Name of the farm", "Cedar Bend Farm")
    hands.fill("Town or village", "Mill Village")
    hands.choose("Country", "France")
    hands.press("Go on to your season")
    expect(page.get_by_role("heading", name="Start a season")).to_be_visible()


def say_when(hands: Hands) -> None:
    """25 weeks are laid out already; one is skipped. The ribbon and the sum follow."""
    page = hands.page
    expect(page.locator(".ribbon .week")).to_have_count(25)
    hands.fill("First pickup", "2027-07-27")
    expect(page.get_by_text("Tuesday 27 July 2027")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the ribbon is drawn anew after the date: a tap before that would be lost
    page.locator(".ribbon label.week").nth(9).click()
    hands.fields += 1
    expect(page.get_by_text("24 pickups")).to_be_visible()
    hands.press("Go on")


def say_where(hands: Hands) -> None:
    page = hands.page
    for number, (name, address, weekday) in enumerate(SITES):
        place = page.locator("fieldset.card").nth(number)
        hands.fill("Name", name, within=place)
        hands.fill("Address", address, within=place)
        if weekday:
            hands.choose("Weekday", weekday, within=place)
        hands.press("Save and add another place" if number < 2 else "Save and go on")
    expect(page.get_by_role("heading", name="What you sell")).to_be_visible()


def say_what(hands: Hands) -> None:
    page = hands.page
    rows = page.locator("fieldset.card")
    for number, (places, price) in enumerate((("80", "650"), ("60", "375"))):
        hands.fill("Places", places, within=rows.nth(number))
        hands.fill("Price", price, within=rows.nth(number))
    a_type(hands, rows.nth(2), "Every other week", "30", "200")
    hands.choose("Rhythm", "Every second week", within=rows.nth(2))
    expect(page.get_by_text("€80,500")).to_be_visible()
    hands.press("Save and add another")
    a_type(hands, rows.nth(3), "Eggs", "50", "60")
    rows.nth(3).get_by_text("Size").first.click()
    hands.tick("An add-on", within=rows.nth(3))
    expect(page.get_by_text("€83,500")).to_be_visible()
    hands.press("Save and go on")
    expect(page.get_by_role("heading", name="Check and open")).to_be_visible()


def a_type(hands: Hands, row, name: str, places: str, price: str) -> None:
    hands.fill("Name", name, within=row)
    hands.fill("Places", places, within=row)
    hands.fill("Price", price, within=row)


def it_is_laid_out() -> None:
    """Every day stands in the farm's calendar at its local hour, before and after the clocks change."""
    season = Season.objects.get()
    assert season.opened_at is not None
    days = PickupDay.objects.filter(week__season=season)
    assert days.count() == 3 * 24
    market = days.filter(site__name="Tuesday Market")
    assert market.get(date=date(2027, 10, 26)).starts_at.hour == 15
    assert market.get(date=date(2027, 11, 2)).starts_at.hour == 16
    assert not market.filter(date=date(2027, 9, 28)).exists()
