"""From no account to the season's end: a farm, its buyers, deadlines, harvests, letters and pickups.

The clock is moved on; the sweeps that a worker's calendar would start are run by `manage.py sweep`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import Page, expect

from celery_app import CALENDAR
from deliveries.models import Pickup
from shares.models import Order
from tests.journeys.hands import Hands
from tests.journeys.test_farmer_sets_up_a_season import say_what, say_when, say_where, start_a_farm
from tests.journeys.test_subscriber_joins_and_pays import PAYS, fill_in, pay

pytestmark = pytest.mark.django_db(transaction=True)

SWEEPS = CALENDAR.keys() - {"clear_sessions"}  # who is signed in is told by the real clock
TOMORROW = "Tomorrow, 17:00–19:00: your share at Tuesday Market"
FARM = "/f/cedar-bend-farm/"


def test_a_whole_season(new_page, code_sent, till, clock):
    def it_is(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2027) -> None:
        """The clock (UTC) moves on, and the calendar does what is due by then."""
        at = datetime(year, month, day, hour, minute, tzinfo=UTC)
        clock(at)
        for name in sorted(SWEEPS, key=lambda name: name == "post_due_letters"):
            call_command("sweep", name, at=at.isoformat())

    fern = Hands(new_page())
    start_a_farm(fern, code_sent)
    for page_of_the_wizard in (say_when, say_where, say_what):
        page_of_the_wizard(fern)
    fern.press("Open for sale")
    expect(fern.page.get_by_text("is open for sale")).to_be_visible()

    maya = Hands(new_page(width=390))
    maya_pays_by_card(maya)
    noor_pays_by_transfer(Hands(new_page(width=390)))
    fern_records_the_transfer(fern)
    it_is(6, 2, 8)
    paid = ["Receipt from Cedar Bend Farm", "Welcome to Cedar Bend Farm"]
    assert subjects("maya@example.org")[:2] == paid
    assert subjects("noor@example.org") == ["How to pay Cedar Bend Farm", *paid]

    it_is(7, 26, 8)  # Monday; last night was the market's deadline
    assert Pickup.objects.filter(day__date="2027-07-27").count() == 3  # two shares and an egg box
    fern_publishes(fern.page, "2027-07-27", "Carrots", "60")
    it_is(7, 26, 13, 5)  # five past three by the farm's clock
    assert [subjects(who)[-1] for who in ("maya@example.org", "noor@example.org")] == [TOMORROW] * 2
    assert "Carrots 40 kg" in mail_to("maya@example.org")[-1]
    assert "Carrots 20 kg" in mail_to("noor@example.org")[-1]

    it_is(7, 27, 15, 10)
    link = link_of_the_market(fern.page, "2027-07-27")
    val_ticks_off(new_page(width=390), link, "Maya Lind")
    fern.page.reload()
    expect(fern.page.get_by_text("1 of 2 collected").first).to_be_visible()

    maya_holds_week_two(maya, code_sent)
    it_is(8, 2, 8)
    assert [str(row.household) for row in Pickup.objects.filter(day__date="2027-08-03")] == ["Noor"]
    fern_publishes(fern.page, "2027-08-03", "Carrots", "18")
    it_is(8, 2, 13, 5)
    assert "Carrots 18 kg" in mail_to("noor@example.org")[-1]
    assert not [body for body in mail_to("maya@example.org") if "3 August" in body and "Carrots" in body]

    it_is(8, 9, 8)
    assert Pickup.objects.filter(day__date="2027-08-10", household__name="Maya Lind").count() == 2
    it_is(1, 15, 12, year=2028)
    fern.page.goto(f"{FARM}desk/")
    expect(fern.page.get_by_role("heading", name="The season is over")).to_be_visible()
    expect(fern.page.get_by_role("link", name="Copy it for next year")).to_be_visible()
    assert Pickup.objects.filter(household__name="Noor").count() == 24


def maya_pays_by_card(maya: Hands) -> None:
    maya.page.goto(FARM)
    fill_in(maya, email="maya@example.org")
    maya.press("Join for the season")
    pay(maya, PAYS)
    expect(maya.page.get_by_role("heading", name="You’re in. Thank you.")).to_be_visible()


def noor_pays_by_transfer(noor: Hands) -> None:
    noor.page.goto(f"{FARM}join/")
    noor.tick("Half share")
    noor.tick("Tuesday Market")
    noor.fill("Your name", "Noor")
    noor.fill("Your e-mail address", "noor@example.org")
    noor.tick("transfer")
    noor.press("Join for the season")
    expect(noor.page.get_by_role("heading", name="Your place is held")).to_be_visible()


def fern_records_the_transfer(fern: Hands) -> None:
    fern.page.goto(f"{FARM}desk/people/")
    fern.follow("Noor")
    expect(fern.page.get_by_label("Amount received")).to_have_value("375")
    fern.press("Record")
    expect(fern.page.get_by_text("Paid", exact=True).first).to_be_visible()
    assert Order.objects.filter(settled_at=None).count() == 0


def fern_publishes(page: Page, date: str, crop: str, picked: str) -> None:
    page.goto(f"{FARM}desk/harvest/{date}/")
    expect(page.get_by_label("Crop, new row", exact=True).first).to_be_focused()
    for word, key in ((crop, "Tab"), (picked, "Tab"), ("kilogram", "Enter")):
        page.keyboard.type(word)
        page.keyboard.press(key)
    expect(page.get_by_label(f"Crop, {crop}")).to_have_value(crop)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Dividing and printing…")).to_be_visible()
    call_command("sweep", "divide_harvests")
    expect(page.get_by_text("Version 1 is in force.")).to_be_visible()


def link_of_the_market(page: Page, date: str) -> str:
    page.goto(f"{FARM}desk/pickups/{date}/")
    market = page.locator("section.card", has=page.get_by_role("heading", name="Tuesday Market"))
    return market.get_by_role("link", name="Open it").get_attribute("href") or ""


def val_ticks_off(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_role("button", name=name).click()
    expect(page.locator("#told")).to_contain_text("1 of 2 collected")


def maya_holds_week_two(maya: Hands, code_sent: Callable[[str], str]) -> None:
    maya.follow("To my share")
    maya.page.get_by_label("E-mail address").first.fill("maya@example.org")
    maya.page.get_by_role("button", name=re.compile("code", re.I)).first.click()
    expect(maya.page.get_by_label("Code")).to_be_visible()
    maya.page.get_by_label("Code").fill(code_sent("maya@example.org"))
    maya.press("Go on")
    maya.follow("Week 2, Tue 3 August")
    maya.press("Hold week 2")
    expect(maya.page.get_by_text("On hold: nothing to collect.")).to_be_visible()


def mail_to(email: str) -> list[str]:
    return [message.body.replace("\xa0", " ") for message in mail.outbox if message.to == [email]]


def subjects(email: str) -> list[str]:
    return [message.subject for message in mail.outbox if message.to == [email]]
